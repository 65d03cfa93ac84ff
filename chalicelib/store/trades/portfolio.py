"""Rows of `portfolio_revisions`: what a list's ETag is made of, and how much a user keeps."""

from typing import Final

from sqlalchemy import Connection, bindparam, select, text

from chalicelib.domain.trading.quota import NOTHING_ADDED, Stored
from chalicelib.store.ahead import later
from chalicelib.store.schema import portfolio_revisions

_TOUCH: Final = text(
    "insert into portfolio_revisions (username, revision, stored_trades, stored_bytes) "
    "values (:username, 1, :trades, :bytes) on conflict (username) do update "
    "set revision = portfolio_revisions.revision + 1, "
    "stored_trades = greatest(portfolio_revisions.stored_trades + :trades, 0), "
    "stored_bytes = greatest(portfolio_revisions.stored_bytes + :bytes, 0)"
)
_REVISION: Final = select(portfolio_revisions.c.revision).where(
    portfolio_revisions.c.username == bindparam("username")
)


def touch_portfolio(connection: Connection, username: str, added: Stored = NOTHING_ADDED) -> None:
    """Move the revision that the list's ETag is made of, and count what its owner keeps more or less."""
    later(connection, _TOUCH, {"username": username, "trades": added.trades, "bytes": added.bytes})


def portfolio_revision(connection: Connection, username: str) -> int:
    """Read the revision: one indexed row."""
    return connection.execute(_REVISION, {"username": username}).scalar() or 0
