"""Rows of `opening_settlements`: what an index settled at in the morning, as the operator told it (W-05)."""

from datetime import date
from decimal import Decimal

from sqlalchemy import Connection, select

from chalicelib.store.schema import opening_settlements


def read_opening_settlement(connection: Connection, symbol: str, day: date) -> Decimal | None:
    """Read the opening settlement value of an index, None while nobody told it."""
    c = opening_settlements.c
    return connection.execute(select(c.value).where(c.symbol == symbol, c.day == day)).scalar()
