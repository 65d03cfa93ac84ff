"""Rows of `ai_paper_starts`: each time a paper account of coins began anew, and what it had (C-05)."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, insert, select, text

from chalicelib.domain.accounts import AccountRef
from chalicelib.store.schema import ai_paper_starts

#: From a new start on, falls are measured by what the account has then; P&L of traders goes on.
_MEASURE_ANEW: Final = text(
    "update ai_falls set peak = null, portfolio_at_midnight = :equity"
    " where username = :username and mode = 'paper'"
)
_OPEN: Final = text(
    "select count(*) from paper_trades where username = :username and broker_mode = :mode"
    " and account_id = :account_id and not is_locked"
)


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


def add_start(connection: Connection, username: str, start_id: UUID, start: Start) -> None:
    """Keep that an account began anew, and have its falls measured from there."""
    row = {name: getattr(start, name) for name in Start.__dataclass_fields__}
    connection.execute(insert(ai_paper_starts).values(id=start_id, username=username, **row))
    connection.execute(_MEASURE_ANEW, {"username": username, "equity": start.start_equity})


def count_open(connection: Connection, account: AccountRef) -> int:
    """Count the trades of an account that have not ended."""
    return int(connection.execute(_OPEN, account.named).scalar_one())
