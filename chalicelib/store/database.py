"""Connections, transactions and who they act for.

A transaction names its user by `set_config(…, true)` with a bound parameter, so that row security decides
what it sees (A-10) and nothing outlives it on a pooled connection. Product time goes along as `app.now`,
because `created_at` and its like come from database defaults.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Final, TypeVar

from sqlalchemy import Connection, RootTransaction, create_engine
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.exc import DBAPIError, OperationalError

from chalicelib.domain.ports import Clock

T = TypeVar("T")

#: A transaction that lost a race is run again, this often in all (architecture.md, Data).
ATTEMPTS_MAX: Final = 3
_SERIALIZATION_FAILURE: Final = "40001"
_DEADLOCK: Final = "40P01"

#: Where statements may be prepared: from the use on that makes it pay.
PREPARED_FROM_USES: Final = 3

#: Straight to the driver: it opens every transaction, and needs nothing of SQLAlchemy.
_SET_CONTEXT: Final = (
    "select set_config('app.current_user', %(username)s, true), set_config('app.now', %(now)s, true)"
)

#: Where a connection keeps what is to be done after its transaction.
_AFTERWARDS: Final = "papertape.afterwards"


class Isolation(StrEnum):
    """How a transaction sees others: decide at REPEATABLE READ, write in bulk at READ COMMITTED."""

    REPEATABLE_READ = "REPEATABLE READ"
    READ_COMMITTED = "READ COMMITTED"


class DatabaseUnavailable(Exception):
    """The database could not be reached; nothing was done."""


class Database:
    """One role's way to the database."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    @contextmanager
    def transaction(
        self, username: str | None, *, isolation: Isolation = Isolation.REPEATABLE_READ
    ) -> Iterator[Connection]:
        """Open one transaction acting for `username` (nobody when None); commits at the end.

        Raises DatabaseUnavailable when no connection can be had, sqlalchemy's errors otherwise.
        """
        connection, transaction = self._begin(username, isolation)
        afterwards: list[Callable[[], None]] = []
        noted = connection.info  # kept: asking a dead connection for it would fail
        noted[_AFTERWARDS] = afterwards
        try:
            with transaction:
                yield connection
        finally:
            del noted[_AFTERWARDS]
            connection.close()
        for step in afterwards:
            step()

    def _begin(self, username: str | None, isolation: Isolation) -> tuple[Connection, RootTransaction]:
        """Open a transaction and name its user: the statement that finds out whether the connection lives.

        A kept connection that has died since (the server was restarted, a pooler hung up) fails here, before
        anything was done; the pool then drops its like, and a new connection is tried once.
        """
        try:
            return self._try_begin(username, isolation)
        except OperationalError as error:
            if not error.connection_invalidated:
                raise DatabaseUnavailable("the database cannot be reached") from error
        try:
            return self._try_begin(username, isolation)
        except OperationalError as error:
            raise DatabaseUnavailable("the database cannot be reached") from error

    def _try_begin(self, username: str | None, isolation: Isolation) -> tuple[Connection, RootTransaction]:
        connection = self._engine.connect()
        try:
            connection = connection.execution_options(isolation_level=isolation.value)
            transaction = connection.begin()
            context = {"username": username or "", "now": self._clock.now().isoformat()}
            connection.exec_driver_sql(_SET_CONTEXT, context)
        except BaseException:
            connection.close()
            raise
        return connection, transaction

    def run(
        self,
        work: Callable[[Connection], T],
        *,
        username: str | None,
        isolation: Isolation = Isolation.REPEATABLE_READ,
    ) -> T:
        """Run `work` in a transaction, again from the start when it loses a race, three times in all."""
        for attempt in range(1, ATTEMPTS_MAX + 1):
            try:
                with self.transaction(username, isolation=isolation) as connection:
                    return work(connection)
            except DBAPIError as error:
                if not lost_race(error) or attempt == ATTEMPTS_MAX:
                    raise
        raise AssertionError("unreachable: the last attempt returns or raises")

    def by_itself(self, work: Callable[[Connection], T]) -> T:
        """Run statements that each commit by themselves and act for nobody: leases, budgets, no user tables.

        One round trip each instead of a transaction's four. A connection found dead is replaced once, so each
        statement must bear being sent again. Raises DatabaseUnavailable.
        """
        try:
            return self._by_itself(work)
        except OperationalError as error:
            if not error.connection_invalidated:
                raise DatabaseUnavailable("the database cannot be reached") from error
        try:
            return self._by_itself(work)
        except OperationalError as error:
            raise DatabaseUnavailable("the database cannot be reached") from error

    def _by_itself(self, work: Callable[[Connection], T]) -> T:
        with self._engine.connect() as connection:
            return work(connection.execution_options(isolation_level="AUTOCOMMIT"))

    def dispose(self) -> None:
        """Close every idle connection."""
        self._engine.dispose()


def after_commit(connection: Connection, step: Callable[[], None]) -> None:
    """Have `step` done once this transaction has committed; never if it rolls back.

    For what may only be told of facts. The connection is given back by then, and what `step` raises comes
    too late to undo anything.
    """
    steps: list[Callable[[], None]] = connection.info[_AFTERWARDS]
    steps.append(step)


def lost_race(error: DBAPIError) -> bool:
    """Say whether running the transaction again may succeed: a serialisation failure or a deadlock."""
    return getattr(error.orig, "sqlstate", None) in {_SERIALIZATION_FAILURE, _DEADLOCK}


def open_engine(
    url: str, *, pool_size: int = 1, overflow: int = 0, prepares_statements: bool = False
) -> Engine:
    """Build the engine of one role: lazily connected, safe behind PgBouncer.

    Connections are checked by each transaction's own first statement (`Database._begin`), which costs no
    round trip of its own as the pool's ping would.

    `url` may be libpq's key=value form or any postgresql:// form. `prepares_statements` is for a server that
    is reached directly: PgBouncer in transaction mode has no session to keep prepared statements in.
    """
    common = {
        "pool_size": pool_size,
        "max_overflow": overflow,
        "pool_timeout": 15,
    }
    prepare_threshold = PREPARED_FROM_USES if prepares_statements else None
    if "://" in url:
        parsed = make_url(url).set(drivername="postgresql+psycopg")
        return create_engine(parsed, connect_args={"prepare_threshold": prepare_threshold}, **common)
    return create_engine(
        "postgresql+psycopg://",
        connect_args={"conninfo": url, "prepare_threshold": prepare_threshold, "connect_timeout": 10},
        **common,
    )
