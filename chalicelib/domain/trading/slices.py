"""What is held cut into slices, each with its own stop and target at the broker (W-04). Pure.

A target that fills books its share and leaves its slice; the others stand as they stood. What no target is
over is a slice with the stop alone. One target over everything is one slice.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from chalicelib.domain.instruments.quantities import split
from chalicelib.domain.money import ZERO
from chalicelib.domain.trading.orders import Order, OrderRole, OrderStatus
from chalicelib.domain.trading.protection import WHOLE, Protection, Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """So much of what is held, and what protects it; `target_no` is its target's, or WHOLE without one."""

    target_no: int
    protection: Protection
    quantity: Decimal


def slices(wanted: Protection, held: Decimal, orders: Iterable[Order], lot: Decimal) -> tuple[Slice, ...]:
    """Cut what is held by the targets' shares, in whole lots; together never more than that.

    A target's share counts from what was open when it was asked for: what it sold already is taken off, and
    once it is done the others share what is left. What has neither stop nor target is in no slice.
    """
    sold = _sold_by_target(orders)
    goals = unfinished(wanted, orders)
    shares = [goal.share for goal in goals]
    found: list[Slice] = []
    left = held
    if goals:
        base = held + sum((sold.get(goal.no, ZERO) for goal in goals), ZERO)
        of_no_target = 1 - sum((goal.share for goal in wanted.goals), ZERO)
        planned = split(base, shares, lot, of=of_no_target + sum(shares, ZERO))
        for goal, quantity in zip(goals, planned, strict=True):
            due = min(max(quantity - sold.get(goal.no, ZERO), ZERO), left)
            left -= due
            found.append(_slice(goal.no, wanted.sl_price, goal.price, due))
    found.append(_slice(WHOLE, wanted.sl_price, None, left))
    return tuple(one for one in found if one.quantity > 0 and not one.protection.is_none)


def unfinished(wanted: Protection, orders: Iterable[Order]) -> tuple[Target, ...]:
    """Return the targets that have not sold their share; the last goes on where everything was theirs."""
    goals = wanted.goals
    done = {
        order.target_no
        for order in orders
        if order.role is OrderRole.TAKE_PROFIT and order.status is OrderStatus.FILLED
    }
    alive = tuple(goal for goal in goals if goal.no not in done)
    is_all_theirs = sum((goal.share for goal in goals), ZERO) == 1
    return alive or (goals[-1:] if is_all_theirs else ())


def covers(due: Sequence[Slice], bracket: Sequence[Order]) -> bool:
    """Say whether what works protects exactly these slices, at their prices (I-08)."""
    numbers = {order.target_no for order in bracket} | {one.target_no for one in due}
    return all(stands(of_number(due, no), orders_of(bracket, no)) for no in numbers)


def stands(due: Slice | None, bracket: Sequence[Order]) -> bool:
    """Say whether these orders of one number are what is due for it; None: nothing is."""
    if due is None:
        return not bracket
    wanted = due.protection
    works = sorted((order.role, order.stop_price or order.limit_price) for order in bracket)
    prices = ((OrderRole.STOP_LOSS, wanted.sl_price), (OrderRole.TAKE_PROFIT, wanted.tp_price))
    is_of_its_size = all(order.remaining_quantity == due.quantity for order in bracket)
    return is_of_its_size and works == [one for one in prices if one[1] is not None]


def of_number(due: Sequence[Slice], target_no: int) -> Slice | None:
    """Return the slice with this number."""
    return next((one for one in due if one.target_no == target_no), None)


def orders_of(orders: Iterable[Order], target_no: int) -> list[Order]:
    """Return the orders of one target, or of what no target is over."""
    return [order for order in orders if order.target_no == target_no]


def _sold_by_target(orders: Iterable[Order]) -> dict[int, Decimal]:
    sold: dict[int, Decimal] = {}
    for order in orders:
        if order.role is OrderRole.TAKE_PROFIT:
            sold[order.target_no] = sold.get(order.target_no, ZERO) + order.filled_quantity
    return sold


def _slice(target_no: int, stop: Decimal | None, target: Decimal | None, quantity: Decimal) -> Slice:
    protection = Protection(sl_price=stop, tp_price=target)
    return Slice(target_no=target_no, protection=protection, quantity=quantity)
