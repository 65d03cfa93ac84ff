"""What a user has at stake, read from trades: for limits, the preview and the account call.

Paper, sandbox and live are counted apart (A-07): what is at risk in one kind of money says nothing of
another.
"""

from datetime import datetime
from decimal import Decimal
from typing import Final

from sqlalchemy import Connection, text

from chalicelib.domain.calendar import new_york_date, new_york_midnight
from chalicelib.domain.limits import Exposure
from chalicelib.domain.money import to_cents
from chalicelib.domain.quota import NOTHING_ADDED, Stored
from chalicelib.domain.trades import BrokerMode
from chalicelib.store.database import read_ahead

#: A trade that has not filled yet risks what it was asked at; a trade partly sold, what is left. Shares count
#: nothing: an exercise delivers them, and what nobody asked for bars nobody's entries (ADR 0019).
_AT_STAKE: Final = text(
    """
    select (select p.stored_trades from portfolio_revisions p where p.username = :username) as stored_trades,
           (select p.stored_bytes from portfolio_revisions p where p.username = :username) as stored_bytes,
           count(distinct t.id) as positions,
           coalesce(sum(
               greatest(coalesce(t.entry_price, t.limit_price, t.asked_price, 0) - coalesce(t.sl_price, 0), 0)
               * (case when t.status in ('PENDING', 'PARTIALLY_FILLED')
                       then t.qty - t.filled_qty + t.open_qty else t.open_qty end)
               * l.multiplier) filter (where l.instrument <> 'EQUITY'), 0) as heat
    from paper_trades t join trade_legs l on l.trade_id = t.id
    where t.username = :username and t.broker_mode = :mode and not t.is_locked
    """
)
_REALIZED: Final = text(
    """
    select coalesce(sum(realized_pnl), 0) from paper_trades
    where username = :username and close_date >= :midnight and is_locked
      and close_reason <> 'BROKER_RESET' and broker_mode = :mode
    """
)


def exposure(connection: Connection, username: str, mode: BrokerMode, now: datetime) -> Exposure:
    """Count what is open, at risk, and realised in the Eastern trading day of `now`, in one kind of money."""
    whose = {"username": username, "mode": mode}
    today = whose | {"midnight": new_york_midnight(new_york_date(now))}
    read_ahead(connection, _REALIZED, today)
    at_stake = connection.execute(_AT_STAKE, whose).one()
    realized = connection.execute(_REALIZED, today).scalar_one()
    return Exposure(
        open_positions=at_stake.positions,
        heat=to_cents(Decimal(at_stake.heat)),
        realized_today=to_cents(Decimal(realized)),
        stored_trades=at_stake.stored_trades or 0,
        stored_bytes=at_stake.stored_bytes or 0,
    )


_STORED: Final = text(
    "select stored_trades as trades, stored_bytes as bytes from portfolio_revisions "
    "where username = :username"
)


def stored_of(connection: Connection, username: str) -> Stored:
    """Read what a user keeps."""
    row = connection.execute(_STORED, {"username": username}).one_or_none()
    return NOTHING_ADDED if row is None else Stored(trades=row.trades, bytes=row.bytes)
