"""The steps of an entry: sent once, or walking to its worst price (A-07, B-05). Pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from chalicelib.domain.trading.booking import UNEVEN
from chalicelib.domain.trading.entry_walk import (
    TURN_WAIT_MAX,
    is_broken,
    is_time_up,
    look_again_after,
    may_go_on,
    next_order,
    step_ends_at,
    waits_until,
)
from chalicelib.domain.trading.orders import UNSETTLED, Order, OrderRole, OrderStatus, newest
from chalicelib.domain.trading.steps import (
    CancelOrders,
    EndUnplaced,
    EndWalk,
    LookForTurn,
    SendEntry,
    SessionState,
    Step,
    Wait,
    WalkOn,
)
from chalicelib.domain.trading.trades import ENTERING, CloseReason, Trade

_NO_TURN: Final = "its turn did not come in time: other entries of the account walked"
_NO_SESSION: Final = "the session ended before its turn came"


def pending_step(
    trade: Trade, orders: Sequence[Order], session: SessionState, now: datetime, *, has_turn: bool | None
) -> Step:
    """Return the next step of a trade that nothing has filled of yet."""
    entry = newest(orders, {OrderRole.ENTRY})
    if entry is None:
        return EndUnplaced(reason=CloseReason.NOT_PLACED, detail="no order was stored")
    if entry.status is OrderStatus.INTENT:
        return _unsent(trade, orders, entry, session, now, has_turn=has_turn)
    if trade.walk is not None:
        walking = walking_step(trade, orders, session, now)
        return walking or Wait(why="entry over")
    if trade.cancel_requested_at is not None and entry.is_live:
        return CancelOrders(orders=(entry,))
    return Wait(why="entry unsettled" if entry.status in UNSETTLED else "entry working")


def walking_step(trade: Trade, orders: Sequence[Order], session: SessionState, now: datetime) -> Step | None:
    """Return the next step of an entry that walks, None once it is over or where none does.

    One working order at a time: the next leaves when the end of the one before is the broker's word.
    """
    entry = newest(orders, {OrderRole.ENTRY})
    if trade.walk is None or trade.walk_ended_at is not None or trade.status not in ENTERING or entry is None:
        return None
    if entry.status in UNSETTLED:
        return Wait(why="entry unsettled")
    is_unwanted = trade.cancel_requested_at is not None or trade.close_requested_at is not None
    if entry.is_live:
        is_due = session is SessionState.OPEN and now >= step_ends_at(trade, orders, entry, now)
        gives_way = is_due or is_unwanted or entry.reason == UNEVEN
        return CancelOrders(orders=(entry,)) if gives_way else Wait(why="entry working")
    if not may_go_on(trade, entry, is_broken=is_broken(trade)):
        # Withdrawn between two steps: nothing is left to cancel, and nobody else will say that it is over.
        return EndWalk() if is_unwanted and trade.filled_qty < trade.qty else None
    if is_time_up(trade, orders, now) or session is SessionState.CLOSED:
        return EndWalk()
    again_at = waits_until(trade, orders, entry, now)
    if again_at is not None and now < again_at:
        return Wait(why="the step could not be sent")
    step = next_order(trade, orders, now)
    return WalkOn(
        quantity=step.quantity, limit_price=step.limit_price, look_again_after=step.look_again_after
    )


def _unsent(
    trade: Trade,
    orders: Sequence[Order],
    entry: Order,
    session: SessionState,
    now: datetime,
    *,
    has_turn: bool | None,
) -> Step:
    if trade.cancel_requested_at is not None:
        return EndUnplaced(reason=CloseReason.CANCELED, detail="cancelled before it was sent")
    if trade.walk is not None and session is SessionState.CLOSED:
        return EndUnplaced(reason=CloseReason.NOT_PLACED, detail=_NO_SESSION)
    if session is SessionState.CLOSED:
        return Wait(why="session closed")
    if trade.walk is not None and now - trade.created_at > TURN_WAIT_MAX:
        return EndUnplaced(reason=CloseReason.NOT_PLACED, detail=_NO_TURN)
    if trade.walk is not None and not has_turn:
        return LookForTurn() if has_turn is None else Wait(why="another entry of the account walks")
    return SendEntry(order=entry, look_again_after=look_again_after(trade, orders, now))
