"""Whose P&L is looked at each minute for its drawdown, and the prices that the tick noted (C-03)."""

from collections.abc import Collection
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from sqlalchemy import Connection, text

#: What ended a little before is looked at once more: its last fill may have been the fall.
_ENDED_SINCE: Final = timedelta(minutes=10)
_WATCHED: Final = text(
    """
    select t.username from paper_trades t where t.originator = 'AI' and not t.is_locked
    union
    select t.username from paper_trades t where t.is_locked and t.originator = 'AI' and t.close_date >= :since
    order by 1
    """
)
_PRICES: Final = text(
    "select symbol, price from crypto_symbols where symbol = any (:symbols) and price_at >= :since"
)


def read_watched(connection: Connection, now: datetime) -> list[str]:
    """Read who has traders with something open, or ended just now; for jobs, that act for nobody."""
    return list(connection.execute(_WATCHED, {"since": now - _ENDED_SINCE}).scalars())


def read_prices(connection: Connection, symbols: Collection[str], since: datetime) -> dict[str, Decimal]:
    """Read the last prices of these coins where they are not older than an instant."""
    asked = {"symbols": list(symbols), "since": since}
    return {row.symbol: row.price for row in connection.execute(_PRICES, asked) if row.price is not None}
