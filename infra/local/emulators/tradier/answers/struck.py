"""Which calls the faults of orders, lists and quotes strike at Tradier, and what they make of an answer."""

from collections.abc import Mapping
from typing import Final

from infra.local.emulators.brokerage.orders import Order, Status, render
from infra.local.emulators.serving.faults import FaultKind

ORDER_LIST: Final = "/v1/accounts/{account}/orders"
ONE_ORDER: Final = "/v1/accounts/{account}/orders/{order}"
PLACING: Final = frozenset({FaultKind.REJECT_AFTER_200, FaultKind.PARTIAL_FILL, FaultKind.FILL_BEFORE_ORDER})
OF_QUOTES: Final = frozenset({FaultKind.OTHER_INSTRUMENT, FaultKind.STALE_QUOTE, FaultKind.CROSSED_QUOTE})
OF_LISTS: Final = frozenset({FaultKind.EMPTY_LISTS, FaultKind.NULL_LISTS})
#: These need orders in the right state.
ON_BOOKS: Final = frozenset(
    {FaultKind.LIST_MISSES, FaultKind.FILL_TWICE, FaultKind.BOTH_LEGS_FILL, FaultKind.CANCEL_LOSES}
)
QUOTES: Final = "/v1/markets/quotes"
CHAINS: Final = "/v1/markets/options/chains"
LISTS: Final = frozenset(
    {
        ORDER_LIST,
        "/v1/accounts/{account}/positions",
        QUOTES,
        CHAINS,
        "/v1/markets/options/expirations",
        "/v1/markets/options/strikes",
    }
)


def is_of_endpoint(kind: FaultKind, method: str, endpoint: str) -> bool:
    """Say whether a kind of fault has to do with calls of this endpoint at all."""
    reads = method == "GET"
    if kind in OF_QUOTES:
        return endpoint in {QUOTES, CHAINS} and (reads or endpoint == QUOTES)
    if kind in OF_LISTS:
        return reads and endpoint in LISTS
    if kind is FaultKind.LIST_MISSES:
        return reads and endpoint == ORDER_LIST
    if kind in {FaultKind.FILL_TWICE, FaultKind.BOTH_LEGS_FILL}:
        return reads and endpoint in {ORDER_LIST, ONE_ORDER}
    if kind is FaultKind.CANCEL_LOSES:
        return method == "DELETE" and endpoint == ONE_ORDER
    return kind in PLACING and method == "POST" and endpoint == ORDER_LIST


def render_twice(order: Order, *, with_tag: bool) -> dict[str, object]:
    """Show an order whose last execution was counted once more.

    Only of a filled order, whose count then passes its quantity: a wrong number that could be a right one
    is not for anybody to find out.
    """
    shown = render(order, with_tag=with_tag)
    legs = shown.get("leg")
    if isinstance(legs, list):
        shown["leg"] = [render_twice(leg, with_tag=False) for leg in order.legs]
    if order.status is Status.FILLED and "exec_quantity" in shown:
        shown["exec_quantity"] = float(order.filled + order.last_quantity)
    return shown


def nothing_listed(body: Mapping[str, object], kind: FaultKind, *, of_account: bool) -> Mapping[str, object]:
    """Return the answer of a list without anything: an empty object, or `"null"` (null for market data)."""
    nothing: object = {} if kind is FaultKind.EMPTY_LISTS else "null" if of_account else None
    return dict.fromkeys(body, nothing)


def crossed(body: object) -> object:
    """Swap bid and ask of every quote in an answer that has both sides."""
    if isinstance(body, list):
        return [crossed(item) for item in body]
    if not isinstance(body, Mapping):
        return body
    shown = {key: crossed(value) for key, value in body.items()}
    bid, ask = shown.get("bid"), shown.get("ask")
    if isinstance(bid, int | float) and isinstance(ask, int | float) and 0 < bid < ask:
        shown["bid"], shown["ask"] = ask, bid
    return shown
