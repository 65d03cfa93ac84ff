"""tastytrade's envelopes (wire/tastytrade.md, 2): `{"data": …}`, lists `{"data": {"items": […]}}`.

The outer key is always there: without it the answer is another one than was asked for, and is not read as
nothing (I-06).
"""

from collections.abc import Mapping
from typing import Final

from chalicelib.domain.instruments.sides import OrderSide
from chalicelib.vendors.wire import Node, UnreadablePayload, as_list, as_node, whole

ACTIONS: Final[Mapping[OrderSide, str]] = {
    OrderSide.BUY_TO_OPEN: "Buy to Open",
    OrderSide.SELL_TO_OPEN: "Sell to Open",
    OrderSide.BUY_TO_CLOSE: "Buy to Close",
    OrderSide.SELL_TO_CLOSE: "Sell to Close",
}
DEBIT: Final = "Debit"
CREDIT: Final = "Credit"
EQUITY_OPTION: Final = "Equity Option"
EQUITY: Final = "Equity"


def inner(body: Node, key: str) -> Node:
    """Return the object under a key that must be there."""
    if key not in body:
        raise UnreadablePayload(f"{key} is missing")
    return as_node(body[key], key)


def items(body: Node) -> list[Node]:
    """Return the objects of a list, none included; the list itself must be there."""
    holder = inner(body, "data")
    if not isinstance(holder.get("items"), list):
        raise UnreadablePayload("data.items is missing")
    return [as_node(value, "an item") for value in as_list(holder["items"])]


def pages(body: Node) -> tuple[int, int] | None:
    """Return how many pages and items a list has in all, None where it is not cut into pages."""
    holder = body.get("pagination")
    if not isinstance(holder, dict):
        return None
    total, count = whole(holder, "total-pages"), whole(holder, "total-items")
    if total is None or count is None:
        raise UnreadablePayload("pagination without its totals")
    return total, count
