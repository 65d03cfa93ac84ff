"""Rows of `market_closures`: days that the operator closed, or ends early (A-13)."""

from datetime import date

from sqlalchemy import Connection, select

from chalicelib.domain.calendar import Closure
from chalicelib.store.schema import market_closures


def read_closures(connection: Connection) -> dict[date, Closure]:
    """Read the operator's closings."""
    rows = connection.execute(select(market_closures))
    return {row.day: Closure(day=row.day, closes=row.closes, reason=row.reason) for row in rows}
