"""A person's hand on a trader's trade comes first (C-04, C-07): what the model had in mind is over, told."""

from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.brokers.coins.execution import FEE_SHARE
from chalicelib.domain.ai.traders.trader import MAX_RISK_PCT
from chalicelib.domain.money import percent
from chalicelib.domain.trading.protection import Protection
from chalicelib.domain.trading.trades import ChangeState, Originator, Trade
from chalicelib.services.environment import Environment
from chalicelib.services.errors import RiskLimitReached, Unavailable
from chalicelib.services.raise_alert import Severity, raise_alert
from chalicelib.store.ai import traders
from chalicelib.store.ai.silenced import silence
from chalicelib.store.trades import proposals

UPDATED: Final = "AI suggestion updated based on your manual change"
CHANGE_UPDATED: Final = "ai_change_updated"
#: As limits are named in refusals.
MAX_RISK: Final = "max_risk_pct"


def trader_id_of(trade: Trade) -> UUID | None:
    """Return which trader opened a trade; None for anybody else's."""
    if trade.originator is not Originator.AI or trade.originator_id is None:
        return None
    return UUID(trade.originator_id)


def is_loosened(trade: Trade, after: Protection) -> bool:
    """Say whether a stop moves away from the price, or goes: then more is risked than before."""
    before = trade.sl_price
    if after.sl_price is None:
        return before is not None
    return before is not None and (after.sl_price - before) * trade.side.sign < 0


def check_loosening(
    connection: Connection, trade: Trade, after: Protection, portfolio: Decimal | None
) -> None:
    """Let a person loosen a trader's stop within what the trader may risk.

    Raises RiskLimitReached beyond it, and Unavailable where the portfolio is not known.
    """
    trader_id = trader_id_of(trade)
    if trader_id is None or trade.entry_price is None or not is_loosened(trade, after):
        return
    if portfolio is None or portfolio <= 0:
        raise Unavailable("The account cannot be read now: how much would be risked is not known.")
    row = traders.read(connection, trade.username, trader_id)
    allowed = MAX_RISK_PCT if row is None else min(row.read().trading.max_risk_pct, MAX_RISK_PCT)
    risked = percent(_risk(trade, trade.entry_price, after.sl_price), portfolio)
    if risked is None or risked > allowed:
        raise RiskLimitReached(MAX_RISK, risked, allowed)


def _risk(trade: Trade, entry: Decimal, stop: Decimal | None) -> Decimal:
    """Return what the stop would lose with the fees of both sides; without one all of it."""
    way_out = Decimal(0) if stop is None else stop
    lost = max((entry - way_out) * trade.side.sign, Decimal(0))
    return (lost + (entry + way_out) * FEE_SHARE) * trade.open_qty


def end_proposal(env: Environment, connection: Connection, trade: Trade) -> None:
    """End what a model proposed for a trade that a person is changing now, and tell the owner."""
    if trader_id_of(trade) is None:
        return
    waiting = proposals.read_waiting(connection, trade.id)
    if waiting is None:
        return
    now = env.clock.now()
    proposals.settle(connection, waiting.id, ChangeState.SUPERSEDED, error=UPDATED, now=now)
    raise_alert(
        env,
        connection,
        trade.username,
        severity=Severity.INFO,
        kind=CHANGE_UPDATED,
        trade_id=trade.id,
        message=UPDATED,
    )


def leave_alone(connection: Connection, trade: Trade) -> None:
    """Have a trader leave the symbol of a trade alone that its owner closes by hand."""
    trader_id = trader_id_of(trade)
    if trader_id is not None:
        silence(connection, trade.username, trader_id, trade.ticker)
