"""How a trade's state follows from its orders and fills (A-14): pure, one path per piece of news."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from chalicelib.domain.money import ZERO
from chalicelib.domain.trading.entry_walk import may_go_on
from chalicelib.domain.trading.orders import Order, OrderRole, OrderStatus
from chalicelib.domain.trading.position import Position
from chalicelib.domain.trading.trades import Actor, CloseReason, Trade, TradeStatus

_NOT_TAKEN: Final = "nobody took it in time"
_REASON_BY_ROLE: Final = {
    OrderRole.STOP_LOSS: CloseReason.SL_HIT,
    OrderRole.TAKE_PROFIT: CloseReason.TP_HIT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One transition to record."""

    to_status: TradeStatus
    actor: Actor
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a trade stands after the news: the moves that lead there, and why it ended if it did."""

    moves: tuple[Move, ...]
    open_qty: Decimal
    excess_qty: Decimal
    missing_qty: Decimal
    close_reason: CloseReason | None
    close_detail: str | None

    def status_after(self, status: TradeStatus) -> TradeStatus:
        """Return the state at the end of the moves."""
        return self.moves[-1].to_status if self.moves else status


def standing(trade: Trade, orders: Sequence[Order], position: Position, missing: Decimal = ZERO) -> Standing:
    """Return where the trade stands, given its orders and what its fills amount to.

    What is `missing` counts as held until it is known what sold it: exits that sold of it sold an excess.
    """
    entry = next((order for order in reversed(orders) if order.role is OrderRole.ENTRY), None)
    if trade.is_ended or entry is None:
        return Standing(
            moves=(),
            open_qty=trade.open_qty,
            excess_qty=trade.excess_qty,
            missing_qty=trade.missing_qty,
            close_reason=None,
            close_detail=None,
        )
    is_broken = position.held < position.filled_qty or position.is_uneven
    is_over = entry.is_ended and not may_go_on(trade, entry, is_broken=is_broken)
    if position.filled_qty == 0:
        return _nothing_filled(trade, orders, entry, is_over=is_over)
    moves: list[Move] = []
    status = trade.status
    for to_status, reason in _opening_path(trade, entry, position, is_over=is_over):
        moves.append(Move(to_status=to_status, actor=Actor.BROKER, reason=reason))
        status = to_status
    close_reason = None
    open_qty = max(position.held, missing)
    if position.held < open_qty and status is not TradeStatus.CLOSING:
        moves.append(_broker(TradeStatus.CLOSING, "both exits filled: more was sold than was held"))
    elif position.held == open_qty == 0 and is_over and not _may_still_sell(orders):
        close_reason = closing_reason(trade, position)
        moves.append(_broker(TradeStatus.CLOSED, close_reason))
    return Standing(
        moves=tuple(moves),
        open_qty=open_qty,
        excess_qty=open_qty - position.held,
        missing_qty=missing,
        close_reason=close_reason,
        close_detail=None,
    )


def _may_still_sell(orders: Sequence[Order]) -> bool:
    """Say whether an exit works or may be working: until it is gone, a sale more could leave the owner short.

    A broker ends an OCO's other leg by itself, but both may fill before it does (I-09).
    """
    return any(order.is_outstanding for order in orders if order.role is not OrderRole.ENTRY)


def closing_reason(trade: Trade, position: Position) -> CloseReason:
    """Name the outcome by the exit that brought the holding to nothing."""
    if position.closed_outside:
        return CloseReason.LIQUIDATED_BY_BROKER
    by_role = _REASON_BY_ROLE.get(position.closing_role) if position.closing_role else None
    return by_role or trade.closing_reason or CloseReason.MANUAL_CLOSE


def _broker(to_status: TradeStatus, reason: str) -> Move:
    return Move(to_status=to_status, actor=Actor.BROKER, reason=reason)


def _opening_path(
    trade: Trade, entry: Order, position: Position, *, is_over: bool
) -> list[tuple[TradeStatus, str]]:
    whole = position.filled_qty >= trade.qty
    if trade.status is TradeStatus.PENDING:
        if whole:
            return [(TradeStatus.OPEN, "filled")]
        partly = (TradeStatus.PARTIALLY_FILLED, "filled in part")
        return [partly, (TradeStatus.OPEN, _rest(trade, entry))] if is_over else [partly]
    if trade.status is TradeStatus.PARTIALLY_FILLED:
        if whole:
            return [(TradeStatus.OPEN, "filled")]
        if is_over:
            return [(TradeStatus.OPEN, _rest(trade, entry))]
    return []


def _rest(trade: Trade, entry: Order) -> str:
    if trade.walk_ended_at is not None:
        return "the rest was not taken in time"
    return f"the rest of the entry ended {entry.status}"


def _nothing_filled(trade: Trade, orders: Sequence[Order], entry: Order, *, is_over: bool) -> Standing:
    reason = _unfilled_reason(trade, orders, entry) if is_over else None
    detail = _NOT_TAKEN if _is_timed_out(trade) and reason is CloseReason.UNFILLED else entry.reason
    moves = () if reason is None else (_broker(TradeStatus.CANCELED, detail or reason),)
    return Standing(
        moves=moves,
        open_qty=ZERO,
        excess_qty=ZERO,
        missing_qty=ZERO,
        close_reason=reason,
        close_detail=detail if reason is not None else None,
    )


def _unfilled_reason(trade: Trade, orders: Sequence[Order], entry: Order) -> CloseReason:
    if entry.status is OrderStatus.REJECTED:
        return CloseReason.REJECTED
    if entry.status is OrderStatus.EXPIRED:
        return CloseReason.UNFILLED
    was_taken = any(order.role is OrderRole.ENTRY and order.broker_order_id is not None for order in orders)
    if not was_taken and trade.cancel_requested_at is None:
        return CloseReason.NOT_PLACED
    return CloseReason.UNFILLED if _is_timed_out(trade) else CloseReason.CANCELED


def _is_timed_out(trade: Trade) -> bool:
    """Say whether a walk ended since its time was up, and not by a wish."""
    return trade.walk_ended_at is not None and trade.cancel_requested_at is None
