"""One-cancels-other orders at the Tradier emulator, the form of every bracket (A-04)."""

import pytest

from infra.local.emulators.serving.faults import Fault, FaultKind, Vendor
from tests.emulators.support import ACCOUNT, ORDERS, Outside, accepted, refused

CALL = "SPY260320C00610000"


@pytest.fixture
def outside() -> Outside:
    """Ten in the morning of a trading day."""
    return Outside()


def bracket(outside: Outside, quantity: int = 2, reach: float = 1.0) -> tuple[int, float]:
    """Buy, and protect what was bought: stop and target `reach` dollars from the price paid."""
    price = outside.bought(CALL, quantity)
    answer = outside.exits(CALL, quantity, f"{price + reach:.2f}", f"{price - reach:.2f}", tag="exit-1")
    return accepted(answer), price


def test_the_parent_has_nothing_but_its_state_and_its_legs(outside: Outside) -> None:
    """Leg ids follow the parent's."""
    order_id, _ = bracket(outside)
    order, legs = outside.order(order_id), outside.legs(order_id)

    assert set(order) == {"id", "status", "create_date", "transaction_date", "class", "leg", "tag"}
    assert (order["class"], order["status"], order["tag"]) == ("oco", "open", "exit-1")
    assert [leg["id"] for leg in legs] == [order_id + 1, order_id + 2]
    assert [leg["status"] for leg in legs] == ["open", "open"]


@pytest.mark.parametrize(("factor", "winner"), [(1.03, 0), (0.97, 1)])
def test_one_leg_fills_and_the_other_is_canceled(outside: Outside, factor: float, winner: int) -> None:
    """A jump up reaches the limit, a jump down the stop."""
    order_id, price = bracket(outside)
    outside.clock.forward(seconds=40)
    outside.world.simulated.jump("SPY", outside.quote("SPY")["last"] * factor)
    legs = outside.legs(order_id)

    assert outside.order(order_id)["status"] == "filled"
    assert legs[winner]["status"] == "filled"
    assert legs[1 - winner]["status"] == "canceled"
    assert legs[1 - winner]["exec_quantity"] == 0.0
    assert legs[0]["avg_fill_price"] == (pytest.approx(price + 1) if winner == 0 else 0.0)
    assert outside.world.sandbox.truth_positions(ACCOUNT) == []


def test_cancelling_the_parent_cancels_the_legs(outside: Outside) -> None:
    """And frees the position for another sale."""
    order_id, _ = bracket(outside)
    outside.sandbox.delete(f"{ORDERS}/{order_id}")

    assert outside.order(order_id)["status"] == "canceled"
    assert [leg["status"] for leg in outside.legs(order_id)] == ["canceled", "canceled"]
    accepted(outside.option(CALL, "sell_to_close", 2))


def test_a_filled_one_cannot_be_cancelled(outside: Outside) -> None:
    """The cancel has lost to the fill."""
    order_id, _ = bracket(outside)
    outside.world.simulated.jump("SPY", outside.quote("SPY")["last"] * 1.03)
    answer = outside.sandbox.delete(f"{ORDERS}/{order_id}")

    assert (answer.status_code, answer.text) == (400, "order already in finalized state: filled")


def test_its_legs_count_once_against_the_position(outside: Outside) -> None:
    """I-08: nothing more can be sold while it works."""
    bracket(outside)

    assert refused(outside.option(CALL, "sell_to_close", 1)) == "LongPositionCrossZero"


def test_it_outlives_the_day(outside: Outside) -> None:
    """Good till cancelled, in the list of every day."""
    order_id, _ = bracket(outside, reach=6.0)
    outside.clock.forward(days=1)
    shown = outside.order_list()

    assert isinstance(shown, dict)
    assert shown["order"]["id"] == order_id
    assert shown["order"]["status"] == "open"


def test_a_part_filled_leg_leaves_the_other_for_the_rest(outside: Outside) -> None:
    """A-04: what is left stays protected, and never more than that."""
    price = outside.bought(CALL, 5)
    outside.world.faults.arm(
        Fault(vendor=Vendor.TRADIER, kind=FaultKind.PARTIAL_FILL, fraction=0.5, method="POST")
    )
    order_id = accepted(outside.exits(CALL, 5, f"{price + 1:.2f}", f"{price - 1:.2f}"))
    outside.world.simulated.jump("SPY", outside.quote("SPY")["last"] * 1.03)
    outside.clock.forward(minutes=5)
    limit, stop = outside.legs(order_id)

    assert (limit["status"], limit["exec_quantity"], limit["remaining_quantity"]) == (
        "partially_filled",
        2.0,
        3.0,
    )
    assert (stop["status"], stop["quantity"], stop["remaining_quantity"]) == ("open", 3.0, 3.0)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"type[1]": "market"}, "OtoOcoMarketNotAllowed"),
        ({"duration": "", "duration[0]": "gtc", "duration[1]": "day"}, "OcoExpirationTypeNotTheSame"),
        ({"side[1]": "buy_to_close"}, "OcoOrderWithOppositeLegs"),
    ],
)
def test_its_rules(outside: Outside, change: dict[str, str], code: str) -> None:
    """The codes of Tradier's table."""
    price = outside.bought(CALL)
    answer = outside.exits(CALL, 2, f"{price + 1:.2f}", f"{price - 1:.2f}", **change)

    assert refused(answer) == code


def test_prices_nearer_than_a_dime_are_refused(outside: Outside) -> None:
    """Measured between stop and limit."""
    price = outside.bought(CALL)
    answer = outside.exits(CALL, 2, f"{price - 0.95:.2f}", f"{price - 1:.2f}")

    assert refused(answer) == "OcoPriceDifferenceIsLessThanDelta"


def test_a_stop_through_which_the_market_has_gone_is_refused(outside: Outside) -> None:
    """A-04: its owner must close at once instead."""
    price = outside.bought(CALL)
    answer = outside.exits(CALL, 2, f"{price + 5:.2f}", f"{price + 1:.2f}")

    assert refused(answer) == "SellStopOrderStopPriceGreaterBid"


def test_an_entry_triggers_its_exits(outside: Outside) -> None:
    """Of an OTOCO the exits wait until the entry has filled."""
    ask = outside.quote(CALL)["ask"]
    form: dict[str, object] = {"order_class": "otoco", "duration": "gtc"}
    legs = [
        ("buy_to_open", "limit", {"price": f"{ask - 0.5:.2f}"}),
        ("sell_to_close", "limit", {"price": f"{ask + 1:.2f}"}),
        ("sell_to_close", "stop", {"stop": f"{ask - 2:.2f}"}),
    ]
    for index, (side, kind, prices) in enumerate(legs):
        form |= {f"option_symbol[{index}]": CALL, f"side[{index}]": side, f"quantity[{index}]": 1}
        form |= {f"type[{index}]": kind} | {f"{key}[{index}]": value for key, value in prices.items()}
    order_id = accepted(outside.place(**form))
    assert [leg["status"] for leg in outside.legs(order_id)] == ["open", "pending", "pending"]
    outside.world.simulated.path("SPY", [(30, outside.quote("SPY")["last"] - 1.5)])
    outside.clock.forward(seconds=31)
    assert [leg["status"] for leg in outside.legs(order_id)] == ["filled", "open", "open"]
    outside.world.simulated.jump("SPY", outside.quote("SPY")["last"] * 1.03)

    assert [leg["status"] for leg in outside.legs(order_id)] == ["filled", "filled", "canceled"]
    assert outside.order(order_id)["status"] == "filled"
