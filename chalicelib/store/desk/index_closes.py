"""Rows of `index_closes`: official closes of indices; VIX's may stand in for one session's quote (B-02)."""

from datetime import date
from decimal import Decimal
from typing import Final

from sqlalchemy import Connection, select, text

from chalicelib.domain.desk.pipeline.facts import DailyClose
from chalicelib.store.schema import index_closes

_WRITE: Final = text(
    """
    insert into index_closes (symbol, day, close, source) values (:symbol, :day, :close, :source)
    on conflict (symbol, day) do update
        set close = excluded.close, source = excluded.source, loaded_at = papertape_now()
    """
)


def write_close(connection: Connection, symbol: str, day: date, close: Decimal, *, source: str) -> None:
    """Keep an index's official close of a day."""
    connection.execute(_WRITE, {"symbol": symbol, "day": day, "close": close, "source": source})


def has_close(connection: Connection, symbol: str, day: date) -> bool:
    """Say whether an index's close of a day is stored."""
    c = index_closes.c
    return connection.execute(select(c.day).where(c.symbol == symbol, c.day == day)).first() is not None


def read_last_close(connection: Connection, symbol: str, before: date) -> DailyClose | None:
    """Read the newest close of the days before one; None without any."""
    c = index_closes.c
    newest = select(c.day, c.close).where(c.symbol == symbol, c.day < before).order_by(c.day.desc()).limit(1)
    row = connection.execute(newest).one_or_none()
    return None if row is None else DailyClose(day=row.day, value=float(row.close))


def read_closes(connection: Connection, symbol: str, first: date, last: date) -> list[tuple[date, float]]:
    """Read an index's closes of the days from `first` to `last`, oldest first."""
    c = index_closes.c
    asked = select(c.day, c.close).where(c.symbol == symbol, c.day >= first, c.day <= last).order_by(c.day)
    return [(row.day, float(row.close)) for row in connection.execute(asked)]
