"""How an entry walks from its first price to its worst, a step at a time (B-05). Pure.

As of an exit (`walking_exit`), what was tried is read from the orders: the walk began with the first that
left, and each that the broker took was a step. Until it is over the end of a step is not the entry's end.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from chalicelib.domain.instruments.ticks import ceil_to_tick, floor_to_tick, tick_size
from chalicelib.domain.trading.orders import Order, OrderRole, OrderStatus
from chalicelib.domain.trading.trades import ENTERING, Trade
from chalicelib.domain.trading.walk import EntryWalk, Walk

#: An entry that did not get its turn is not sent on what was seen so long ago (B-10: no chain is older).
TURN_WAIT_MAX: Final = timedelta(seconds=300)


@dataclass(frozen=True, slots=True, kw_only=True)
class NextStep:
    """The order that a walk sends next, over all that is still asked for, and when it is to be looked at."""

    quantity: Decimal
    limit_price: Decimal
    look_again_after: timedelta


def entries(orders: Sequence[Order]) -> list[Order]:
    """Return a trade's entries, oldest first."""
    return [order for order in orders if order.role is OrderRole.ENTRY]


def may_go_on(trade: Trade, entry: Order, *, is_broken: bool) -> bool:
    """Say whether another step may follow the last one: it was given up by us, and more is wanted.

    Refused or expired ends a walk, and so does an end that we did not ask for or an outcome that nobody
    knew. `is_broken` says that some of what filled has left again, or that its legs are uneven.
    """
    is_wanted = trade.status in ENTERING and trade.cancel_requested_at is None
    is_wanted = is_wanted and trade.close_requested_at is None and not is_broken
    return is_wanted and trade.walk is not None and trade.walk_ended_at is None and _gave_way(entry)


def is_under_way(trade: Trade, orders: Sequence[Order]) -> bool:
    """Say whether a trade's walk has begun and is not over: no other of its account begins meanwhile."""
    sent = [one for one in entries(orders) if one.status is not OrderStatus.INTENT]
    if trade.walk is None or trade.status not in ENTERING or not sent:
        return False
    return not sent[-1].is_ended or may_go_on(trade, sent[-1], is_broken=is_broken(trade))


def is_broken(trade: Trade) -> bool:
    """Say whether a trade holds something else than what its entry filled of whole structures."""
    return trade.open_qty < trade.filled_qty or not trade.is_whole


def is_time_up(trade: Trade, orders: Sequence[Order], now: datetime) -> bool:
    """Say whether a walk has had its time."""
    return now >= _end(trade, orders, now)


def step_ends_at(trade: Trade, orders: Sequence[Order], order: Order, now: datetime) -> datetime:
    """Return when a step gives way to the next; at the worst price it rests to the walk's end."""
    walk, end = _walk(trade), _end(trade, orders, now)
    if order.submitted_at is None or order.limit_price == walk.worst:
        return end
    return min(order.submitted_at + timedelta(seconds=walk.seconds_per_step), end)


def waits_until(trade: Trade, orders: Sequence[Order], entry: Order, now: datetime) -> datetime | None:
    """Return when a step that could not be sent is tried again; None where the last one was sent."""
    return step_ends_at(trade, orders, entry, now) if _never_left(entry) else None


def next_order(trade: Trade, orders: Sequence[Order], now: datetime) -> NextStep:
    """Return the next step: what is left, a step nearer to the worst price than the one before."""
    walk = _walk(trade)
    price = _price(trade, walk, tried=sum(not _never_left(one) for one in entries(orders)))
    return NextStep(
        quantity=trade.qty - trade.filled_qty,
        limit_price=price,
        look_again_after=_look_after(trade, orders, price, now),
    )


def look_again_after(trade: Trade, orders: Sequence[Order], now: datetime) -> timedelta | None:
    """Return how long after it leaves the first step is to be looked at; None without a walk."""
    if trade.walk is None or trade.limit_price is None:
        return None
    return _look_after(trade, orders, trade.limit_price, now)


def _look_after(trade: Trade, orders: Sequence[Order], price: Decimal, now: datetime) -> timedelta:
    walk, left = _walk(trade), _end(trade, orders, now) - now
    return left if price == walk.worst else min(timedelta(seconds=walk.seconds_per_step), left)


def _price(trade: Trade, walk: EntryWalk, tried: int) -> Decimal:
    """Return the limit after so many steps, on the tick of what is bought or sold, never past the worst."""
    assert trade.limit_price is not None
    is_buy = trade.side.opens_by.is_buy
    step = walk.step
    if trade.instrument is not None:
        step = max(step, tick_size(trade.ticker, trade.limit_price, trade.instrument))
    price = Walk(is_buy=is_buy, start=trade.limit_price, worst=walk.worst, step=step).price(tried)
    if trade.instrument is None or price == walk.worst:
        return price
    return (floor_to_tick if is_buy else ceil_to_tick)(trade.ticker, price, trade.instrument)


def _gave_way(entry: Order) -> bool:
    was_ours = entry.cancel_requested_at is not None and entry.listed_id is not None
    return _is_known_to_be_gone(entry) and (was_ours or _never_left(entry))


def _never_left(order: Order) -> bool:
    """Say whether an order is known not to have been taken: no calls left, or no connection (A-12)."""
    return _is_known_to_be_gone(order) and order.listed_id is None and order.handled


def _is_known_to_be_gone(order: Order) -> bool:
    """Say whether an order ended by somebody's word: of one that lists lacked only its absence is known."""
    return order.status is OrderStatus.CANCELED and order.missed_at is None


def _end(trade: Trade, orders: Sequence[Order], now: datetime) -> datetime:
    left = [one.submitted_at for one in entries(orders) if one.submitted_at is not None]
    return min(left, default=now) + timedelta(seconds=_walk(trade).seconds_in_all)


def _walk(trade: Trade) -> EntryWalk:
    assert trade.walk is not None, "asked of a trade that walks"
    return trade.walk
