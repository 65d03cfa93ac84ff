"""W-03, W-04: several targets, each over a share of what was open, each with its stop at the broker."""

from decimal import Decimal
from typing import Any

import pytest

from chalicelib.domain.accounts import BrokerMode
from chalicelib.services.errors import BrokerRefused, Invalid
from tests.services.stage import Stage

MODES = [BrokerMode.TRADIER_SANDBOX, BrokerMode.PAPER]


def prices(stage: Stage) -> list[str]:
    """Return three target prices over the market, on the tick."""
    _, ask = stage.quote(stage.contract())
    return [
        str((ask * factor).quantize(Decimal("0.1"))) for factor in (Decimal("1.3"), Decimal(2), Decimal(3))
    ]


def live(stage: Stage, trade: dict[str, Any]) -> list[tuple[str, float, float]]:  # Any: JSON
    """Return role, quantity and price of the orders that work."""
    return sorted(
        (one["role"], one["quantity"] - one["filled_quantity"], one["limit_price"] or one["stop_price"])
        for one in stage.trade(trade)["orders"]
        if one["status"] in {"OPEN", "PENDING", "PARTIALLY_FILLED"}
    )


def test_targets_alone_are_a_change_that_the_version_tells_of(stage: Stage) -> None:
    """I-22: a device that read the request while it waited has to read again once it is gone."""
    near, far, _ = prices(stage)
    trade = stage.place_bracketed(qty=4)
    asked = stage.adjust(trade, new_tp=Decimal(near)).trade
    stage.fault("timeout_before", method="DELETE")
    waiting = stage.adjust(asked, targets=[(near, "0.5"), (far, "0.5")])
    stage.sync(after=70)
    done = stage.trade(trade)

    assert waiting.status == 202
    assert [one["state"] for one in done["changes"]][:1] == ["APPLIED"]
    assert (waiting.trade["version"], done["version"]) == (asked["version"] + 1, asked["version"] + 2)


@pytest.mark.parametrize("mode", MODES)
def test_each_target_has_its_own_bracket(stage: Stage, mode: BrokerMode) -> None:
    """W-03: one OCO a share, a plain stop over the rest; nothing more for sale than is held."""
    stage.set(broker_mode=mode)
    near, far, _ = prices(stage)
    trade = stage.place_bracketed(qty=5)
    stop = trade["sl_price"]
    adjusted = stage.adjust(trade, targets=[(far, "0.4"), (near, "0.4")])

    assert adjusted.status == 200
    assert live(stage, trade) == sorted(
        [
            ("STOP_LOSS", 1, stop),
            ("STOP_LOSS", 2, stop),
            ("STOP_LOSS", 2, stop),
            ("TAKE_PROFIT", 2, float(near)),
            ("TAKE_PROFIT", 2, float(far)),
        ]
    )
    shown = adjusted.trade["targets"]
    assert [(one["price"], one["share"], one["quantity"]) for one in shown] == [
        (float(near), 0.4, 2),
        (float(far), 0.4, 2),
    ]
    assert all(one["order_id"] and one["state"] in {"OPEN", "PENDING"} for one in shown)
    assert adjusted.trade["tp_price"] == float(near)
    assert adjusted.trade["override_count"] == 1
    (change,) = adjusted.trade["changes"]
    assert [one["share"] for one in change["after"]["targets"]] == [0.4, 0.4]
    before = len(adjusted.trade["orders"])
    stage.sync()
    assert len(stage.trade(trade)["orders"]) == before


@pytest.mark.parametrize("mode", MODES)
def test_a_target_that_fills_books_its_share(stage: Stage, mode: BrokerMode) -> None:
    """W-04: OPEN with less; its own stop is gone, the others stand as they stood, untouched."""
    stage.set(broker_mode=mode)
    near, far, _ = prices(stage)
    trade = stage.place_bracketed(qty=4)
    stage.adjust(trade, targets=[(near, "0.5"), (far, "0.5")])
    others = {one["id"] for one in stage.trade(trade)["orders"] if one["limit_price"] == float(far)}
    _raise_to(stage, Decimal(near), Decimal(far))
    stage.sync()

    now = stage.trade(trade)
    assert (now["status"], now["open_qty"]) == ("OPEN", 2)
    assert now["realized_pnl"] > 0
    assert now["targets"][0]["state"] == "FILLED"
    assert now["targets"][0]["filled_at"] is not None
    assert now["tp_price"] == float(far)
    assert live(stage, trade) == [("STOP_LOSS", 2, now["sl_price"]), ("TAKE_PROFIT", 2, float(far))]
    assert others <= {one["id"] for one in now["orders"] if one["status"] in {"OPEN", "PENDING"}}


def _raise_to(stage: Stage, low: Decimal, high: Decimal) -> None:
    """Move the market until the contract is bid between two prices."""
    contract = stage.contract()
    for _ in range(200):
        bid, _ = stage.quote(contract)
        if bid >= low:
            assert bid < high
            stage.world.catch_up()
            return
        stage.jump("AAPL", 1.002)
    raise AssertionError("the market did not get there")


def test_a_part_resizes_the_targets(stage: Stage) -> None:
    """W-04: partial close leaving full-size targets: they are cut anew from what is left."""
    near, far, _ = prices(stage)
    trade = stage.place_bracketed(qty=6)
    adjusted = stage.adjust(trade, targets=[(near, "0.5"), (far, "0.5")])
    closed = stage.close_trade(adjusted.trade, qty=2)

    assert (closed.status, closed.trade["open_qty"]) == (200, 4)
    assert [one["quantity"] for one in closed.trade["targets"]] == [2, 2]
    assert stage.working_sells() == 4


def test_the_stop_moves_under_all_targets(stage: Stage) -> None:
    """I-12: the targets stay, each with the new stop."""
    near, far, _ = prices(stage)
    trade = stage.place_bracketed(qty=3)
    adjusted = stage.adjust(trade, targets=[(near, "0.34"), (far, "0.33")])
    moved = stage.adjust(adjusted.trade, new_sl=Decimal("1.00"))

    assert moved.status == 200
    stops = [one for one in live(stage, trade) if one[0] == "STOP_LOSS"]
    assert stops == [("STOP_LOSS", 1, 1.0)] * 3
    assert [one["price"] for one in moved.trade["targets"]] == [float(near), float(far)]
    assert [one["id"] for one in moved.trade["targets"]] == [one["id"] for one in adjusted.trade["targets"]]


def test_one_target_takes_the_place_of_several(stage: Stage) -> None:
    """W-03: `new_tp` is one target of share 1."""
    near, far, last = prices(stage)
    trade = stage.place_bracketed(qty=4)
    adjusted = stage.adjust(trade, targets=[(near, "0.5"), (far, "0.25")])
    single = stage.adjust(adjusted.trade, new_tp=Decimal(last))

    (target,) = single.trade["targets"]
    assert (target["price"], target["share"], target["quantity"]) == (float(last), 1, 4)
    assert live(stage, trade) == [("STOP_LOSS", 4, trade["sl_price"]), ("TAKE_PROFIT", 4, float(last))]


def test_the_stop_closes_all_of_it(stage: Stage) -> None:
    """The stops of all slices fill: CLOSED, SL_HIT, nothing left for sale."""
    near, far, _ = prices(stage)
    trade = stage.place_bracketed(qty=4)
    bid, _ = stage.quote(stage.contract())
    stop = (bid * Decimal("0.8")).quantize(Decimal("0.1"))
    stage.adjust(trade, targets=[(near, "0.5"), (far, "0.25")], new_sl=stop)
    stage.jump("AAPL", 0.93)
    for _ in range(3):
        stage.sync()

    now = stage.trade(trade)
    assert (now["status"], now["close_reason"]) == ("CLOSED", "SL_HIT")
    assert stage.working_sells() == 0
    assert stage.held(trade["legs"][0]["symbol"]) == 0


def test_targets_without_a_stop(stage: Stage) -> None:
    """Each is a plain limit; what no target is over needs nothing, and nobody is alarmed."""
    near, far, _ = prices(stage)
    trade = stage.place(stage.command(qty=4))
    adjusted = stage.adjust(trade, targets=[(near, "0.25"), (far, "0.25")])

    assert adjusted.status == 200
    assert [one[:2] for one in live(stage, trade)] == [("TAKE_PROFIT", 1), ("TAKE_PROFIT", 1)]
    for _ in range(4):
        stage.sync()
    assert "unprotected" not in [row.kind for row in stage.query("select kind from alerts")]


def test_a_refused_oco_falls_back_to_the_stop_of_its_slice(stage: Stage) -> None:
    """A-04: of a refused change the former bracket is back; nothing stays half changed."""
    near, far, _ = prices(stage)
    trade = stage.place_bracketed(qty=4)
    stage.fault("status", status=400, code=400, body="no", times=1)
    with pytest.raises(BrokerRefused):
        stage.adjust(trade, targets=[(near, "0.5"), (far, "0.5")])

    now = stage.trade(trade)
    assert now["version"] == trade["version"] + 2  # it was asked for, it is gone
    assert [one["share"] for one in now["targets"]] == [1]
    assert live(stage, trade) == [("STOP_LOSS", 4, trade["sl_price"]), ("TAKE_PROFIT", 4, trade["tp_price"])]


def test_a_lost_answer_to_one_slice_is_settled(stage: Stage) -> None:
    """I-01, I-08: no slice is placed twice; the rest waits until its fate is known."""
    near, far, _ = prices(stage)
    trade = stage.place_bracketed(qty=4)
    stage.fault("timeout_after")
    asked = stage.adjust(trade, targets=[(near, "0.5"), (far, "0.5")])
    assert asked.status == 202
    for _ in range(2):
        stage.sync()

    assert stage.working_sells() == 4
    assert len(live(stage, trade)) == 4
    assert [one["share"] for one in stage.trade(trade)["targets"]] == [0.5, 0.5]


@pytest.mark.parametrize(
    ("targets", "more", "field"),
    [
        ([("9", "0.6"), ("10", "0.5")], {}, "targets"),
        ([("90", "0.5"), ("0.05", "0.5")], {}, "targets.1.price"),
        ([("90.03", "0.5")], {}, "targets.0.price"),
        ([("90", "0.1")], {}, "targets.0.share"),
        ([("90", "0.5")], {"new_tp": Decimal(95)}, "targets"),
    ],
)
def test_what_cannot_be_names_its_field(
    stage: Stage,
    targets: list[tuple[str, str]],
    more: dict[str, Decimal],
    field: str,
) -> None:
    """Shares over 1, a target on the wrong side, off its tick, over nothing, or beside `new_tp`: refused."""
    trade = stage.place_bracketed(qty=4)
    with pytest.raises(Invalid) as refused:
        stage.adjust(trade, targets=targets, **more)

    assert field in [error.field for error in refused.value.errors]
    assert stage.trade(trade)["version"] == trade["version"]
