"""What is looked at once a trade has ended where a broker nets: its close may have opened one (I-09)."""

from datetime import datetime

from sqlalchemy import Connection

from chalicelib.brokers.capabilities import CAPABILITIES
from chalicelib.domain.trading.trades import CloseReason, Trade, TradeStatus
from chalicelib.store.accounts.broker_accounts import look_once_more


def look_after_the_end(connection: Connection, trade: Trade, now: datetime) -> None:
    """Have the next sync read what the account holds of a trade that was closed there.

    An exit goes though nobody can see what is held (I-28), and one that nets takes it for an entry where it
    was sold by hand before: its owner has to know. What a short that was bought back twice leaves is held
    beyond our trades, which is nobody's question here, and can lose no more than it cost.
    """
    is_closed = trade.status is TradeStatus.CLOSED and trade.close_reason is not CloseReason.BROKER_RESET
    if is_closed and CAPABILITIES[trade.broker_mode].nets:
        look_once_more(connection, trade.account, trade.symbols, now)
