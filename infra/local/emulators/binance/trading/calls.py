"""The signed calls by method and path, and what each weighs (wire/binance.md, 3)."""

from collections.abc import Callable
from typing import Final

from infra.local.emulators.binance.problems import BinanceRefusal
from infra.local.emulators.binance.trading import account_calls, list_calls, order_calls
from infra.local.emulators.binance.trading.call import Answer, SignedCall

_CALLS: Final[dict[tuple[str, str], Callable[[SignedCall], Answer]]] = {
    ("POST", "/order"): order_calls.place,
    ("POST", "/order/test"): order_calls.try_out,
    ("DELETE", "/order"): order_calls.cancel,
    ("GET", "/order"): order_calls.read,
    ("POST", "/order/cancelReplace"): order_calls.replace,
    ("GET", "/openOrders"): order_calls.open_orders,
    ("DELETE", "/openOrders"): order_calls.cancel_all,
    ("GET", "/allOrders"): order_calls.all_orders,
    ("POST", "/orderList/oco"): list_calls.place_oco,
    ("POST", "/order/oco"): list_calls.place_old_oco,
    ("POST", "/orderList/oto"): list_calls.place_oto,
    ("POST", "/orderList/otoco"): list_calls.place_otoco,
    ("GET", "/orderList"): list_calls.read_list,
    ("DELETE", "/orderList"): list_calls.cancel_list,
    ("GET", "/openOrderList"): list_calls.open_lists,
    ("GET", "/allOrderList"): list_calls.all_lists,
    ("GET", "/account"): account_calls.account,
    ("GET", "/myTrades"): account_calls.trades,
    ("GET", "/rateLimit/order"): account_calls.order_limits,
    ("GET", "/account/commission"): account_calls.commission,
    ("GET", "/myFilters"): account_calls.filters,
}
#: What each weighs when it fails, or is a read (wire, 3); a read of all pairs weighs more.
WEIGHTS: Final[dict[tuple[str, str], int]] = {
    **dict.fromkeys(_CALLS, 1),
    ("GET", "/order"): 4,
    ("GET", "/openOrders"): 6,
    ("GET", "/allOrders"): 20,
    ("GET", "/orderList"): 4,
    ("GET", "/openOrderList"): 6,
    ("GET", "/allOrderList"): 20,
    ("GET", "/account"): 20,
    ("GET", "/myTrades"): 20,
    ("GET", "/rateLimit/order"): 40,
    ("GET", "/account/commission"): 20,
    ("GET", "/myFilters"): 40,
}
ALL_OPEN_WEIGHT, TRADES_OF_ORDER_WEIGHT = 80, 5


def weight_of(method: str, path: str, fields: dict[str, str]) -> int:
    """Return what a call weighs before its outcome is known."""
    if (method, path) == ("GET", "/openOrders") and "symbol" not in fields:
        return ALL_OPEN_WEIGHT
    if (method, path) == ("GET", "/myTrades") and "orderId" in fields:
        return TRADES_OF_ORDER_WEIGHT
    return WEIGHTS[method, path]


def answer(call: SignedCall, method: str, path: str) -> Answer:
    """Answer one call; raises BinanceRefusal, KeyError for a call that there is not."""
    work = _CALLS[method, path]
    call.floor.catch_up(call.book, call.now)
    if method != "GET" and not call.key.may_trade:
        raise BinanceRefusal(-2015, "Invalid API-key, IP, or permissions for action.", 401)
    return work(call)
