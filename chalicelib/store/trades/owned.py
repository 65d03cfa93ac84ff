"""Whether a row is a user's: one indexed look, whatever the thing is."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, Table, select

from chalicelib.store.schema import (
    access_tokens,
    alerts,
    backtests,
    decisions,
    paper_trades,
    strategies,
    strategy_evaluations,
    trade_imports,
    traders,
)


class Owned(StrEnum):
    """What a user has by an id, in the words of an answer."""

    TRADE = "trade"
    ALERT = "alert"
    TOKEN = "token"  # noqa: S105 - a word, not one
    IMPORT = "import"
    STRATEGY = "strategy"
    EVALUATION = "evaluation"
    TRADER = "trader"
    DECISION = "decision"
    BACKTEST = "backtest"


_TABLES: Final[Mapping[Owned, Table]] = {
    Owned.TRADE: paper_trades,
    Owned.ALERT: alerts,
    Owned.TOKEN: access_tokens,
    Owned.IMPORT: trade_imports,
    Owned.STRATEGY: strategies,
    Owned.EVALUATION: strategy_evaluations,
    Owned.TRADER: traders,
    Owned.DECISION: decisions,
    Owned.BACKTEST: backtests,
}
#: Whose rows stay when they are removed.
_KEPT: Final = frozenset({Owned.STRATEGY, Owned.TRADER})


def is_owned(connection: Connection, username: str, what: Owned, wanted: UUID) -> bool:
    """Say whether this user has this thing."""
    table = _TABLES[what]
    statement = select(table.c.id).where(table.c.id == wanted, table.c.username == username)
    if what in _KEPT:
        statement = statement.where(table.c.removed_at.is_(None))
    return connection.execute(statement).first() is not None
