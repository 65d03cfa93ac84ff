"""Legs that an entry filled beyond whole structures: given back at once, one after the other (B-05). Pure.

No broker should leave a combined order so. What is whole stays a trade; what is not is closed by orders of
its own. How much is left is read from the orders: what entries filled of a leg beyond their units, less what
exits closed that did not move all legs.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.money import ZERO
from chalicelib.domain.trading.legs import Leg
from chalicelib.domain.trading.orders import UNSETTLED, Order, OrderRole, OrderStatus, newest
from chalicelib.domain.trading.steps import CancelOrders, FlattenLeg, Step, Wait
from chalicelib.domain.trading.trades import Trade

#: An aggressive limit that nobody takes gives way to the next one, at the quote of then.
FLATTEN_WAIT: Final = timedelta(seconds=10)
#: One that the broker refuses goes again with the next sync.
REFUSED_WAIT: Final = timedelta(seconds=60)


def flatten_step(trade: Trade, orders: Sequence[Order], now: datetime) -> Step | None:
    """Return the next step while something uneven is held, None where nothing is."""
    uneven = _uneven_legs(trade, orders)
    if not uneven:
        return None
    working = [order for order in orders if order.role is OrderRole.EXIT and order.is_outstanding]
    if any(order.status in UNSETTLED for order in working):
        return Wait(why="an exit is unsettled")
    overdue = tuple(one for one in working if _has_waited(one.submitted_at, FLATTEN_WAIT, now))
    if overdue:
        return CancelOrders(orders=overdue)
    last = newest(orders, {OrderRole.EXIT})
    was_refused = last is not None and last.status is OrderStatus.REJECTED
    if working or (last is not None and was_refused and not _has_waited(last.ended_at, REFUSED_WAIT, now)):
        return Wait(why="an uneven leg is being given back")
    leg, quantity = uneven[0]
    return FlattenLeg(leg_no=leg.leg_no, quantity=quantity)


def _uneven_legs(trade: Trade, orders: Sequence[Order]) -> list[tuple[Leg, Decimal]]:
    """Return the legs of which too much is held and how much, what could lose without a bound first."""
    asked_for = [leg for leg in trade.legs if leg.origin is None]
    if len(asked_for) == 1:
        return []
    found = []
    for leg in sorted(asked_for, key=lambda one: one.side is LegSide.LONG):
        left = min(_entered(leg, orders) - _given_back(leg, orders, len(asked_for)), leg.held(trade.open_qty))
        if left > 0:
            found.append((leg, left))
    return found


def _entered(leg: Leg, orders: Sequence[Order]) -> Decimal:
    return sum(
        (
            moved.filled_quantity - order.filled_quantity * moved.ratio
            for order in orders
            for moved in order.moves
            if order.role is OrderRole.ENTRY and order.is_combined and moved.leg_no == leg.leg_no
        ),
        ZERO,
    )


def _given_back(leg: Leg, orders: Sequence[Order], legs_in_all: int) -> Decimal:
    return sum(
        (
            moved.filled_quantity
            for order in orders
            for moved in order.moves
            if order.role is OrderRole.EXIT and len(order.moves) < legs_in_all and moved.leg_no == leg.leg_no
        ),
        ZERO,
    )


def _has_waited(since: datetime | None, wait: timedelta, now: datetime) -> bool:
    return since is not None and now - since >= wait
