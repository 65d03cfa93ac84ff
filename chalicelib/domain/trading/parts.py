"""How far a close has come: which sales are its own, what of a part is still to be sold, what stays. Pure.

A part is closed while its trade stays OPEN (W-03): what stays is protected first, then the part is sold. What
was sold is read from the orders; those that are `handled` belong to closes that are over.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.money import ZERO
from chalicelib.domain.trading.exit_legs import closes
from chalicelib.domain.trading.orders import Order, OrderRole
from chalicelib.domain.trading.trades import Trade

_DECIDING: Final = ("sellable_qty", "excess_qty", "close_requested_at", "closing_qty", "closing_limit_price")


def sales_of_close(trade: Trade, orders: Sequence[Order]) -> list[Order]:
    """Return the sales that left for the close which is asked for now, oldest first."""
    since = trade.close_requested_at
    if since is None:
        return []
    return [
        order
        for order in orders
        if order.role is OrderRole.EXIT
        and closes(trade, order)
        and not order.handled
        and order.submitted_at is not None
        and order.submitted_at >= since
    ]


def part_left(trade: Trade, orders: Sequence[Order]) -> Decimal:
    """Return how many structures of a part are still to be sold, those that are working to be included; 0
    where no part was asked for.
    """
    if trade.closing_qty is None:
        return ZERO
    sold = sum((_structures_sold(trade, order) for order in sales_of_close(trade, orders)), ZERO)
    return min(max(trade.closing_qty - sold, ZERO), trade.sellable_qty)


def quantity_that_stays(trade: Trade, orders: Sequence[Order]) -> Decimal:
    """Return what stop and target are due over: what is held beyond the part that is being closed."""
    return trade.sellable_qty - part_left(trade, orders)


def has_parts(trade: Trade) -> bool:
    """Say whether it can be closed in parts: its legs hold what its structures say and leave by one order."""
    is_one_order = not trade.is_structure or all(leg.instrument is Instrument.OPTION for leg in trade.legs)
    return trade.is_whole and is_one_order


def is_as_decided(now: Trade, then: Trade) -> bool:
    """Say whether nothing has changed that decides what an exit or a bracket is over."""
    return all(getattr(now, name) == getattr(then, name) for name in _DECIDING)


def _structures_sold(trade: Trade, order: Order) -> Decimal:
    moved = order.moves[0]
    return order.filled_quantity * moved.ratio / trade.leg_numbered(moved.leg_no).ratio
