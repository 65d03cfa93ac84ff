"""Rows of `silenced_symbols`: what a person closed by hand, and the model leaves alone (C-07)."""

from typing import Final
from uuid import UUID

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.postgresql import insert

from chalicelib.store.schema import silenced_symbols

_C: Final = silenced_symbols.c


def silence(connection: Connection, username: str, trader_id: UUID, symbol: str) -> None:
    """Have a trader leave a symbol alone until its owner resumes it."""
    values = {"trader_id": trader_id, "username": username, "symbol": symbol}
    connection.execute(insert(silenced_symbols).values(**values).on_conflict_do_nothing())


def end_silence(connection: Connection, username: str, trader_id: UUID, symbol: str) -> None:
    """Let a trader have a symbol again; one that is not silent stays as it is."""
    mine = (_C.username == username, _C.trader_id == trader_id, _C.symbol == symbol)
    connection.execute(delete(silenced_symbols).where(*mine))


def read_silenced(connection: Connection, username: str, trader_id: UUID) -> frozenset[str]:
    """Read the symbols that a trader leaves alone."""
    mine = select(_C.symbol).where(_C.username == username, _C.trader_id == trader_id)
    return frozenset(connection.execute(mine).scalars())
