"""What is stored of a trade at one moment: what the next step is decided by."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.domain.trading import steps
from chalicelib.domain.trading.market_seen import MarketSeen
from chalicelib.domain.trading.orders import Order
from chalicelib.domain.trading.trades import PendingChange, Trade
from chalicelib.services.environment import Environment
from chalicelib.services.market_hours import session_state
from chalicelib.store.ahead import ends_with_next
from chalicelib.store.trades.orders import load_orders, orders_ahead
from chalicelib.store.trades.trade_changes import changes_ahead, load_pending_changes
from chalicelib.store.trades.trades import legs_ahead, load_trades


@dataclass(frozen=True, slots=True, kw_only=True)
class Stood:
    """What is stored of a trade at one moment."""

    trade: Trade
    orders: tuple[Order, ...]
    change: PendingChange | None
    session: steps.SessionState
    #: What was seen of the market since the last step; every step changes what is asked of it.
    market: MarketSeen | None = None
    #: Whether no other entry of the account walks, where that was looked for.
    has_turn: bool | None = None

    def holds_since(self) -> datetime:
        """Return since when the trade holds what it holds, or is to hold it."""
        return self.trade.entry_date or self.trade.created_at


def look_at(
    env: Environment, connection: Connection, calendar: MarketCalendar, trade_ids: Sequence[UUID]
) -> list[Stood]:
    """Read what is stored of these trades, inside a transaction of their own: in one round trip."""
    legs_ahead(connection, trade_ids)
    orders_ahead(connection, trade_ids)
    changes_ahead(connection, trade_ids)
    ends_with_next(connection)
    return stand(env, connection, calendar, load_trades(connection, trade_ids))


def stand(
    env: Environment, connection: Connection, calendar: MarketCalendar, trades: Sequence[Trade]
) -> list[Stood]:
    """Read what is stored around trades that were read in the same transaction."""
    if not trades:
        return []
    trade_ids = [trade.id for trade in trades]
    orders = load_orders(connection, trade_ids)
    changes = load_pending_changes(connection, trade_ids)
    return [
        Stood(
            trade=trade,
            orders=orders.get(trade.id, ()),
            change=changes.get(trade.id),
            session=session_state(env, calendar, trade),
        )
        for trade in trades
    ]
