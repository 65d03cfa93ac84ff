"""What rows of orders tell in the same words at several brokers. Raises UnreadablePayload."""

from decimal import Decimal

from chalicelib.domain.money import to_price
from chalicelib.vendors.wire import Node, UnreadablePayload, number


def price_in(row: Node, key: str) -> Decimal | None:
    """Return a price per share, None where there is none."""
    read = number(row, key)
    return None if read is None else to_price(read)


def leg_count(leg: Node) -> int:
    """Return how many contracts or shares a leg is of."""
    quantity = number(leg, "quantity")
    if quantity is None or quantity <= 0 or quantity % 1:
        raise UnreadablePayload("a leg without its quantity")
    return int(quantity)
