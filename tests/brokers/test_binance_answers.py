"""Binance's documented answers as our adapter reads them (wire/binance.md, 6, 7 and 10)."""

import json
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.brokers.binance.account import parse_holdings, parse_prices, positions_of, report_of
from chalicelib.brokers.binance.answers import ClockOff, Duplicate, NotOpen, failure, read_answer
from chalicelib.brokers.binance.line import BinanceLine
from chalicelib.brokers.binance.parse import join_lists, parse_executions, parse_order
from chalicelib.brokers.binance.reading import numbers_of_list
from chalicelib.brokers.binance.symbols import parse_symbols
from chalicelib.brokers.errors import InsufficientFunds, Refused, UnknownOrder
from chalicelib.domain.instruments.sides import OrderSide
from chalicelib.domain.trading.orders import OrderStatus, OrderType
from chalicelib.vendors.budget import Urgency
from chalicelib.vendors.errors import AuthenticationFailed, OutcomeUnknown, RateLimited, VendorError
from chalicelib.vendors.http import HttpPool, HttpReply, HttpRequest
from chalicelib.vendors.wire import UnreadablePayload
from tests.brokers.support import HandClock, OpenBudget, ScriptedVendor, answer, fixture


def read(name: str) -> Any:  # Any: JSON
    """Return a documented answer as the adapter gets it."""
    return read_answer(HttpReply(status=200, text=fixture("binance", name), headers={}))


@pytest.mark.parametrize("name", ["order_query.json", "open_orders.json"])
def test_an_order_is_read(name: str) -> None:
    """C-06: an order at rest, as a query and as a list show it."""
    body = read(name)
    order = parse_order(body if isinstance(body, dict) else body[0]).order

    assert (order.broker_order_id, order.tag) == ("LTCBTC:1", "myOrder1")
    assert (order.status, order.type, order.side) == (
        OrderStatus.OPEN,
        OrderType.LIMIT,
        OrderSide.BUY_TO_OPEN,
    )
    assert (order.quantity, order.filled_quantity, order.limit_price) == (
        Decimal(1),
        Decimal(0),
        Decimal("0.1"),
    )


@pytest.mark.parametrize("name", ["oco_order_list_result.json", "oco_deprecated_order_oco.json"])
def test_a_pair_is_read_as_a_parent_with_two_alternatives(name: str) -> None:
    """C-06: stop and target of one list; a stop that waits was not triggered."""
    shown = [parse_order(row) for row in read(name)["orderReports"]]
    (parent,) = join_lists(shown)

    assert parent.broker_order_id.startswith("LTCBTC:list-")
    assert {one.type for one in parent.alternatives} == {OrderType.STOP, OrderType.LIMIT}
    assert {one.status for one in parent.alternatives} == {OrderStatus.OPEN}
    assert all(one.triggered_at is None for one in parent.alternatives)


def test_a_state_that_nobody_documented_cannot_be_read() -> None:
    """I-06: guessing whether an order lives is how positions are sold twice."""
    row = {**read("order_query.json"), "status": "HALF_OPEN"}
    with pytest.raises(UnreadablePayload):
        parse_order(row)


def test_trades_accounts_and_pairs_are_read() -> None:
    """C-06: fees in their own asset, what is held by pair, filters and order types of a recorded pair."""
    (trade,) = parse_executions(read("my_trades.json"))
    holdings = parse_holdings(read("account.json"))
    report = report_of(read("account.json"), None)
    rules = parse_symbols(read("exchange_info_btcusdt.json"))["BTCUSDT"]

    assert (trade.order_id, trade.fee, trade.fee_asset) == (100234, Decimal("10.10000000"), "BNB")
    assert [one.symbol for one in positions_of(holdings)] == ["BTCUSDT", "LTCUSDT"]
    assert (report.ok, report.account_id, report.status) == (True, "100000001", "active")
    assert (rules.base, rules.quote, rules.has_oco) == ("BTC", "USDT", True)
    assert "STOP_LOSS" not in rules.order_types
    assert (rules.filters.tick, rules.filters.lot) == (Decimal("0.01"), Decimal("0.00001"))
    assert parse_prices(read("ticker_price_array.json"))


_EXPECTED: dict[int, type[VendorError]] = {
    -1007: OutcomeUnknown,
    -1008: OutcomeUnknown,
    -1015: RateLimited,
    -1003: RateLimited,
    -1021: ClockOff,
    -1022: AuthenticationFailed,
    -2011: NotOpen,
    -2013: UnknownOrder,
    -2014: AuthenticationFailed,
    -2015: AuthenticationFailed,
    -2026: UnknownOrder,
}


def test_every_documented_error_says_what_is_then_known() -> None:
    """C-06, A-12: by code, and for -2010 by its text."""
    for one in json.loads(fixture("binance", "errors.json")):
        code, said, status = one["body"]["code"], one["body"]["msg"], one["http_status"]
        expected = _EXPECTED.get(code, Refused)
        if "insufficient balance" in said:
            expected = InsufficientFunds
        if said.startswith("Duplicate"):
            expected = Duplicate
        line = BinanceLine(
            "https://binance.example",
            budget=OpenBudget(),
            clock=HandClock(),
            http=HttpPool(ScriptedVendor(answer(one["body"], status, one.get("headers")))),
        )
        with pytest.raises(expected):
            read_answer(
                line.call(
                    HttpRequest(method="POST", url="https://binance.example/api/v3/order"),
                    urgency=Urgency.ORDER,
                    weight=1,
                    orders_key="orders",
                )
            )


@pytest.mark.parametrize("body", ["", "<html>", "[]", '{"code": "x"}', '{"msg": "no code"}'])
def test_a_refusal_without_a_code_is_a_refusal(body: str) -> None:
    """Nothing is made up of an answer that says nothing."""
    assert type(failure(HttpReply(status=400, text=body, headers={}))) is Refused


def _order_rows(body: Any) -> list[Any]:  # Any: JSON
    """Return the orders in an answer, in whatever it lists or wraps them."""
    if isinstance(body, list):
        return [row for one in body for row in _order_rows(one)]
    if "orderReports" in body:
        return _order_rows(body["orderReports"])
    return [body] if "origQty" in body else []


@pytest.mark.parametrize(
    ("name", "states"),
    [
        ("order_new_result_market.json", {OrderStatus.FILLED}),
        ("order_new_full_market_fills.json", {OrderStatus.FILLED}),
        ("order_cancel.json", {OrderStatus.CANCELED}),
        ("open_orders_cancel_all.json", {OrderStatus.CANCELED}),
        ("order_list_cancel.json", {OrderStatus.CANCELED}),
        ("oto_order_list.json", {OrderStatus.OPEN, OrderStatus.PENDING}),
        ("otoco_order_list.json", {OrderStatus.OPEN, OrderStatus.PENDING}),
    ],
)
def test_every_order_of_a_documented_answer_is_read(name: str, states: set[OrderStatus]) -> None:
    """C-06: placed, filled, cancelled alone and with its list, waiting for the one before it."""
    rows = _order_rows(read(name))
    found = [parse_order(row).order for row in rows]

    assert rows
    assert {one.status for one in found} == states
    assert [one.quantity for one in found] == [Decimal(row["origQty"]) for row in rows]


@pytest.mark.parametrize("name", ["order_list_query.json", "order_list_open.json"])
def test_the_orders_of_a_list_are_found_by_their_numbers(name: str) -> None:
    """C-06: what a query tells of a list is which orders it has."""
    body = read(name)
    listed = [body] if isinstance(body, dict) else body

    assert all(len(numbers_of_list(one)) == 2 for one in listed)
