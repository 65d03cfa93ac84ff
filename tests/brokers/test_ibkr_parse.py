"""Interactive Brokers' authentic answers in papertape's words, and what cannot be read (B-10, I-06)."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.brokers.errors import InsufficientFunds, Refused, UnknownOrder
from chalicelib.brokers.ibkr.answers import NoSession, read_answer
from chalicelib.brokers.ibkr.executions import parse_executions
from chalicelib.brokers.ibkr.names import OrderName, read_reference, reference_of
from chalicelib.brokers.ibkr.parse import parse_accounts, parse_balance, parse_positions, rows_of
from chalicelib.brokers.ibkr.parse_contracts import conid_of_contract, described_symbol, legs_of
from chalicelib.brokers.ibkr.parse_orders import to_orders
from chalicelib.brokers.ibkr.questions import CONFIRMED, read_question
from chalicelib.brokers.ibkr.shown_orders import read_listed, read_single
from chalicelib.domain.accounts import BrokerMode
from chalicelib.domain.instruments.sides import OrderSide
from chalicelib.domain.instruments.symbols import OptionContract, OptionType
from chalicelib.domain.trading.orders import Duration, OrderStatus, OrderType
from chalicelib.vendors.errors import OutcomeUnknown, RateLimited
from chalicelib.vendors.http import HttpReply
from chalicelib.vendors.wire import UnreadablePayload, as_node, read_json
from tests.brokers.support import fixture


def body(name: str) -> Any:  # Any: JSON
    """Return an authentic answer as clients read it."""
    return read_json(fixture("ibkr", name))


def reply(status: int, said: object) -> HttpReply:
    text = said if isinstance(said, str) else json.dumps(said)
    return HttpReply(status=status, text=text, headers={})


def read(status: int, said: object, *, about_order: bool = False) -> object:
    return read_answer(reply(status, said), about_order=about_order, retry_after_seconds=None)


def test_the_list_and_the_answer_about_one_order_tell_the_same() -> None:
    """B-10: two shapes, other names, numbers here and texts there."""
    (listed,) = [read_listed(row) for row in body("live_orders_filled_doc.json")["orders"]]
    single = read_single(body("order_status_filled_doc.json"), "Order123")

    for one in (listed, single):
        assert (one.status, one.type, one.buys) == (OrderStatus.FILLED, OrderType.MARKET, False)
        assert (one.quantity, one.filled_quantity, one.average) == (Decimal(5), Decimal(5), Decimal("192.26"))
        assert (one.order_ref, one.legs) == ("Order123", ((265598, 1),))
        assert one.updated_at == datetime(2023, 12, 11, 18, 0, 49, tzinfo=UTC)


def test_a_recorded_list_of_working_orders_is_anothers_and_is_shown() -> None:
    shown = [read_listed(row) for row in body("live_orders_recorded.json")["orders"]]
    orders = to_orders(shown, lambda _: "SPY", None)

    assert len(orders) == len(shown) > 1
    assert {one.duration for one in orders} == {Duration.GTC}
    assert {one.limit_price for one in orders} >= {Decimal(453), Decimal(458)}
    sides = {OrderSide.BUY_TO_CLOSE, OrderSide.SELL_TO_CLOSE}
    assert {one.side for one in orders} <= sides, "it concerns us where it takes away what is ours"
    assert all(one.tag and one.tag.startswith("240103-SPY") for one in orders)
    recorded = read_single(body("order_status_presubmitted_recorded.json"), None)
    assert (recorded.status, recorded.left) == (OrderStatus.OPEN, Decimal(1))


def test_positions_are_signed_and_an_option_is_named_in_its_description() -> None:
    (recorded,) = parse_positions(rows_of(body("portfolio_positions_recorded.json"), "positions"), str)
    assert (recorded.symbol, recorded.quantity, recorded.cost_basis) == ("SPY", Decimal(100), Decimal(43743))
    documented = parse_positions(rows_of(body("portfolio_positions_doc.json"), "positions"), str)
    assert [one.symbol for one in documented] == ["AAPL", "KO"]
    for text in ("[SPX 240816P05555000 100]", "[SPX   240816P05555000 100]"):
        assert described_symbol(f"SPX AUG2024 5555 P {text}") == "SPX240816P05555000"
    assert described_symbol("AAPL") is None


@pytest.mark.parametrize("broken", [None, {}, {"error": "x"}, "", 3])
def test_what_is_no_list_is_not_an_empty_one(broken: object) -> None:
    """I-06."""
    with pytest.raises(UnreadablePayload):
        rows_of(broken, "positions")
    with pytest.raises(UnreadablePayload):
        parse_executions(broken)


def test_a_contract_of_a_month_is_found_by_class_and_last_day() -> None:
    """W-05: what settles in the morning trades last on the day before it expires."""
    stock = OptionContract(
        root="AAPL", expiry=date(2024, 1, 5), option_type=OptionType.PUT, strike=Decimal(195)
    )
    morning = OptionContract(
        root="SPX", expiry=date(2025, 1, 17), option_type=OptionType.PUT, strike=Decimal(3975)
    )
    afternoon = OptionContract(
        root="SPXW", expiry=date(2025, 1, 17), option_type=OptionType.PUT, strike=Decimal(3975)
    )

    assert conid_of_contract(body("secdef_info_equity_option_doc.json"), stock) == 667629330
    assert conid_of_contract(body("secdef_info_index_option_am_doc.json"), morning) == 654371995
    assert conid_of_contract(body("secdef_info_index_option_am_doc.json"), afternoon) is None
    assert conid_of_contract([], stock) is None


def test_executions_and_money_are_read_exactly() -> None:
    found = parse_executions(body("trades_doc.json"))["Order123"][265598]
    assert (found.buys, found.quantity, found.average) == (False, Decimal(5), Decimal("192.26"))
    with pytest.raises(UnreadablePayload):
        parse_balance(body("portfolio_summary_doc_truncated.json"))
    money = {"amount": "1234.56", "currency": "USD", "isNull": False}
    balance = parse_balance({"totalcashvalue": money, "availablefunds": {**money, "isNull": True}})
    assert (balance.cash, balance.buying_power) == (Decimal("1234.56"), None)


def test_an_account_that_is_not_paper_is_refused() -> None:
    """I-29: the recorded account is a live one by its name."""
    report = parse_accounts(body("portfolio_accounts.json"), "", BrokerMode.IBKR_PAPER)

    assert (report.ok, report.account_id) == (False, "U1234567")
    assert report.reason == "This is not a paper account: those begin with DU"
    assert parse_accounts(body("portfolio_accounts.json"), "DU1", BrokerMode.IBKR_PAPER).reason is not None


def test_questions_are_confirmed_by_the_table_alone() -> None:
    """B-10: a message without an id is known by its text, and everything else is not confirmed."""
    far = read_question([as_node(row, "row") for row in body("place_order_question_o163.json")])
    stop = read_question([as_node(row, "row") for row in body("place_order_question_stop.json")])

    assert far is not None
    assert stop is not None
    assert (far.message_ids, far.may_be_confirmed) == (("o163",), True)
    assert (stop.message_ids, stop.may_be_confirmed) == ((), True)
    assert read_question(body("place_order_ok.json")) is None
    assert CONFIRMED.keys().isdisjoint({"o354", "o382", "o383", "o403", "o451", "p12"})
    both = {"id": "x", "message": ["a", "b"], "messageIds": ["o163", "o451"]}
    asked = read_question([both])
    assert asked is not None
    assert not asked.may_be_confirmed
    strange = read_question([{"id": "x", "message": ["Are you sure?"]}])
    assert strange is not None
    assert not strange.may_be_confirmed


def test_every_answer_is_the_error_that_it_amounts_to() -> None:
    """A-12: four answers to an order come with status 200."""
    with pytest.raises(Refused, match="limit price you selected"):
        read(200, fixture("ibkr", "place_order_reject_http200.json"))
    with pytest.raises(Refused, match="doesn't exist"):
        read(200, fixture("ibkr", "cancel_order_error.json"))
    with pytest.raises(UnknownOrder):
        read(503, fixture("ibkr", "order_status_unknown_503.json"), about_order=True)
    for status, said, kind in (
        (503, {"error": "Service Unavailable"}, OutcomeUnknown),
        (400, {"error": "Bad Request: no bridge"}, NoSession),
        (401, "", NoSession),
        (500, {"error": "Please query /accounts first"}, NoSession),
        (500, {"error": "anything"}, OutcomeUnknown),
        (429, "", RateLimited),
        (200, "<html>", OutcomeUnknown),
        (200, {"error": "Your available funds are insufficient"}, InsufficientFunds),
    ):
        with pytest.raises(kind):
            read(status, said)


@pytest.mark.parametrize(
    "change",
    [{"status": "Dreaming"}, {"side": None}, {"totalSize": None}, {"conidex": "a;;;b"}, {"orderId": None}],
)
def test_an_order_in_an_unknown_state_is_not_guessed(change: dict[str, object]) -> None:
    """I-06: guessing whether an order lives is how positions are sold twice."""
    (row,) = body("live_orders_filled_doc.json")["orders"]
    with pytest.raises(UnreadablePayload):
        read_listed({**row, **change})


def test_a_cancelled_day_order_expired_where_its_session_was_over() -> None:
    """A-02: the vendor has one word for both."""
    (row,) = body("live_orders_filled_doc.json")["orders"]
    base = {**row, "status": "Cancelled", "filledQuantity": "0.0", "timeInForce": "DAY"}

    assert read_listed({**base, "lastExecutionTime": "231211205959"}).status is OrderStatus.CANCELED
    assert read_listed({**base, "lastExecutionTime": "231211210000"}).status is OrderStatus.EXPIRED
    assert read_listed({**base, "timeInForce": "GTC"}).status is OrderStatus.CANCELED


@settings(max_examples=15, deadline=None)
@given(
    st.from_regex(r"[A-Za-z0-9-]{1,60}", fullmatch=True),
    st.lists(st.sampled_from(list(OrderSide)), min_size=1, max_size=4),
    st.integers(min_value=1, max_value=10**18 - 1),
)
def test_names_survive_the_way_there_and_back(tag: str, sides: list[OrderSide], number: int) -> None:
    """B-10: what each leg is for comes back, though the vendor knows BUY and SELL alone."""
    reference = reference_of(tag, sides)
    back = read_reference(str(reference))
    assert back == reference
    assert [back.side(index, buys=side.is_buy) for index, side in enumerate(sides)] == sides
    name = OrderName(numbers=(str(number),), reference=str(reference))
    assert OrderName.parse(str(name)) == name


def test_combinations_are_read_with_signed_ratios() -> None:
    assert legs_of("28812380;;;43645865/1,9408/-1") == ((43645865, 1), (9408, -1))
    assert legs_of("265598@SMART") == ((265598, 1),)
