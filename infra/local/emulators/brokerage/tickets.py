"""What a new order asks for, whatever the form that it came in."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from infra.local.emulators.brokerage.orders import Duration, OrderClass, OrderType

#: What orders of one leg, and of several at a net price, may be.
SINGLE_TYPES: Final = frozenset({OrderType.MARKET, OrderType.LIMIT, OrderType.STOP, OrderType.STOP_LIMIT})
NET_TYPES: Final = frozenset({OrderType.MARKET, OrderType.DEBIT, OrderType.CREDIT, OrderType.EVEN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """One order as asked for; of a net order the price is positive and the type carries the sign."""

    order_class: OrderClass
    symbol: str
    option_symbol: str | None
    side: str
    quantity: int
    order_type: OrderType
    duration: Duration
    price: Decimal | None
    stop: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderForm:
    """A new order: one ticket, or the tickets of several legs under one head."""

    order_class: OrderClass
    head: Ticket | None
    legs: tuple[Ticket, ...]
    tag: str | None
    preview: bool


def types_of(order_class: OrderClass) -> frozenset[OrderType]:
    """Return the types that orders of a class, or their legs, may have."""
    return NET_TYPES if order_class in {OrderClass.MULTILEG, OrderClass.COMBO} else SINGLE_TYPES
