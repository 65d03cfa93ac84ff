"""End a pending trade whose entry never left: one transaction, one change (I-22)."""

from collections.abc import Sequence

from sqlalchemy import Connection

from chalicelib.domain.trading.changing_facts import OrderFacts
from chalicelib.domain.trading.lifecycle import Move
from chalicelib.domain.trading.orders import Order, OrderStatus
from chalicelib.domain.trading.trades import Actor, CloseReason, Trade, TradeStatus
from chalicelib.services.environment import Environment
from chalicelib.services.lifecycle.book_news import move
from chalicelib.store.trades.orders import save_order


def end_unplaced(
    env: Environment,
    connection: Connection,
    trade: Trade,
    orders: Sequence[Order],
    reason: CloseReason,
    detail: str,
) -> Trade:
    """Cancel the intents and the trade; the caller holds the trade's row lock and has seen it PENDING."""
    ended: OrderFacts = {"status": OrderStatus.CANCELED, "reason": detail, "ended_at": env.clock.now()}
    for order in orders:
        if order.status is OrderStatus.INTENT:
            save_order(connection, order.id, ended)
    actor = Actor.USER if reason is CloseReason.CANCELED else Actor.SYSTEM
    return move(
        env,
        connection,
        trade,
        [Move(to_status=TradeStatus.CANCELED, actor=actor, reason=detail)],
        {"close_reason": reason, "close_detail": detail, "cancel_requested_at": None},
    )
