"""What analysis makes of structures, short legs and shares that came of them (A-09, A-15, A-16)."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.instruments.symbols import OptionType
from chalicelib.domain.trading.commands import PlaceTrade
from chalicelib.services.analysis.explain_loss import explain_loss
from chalicelib.services.analysis.performance import Performance, read_performance
from chalicelib.services.analysis.similar_entries import find_similar
from chalicelib.store.analysis.outcomes import OutcomeFilter
from tests.services.stage import Stage
from tests.services.test_structures import legs_of, vertical

CALL, PUT = OptionType.CALL, OptionType.PUT
LONG, SHORT = LegSide.LONG, LegSide.SHORT


def condor(stage: Stage, **changes: Any) -> PlaceTrade:  # Any: fields of mixed types
    """Return an iron condor, sold at a price that is taken at once."""
    legs = legs_of(stage, (LONG, PUT, -6), (SHORT, PUT, -3), (SHORT, CALL, 3), (LONG, CALL, 6))
    return vertical(stage, legs=legs, **changes)


def short_put(stage: Stage, **changes: Any) -> PlaceTrade:  # Any: as above
    """Return a put sold under the money."""
    stage.set(heat_limit_pct=Decimal(100))
    values = {"legs": legs_of(stage, (SHORT, PUT, -2)), "names_legs": True, "limit_price": Decimal("0.05")}
    return vertical(stage, **(values | changes))


def held_and_left(stage: Stage, command: PlaceTrade, *, minutes: int = 3) -> dict[str, Any]:  # Any: JSON
    """Hold a trade for so many minutes with a snapshot each, then close it; return it as it ended."""
    placed = stage.place(command)
    for _ in range(minutes):
        stage.advance(60)
        stage.run("snapshot")
    stage.close_trade(stage.trade(placed))
    ended = stage.trade(placed)
    assert ended["status"] == "CLOSED"
    return ended


def performance(stage: Stage) -> Performance:
    return read_performance(stage.env, "alice", OutcomeFilter())


@pytest.mark.parametrize("of_structure", [vertical, condor, short_put])
def test_per_cents_of_a_credit_are_of_its_maximum_loss(
    stage: Stage, of_structure: Any
) -> None:  # Any: test's
    """W-02, A-15: result and excursions over `risk_basis`; MFE is above 0, MAE below, of a credit as well."""
    ended = held_and_left(stage, of_structure(stage))
    (outcome,) = performance(stage).excursions

    basis = ended["risk_basis"]
    widest = ended["legs"][0]["strike"] if len(ended["legs"]) == 1 else 3
    assert basis == pytest.approx((widest - abs(ended["entry_price"])) * 100)
    assert float(outcome.pnl_pct or 0) == pytest.approx(ended["realized_pnl"] * 100 / basis, abs=1e-4)
    assert float(outcome.mfe_pct or 0) == pytest.approx(ended["max_gain"] * 100 / basis, abs=1e-4)
    assert float(outcome.mae_pct or 0) == pytest.approx(ended["max_drawdown"] * 100 / basis, abs=1e-4)
    assert (outcome.mfe_pct or 0) >= 0 >= (outcome.mae_pct or 0)


def test_results_are_grouped_by_structure(stage: Stage) -> None:
    """api.md, performance: each shape by its name, a long option among them."""
    held_and_left(stage, vertical(stage), minutes=0)
    held_and_left(stage, condor(stage), minutes=0)
    held_and_left(stage, stage.command(), minutes=0)

    groups = performance(stage).by["structure"]
    assert [(group.key, group.trades) for group in groups] == [
        ("IRON_CONDOR", 1),
        ("LONG_CALL", 1),
        ("VERTICAL", 1),
    ]


FIGURES = ("target_pnl_15m", "target_pnl_1h", "target_mfe_pct", "target_mae_pct")


def source(stage: Stage) -> str:
    (row,) = stage.query("select forensics_source from paper_trades")
    return str(row.forensics_source)


@pytest.mark.parametrize("of_structure", [vertical, condor])
def test_forensics_of_several_legs_rest_on_our_own_snapshots(
    stage: Stage, of_structure: Any
) -> None:  # Any: test's
    """A-09, W-02: no vendor has minutes of several legs; figures are the structure's, of its risk basis."""
    ended = held_and_left(stage, of_structure(stage, qty=2), minutes=64)
    stage.run("forensics")
    found = stage.trade(ended)

    assert source(stage) == "SNAPSHOTS"
    basis = ended["risk_basis"]
    assert found["target_mfe_pct"] == pytest.approx(ended["max_gain"] * 100 / basis, abs=1e-4)
    assert found["target_mae_pct"] == pytest.approx(ended["max_drawdown"] * 100 / basis, abs=1e-4)
    rows = stage.query(
        "select mark_price from price_snapshots where trade_id = :id and leg_no = 0 and kind = 'INTRADAY'"
        " order by timestamp",
        id=ended["id"],
    )
    quarter = (rows[14].mark_price - Decimal(str(ended["entry_price"]))) * 2 * 100
    assert found["target_pnl_15m"] == float(quarter)
    assert found["target_pnl_1h"] is not None


def test_a_short_puts_minutes_count_the_other_way_round(stage: Stage) -> None:
    """A-09: of one short leg the vendor's minutes tell; a price that falls is a gain, of the risk basis."""
    ended = held_and_left(stage, short_put(stage), minutes=20)
    stage.run("forensics")
    found = stage.trade(ended)

    assert source(stage) == "HISTORY"
    basis = ended["risk_basis"]
    gross = ended["realized_pnl"] + ended["fees"]
    assert found["target_mfe_pct"] >= round(max(gross, 0) * 100 / basis, 4)
    assert found["target_mae_pct"] <= round(min(gross, 0) * 100 / basis, 4)
    assert found["target_mfe_pct"] < 1


def test_what_was_seen_of_a_condor_is_kept_whole(stage: Stage) -> None:
    """A-08: signed bid and ask, Greeks in sum, each leg's own beside; slippage is against that mid."""
    placed = stage.place(condor(stage))
    book = placed["order_book_state"]

    assert book["bid"] <= book["ask"] < 0
    assert [leg["side"] for leg in book["legs"]] == ["LONG", "SHORT", "SHORT", "LONG"]
    marks = stage.trade(placed)["leg_marks"]
    signs = (1, -1, -1, 1)
    in_sum = sum(sign * mark["delta"] for sign, mark in zip(signs, marks, strict=True))
    assert book["greeks"]["delta"] == pytest.approx(in_sum, abs=0.01)
    stage.close_trade(stage.trade(placed))
    (outcome,) = performance(stage).excursions
    assert outcome.slippage_pct is not None


@pytest.mark.parametrize(
    ("of_structure", "stop", "qty"), [(vertical, "-1.90", 2), (condor, "-2.70", 2), (short_put, "9.00", 1)]
)
def test_a_loss_is_explained_leg_by_leg(
    stage: Stage,
    of_structure: Any,  # Any: a test's function
    stop: str,
    qty: int,
) -> None:
    """A-16: the plan in dollars, the exit's slippage, and what the legs' own Greeks explain of the result."""
    placed = stage.place(of_structure(stage, qty=qty, sl_price=Decimal(stop)))
    entry = Decimal(str(placed["entry_price"]))
    for _ in range(2):
        stage.advance(60)
        stage.run("snapshot")
    stage.jump("SPY", 0.985)
    stage.advance(60)
    stage.run("snapshot")
    stage.run("sync")
    trade = stage.trade(placed)
    if trade["status"] == "OPEN":
        stage.close_trade(trade)
    ended = stage.trade(placed)
    told = explain_loss(stage.env, "alice", UUID(ended["id"]))

    at_stop = (Decimal(stop) - entry) * qty * 100 * (-1 if len(placed["legs"]) == 1 else 1)
    assert told.plan.plan.at_stop == at_stop < 0
    assert told.trade["structure"] == placed["structure"]
    assert [leg["symbol"] for leg in told.legs] == [leg["symbol"] for leg in placed["legs"]]
    parts = told.market.parts
    assert parts.from_underlying is not None
    first, last = told.market.first, told.market.last
    assert first is not None
    assert last is not None
    assert first.underlying is not None
    assert last.underlying is not None
    sign = -1 if len(placed["legs"]) == 1 else 1
    by_delta = placed["order_book_state"]["greeks"]["delta"] * sign * qty * 100
    moved = float(last.underlying - first.underlying)
    assert float(parts.from_underlying) == pytest.approx(by_delta * moved, abs=0.05)
    assert parts.rest is not None
    known = (parts.from_underlying, parts.from_volatility, parts.from_time, parts.rest)
    assert sum(part for part in known if part is not None) == told.market.gross
    assert told.excursion.worst_mark is not None
    assert told.excursion.best_mark is not None
    best, worst = told.excursion.best_mark.mark_price, told.excursion.worst_mark.mark_price
    assert best is not None
    assert worst is not None
    assert (best < worst) is (len(placed["legs"]) == 1)
    (sold,) = [one for one in told.sold if one.filled_price is not None]
    assert sold.slippage is None or sold.asked_price is not None


def test_entries_are_compared_by_structure_and_by_what_legs_share(stage: Stage) -> None:
    """A-16: a condor has no right of its own, a vertical has; both have days to their expiry."""
    held_and_left(stage, condor(stage), minutes=0)
    spread = held_and_left(stage, vertical(stage), minutes=0)
    found = find_similar(stage.env, "alice", like=None, wanted={"structure": "VERTICAL"}, limit=5)

    nearest, other = (one.entry for one in found.nearest)
    assert (str(nearest.trade_id), nearest.features["option_type"]) == (spread["id"], "PUT")
    assert (other.features["structure"], other.features["option_type"]) == ("IRON_CONDOR", None)
    assert other.features["days_to_expiry"] == nearest.features["days_to_expiry"]
    assert nearest.features["days_to_expiry"] is not None
