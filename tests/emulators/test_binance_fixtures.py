"""Documented answers of Binance that few calls meet: halves of a replacement, filters (C-06)."""

from decimal import Decimal
from typing import Any  # JSON

import httpx
import pytest

from chalicelib.brokers.binance.answers import NotOpen, failure
from chalicelib.brokers.binance.parse import parse_order
from chalicelib.brokers.binance.symbols import parse_symbols
from chalicelib.brokers.errors import Refused
from chalicelib.domain.trading.orders import OrderStatus
from chalicelib.vendors.http import HttpReply
from chalicelib.vendors.wire import as_node
from infra.local.emulators.binance.problems import BinanceRefusal
from infra.local.emulators.binance.trading.counts import TEN_SECONDS_MAX
from infra.local.emulators.binance.trading.filters import Filters
from infra.local.emulators.binance.trading.orders import CoinOrder, Force, Kind, Side
from tests.emulators.support import fixture
from tests.emulators.test_binance_trading import Trader

NOBODY = 999_999


@pytest.fixture
def trader() -> Trader:
    return Trader()


def documented(name: str) -> Any:  # Any: JSON
    return fixture("binance", name)


def shape(value: object) -> Any:  # Any: nested kinds
    """Return the kinds of a JSON value by key; whether a text is empty, and a list, is not told."""
    if isinstance(value, dict):
        return {name: shape(inner) for name, inner in value.items()}
    return "list" if isinstance(value, list) else type(value).__name__


def replaced(trader: Trader, order_id: int, *, mode: str, takes: bool = False, **more: Any) -> httpx.Response:
    """Replace an order by a maker that rests, or by one that the exchange refuses because it would take."""
    new = trader.limit("0.9" if takes else "1.2", type="LIMIT_MAKER", newOrderRespType="RESULT", **more)
    del new["timeInForce"]
    return trader.ask("POST", "/order/cancelReplace", cancelReplaceMode=mode, cancelOrderId=order_id, **new)


def used_up(trader: Trader) -> None:
    """Place as many orders as ten seconds allow, by many lists' worth of one that is cancelled at once."""
    for _ in range(TEN_SECONDS_MAX - 1):
        order = trader.done("POST", "/order", **trader.limit("1.3"))
        trader.done("DELETE", "/order", symbol="BTCUSDT", orderId=order["orderId"])


@pytest.mark.parametrize(
    ("name", "status", "is_there", "mode", "takes"),
    [
        ("cancel_replace_success.json", 200, True, "STOP_ON_FAILURE", False),
        ("cancel_replace_409_cancel_ok_new_failed.json", 409, True, "STOP_ON_FAILURE", True),
        ("cancel_replace_400_cancel_failed_stop_on_failure.json", 400, False, "STOP_ON_FAILURE", False),
        ("cancel_replace_409_cancel_failed_new_ok.json", 409, False, "ALLOW_FAILURE", False),
        ("cancel_replace_400_both_failed.json", 400, False, "ALLOW_FAILURE", True),
    ],
)
def test_each_half_of_a_replacement_has_its_documented_outcome(
    trader: Trader, name: str, status: int, *, is_there: bool, mode: str, takes: bool
) -> None:
    """C-06: code, halves and their words; our adapter takes none of them for a done order."""
    order_id = trader.done("POST", "/order", **trader.limit("1.1"))["orderId"] if is_there else NOBODY
    answer, wanted = replaced(trader, order_id, mode=mode, takes=takes), documented(name)
    halves, known = (body if status == 200 else body["data"] for body in (answer.json(), wanted))

    assert (answer.status_code, answer.json().get("code")) == (status, wanted.get("code"))
    assert [halves[key] for key in ("cancelResult", "newOrderResult")] == [
        known[key] for key in ("cancelResult", "newOrderResult")
    ]
    assert answer.json().get("msg") == wanted.get("msg")
    for half in ("cancelResponse", "newOrderResponse"):
        told, expected = halves[half], known[half]
        if expected is None or "code" in expected:
            assert told == expected
        else:
            assert shape(expected).keys() - shape(told).keys() <= {"fills"}
    if status != 200:
        assert type(failure(HttpReply(status=status, text=answer.text, headers={}))) is Refused


def test_the_halves_of_a_documented_replacement_are_read_as_orders() -> None:
    """C-06: what was cancelled and what is new; each in its own state."""
    both = documented("cancel_replace_success.json")
    old, new = (parse_order(as_node(both[half], half)) for half in ("cancelResponse", "newOrderResponse"))
    half = documented("cancel_replace_409_cancel_ok_new_failed.json")["data"]["cancelResponse"]

    assert (old.order.status, new.order.status) == (OrderStatus.CANCELED, OrderStatus.OPEN)
    assert (old.number, new.number, new.order.limit_price) == (9, 10, Decimal("0.02"))
    assert parse_order(as_node(half, "half")).order.status is OrderStatus.CANCELED


def test_too_many_orders_leave_the_old_one_unless_it_is_to_go_alone(trader: Trader) -> None:
    """C-06: 429 with and without CANCEL_ONLY, in the documented words."""
    order = trader.done("POST", "/order", **trader.limit("1.1"))
    used_up(trader)
    kept = replaced(trader, order["orderId"], mode="STOP_ON_FAILURE")
    gone = replaced(
        trader, order["orderId"], mode="STOP_ON_FAILURE", orderRateLimitExceededMode="CANCEL_ONLY"
    )
    whole, half = (
        documented("cancel_replace_429_order_count.json"),
        documented("cancel_replace_cancel_only_429.json"),
    )

    assert (kept.status_code, kept.json()["code"]) == (429, whole["code"])
    assert kept.json()["msg"] == whole["msg"].replace("is 1 orders", f"is {TEN_SECONDS_MAX} orders")
    assert (gone.status_code, gone.json()["code"]) == (429, half["code"])
    assert gone.json()["data"]["newOrderResponse"]["code"] == half["data"]["newOrderResponse"]["code"]
    assert gone.json()["data"]["cancelResponse"]["status"] == "CANCELED"
    assert shape(half["data"]["cancelResponse"]) == shape(gone.json()["data"]["cancelResponse"])


def test_a_cancel_may_be_restricted(trader: Trader) -> None:
    """C-06: refused in the documented words; an order that may not go is one of no open order to us."""
    order = trader.done("POST", "/order", **trader.limit("1.1"))
    asked = {"symbol": "BTCUSDT", "orderId": order["orderId"]}
    unknown = trader.ask("DELETE", "/order", **asked, cancelRestrictions="ONLY_MINE")
    kept = trader.ask("DELETE", "/order", **asked, cancelRestrictions="ONLY_PARTIALLY_FILLED")

    assert (unknown.status_code, unknown.json()) == (400, documented("error_1145_cancel_restrictions.json"))
    assert (kept.status_code, kept.json()) == (400, documented("error_2011_cancel_restrictions.json"))
    assert isinstance(failure(HttpReply(status=400, text=kept.text, headers={})), NotOpen)
    assert trader.done("GET", "/order", **asked)["status"] == "NEW"


def test_every_documented_filter_is_read() -> None:
    """C-06: both notions of the least value, steps at market, and none that keeps a pair from being known."""
    pair = {
        "symbol": "LTCBTC",
        "status": "TRADING",
        "baseAsset": "LTC",
        "quoteAsset": "BTC",
        "orderTypes": ["LIMIT"],
        "baseAssetPrecision": 8,
        "quoteAssetPrecision": 8,
        "filters": documented("filters_all.json"),
    }
    filters = parse_symbols({"symbols": [pair]})["LTCBTC"].filters
    older = [one for one in pair["filters"] if one["filterType"] != "NOTIONAL"]

    assert (filters.tick, filters.lot) == (Decimal("0.000001"), Decimal("0.001"))
    assert (filters.least_quantity, filters.most_quantity) == (Decimal("0.001"), Decimal(100_000))
    assert filters.least_notional == 10
    least = parse_symbols({"symbols": [{**pair, "filters": older}]})["LTCBTC"].filters.least_notional
    assert least == Decimal("0.001")


@pytest.mark.parametrize(
    ("price", "quantity", "refused"),
    [
        ("10", "2", None),
        ("10.0000005", "2", "PRICE_FILTER"),
        ("14", "2", "PERCENT_PRICE"),
        ("10", "2.0005", "LOT_SIZE"),
        ("10", "0.5", "NOTIONAL"),
        ("10", "2000", "NOTIONAL"),
    ],
)
def test_every_documented_filter_is_kept_to(price: str, quantity: str, refused: str | None) -> None:
    """C-06: the first filter that an order does not keep to is named."""
    filters = Filters(rows=documented("filters_all.json"), average=lambda: Decimal(10))
    order = CoinOrder(
        id=1,
        client_id="one",
        symbol="LTCBTC",
        side=Side.BUY,
        kind=Kind.LIMIT,
        force=Force.GTC,
        quantity=Decimal(quantity),
        price=Decimal(price),
        created_at=Trader().outside.clock(),
        updated_at=Trader().outside.clock(),
    )
    if refused is None:
        filters.check(order)
        return
    with pytest.raises(BinanceRefusal, match=f"Filter failure: {refused}$"):
        filters.check(order)


def test_an_accounts_own_filters_have_the_documented_lists(trader: Trader) -> None:
    assert list(trader.done("GET", "/myFilters", symbol="BTCUSDT")) == list(documented("my_filters.json"))
