"""Authentic bodies of Schwab in papertape's words; what cannot be read is never nothing (I-06)."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.brokers.errors import InsufficientFunds, Refused, UnknownOrder, Unsupported
from chalicelib.brokers.interface import BrokerOrder, CombinedRequest, OcoRequest, OrderRequest, RequestLeg
from chalicelib.brokers.padded_symbols import to_padded
from chalicelib.brokers.schwab.answers import read_answer
from chalicelib.brokers.schwab.naming import SentOrder, named, terms_of_order
from chalicelib.brokers.schwab.parse import parse_balance, parse_hashes, parse_positions, report_of
from chalicelib.brokers.schwab.parse_orders import parse_one, parse_orders, parse_placed
from chalicelib.brokers.schwab.rules import combined_document, oco_document, order_document
from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.sides import OrderSide
from chalicelib.domain.trading.orders import Duration, OrderStatus, OrderType
from chalicelib.vendors.errors import AuthenticationFailed, OutcomeUnknown, RateLimited, VendorError
from chalicelib.vendors.http import HttpReply
from chalicelib.vendors.wire import UnreadablePayload, read_json
from tests.brokers.support import fixture

SPREAD = CombinedRequest(
    tag="a-tag",
    underlying="XYZ",
    legs=(
        RequestLeg(symbol="XYZ240315P00045000", side=OrderSide.BUY_TO_OPEN, ratio=1),
        RequestLeg(symbol="XYZ240315P00043000", side=OrderSide.SELL_TO_OPEN, ratio=1),
    ),
    quantity=Decimal(2),
    net_price=Decimal("0.10"),
    duration=Duration.DAY,
)
CALL = OrderRequest(
    tag="a-tag",
    underlying="XYZ",
    symbol="XYZ240315C00500000",
    side=OrderSide.BUY_TO_OPEN,
    quantity=Decimal(10),
    type=OrderType.LIMIT,
    duration=Duration.DAY,
    limit_price=Decimal("6.45"),
)


def body(name: str) -> Any:  # Any: JSON
    """Return a recorded body as it is read."""
    return read_json(fixture("schwab", f"{name}.json"))


def test_a_filled_order_has_the_average_of_its_fills() -> None:
    order = parse_one(body("order_limit_filled_2026"))

    assert (order.status, order.type) == (OrderStatus.FILLED, OrderType.LIMIT)
    assert order.filled_quantity == order.quantity > 0
    assert order.avg_fill_price is not None
    assert order.created_at is not None
    assert order.created_at.tzinfo is not None


def test_a_cancel_is_an_execution_at_no_price_and_nothing_that_filled() -> None:
    """I-07: nothing is left of a cancelled order either, which says nothing of fills."""
    order = parse_one(body("order_limit_canceled_2026"))

    assert (order.status, order.filled_quantity, order.avg_fill_price) == (
        OrderStatus.CANCELED,
        Decimal(0),
        None,
    )
    assert (order.symbol, order.side, order.duration) == ("NBIS", OrderSide.SELL_TO_CLOSE, Duration.GTC)


def test_a_condor_is_one_order_at_what_the_account_received() -> None:
    """W-01: 1.61 − 0.26 + 1.72 − 0.26, sold."""
    (order,) = parse_orders(body("orders_iron_condor_filled_2025"))

    assert (order.symbol, order.quantity, order.filled_quantity) == ("NVDA", Decimal(1), Decimal(1))
    assert (order.limit_price, order.avg_fill_price) == (Decimal("-2.81"), Decimal("-2.81"))
    assert [leg.symbol for leg in order.legs] == [
        "NVDA250613C00144000",
        "NVDA250613C00150000",
        "NVDA250613P00142000",
        "NVDA250613P00135000",
    ]


@pytest.mark.parametrize(
    ("name", "entry"),
    [
        ("order_trigger_oco_working_2026", OrderStatus.OPEN),
        ("order_trigger_pending_activation_2026", OrderStatus.PENDING),
    ],
)
def test_what_waits_for_another_order_stands_beside_it(name: str, entry: OrderStatus) -> None:
    first, waiting = parse_orders([body(name)])

    assert (first.status, first.alternatives) == (entry, ())
    assert parse_one(body(name)) == first
    assert waiting.status is OrderStatus.PENDING
    assert waiting.broker_order_id != first.broker_order_id


def test_an_oco_is_its_two_orders() -> None:
    told = body("order_trigger_oco_working_2026")["childOrderStrategies"][0]
    order = parse_one(told)

    assert [(one.type, one.limit_price, one.stop_price) for one in order.alternatives] == [
        (OrderType.LIMIT, Decimal("98.2"), None),
        (OrderType.STOP, None, Decimal("75.2")),
    ]
    with pytest.raises(UnreadablePayload):
        parse_one({**told, "childOrderStrategies": told["childOrderStrategies"][:1]})


@pytest.mark.parametrize("status", ["UNKNOWN", "SOMETHING_NEW", None])
def test_a_state_that_nobody_knows_is_not_guessed(status: str | None) -> None:
    """I-06: guessing whether an order lives is how positions are sold twice."""
    with pytest.raises(UnreadablePayload):
        parse_one({**body("order_limit_filled_2026"), "status": status})


def test_an_execution_shown_twice_counts_once() -> None:
    """I-07: activities are told apart by their numbers, and come in no order of time."""
    told = body("order_limit_filled_2026")
    again = {**told, "orderActivityCollection": told["orderActivityCollection"] * 2}

    assert parse_one(again) == parse_one(told)


def test_without_all_its_executions_a_fill_has_no_price_yet() -> None:
    order = parse_one({**body("order_limit_filled_2026"), "orderActivityCollection": []})

    assert order.status is OrderStatus.FILLED
    assert order.filled_quantity > 0
    assert order.avg_fill_price is None


def test_a_part_that_has_filled_is_told_by_its_quantity_alone() -> None:
    """Wire, 6.4: there is no state for it."""
    told = {**body("order_limit_filled_2026"), "status": "WORKING", "quantity": "2.0"}
    told["orderLegCollection"] = [{**told["orderLegCollection"][0], "quantity": "2.0"}]
    order = parse_one(told)

    assert (order.status, order.filled_quantity) == (OrderStatus.PARTIALLY_FILLED, Decimal(1))


def test_what_filled_of_an_order_that_goes_on_filled_when_it_was_executed() -> None:
    """I-19: such an order has no time but its entry's; a fill is not booked at when it was read."""
    told = {**body("order_limit_filled_2026"), "status": "WORKING", "quantity": "2.0"}
    told["orderLegCollection"] = [{**told["orderLegCollection"][0], "quantity": "2.0"}]
    del told["closeTime"]
    (activity,) = told["orderActivityCollection"]
    (execution,) = activity["executionLegs"]

    assert parse_one(told).updated_at == datetime.fromisoformat(execution["time"])


def test_the_number_of_a_new_order_stands_in_an_address() -> None:
    place = "https://api.schwabapi.com/trader/v1/accounts/ABC/orders/1000000000201"

    assert parse_placed(place).broker_order_id == "1000000000201"
    for missing in (None, "", "https://api.schwabapi.com/trader/v1/accounts/ABC/orders/"):
        with pytest.raises(OutcomeUnknown):
            parse_placed(missing)


def test_accounts_positions_and_money_are_read() -> None:
    (held,) = parse_positions(body("account_with_positions_mock"))
    balance = parse_balance(body("account_with_positions_mock"))
    (margin, *_) = body("accounts_all_margin_no_positions")

    assert (held.symbol, held.quantity, held.cost_basis) == ("ABC", Decimal(2), Decimal("444.44"))
    assert (balance.cash, balance.equity) == (Decimal("121.58"), Decimal("121.58"))
    assert parse_positions(margin) == ()
    assert parse_balance(margin).cash is not None
    hashes = parse_hashes(body("account_numbers"))
    assert list(hashes) == ["12345678"]
    assert report_of(hashes, "").account_id == "12345678"
    assert not report_of(hashes, "87654321").ok
    assert not report_of({}, "").ok


@pytest.mark.parametrize("name", ["user_preference", "quotes_equities_2024", "account_numbers"])
def test_what_is_no_account_is_not_read_as_an_empty_one(name: str) -> None:
    """I-06."""
    with pytest.raises(UnreadablePayload):
        parse_positions(body(name))
    with pytest.raises(UnreadablePayload):
        parse_hashes({"accounts": []})


@pytest.mark.parametrize(
    ("name", "status", "kind", "said"),
    [
        ("error_trader_shape", 400, Refused, "string"),
        ("error_marketdata_400", 400, Refused, "Missing header; Search combination"),
        ("error_marketdata_401", 401, AuthenticationFailed, "Unauthorized"),
        ("error_401_client_not_authorized", 401, AuthenticationFailed, "Client not authorized"),
        ("error_marketdata_404", 404, UnknownOrder, "Schwab shows no such order"),
        ("error_404_symbol_not_found_status_string", 404, UnknownOrder, "Schwab shows no such order"),
        ("error_marketdata_500", 500, OutcomeUnknown, "Schwab answered with status 500"),
        ("error_gateway_body_too_big", 502, OutcomeUnknown, "Schwab answered with status 502"),
        ("oauth_token_error_refresh_expired", 400, Refused, "unsupported_token_type"),
    ],
)
def test_refusals_are_sorted_by_status_and_told_in_their_words(
    name: str, status: int, kind: type[VendorError], said: str
) -> None:
    """A-12: what is then known of the order decides all that follows."""
    reply = HttpReply(status=status, text=fixture("schwab", f"{name}.json"), headers={})
    with pytest.raises(kind) as caught:
        read_answer(reply, about_order=True, retry_after_seconds=None)

    assert caught.value.reason.startswith(said)


def test_a_lack_of_money_is_told_apart_and_nothing_needs_a_body() -> None:
    said = json.dumps({"message": "You do not have enough available cash/buying power for this order."})
    with pytest.raises(InsufficientFunds):
        read_answer(HttpReply(status=400, text=said, headers={}), about_order=False, retry_after_seconds=None)
    for status, kind in ((400, Refused), (429, RateLimited), (302, OutcomeUnknown), (200, OutcomeUnknown)):
        with pytest.raises(kind):
            read_answer(
                HttpReply(status=status, text="", headers={}), about_order=False, retry_after_seconds=None
            )


def test_a_preview_is_no_order() -> None:
    """It has number 0: whoever took it for an order would look for it for ever."""
    with pytest.raises(UnreadablePayload):
        parse_one(body("preview_order_rejected"))


def test_orders_are_written_as_the_vendor_shows_them() -> None:
    option, wanted = order_document(CALL), body("request_option_single_buy_to_open_limit")
    assert wanted.pop("complexOrderStrategyType") == "NONE"
    assert option == wanted
    assert combined_document(SPREAD) == body("request_vertical_put_net_debit")
    shares = replace(
        CALL,
        symbol="XYZ",
        instrument=Instrument.EQUITY,
        quantity=Decimal(15),
        type=OrderType.MARKET,
        limit_price=None,
    )
    assert order_document(shares) == body("request_equity_market")


def test_an_oco_is_written_as_the_vendor_shows_it() -> None:
    request = OcoRequest(
        tag="a-tag",
        underlying="SPY",
        symbol="SPY260320C00600000",
        side=OrderSide.SELL_TO_CLOSE,
        quantity=Decimal(2),
        stop_price=Decimal("37.03"),
        target_price=Decimal("45.97"),
    )
    written: Any = oco_document(request)  # Any: JSON
    wanted = body("request_oco")

    assert set(written) == set(wanted)
    target, stop = written["childOrderStrategies"]
    assert set(target) == set(wanted["childOrderStrategies"][0])
    assert (target["price"], stop["stopPrice"], stop["orderType"]) == ("45.97", "37.03", "STOP")
    assert target["duration"] == stop["duration"] == "GOOD_TILL_CANCEL"


@pytest.mark.parametrize(
    ("net_price", "kind", "price"),
    [("-3.00", "NET_CREDIT", "3.00"), ("3.00", "NET_DEBIT", "3.00"), ("0", "NET_ZERO", "0.00")],
)
def test_a_net_price_is_never_below_zero_and_the_type_says_which_way(
    net_price: str, kind: str, price: str
) -> None:
    """B-10: debit, credit, even."""
    written = combined_document(replace(SPREAD, net_price=Decimal(net_price)))

    assert (written["orderType"], written["price"]) == (kind, price)


def test_coins_and_several_legs_at_market_are_not_sent() -> None:
    coin = replace(SPREAD.legs[0], instrument=Instrument.CRYPTO)
    for broken in (replace(SPREAD, legs=(coin, SPREAD.legs[1])), replace(SPREAD, net_price=None)):
        with pytest.raises(Unsupported):
            combined_document(broken)


@pytest.mark.parametrize(
    ("compact", "wire"),
    [
        ("SPY260115C00580000", "SPY   260115C00580000"),
        ("F241101C00010500", "F     241101C00010500"),
        ("SPXW250930C05925000", "SPXW  250930C05925000"),
        ("SPX250919P05925000", "SPX   250919P05925000"),
        ("AAPL1250117C00150000", "AAPL1 250117C00150000"),
        ("F250117C00002010", "F     250117C00002010"),
    ],
)
def test_symbols_are_padded_to_twenty_one_characters(compact: str, wire: str) -> None:
    """B-10: index and weekly roots, adjusted ones, strikes with thousandths, none by way of a float."""
    written: Any = order_document(replace(CALL, symbol=compact))["orderLegCollection"]  # Any: JSON

    assert written[0]["instrument"]["symbol"] == wire == to_padded(compact)
    assert len(wire) == 21


SENT_AT = datetime(2026, 2, 18, 15, 0, tzinfo=UTC)


def _shown(number: int, after: float, **changes: object) -> BrokerOrder:
    order = BrokerOrder(
        broker_order_id=str(number),
        status=OrderStatus.OPEN,
        tag=None,
        symbol=CALL.symbol,
        side=CALL.side,
        type=CALL.type,
        duration=CALL.duration,
        quantity=CALL.quantity,
        filled_quantity=Decimal(0),
        avg_fill_price=None,
        limit_price=CALL.limit_price,
        stop_price=None,
        created_at=SENT_AT + timedelta(seconds=after),
        updated_at=None,
    )
    return replace(order, **changes)  # type: ignore[arg-type]  # any field


def _sent(tag: str, after: float = 0, *ids: str, may_live: bool = True) -> SentOrder:
    return SentOrder(
        tag=tag,
        sent_at=SENT_AT + timedelta(seconds=after),
        terms=terms_of_order(CALL),
        broker_order_ids=frozenset(ids),
        may_live=may_live,
    )


def _tags(shown: list[BrokerOrder], *sent: SentOrder) -> dict[str, str | None]:
    return {order.broker_order_id: order.tag for order in named(shown, sent)}


def test_an_order_that_we_know_by_number_is_never_taken_for_another() -> None:
    """A-12, I-05: two orders of the same terms, one of them lost: each keeps its own name."""
    shown = [_shown(2, 3), _shown(1, 0)]

    assert _tags(shown, _sent("lost", 1), _sent("known", 0, "1")) == {"1": "known", "2": "lost"}
    assert _tags(shown, _sent("first", 0), _sent("second", 2)) == {"1": "first", "2": "second"}


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (_shown(1, 120), "entered minutes after it was sent"),
        (_shown(1, -60), "entered before it was sent"),
        (_shown(1, 0, quantity=Decimal(9)), "of another size"),
        (_shown(1, 0, limit_price=Decimal("6.44")), "at another price"),
        (_shown(1, 0, side=OrderSide.SELL_TO_CLOSE), "on the other side"),
        (_shown(1, 0, created_at=None), "entered nobody knows when"),
    ],
)
def test_what_is_not_to_the_cent_and_the_moment_ours_stays_another_ones(other: BrokerOrder, why: str) -> None:
    """I-32: an order by hand is never cancelled or booked as ours."""
    assert _tags([other], _sent("lost")) == {"1": None}, why


def test_one_that_was_refused_names_nothing() -> None:
    """Whoever places by hand what was refused here keeps it."""
    assert _tags([_shown(1, 5)], _sent("refused", may_live=False)) == {"1": None}
