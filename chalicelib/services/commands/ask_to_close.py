"""Ask for a close of all that a trade holds on its owner's behalf, who is not there to name a version."""

from uuid import UUID

from sqlalchemy import Connection

from chalicelib.domain.clocks.calendar import new_york_date
from chalicelib.domain.trading.changing_facts import TradeFacts
from chalicelib.domain.trading.steps import SessionState
from chalicelib.domain.trading.tradable import has_expired
from chalicelib.domain.trading.trades import PROTECTABLE, Actor, CloseReason, Trade, TradeStatus
from chalicelib.services.commands.collateral import check_shares_kept
from chalicelib.services.environment import Environment
from chalicelib.services.lifecycle.begin_close import begin_close
from chalicelib.services.lifecycle.set_aside import set_sales_aside
from chalicelib.services.market_hours import calendar_of, session_state
from chalicelib.store.database import Isolation
from chalicelib.store.trades.trades import load_trade, save_trade


def ask_to_close(env: Environment, username: str, trade_id: UUID) -> Trade | None:
    """Store that everything is to be sold; None where nothing is held, but what has expired, or a close waits
    for the session.

    A close that is under way is returned as it stands. Raises RiskLimitReached for shares that a short call
    has been promised.
    """

    def work(connection: Connection) -> Trade | None:
        trade = load_trade(connection, trade_id, lock=True)
        if trade is None or trade.status is TradeStatus.CLOSING:
            return trade
        waits = trade.close_requested_at is not None and trade.closing_qty is None
        if trade.status not in PROTECTABLE or waits or has_expired(trade, new_york_date(env.clock.now())):
            return None
        return close_in(env, connection, trade)

    # Shares are counted in turn (docs/adr/0003).
    return env.database.run(work, username=username, isolation=Isolation.READ_COMMITTED)


def close_in(env: Environment, connection: Connection, trade: Trade) -> Trade | None:
    """Begin the close inside the caller's transaction, or have it wait for the session."""
    check_shares_kept(connection, trade, trade.open_qty)
    if session_state(env, calendar_of(env, connection), trade) is SessionState.OPEN:
        return begin_close(env, connection, trade, CloseReason.MANUAL_CLOSE, Actor.USER)
    if trade.closing_qty is not None:
        set_sales_aside(connection, trade)
    now = env.clock.now()
    waiting: TradeFacts = {
        "close_requested_at": now,
        "closing_reason": CloseReason.MANUAL_CLOSE,
        "closing_qty": None,
        "closing_limit_price": None,
    }
    save_trade(connection, trade, now, waiting)
    return None
