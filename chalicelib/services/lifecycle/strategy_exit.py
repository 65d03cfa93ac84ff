"""How the desk leaves (B-06, B-08): a strategy's exit and the kill switch's, by limits that walk."""

from decimal import Decimal
from typing import Final

from sqlalchemy import Connection

from chalicelib.domain.trading.trades import PROTECTABLE, Actor, CloseReason, Trade
from chalicelib.services.environment import Environment
from chalicelib.services.lifecycle.begin_close import begin_close

#: B-01: how far past what leaving brings at once an exit may go, in per cent.
FILL_PRICE_BUFFER_PCT: Final = Decimal(5)


def begin_strategy_exit(
    env: Environment,
    connection: Connection,
    trade: Trade,
    reason: CloseReason,
    *,
    buffer_pct: Decimal = FILL_PRICE_BUFFER_PCT,
    fast: bool = False,
) -> Trade:
    """Begin to close a trade, inside the caller's transaction and under the trade's row lock.

    Its limit walks from the middle to what leaving brings at once plus the buffer; unfilled by then the trade
    is OPEN again and the next scan asks anew. `fast` is the VIX path: 30 seconds, then the market step. One
    that is not held, or is CLOSING already, is returned as it is. The caller hands the trade over once it is
    stored (`hand_over`).
    """
    if trade.status not in PROTECTABLE:
        return trade
    return begin_close(env, connection, trade, reason, Actor.SYSTEM, buffer_pct=buffer_pct, fast=fast)
