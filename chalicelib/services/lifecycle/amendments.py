"""A broker's later word on an ended trade (A-01): its facts stay, an amendment says what they would be.

Only the jobs' role may amend: what a call of the API hears of an ended trade waits for the jobs' next sync.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from sqlalchemy import Connection

from chalicelib.domain.trading.orders import Fill
from chalicelib.domain.trading.position import Position, position_of
from chalicelib.domain.trading.trades import Trade
from chalicelib.services.environment import Environment
from chalicelib.services.raise_alert import Severity, raise_alert
from chalicelib.store.trades.amendments import Amendment, insert_amendment
from chalicelib.store.trades.amendments import may_amend as may_amend
from chalicelib.store.trades.orders import load_fills, load_orders

_LATE: Final = "filled at the broker after the trade had ended"


def amend(env: Environment, connection: Connection, trade: Trade, late: Sequence[Fill]) -> None:
    """Record fills that were booked on an ended trade, and tell its owner; in the caller's transaction."""
    if not late:
        return
    position = record_amendments(env, connection, trade, late, _LATE)
    raise_alert(
        env,
        connection,
        trade.username,
        severity=Severity.CRITICAL,
        kind="late_fill",
        trade_id=trade.id,
        message=f"{trade.ticker} filled once more after its trade had ended; {_left(position.held)}.",
        lasting=True,
    )


def record_amendments(
    env: Environment, connection: Connection, trade: Trade, booked: Sequence[Fill], reason: str
) -> Position:
    """Record what fills that were booked on an ended trade make of it; returns that."""
    now = env.clock.now()
    orders = load_orders(connection, [trade.id]).get(trade.id, ())
    position = position_of(load_fills(connection, trade.id), orders, trade.legs)
    for fill in booked:
        amendment = Amendment(
            id=env.randomness.uuid7(now),
            username=trade.username,
            trade_id=trade.id,
            fill_id=fill.id,
            reason=reason,
            realized_pnl=position.net_pnl,
            held_qty=position.held,
        )
        insert_amendment(connection, amendment)
    return position


def _left(held: Decimal) -> str:
    if held == 0:
        return "its books tie"
    side = "more" if held > 0 else "less"
    return f"the account holds {abs(held).normalize():f} {side} of it than any trade explains"
