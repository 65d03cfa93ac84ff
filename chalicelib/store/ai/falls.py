"""Rows of `ai_falls`: P&L as drawdowns measure it (C-03)."""

from typing import Final
from uuid import UUID

from sqlalchemy import Connection, update

from chalicelib.store.schema import ai_falls

_C: Final = ai_falls.c


def forget_peak(connection: Connection, username: str, trader_id: UUID) -> None:
    """Have a trader's total drawdown measured anew, from the next look at its P&L on."""
    mine = update(ai_falls).where(_C.username == username, _C.trader_id == trader_id)
    connection.execute(mine.values(peak=None))
