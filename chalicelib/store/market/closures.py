"""Rows of `market_closures`: days that the operator closed, or ends early (A-13)."""

from datetime import date
from typing import Final

from sqlalchemy import Connection, select

from chalicelib.domain.clocks.calendar import Closure
from chalicelib.store.ahead import read_ahead
from chalicelib.store.schema import market_closures

_ALL: Final = select(market_closures)


def closures_ahead(connection: Connection) -> None:
    """Read the operator's closings together with what is read next."""
    read_ahead(connection, _ALL, {})


def read_closures(connection: Connection) -> dict[date, Closure]:
    """Read the operator's closings."""
    rows = connection.execute(_ALL)
    return {row.day: Closure(day=row.day, closes=row.closes, reason=row.reason) for row in rows}
