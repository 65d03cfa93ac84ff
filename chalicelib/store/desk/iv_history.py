"""Rows of `iv_history`: an underlying's 30-day ATM IV, one a day, fractions (B-03)."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from sqlalchemy import Connection, select, text

from chalicelib.domain.desk.volatility.iv_history import DAYS, IvRange
from chalicelib.store.schema import iv_history

#: A value of a day takes the place of the one before it: whoever tells later knows better.
_WRITE: Final = text(
    """
    insert into iv_history (symbol, day, iv, source)
    select :symbol, told.day, told.iv, :source
    from unnest(cast(:days as date[]), cast(:ivs as numeric[])) as told (day, iv)
    on conflict (symbol, day) do update
        set iv = excluded.iv, source = excluded.source, loaded_at = papertape_now()
    """
)
_RANGES: Final = text(
    """
    select asked.symbol, count(*) as days, min(last.iv) as low, max(last.iv) as high
    from unnest(cast(:symbols as text[])) as asked (symbol)
    cross join lateral (
        select h.iv from iv_history h where h.symbol = asked.symbol order by h.day desc limit :days
    ) as last
    group by asked.symbol
    """
)
_WATCHED: Final = text(
    """
    select underlying, array_agg(distinct username order by username) as usernames
    from strategies where enabled and removed_at is null group by underlying order by underlying
    """
)
_NEWEST: Final = text(
    """
    select asked.symbol, last.day, last.iv
    from unnest(cast(:symbols as text[])) as asked (symbol)
    cross join lateral (
        select h.day, h.iv from iv_history h where h.symbol = asked.symbol order by h.day desc limit :days
    ) as last
    order by 1, 2
    """
)
_LAST: Final = text(
    """
    select day, iv from (
        select day, iv from iv_history where symbol = :symbol order by day desc limit :days
    ) as last order by day
    """
)


def write_ivs(
    connection: Connection, symbol: str, values: Sequence[tuple[date, Decimal]], *, source: str
) -> int:
    """Keep an underlying's values, each of a day of its own; returns how many."""
    told = {
        "symbol": symbol,
        "source": source,
        "days": [day for day, _ in values],
        "ivs": [iv for _, iv in values],
    }
    return connection.execute(_WRITE, told).rowcount if values else 0


def read_iv_ranges(connection: Connection, symbols: Sequence[str]) -> Mapping[str, IvRange]:
    """Read the range of the last 252 values of each of these; one without any is left out."""
    rows = connection.execute(_RANGES, {"symbols": list(symbols), "days": DAYS})
    return {row.symbol: IvRange(days=row.days, low=float(row.low), high=float(row.high)) for row in rows}


def read_ivs(connection: Connection, symbol: str) -> list[tuple[date, float]]:
    """Read an underlying's last 252 values, oldest first."""
    rows = connection.execute(_LAST, {"symbol": symbol, "days": DAYS})
    return [(row.day, float(row.iv)) for row in rows]


def read_ivs_between(
    connection: Connection, symbol: str, first: date, last: date
) -> list[tuple[date, float]]:
    """Read an underlying's values of the days from `first` to `last`, oldest first."""
    c = iv_history.c
    asked = select(c.day, c.iv).where(c.symbol == symbol, c.day >= first, c.day <= last).order_by(c.day)
    return [(row.day, float(row.iv)) for row in connection.execute(asked)]


def read_last_ivs(
    connection: Connection, symbols: Sequence[str], days: int
) -> Mapping[str, Sequence[tuple[date, float]]]:
    """Read so many of the newest values of each of these, oldest first; one without any is left out."""
    found: dict[str, list[tuple[date, float]]] = {}
    for row in connection.execute(_NEWEST, {"symbols": list(symbols), "days": days}):
        found.setdefault(row.symbol, []).append((row.day, float(row.iv)))
    return found


def read_watched_underlyings(connection: Connection) -> Mapping[str, tuple[str, ...]]:
    """Read what enabled strategies trade, of all users, each with whose they are."""
    return {row.underlying: tuple(row.usernames) for row in connection.execute(_WATCHED)}


def read_told_underlyings(connection: Connection, day: date) -> frozenset[str]:
    """Read of which underlyings a day's value is stored."""
    c = iv_history.c
    return frozenset(connection.execute(select(c.symbol).where(c.day == day)).scalars())
