"""What an account's list of orders shows as traded, of a contract or of shares, whoever placed it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from chalicelib.brokers.interface import BrokerOrder
from chalicelib.domain.trading.legs import Leg


def trading(orders: Sequence[BrokerOrder]) -> Iterator[tuple[BrokerOrder, BrokerOrder]]:
    """Yield what trades, with the order that it is part of: itself, or the parent of an OCO or of legs."""
    for order in orders:
        yield from ((order, one) for one in order.alternatives or (*_legs(order),) or (order,))


def _legs(order: BrokerOrder) -> Iterator[BrokerOrder]:
    """Yield the legs of a combined order as orders; ours are known by their parent."""
    for number, leg in enumerate(order.legs):
        yield replace(
            order,
            broker_order_id=leg.broker_order_id or f"{order.broker_order_id}-{number}",
            symbol=leg.symbol,
            side=leg.side,
            filled_quantity=leg.filled_quantity,
            avg_fill_price=leg.avg_fill_price,
            legs=(),
        )


def closes(one: BrokerOrder, leg: Leg) -> bool:
    """Say whether an order took something of a leg away: it sold a long one, or bought a short one back."""
    is_its_way = one.side is not None and one.side.is_buy is leg.side.closes_by.is_buy
    return one.symbol == leg.symbol and is_its_way and one.filled_quantity > 0
