"""Gathers a user's history through the API, whoever carries the calls."""

from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import quote

STATES: Final = "PENDING,PARTIALLY_FILLED,OPEN,CLOSING,CLOSED,EXPIRED,CANCELED"
PAGES_MAX: Final = 1000
#: A-04: a list shows the newest ten orders of a trade, its own page all of them.
LISTED_ORDERS: Final = 10

#: Reads a path of the API as one signed-in user and returns the body of a good answer.
Get = Callable[[str], object]


def collected(get: Get) -> list[dict[str, object]]:
    """Return every trade of a user, cancelled ones too, each with its `transitions`.

    Raises ValueError for an answer that is no list.
    """
    found: list[dict[str, object]] = []
    cursor = ""
    for _ in range(PAGES_MAX):
        page = _page(get(f"/api/trades?status={STATES}&limit=200" + (f"&cursor={cursor}" if cursor else "")))
        for trade in _items(page):
            steps = _page(get(f"/api/trades/{trade['id']}/transitions"))
            whole = _whole(get, trade)
            found.append({**whole, "transitions": _items(steps)})
        if not page.get("next_cursor"):
            return found
        cursor = quote(str(page["next_cursor"]), safe="")
    raise ValueError("the list of trades has no end")


def _whole(get: Get, trade: Mapping[str, object]) -> Mapping[str, object]:
    orders = trade.get("orders")
    is_cut = isinstance(orders, list) and len(orders) >= LISTED_ORDERS
    return _page(get(f"/api/trades/{trade['id']}")) if is_cut else trade


def _page(body: object) -> Mapping[str, object]:
    if not isinstance(body, Mapping):
        raise ValueError(f"not a list: {body!r}")
    return body


def _items(page: Mapping[str, object]) -> list[Mapping[str, object]]:
    items = page.get("items")
    if not isinstance(items, list) or not all(isinstance(one, Mapping) for one in items):
        raise ValueError(f"not a list of objects: {items!r}")
    return items
