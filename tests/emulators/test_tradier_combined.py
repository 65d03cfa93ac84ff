"""Combined orders at the Tradier emulator: one net price, whole units, one moment (wire notes, 6.3, 7.2)."""

from decimal import Decimal

import httpx
import pytest

from tests.emulators.combined import (
    CALL,
    CONDOR,
    HIGH,
    LOW,
    PUT_SPREAD,
    Leg,
    closing,
    held,
    natural,
    placed,
    times,
)
from tests.emulators.support import ACCOUNT, ORDERS, Outside, fixture, new_york

OFF: tuple[Leg, ...] = (("SPY260220P00605000", "sell_to_open", 1), ("SPY260220P00560000", "buy_to_open", 1))


@pytest.fixture
def outside() -> Outside:
    """Ten in the morning of a trading day."""
    return Outside()


def fault(outside: Outside, kind: str, **more: object) -> None:
    """Arm one fault of Tradier's."""
    outside.world.faults.arm_from({"vendor": "tradier", "kind": kind, "match": {}, **more})


def paid(outside: Outside, order_id: int) -> Decimal:
    """Return the average at which a combined order filled."""
    return Decimal(str(outside.order(order_id)["avg_fill_price"]))


@pytest.mark.parametrize("legs", [PUT_SPREAD, CONDOR, times(3, CONDOR)])
def test_at_market_each_leg_fills_at_its_own_side(outside: Outside, legs: tuple[Leg, ...]) -> None:
    unit = natural(outside, PUT_SPREAD if len(legs) == 2 else CONDOR)
    order_id = placed(outside, legs)
    order, rows = outside.order(order_id), outside.legs(order_id)

    assert (order["status"], order["side"], order["quantity"]) == (
        "filled",
        "buy",
        sum(q for _, _, q in legs),
    )
    assert paid(outside, order_id) == unit
    assert [row["avg_fill_price"] for row in rows] == [
        outside.quote(symbol)["ask" if side.startswith("buy") else "bid"] for symbol, side, _ in legs
    ]
    assert len({row["transaction_date"] for row in rows}) == 1, "all legs at one time (R)"


def test_a_combined_order_has_the_fields_that_recordings_have(outside: Outside) -> None:
    """Wire 6.3: parent and legs key by key, the parent without a last price, counting units last filled."""
    order = outside.order(placed(outside, times(2, PUT_SPREAD), type="credit", price="0.10"))
    recorded = fixture("tradier", "order_multileg_credit_filled.json")["order"]
    assert isinstance(recorded, dict)
    assert isinstance(order["leg"], list)

    assert order.keys() == recorded.keys()
    assert [leg.keys() for leg in order["leg"]] == [recorded["leg"][0].keys()] * 2
    assert (order["last_fill_price"], order["last_fill_quantity"], order["exec_quantity"]) == (0.0, 2.0, 4.0)
    assert {(leg["type"], leg["price"], leg["duration"]) for leg in order["leg"]} == {("credit", 0.1, "day")}
    assert isinstance(order["avg_fill_price"], float)
    assert order["avg_fill_price"] < 0


@pytest.mark.parametrize(("cents", "status"), [("0.00", "filled"), ("0.01", "open")])
def test_a_credit_fills_from_the_natural_price_on(outside: Outside, cents: str, status: str) -> None:
    unit = -natural(outside, PUT_SPREAD)
    order_id = placed(outside, PUT_SPREAD, type="credit", price=unit + Decimal(cents))

    assert outside.order(order_id)["status"] == status


def test_it_rests_until_all_legs_together_reach_the_limit(outside: Outside) -> None:
    """At one moment: what each leg showed at another time is nothing."""
    limit = -natural(outside, PUT_SPREAD) + Decimal("1.00")
    order_id = placed(outside, PUT_SPREAD, type="credit", price=limit)
    assert outside.order(order_id)["status"] == "open"
    outside.clock.forward(seconds=61)
    outside.world.simulated.jump("SPY", 597.0)
    outside.clock.forward(seconds=61)

    assert outside.order(order_id)["status"] == "filled"
    assert paid(outside, order_id) <= -limit
    assert held(outside) == {HIGH: -1.0, LOW: 1.0}


def test_a_debit_rests_and_fills_when_it_is_cheap_enough(outside: Outside) -> None:
    placed(outside, PUT_SPREAD)
    debit = natural(outside, closing(PUT_SPREAD)) / 2
    order_id = placed(outside, closing(PUT_SPREAD), type="debit", price=round(debit, 2))
    assert outside.order(order_id)["status"] == "open"
    outside.clock.forward(seconds=61)
    outside.world.simulated.jump("SPY", 640.0)
    outside.clock.forward(seconds=61)

    assert outside.order(order_id)["status"] == "filled"
    assert held(outside) == {}


def test_an_even_order_pays_nothing(outside: Outside) -> None:
    """A butterfly that is far away costs something, so it rests; its opposite is paid for."""
    fly: tuple[Leg, ...] = (
        ("SPY260320P00570000", "buy_to_open", 1),
        ("SPY260320P00580000", "sell_to_open", 2),
        ("SPY260320P00590000", "buy_to_open", 1),
    )
    bought = placed(outside, fly, type="even")
    received = placed(outside, PUT_SPREAD, type="even")

    assert (outside.order(bought)["status"], outside.order(bought)["strategy"]) == ("open", "butterfly")
    assert outside.order(received)["status"] == "filled"
    assert "price" not in outside.order(received)


def test_a_credit_for_what_costs_money_is_taken_and_rests(outside: Outside) -> None:
    """Wire 7.2: two purchases at a credit of a cent came back `ok`."""
    both: tuple[Leg, ...] = ((HIGH, "buy_to_open", 1), (LOW, "buy_to_open", 1))

    assert outside.order(placed(outside, both, type="credit", price="0.01"))["status"] == "open"


def test_what_nobody_bids_for_goes_along_in_a_package(outside: Outside) -> None:
    """The net price is that of the quotes; legs are always above zero (R)."""
    worthless = OFF[1][0]
    assert outside.quote(worthless)["bid"] == 0
    placed(outside, OFF)
    unit = natural(outside, closing(OFF))
    order_id = placed(outside, closing(OFF), type="debit", price=unit)

    assert outside.order(order_id)["status"] == "filled"
    assert paid(outside, order_id) == unit
    assert outside.legs(order_id)[1]["avg_fill_price"] == 0.01


def test_what_nobody_bids_for_cannot_be_sold_with_other_sales(outside: Outside) -> None:
    worthless = OFF[1][0]
    both: tuple[Leg, ...] = ((worthless, "sell_to_open", 1), (CALL, "sell_to_open", 1))

    assert outside.order(placed(outside, both, type="credit", price="0.01"))["status"] == "open"


@pytest.mark.parametrize(("fraction", "units"), [(0.5, 2), (0.1, 1), (0.99, 4)])
def test_a_part_is_whole_units_and_the_rest_never_fills(
    outside: Outside, fraction: float, units: int
) -> None:
    """W-01: no structure is ever left with a leg missing."""
    fault(outside, "partial_fill", fraction=fraction)
    order_id = placed(outside, times(5, PUT_SPREAD))
    outside.clock.forward(seconds=600)
    order = outside.order(order_id)

    assert (order["status"], order["exec_quantity"], order["remaining_quantity"]) == (
        "partially_filled",
        2.0 * units,
        10.0 - 2 * units,
    )
    assert [(leg["status"], leg["exec_quantity"]) for leg in outside.legs(order_id)] == [
        ("partially_filled", units)
    ] * 2
    assert held(outside) == {HIGH: -units, LOW: units}


def test_a_cancel_of_the_rest_keeps_the_units_that_filled(outside: Outside) -> None:
    fault(outside, "partial_fill", fraction=0.5)
    order_id = placed(outside, times(4, PUT_SPREAD))
    leg_id = outside.legs(order_id)[1]["id"]
    answer = outside.sandbox.delete(f"{ORDERS}/{leg_id}")
    order = outside.order(order_id)

    assert answer.status_code == 200
    assert (order["status"], order["exec_quantity"], order["remaining_quantity"]) == ("canceled", 4.0, 0.0)
    assert {leg["status"] for leg in outside.legs(order_id)} == {"canceled"}
    assert outside.sandbox.delete(f"{ORDERS}/{order_id}").text == "order already in finalized state: canceled"


def test_it_may_be_rejected_a_second_after_its_200(outside: Outside) -> None:
    fault(outside, "reject_after_200")
    order_id = placed(outside, PUT_SPREAD)
    outside.clock.forward(seconds=1)
    order = outside.order(order_id)

    assert order["status"] == "rejected"
    assert "buying power" in str(order["reason_description"])
    assert {leg["status"] for leg in outside.legs(order_id)} == {"rejected"}
    assert held(outside) == {}


def test_a_cancel_that_loses_is_lost_at_the_orders_own_net_price(outside: Outside) -> None:
    """A fill that the market did not show keeps the limit all the same."""
    limit = -natural(outside, PUT_SPREAD) + Decimal("0.37")
    order_id = placed(outside, times(2, PUT_SPREAD), type="credit", price=limit)
    fault(outside, "cancel_loses")

    assert outside.sandbox.delete(f"{ORDERS}/{order_id}").status_code == 200
    assert outside.order(order_id)["status"] == "filled"
    assert paid(outside, order_id) == -limit
    assert held(outside) == {HIGH: -2.0, LOW: 2.0}


def test_an_order_may_fill_while_its_answer_is_lost(outside: Outside) -> None:
    limit = -natural(outside, CONDOR) + Decimal("0.41")
    fault(outside, "fill_before_order")
    with pytest.raises(httpx.ReadTimeout):
        placed(outside, CONDOR, type="credit", price=limit, tag="lost")
    (truth,) = outside.world.sandbox.truth_orders(ACCOUNT)

    assert (truth["tag"], truth["status"]) == ("lost", "filled")
    assert Decimal(str(truth["avg_fill_price"])) == -limit


def test_an_execution_counted_twice_passes_the_quantity_of_each_leg(outside: Outside) -> None:
    order_id = placed(outside, PUT_SPREAD)
    fault(outside, "fill_twice")
    order = outside.order(order_id)

    assert isinstance(order["leg"], list)
    assert [leg["exec_quantity"] for leg in order["leg"]] == [2.0, 2.0]


def test_a_change_of_price_walks_the_order(outside: Outside) -> None:
    """Wire 7.6: the same id is kept; whichever of its ids is named, the terms are the whole order's (V)."""
    unit = -natural(outside, PUT_SPREAD)
    order_id = placed(outside, PUT_SPREAD, type="credit", price=unit + Decimal("0.50"))
    changed = outside.sandbox.put(f"{ORDERS}/{order_id + 2}", data={"price": str(unit + Decimal("0.20"))})
    assert changed.json()["order"]["status"] == "ok"
    assert {leg["price"] for leg in outside.legs(order_id)} == {float(unit + Decimal("0.20"))}
    outside.sandbox.put(f"{ORDERS}/{order_id}", data={"price": str(unit)})

    assert outside.order(order_id)["status"] == "filled"
    finalized = outside.sandbox.put(f"{ORDERS}/{order_id}", data={"price": "1.00"})
    assert (finalized.status_code, finalized.text) == (400, "order already in finalized state: filled")


@pytest.mark.parametrize(("legs", "kind"), [(PUT_SPREAD, "limit"), (((HIGH, "buy_to_open", 1),), "credit")])
def test_a_type_of_another_class_cannot_be_changed_to(
    outside: Outside, legs: tuple[Leg, ...], kind: str
) -> None:
    if len(legs) == 1:
        order_id = outside.option(HIGH, "buy_to_open", 1, type="limit", price="0.05").json()["order"]["id"]
    else:
        order_id = placed(outside, legs, type="credit", price="9.00")
    refused = outside.sandbox.put(f"{ORDERS}/{order_id}", data={"type": kind})

    assert (refused.status_code, refused.text) == (400, "Invalid parameter, type: is not valid")


def test_a_day_order_expires_whole_at_the_close(outside: Outside) -> None:
    order_id = placed(outside, PUT_SPREAD, type="credit", price="9.00")
    outside.clock.at = new_york("2026-02-19 16:01")
    order = outside.order(order_id)

    assert (order["status"], order["remaining_quantity"]) == ("expired", 0.0)
    assert {leg["status"] for leg in outside.legs(order_id)} == {"expired"}


def test_placed_before_the_open_it_is_pending_and_opens_with_the_session(outside: Outside) -> None:
    outside.clock.at = new_york("2026-02-19 20:00")
    order_id = placed(outside, PUT_SPREAD, type="credit", price="9.00")
    assert outside.order(order_id)["status"] == "pending"
    outside.clock.at = new_york("2026-02-20 09:31")

    assert outside.order(order_id)["status"] == "open"
    assert {leg["status"] for leg in outside.legs(order_id)} == {"open"}


def test_a_good_till_cancelled_one_ends_with_its_first_expiry(outside: Outside) -> None:
    order_id = placed(outside, OFF, type="credit", price="40.00", duration="gtc")
    outside.clock.at = new_york("2026-02-20 15:59")
    assert outside.order(order_id)["status"] == "open"
    outside.clock.at = new_york("2026-02-20 16:01")

    assert outside.order(order_id)["status"] == "expired"


def test_lists_show_it_as_one_item_with_its_legs(outside: Outside) -> None:
    """Also in the emulator's own record (the control call of orders)."""
    order_id = placed(outside, CONDOR, tag="a-condor")
    listed = outside.sandbox.get(ORDERS, params={"includeTags": "true"}).json()["orders"]["order"]
    (truth,) = outside.world.sandbox.truth_orders(ACCOUNT)

    for row in (listed, truth):
        assert (row["id"], row["class"], row["num_legs"], row["strategy"], row["tag"]) == (
            order_id,
            "multileg",
            4,
            "condor",
            "a-condor",
        )
        assert isinstance(row["leg"], list)
        assert [leg["id"] for leg in row["leg"]] == [order_id + index for index in range(1, 5)]
        assert not any("tag" in leg for leg in row["leg"])


def test_it_is_kept_between_two_runs(outside: Outside) -> None:
    fault(outside, "partial_fill", fraction=0.5)
    order_id = placed(outside, times(4, PUT_SPREAD))
    before = outside.order(order_id)
    outside.world.sandbox.restore(outside.world.sandbox.state())
    outside.clock.forward(seconds=60)

    assert outside.order(order_id) == before
