"""Combined orders at Tradier: the forms in which they travel, and recorded bodies in papertape's words."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.brokers.errors import InsufficientFunds, Refused, Unsupported
from chalicelib.brokers.interface import BrokerLeg, BrokerOrder, CombinedRequest, RequestLeg
from chalicelib.brokers.tradier.rules import combined_form
from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.sides import OrderSide
from chalicelib.domain.trading.orders import Duration, OrderStatus, OrderType
from chalicelib.vendors.budget import Urgency
from chalicelib.vendors.errors import Outcome, OutcomeUnknown
from chalicelib.vendors.wire import read_body
from tests.brokers.support import OpenBudget, ScriptedVendor, answer, fixture, tradier

SHORT = RequestLeg(symbol="SPY260320P00590000", side=OrderSide.SELL_TO_OPEN, ratio=1)
LONG = RequestLeg(symbol="SPY260320P00580000", side=OrderSide.BUY_TO_OPEN, ratio=1)
CALL = RequestLeg(symbol="SPY260320C00620000", side=OrderSide.SELL_TO_OPEN, ratio=1)
WING = RequestLeg(symbol="SPY260320C00630000", side=OrderSide.BUY_TO_OPEN, ratio=1)
SHARES = RequestLeg(symbol="SPY", side=OrderSide.BUY_TO_OPEN, ratio=100, instrument=Instrument.EQUITY)


def request(*legs: RequestLeg, **more: object) -> CombinedRequest:
    """Build a request for two put spreads at a credit of 1.20 unless told otherwise."""
    fields: dict[str, Any] = {  # Any: a test may break any field
        "tag": "t-1",
        "underlying": "SPY",
        "legs": legs or (SHORT, LONG),
        "quantity": Decimal(2),
        "net_price": Decimal("-1.20"),
        "duration": Duration.DAY,
    }
    return CombinedRequest(**(fields | more))


def test_a_credit_spread_travels_as_one_multileg_order() -> None:
    """W-02, wire 7.2: quantities are absolute, the price is positive, and the word carries its sign."""
    assert combined_form(request()) == {
        "class": "multileg",
        "symbol": "SPY",
        "type": "credit",
        "duration": "day",
        "price": "1.20",
        "tag": "t-1",
        "option_symbol[0]": "SPY260320P00590000",
        "side[0]": "sell_to_open",
        "quantity[0]": "2",
        "option_symbol[1]": "SPY260320P00580000",
        "side[1]": "buy_to_open",
        "quantity[1]": "2",
    }


@pytest.mark.parametrize(
    ("net_price", "word", "price"),
    [("1.7", "debit", "1.70"), ("-0.05", "credit", "0.05"), ("0", "even", None), ("-0.00", "even", None)],
)
def test_the_sign_of_the_net_price_becomes_a_word(net_price: str, word: str, price: str | None) -> None:
    form = combined_form(request(net_price=Decimal(net_price)))

    assert (form["type"], form.get("price")) == (word, price)


def test_ratios_are_multiplied_out() -> None:
    """Wire 7.2: 2-4-2 is two butterflies."""
    body = replace(SHORT, ratio=2)
    form = combined_form(request(LONG, body, replace(LONG, symbol="SPY260320P00600000")))

    assert [form[f"quantity[{index}]"] for index in range(3)] == ["2", "4", "2"]


def test_shares_come_first_and_make_it_a_combo() -> None:
    """Wire 7.3: index 0 is the equity leg, without an option's symbol and with words of its own."""
    form = combined_form(request(CALL, SHARES, net_price=Decimal("595.35")))

    assert (form["class"], form["side[0]"], form["quantity[0]"]) == ("combo", "buy", "200")
    assert "option_symbol[0]" not in form
    assert (form["option_symbol[1]"], form["quantity[1]"]) == (CALL.symbol, "2")


@pytest.mark.parametrize(
    "broken",
    [
        {"legs": (SHORT,)},
        {"legs": (SHORT, LONG, CALL, WING, replace(WING, symbol="SPY260320C00640000"))},
        {"legs": (SHORT, replace(SHORT, side=OrderSide.BUY_TO_OPEN))},
        {"legs": (replace(SHORT, ratio=0), LONG)},
        {"legs": (replace(SHORT, ratio=2), replace(LONG, ratio=2))},
        {"legs": (SHARES, SHORT, LONG, CALL)},
        {"legs": (replace(SHARES, symbol="QQQ"), CALL)},
        {"legs": (replace(SHARES, instrument=Instrument.CRYPTO), CALL)},
        {"quantity": Decimal("1.5")},
        {"quantity": Decimal(0)},
        {"quantity": Decimal(200_000), "legs": (SHARES, CALL)},
        {"net_price": Decimal("-1.205")},
        {"net_price": Decimal("NaN")},
        {"duration": Duration.GTC},
        {"tag": "under_score"},
        {"tag": ""},
    ],
)
def test_what_cannot_be_sent_is_not(broken: dict[str, Any]) -> None:
    vendor = ScriptedVendor()
    with pytest.raises(Unsupported) as caught:
        tradier(vendor).place_combined(request(**broken))

    assert caught.value.outcome is Outcome.NOT_SENT
    assert vendor.asked == []


@given(
    ratios=st.lists(st.integers(1, 5), min_size=2, max_size=4),
    units=st.integers(1, 500),
)
def test_units_are_read_back_as_they_were_sent(ratios: list[int], units: int) -> None:
    """Wire 6.3: whatever the ratios, the greatest common divisor of what is sent is the units."""
    legs = [
        replace(SHORT, symbol=f"SPY260320P0059{index}000", ratio=r)
        for index, r in enumerate((1, *ratios[1:]))
    ]
    form = combined_form(request(*legs, quantity=Decimal(units)))
    rows = [
        {"id": index, "status": "open", "side": "sell_to_open", "option_symbol": leg.symbol}
        | {"quantity": float(form[f"quantity[{index}]"]), "class": "option"}
        for index, leg in enumerate(legs)
    ]
    shown = {"id": 9, "class": "multileg", "status": "open", "type": "credit", "price": 1.2, "leg": rows}

    order = tradier(ScriptedVendor(answer({"order": shown}))).read_order("9")
    assert (order.quantity, order.filled_quantity) == (Decimal(units), Decimal(0))


def test_an_exit_may_use_the_last_calls() -> None:
    """A combined exit is as urgent as a single one."""
    budget = OpenBudget()
    vendor = ScriptedVendor(*[answer(fixture("tradier", "order_placed.json"))] * 2)
    broker = tradier(vendor, budget=budget)
    broker.place_combined(request())
    placed = broker.place_combined(request(), urgency=Urgency.EXIT)

    assert placed.broker_order_id == "257459"
    assert budget.taken == [Urgency.ORDER, Urgency.EXIT]


def test_a_combined_order_is_never_sent_twice() -> None:
    """A-12: an answer that is lost says nothing; the tag does."""
    for failure in (answer("", 502), answer("", 200), answer({"order": {}})):
        vendor = ScriptedVendor(failure)
        with pytest.raises(OutcomeUnknown):
            tradier(vendor).place_combined(request())
        (sent,) = vendor.asked
        assert dict(parse_qsl(sent.content.decode()))["tag"] == "t-1"


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("SpreadTradingDeniedForAccount", Refused),
        ("IndexOptionsOneExparyDate", Refused),
        ("InitialMargin", InsufficientFunds),
    ],
)
def test_a_refusal_keeps_its_reason(code: str, kind: type[Refused]) -> None:
    body = {"errors": {"error": ["Backoffice rejected override of the order.", code]}}
    with pytest.raises(kind) as caught:
        tradier(ScriptedVendor(answer(body))).place_combined(request())

    assert code in caught.value.reason


def read(name: str, change: Callable[[Any], None] = lambda _order: None) -> BrokerOrder:
    """Read a recorded body, changed as other recordings differ from it."""
    body: Any = read_body(fixture("tradier", name))
    body = deepcopy(body)
    change(body["order"])
    return tradier(ScriptedVendor(answer(body))).read_order("1")


def test_a_recorded_debit_reads_in_units_at_what_was_paid() -> None:
    """Wire 6.3: one butterfly, whose parent counts four contracts."""
    order = read("order_multileg_debit_filled.json")

    assert (order.status, order.quantity, order.filled_quantity) == (
        OrderStatus.FILLED,
        Decimal(1),
        Decimal(1),
    )
    assert (order.avg_fill_price, order.limit_price) == (Decimal("1.7"), Decimal("1.7"))
    assert (order.side, order.type, order.duration) == (None, OrderType.LIMIT, Duration.DAY)
    assert order.symbol == "SPX"
    assert order.alternatives == ()
    assert order.legs[1] == BrokerLeg(
        symbol="SPXW230922P04360000",
        side=OrderSide.SELL_TO_OPEN,
        filled_quantity=Decimal(2),
        avg_fill_price=Decimal("16.75"),
        broker_order_id="10000003",
    )


def test_a_recorded_credit_is_below_zero() -> None:
    """ADR 0030: what the account is paid; the parent's own sign and its legs' sum agree."""
    order = read("order_multileg_credit_filled.json")

    assert (order.limit_price, order.avg_fill_price) == (Decimal("-1.5"), Decimal("-1.55"))
    assert [leg.avg_fill_price for leg in order.legs] == [
        Decimal("25.55"),
        Decimal("17.4"),
        Decimal("10.8"),
    ]


def test_the_documentations_condor_counts_one_unit_and_so_does_a_sum() -> None:
    """Wire 6.3: its parent says 1.0 where recordings would say 4.0."""

    def summed(order: Any) -> None:
        order["quantity"] = 4.0

    one, four = (read("order_multileg_condor_expired.json", change) for change in (lambda _: None, summed))
    assert (one.status, one.quantity, one.filled_quantity) == (OrderStatus.EXPIRED, Decimal(1), Decimal(0))
    assert one == four
    assert one.limit_price == Decimal("-0.8")


def test_a_cancelled_order_has_filled_nothing() -> None:
    order = read("order_multileg_canceled.json")

    assert (order.status, order.quantity, order.filled_quantity) == (
        OrderStatus.CANCELED,
        Decimal(1),
        Decimal(0),
    )
    assert {leg.filled_quantity for leg in order.legs} == {Decimal(0)}


def test_a_combo_has_its_shares_as_a_leg() -> None:
    """Wire 7.3: equity words for the sides of its shares; 100 shares and a call are one unit."""

    def filled(order: Any) -> None:
        order |= {"status": "filled", "price": 272.5}
        for leg, price in zip(order["leg"], (273.5, 1.25), strict=True):
            leg |= {"status": "filled", "exec_quantity": leg["quantity"], "avg_fill_price": price}
        order["leg"][1]["side"] = "sell_to_open"

    order = read("order_combo_canceled.json", filled)
    assert (order.quantity, order.filled_quantity) == (Decimal(1), Decimal(1))
    assert order.avg_fill_price == Decimal("272.25")
    assert [(leg.symbol, leg.side, leg.filled_quantity) for leg in order.legs] == [
        ("SPY", OrderSide.BUY_TO_OPEN, Decimal(100)),
        ("SPY180720C00274000", OrderSide.SELL_TO_OPEN, Decimal(1)),
    ]


def parts(order: Any, *, units: int, of: int, status: str = "open") -> None:
    """Let so many units of a butterfly be asked for, and some of them have filled."""
    order |= {"status": status, "quantity": 4.0 * of, "exec_quantity": 4.0 * units}
    for leg in order["leg"]:
        ratio = float(leg["quantity"])
        leg |= {"status": status, "quantity": ratio * of, "exec_quantity": ratio * units}


def test_part_of_the_units_filled_is_a_part() -> None:
    """W-01: whole structures, at the average of those that there are."""
    order = read("order_multileg_debit_filled.json", lambda shown: parts(shown, units=2, of=3))

    assert (order.status, order.quantity, order.filled_quantity) == (
        OrderStatus.PARTIALLY_FILLED,
        Decimal(3),
        Decimal(2),
    )
    assert order.avg_fill_price == Decimal("1.7")
    assert [leg.filled_quantity for leg in order.legs] == [2, 4, 2]


def test_what_filled_before_a_cancel_is_kept() -> None:
    order = read(
        "order_multileg_debit_filled.json", lambda shown: parts(shown, units=1, of=3, status="canceled")
    )

    assert (order.status, order.filled_quantity) == (OrderStatus.CANCELED, Decimal(1))


@pytest.mark.parametrize(
    "late",
    [{"avg_fill_price": 0.0}, {"avg_fill_price": None}, {"avg_fill_price": 0.0, "exec_quantity": 0.0}],
)
def test_a_fill_without_the_price_of_a_leg_has_none(late: dict[str, object]) -> None:
    """Wire 6.3: the price of a leg may be a moment late; nothing is booked until it is there."""
    order = read("order_multileg_debit_filled.json", lambda shown: shown["leg"][1].update(late))

    assert (order.status, order.filled_quantity, order.avg_fill_price) == (
        OrderStatus.FILLED,
        Decimal(1),
        None,
    )
    assert (order.legs[1].filled_quantity, order.legs[1].avg_fill_price) == (Decimal(2), None)


def test_a_leg_that_lags_behind_a_filled_parent_is_not_a_part_at_its_price() -> None:
    """Wire 6.3: leg times differ from the parent's; an average of a part is not that of the whole."""
    order = read(
        "order_multileg_debit_filled.json",
        lambda shown: shown["leg"][1].update({"status": "partially_filled", "exec_quantity": 1.0}),
    )

    assert (order.filled_quantity, order.avg_fill_price) == (Decimal(1), None)


def test_legs_that_disagree_make_the_fewer_units() -> None:
    def uneven(order: Any) -> None:
        parts(order, units=2, of=3)
        order["leg"][2]["exec_quantity"] = 1.0

    order = read("order_multileg_debit_filled.json", uneven)
    assert order.filled_quantity == Decimal(1)
    assert [leg.filled_quantity for leg in order.legs] == [2, 4, 1]


def test_an_execution_counted_twice_is_no_more_than_was_asked() -> None:
    """I-03, I-07."""

    def twice(order: Any) -> None:
        for leg in order["leg"]:
            leg["exec_quantity"] = float(leg["exec_quantity"]) * 2

    order = read("order_multileg_debit_filled.json", twice)
    assert [leg.filled_quantity for leg in order.legs] == [1, 2, 1]
    assert order.avg_fill_price == Decimal("1.7")


def test_an_even_fill_has_a_price_of_zero() -> None:
    """0.0 on the parent is how no price is written; its legs tell what it is."""

    def even(order: Any) -> None:
        order |= {"type": "even", "avg_fill_price": 0.0}
        order.pop("price")
        order["leg"][2]["avg_fill_price"] = 23.0

    order = read("order_multileg_debit_filled.json", even)
    assert (order.limit_price, order.avg_fill_price) == (Decimal(0), Decimal(0))


def test_an_order_at_market_has_no_limit() -> None:
    order = read("order_multileg_debit_filled.json", lambda shown: shown.update({"type": "market"}))

    assert (order.type, order.limit_price) == (OrderType.MARKET, None)


def test_a_late_rejection_keeps_its_reason_wherever_it_stands() -> None:
    def rejected(order: Any) -> None:
        parts(order, units=0, of=1, status="rejected")
        order["leg"][1]["reason_description"] = "InitialMargin"

    order = read("order_multileg_debit_filled.json", rejected)
    assert (order.status, order.filled_quantity) == (OrderStatus.REJECTED, Decimal(0))
    assert order.reason == "You do not have enough buying power for this trade"


def test_a_refused_order_without_legs_does_not_hide_the_list() -> None:
    """Wire, section 3: rows of refused submissions show up in the list."""
    order = read(
        "order_multileg_condor_expired.json",
        lambda shown: shown.update({"status": "rejected", "leg": "null"}),
    )

    assert (order.status, order.side, order.legs) == (OrderStatus.REJECTED, None, ())


@pytest.mark.parametrize(
    "change",
    [
        lambda order: order.pop("leg"),
        lambda order: order["leg"][0].pop("quantity"),
        lambda order: order["leg"][0].update({"quantity": 0.5}),
        lambda order: order["leg"][0].update({"quantity": 0.0}),
        lambda order: order["leg"][0].update({"side": "sideways"}),
        lambda order: order["leg"][0].pop("id"),
        lambda order: order["leg"][0].update({"symbol": None, "option_symbol": None}),
        lambda order: order.update({"leg": ["null"]}),
    ],
)
def test_what_does_not_say_what_filled_cannot_be_read(change: Callable[[Any], None]) -> None:
    """I-06: never a guess."""
    with pytest.raises(OutcomeUnknown):
        read("order_multileg_debit_filled.json", change)


def test_the_list_shows_combined_orders_with_their_legs() -> None:
    listed = tradier(ScriptedVendor(answer(fixture("tradier", "orders_many.json")))).list_orders().orders

    assert [len(order.legs) for order in listed] == [0, 0, 2, 4]
