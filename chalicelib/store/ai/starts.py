"""Rows of `ai_paper_starts`: each time a paper account of coins began anew, and what it had (C-05)."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection, select

from chalicelib.store.schema import ai_paper_starts


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """A reset: what the account had, and what it began anew with, in USDT."""

    at: datetime
    equity: Decimal
    start_equity: Decimal


def read_starts(connection: Connection, username: str) -> list[Start]:
    """Read a user's resets, oldest first."""
    c = ai_paper_starts.c
    found = select(c.at, c.equity, c.start_equity).where(c.username == username).order_by(c.at, c.id)
    return [Start(**row._mapping) for row in connection.execute(found)]
