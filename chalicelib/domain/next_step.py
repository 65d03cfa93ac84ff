"""What to do next for a trade, decided from what is stored alone: one table of cases, no I/O.

The same function serves the call that placed or closed a trade, every sync, and whoever takes over from a
worker that was killed between two lines: each step is stored before its effect, so the state says where the
procedure stands. The rules are A-04 (brackets, closing, adjusting), A-07 (placing) and A-14 (edges).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final
from uuid import UUID

from chalicelib.domain.orders import (
    ENDED,
    PROTECTIVE,
    UNSETTLED,
    Order,
    OrderRole,
    OrderStatus,
)
from chalicelib.domain.trades import (
    PROTECTABLE,
    CloseReason,
    PendingChange,
    Protection,
    Trade,
    TradeStatus,
)

#: A sale still working after this long is given up and the bracket put back for what is left (A-04, A-12):
#: a market order that fills in part only would otherwise keep its trade unprotected until the close.
EXIT_WAIT: Final = timedelta(seconds=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Nothing can or need be done now."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SendEntry:
    """Send the stored entry."""

    order: Order


@dataclass(frozen=True, slots=True, kw_only=True)
class EndUnplaced:
    """End a pending trade whose entry was never sent."""

    reason: CloseReason
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelOrders:
    """Cancel what works at the broker (an OCO once, by its parent) and confirm it by reading."""

    orders: tuple[Order, ...]
    orphaned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceProtection:
    """Put this stop and target over this quantity."""

    protection: Protection
    quantity: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyChange:
    """The bracket stands as the pending change wants it: record that."""

    change: PendingChange


@dataclass(frozen=True, slots=True, kw_only=True)
class BeginClose:
    """Move to CLOSING."""

    reason: CloseReason


@dataclass(frozen=True, slots=True, kw_only=True)
class SendExit:
    """Sell what is held (`flatten` False) or buy back what was sold beyond it (True)."""

    quantity: Decimal
    flatten: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AbandonClose:
    """The sale failed, or the session is over: back to OPEN, bracket put back, alert."""

    detail: str
    keep_request: bool
    failed_order_ids: tuple[UUID, ...] = ()


Step = (
    Wait
    | SendEntry
    | EndUnplaced
    | CancelOrders
    | PlaceProtection
    | ApplyChange
    | BeginClose
    | SendExit
    | AbandonClose
)


class SessionState(StrEnum):
    """Whether orders may leave now."""

    OPEN = "OPEN"
    CLOSED = "CLOSED"


def next_step(
    trade: Trade,
    orders: Sequence[Order],
    change: PendingChange | None,
    session: SessionState,
    now: datetime,
) -> Step:
    """Return the one next step for a trade; Wait when it stands as it should or nothing is allowed now."""
    if trade.is_ended:
        return _after_the_end(orders, session)
    if trade.status is TradeStatus.PENDING:
        return _pending(trade, orders, session)
    if trade.status is TradeStatus.CLOSING:
        return _closing(trade, orders, session, now)
    return _holding(trade, orders, change, session)


def _after_the_end(orders: Sequence[Order], session: SessionState) -> Step:
    live = tuple(order for order in orders if order.is_live)
    if live and session is SessionState.OPEN:
        return CancelOrders(orders=live, orphaned=True)
    return Wait(why="ended")


def _pending(trade: Trade, orders: Sequence[Order], session: SessionState) -> Step:
    entry = _newest(orders, OrderRole.ENTRY)
    if entry is None:
        return EndUnplaced(reason=CloseReason.NOT_PLACED, detail="no order was stored")
    if entry.status is OrderStatus.INTENT:
        if trade.cancel_requested_at is not None:
            return EndUnplaced(reason=CloseReason.CANCELED, detail="cancelled before it was sent")
        return SendEntry(order=entry) if session is SessionState.OPEN else Wait(why="session closed")
    if trade.cancel_requested_at is not None and entry.is_live:
        return CancelOrders(orders=(entry,))
    return Wait(why="entry unsettled" if entry.status in UNSETTLED else "entry working")


def _holding(
    trade: Trade, orders: Sequence[Order], change: PendingChange | None, session: SessionState
) -> Step:
    entry = _newest(orders, OrderRole.ENTRY)
    if trade.cancel_requested_at is not None and entry is not None and entry.is_live:
        return CancelOrders(orders=(entry,))
    if session is SessionState.CLOSED:
        return Wait(why="session closed")
    if trade.excess_qty > 0:
        return BeginClose(reason=trade.closing_reason or CloseReason.SL_HIT)
    if trade.open_qty == 0:
        # A bracket sold everything: neither the rest of the entry nor its other leg may fill any more.
        return _end_what_works(orders)
    if trade.close_requested_at is not None:
        return BeginClose(reason=trade.closing_reason or CloseReason.MANUAL_CLOSE)
    return _protection(trade, orders, change)


def _end_what_works(orders: Sequence[Order]) -> Step:
    live = tuple(order for order in orders if order.is_live)
    return CancelOrders(orders=live) if live else Wait(why="an order is unsettled")


def _protection(trade: Trade, orders: Sequence[Order], change: PendingChange | None) -> Step:
    wanted = change.after if change is not None else trade.protection
    sales = [order for order in orders if order.role is not OrderRole.ENTRY and order.is_outstanding]
    if any(order.status in UNSETTLED for order in sales):
        return Wait(why="bracket unsettled")
    exits = tuple(order for order in sales if order.role is OrderRole.EXIT)
    if exits:
        # What it may still sell, a bracket would sell again (I-08).
        return CancelOrders(orders=exits)
    bracket = [order for order in sales if order.role in PROTECTIVE]
    if change is None and trade.protection_failures > 0 and _stop_alone_holds(trade, bracket):
        return Wait(why="the broker took the stop alone")
    if bracket_matches(bracket, wanted, trade.sellable_qty):
        return ApplyChange(change=change) if change is not None else Wait(why="protected")
    if bracket:
        return CancelOrders(orders=tuple(bracket))
    if change is None and _was_refused(orders, wanted, trade.sellable_qty):
        wanted = Protection(sl_price=wanted.sl_price, tp_price=None)
    return PlaceProtection(protection=wanted, quantity=trade.sellable_qty)


def _was_refused(orders: Sequence[Order], wanted: Protection, quantity: Decimal) -> bool:
    """Say whether the last bracket was this OCO and the broker refused it, be it after its 200 (A-04).

    One over another quantity was refused for that, perhaps.
    """
    last = _newest_of(orders, PROTECTIVE)
    legs = [order for order in orders if last is not None and order.tag == last.tag]
    refused = [order for order in legs if order.status is OrderStatus.REJECTED and order.quantity == quantity]
    prices = {(order.role, order.stop_price or order.limit_price) for order in refused}
    oco = {(OrderRole.STOP_LOSS, wanted.sl_price), (OrderRole.TAKE_PROFIT, wanted.tp_price)}
    return prices == oco


def _stop_alone_holds(trade: Trade, bracket: Sequence[Order]) -> bool:
    """Say whether the plain stop that a refused OCO left us with stands: it is not torn down each sync."""
    stop_alone = Protection(sl_price=trade.sl_price, tp_price=None)
    return trade.sl_price is not None and bracket_matches(bracket, stop_alone, trade.sellable_qty)


def bracket_matches(bracket: Sequence[Order], wanted: Protection, quantity: Decimal) -> bool:
    """Say whether the working bracket protects exactly `quantity` at the wanted prices (I-08).

    Over nothing no bracket is due, whatever its prices.
    """
    if quantity == 0:
        return not bracket
    stops = {(o.stop_price, o.remaining_quantity) for o in bracket if o.role is OrderRole.STOP_LOSS}
    targets = {(o.limit_price, o.remaining_quantity) for o in bracket if o.role is OrderRole.TAKE_PROFIT}
    due_stops = set() if wanted.sl_price is None else {(wanted.sl_price, quantity)}
    due_targets = set() if wanted.tp_price is None else {(wanted.tp_price, quantity)}
    return stops == due_stops and targets == due_targets


def working_exits(orders: Sequence[Order]) -> Decimal:
    """Return how many contracts working exits could sell: of a stop and a target only one."""
    left = dict.fromkeys(OrderRole, Decimal(0))
    for order in orders:
        if order.is_live and not order.side.is_buy:
            left[order.role] += order.remaining_quantity
    return max(left[OrderRole.STOP_LOSS], left[OrderRole.TAKE_PROFIT]) + left[OrderRole.EXIT]


def is_protection_due(trade: Trade) -> bool:
    """Say whether this trade should have a working bracket now."""
    return trade.status in PROTECTABLE and trade.sellable_qty > 0 and not trade.protection.is_none


def is_protected(trade: Trade, orders: Sequence[Order]) -> bool:
    """Say whether the stop (or the target, if that is all there is) works over the whole holding."""
    bracket = [order for order in orders if order.role in PROTECTIVE and order.is_live]
    role = OrderRole.STOP_LOSS if trade.sl_price is not None else OrderRole.TAKE_PROFIT
    return sum((o.remaining_quantity for o in bracket if o.role is role), Decimal(0)) >= trade.sellable_qty


def _closing(trade: Trade, orders: Sequence[Order], session: SessionState, now: datetime) -> Step:
    outstanding = [order for order in orders if order.is_outstanding]
    if any(order.status in UNSETTLED for order in outstanding):
        return Wait(why="an order is unsettled")
    in_the_way = tuple(order for order in outstanding if order.role is not OrderRole.EXIT)
    if session is SessionState.CLOSED:
        return (
            Wait(why="session closed")
            if outstanding and not _only_protection(outstanding)
            else AbandonClose(detail="the session ended before the close was done", keep_request=True)
        )
    if in_the_way:
        return CancelOrders(orders=in_the_way)
    overdue = tuple(order for order in outstanding if _is_overdue(order, now))
    if overdue:
        return CancelOrders(orders=overdue)
    if outstanding:
        return Wait(why="exit working")
    failed = tuple(o.id for o in orders if o.role is OrderRole.EXIT and o.status in ENDED and _fell_short(o))
    if failed:
        return AbandonClose(detail=_failure_text(orders), keep_request=False, failed_order_ids=failed)
    if trade.excess_qty > 0:
        return SendExit(quantity=trade.excess_qty, flatten=True)
    if trade.sellable_qty == 0:
        return AbandonClose(detail="the account does not hold it", keep_request=False)
    return SendExit(quantity=trade.sellable_qty, flatten=False)


def _is_overdue(order: Order, now: datetime) -> bool:
    """Say whether a sale has waited out its time."""
    return order.submitted_at is not None and now - order.submitted_at >= EXIT_WAIT


def _only_protection(orders: Sequence[Order]) -> bool:
    return all(order.role in PROTECTIVE for order in orders)


def _fell_short(order: Order) -> bool:
    return not order.handled and order.filled_quantity < order.quantity


def _failure_text(orders: Sequence[Order]) -> str:
    failed = [o for o in orders if o.role is OrderRole.EXIT and o.status in ENDED and _fell_short(o)]
    return failed[-1].reason or f"the exit ended {failed[-1].status}"


def _newest(orders: Sequence[Order], role: OrderRole) -> Order | None:
    return _newest_of(orders, {role})


def _newest_of(orders: Sequence[Order], roles: Collection[OrderRole]) -> Order | None:
    return next((order for order in reversed(orders) if order.role in roles), None)
