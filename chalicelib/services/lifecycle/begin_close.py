"""The first step of every close: the trade becomes CLOSING, and whatever else waited on it is over."""

from decimal import Decimal

from sqlalchemy import Connection

from chalicelib.domain.trading.lifecycle import Move
from chalicelib.domain.trading.trades import Actor, ChangeState, CloseReason, Trade, TradeStatus
from chalicelib.services.environment import Environment
from chalicelib.services.lifecycle.book_news import move
from chalicelib.services.lifecycle.set_aside import set_sales_aside
from chalicelib.store.trades.trade_changes import end_changes


def begin_close(
    env: Environment,
    connection: Connection,
    trade: Trade,
    reason: CloseReason,
    actor: Actor,
    *,
    limit_price: Decimal | None = None,
    buffer_pct: Decimal | None = None,
    fast: bool = False,
) -> Trade:
    """Move a holding trade to CLOSING, inside the caller's transaction and under the trade's row lock.

    `limit_price` is the worst price that its owner named; `buffer_pct` and `fast` are a strategy's
    (`strategy_exit`). A part that was being closed is over with it.
    """
    now = env.clock.now()
    if trade.closing_qty is not None:
        set_sales_aside(connection, trade)
    over = "the trade is being closed"
    end_changes(connection, trade.id, state=ChangeState.SUPERSEDED, error=over, now=now)
    return move(
        env,
        connection,
        trade,
        [Move(to_status=TradeStatus.CLOSING, actor=actor, reason=reason)],
        {
            "closing_reason": reason,
            "close_requested_at": trade.close_requested_at or now,
            "closing_qty": None,
            "closing_limit_price": limit_price,
            "closing_buffer_pct": buffer_pct,
            "closing_hurried_at": now if fast else None,
            # The procedure cancels the rest of an entry by itself; from here on it withdraws the close.
            "cancel_requested_at": None,
        },
    )
