"""The SQL that a call sends: counted, and kept with its parameters so that it can be sent again bare."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from sqlalchemy import event
from sqlalchemy.engine import Engine


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement as the driver got it."""

    sql: str
    parameters: Mapping[str, Any] | Sequence[Any]  # Any: whatever the driver takes

    def run(self, connection: "psycopg.Connection[Any]") -> "psycopg.Cursor[Any]":
        """Send it again, straight through the driver."""
        return connection.execute(self.sql.encode(), self.parameters)


@contextmanager
def noted() -> Iterator[list[Statement]]:
    """Keep every statement of this process's engines, without the transactions' own BEGIN and COMMIT."""
    kept: list[Statement] = []

    def note(*seen: Any) -> None:  # Any: SQLAlchemy's arguments
        _, _, sql, parameters, _, _ = seen
        kept.append(Statement(sql=sql, parameters=parameters))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield kept
    finally:
        event.remove(Engine, "before_cursor_execute", note)


@contextmanager
def acting_as(url: str, username: str) -> Iterator["psycopg.Connection[Any]"]:
    """Open a bare connection that acts for a user as long as it lasts, each statement by itself."""
    with psycopg.connect(url, autocommit=True, prepare_threshold=None) as connection:
        connection.execute("select set_config('app.current_user', %s, false)", (username,))
        yield connection
