"""Connections, transactions and who they act for.

A transaction names its user by `set_config(…, true)` with a bound parameter, so that row security decides
what it sees (A-10) and nothing outlives it on a pooled connection. Product time goes along as `app.now`,
because `created_at` and its like come from database defaults.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Final, LiteralString, TypeVar

from sqlalchemy import Connection, RootTransaction
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError, OperationalError

from chalicelib.domain.ports import Clock
from chalicelib.store.ahead import ends_with_next, pipelined

if TYPE_CHECKING:
    from chalicelib.store.pipelined import PipelinedConnection

T = TypeVar("T")

#: A transaction that lost a race is run again, this often in all (architecture.md, Data).
ATTEMPTS_MAX: Final = 3
_SERIALIZATION_FAILURE: Final = "40001"
_DEADLOCK: Final = "40P01"
_CANCELED: Final = "57014"

#: Straight to the driver: these open every transaction, and need nothing of SQLAlchemy.
_SET_CONTEXT: Final[LiteralString] = (
    "select set_config('app.current_user', %(username)s, true), set_config('app.now', %(now)s, true)"
)
_SET_LIMITED_CONTEXT: Final[LiteralString] = (
    _SET_CONTEXT + ", set_config('statement_timeout', %(statement_ms_max)s, true)"
)

#: Where a connection keeps what is to be done after its transaction.
_AFTERWARDS: Final = "papertape.afterwards"


class Isolation(StrEnum):
    """How a transaction sees others: decide at REPEATABLE READ, write in bulk at READ COMMITTED."""

    REPEATABLE_READ = "REPEATABLE READ"
    READ_COMMITTED = "READ COMMITTED"


_BEGIN: Final[Mapping[Isolation, LiteralString]] = {
    Isolation.REPEATABLE_READ: "begin isolation level repeatable read",
    Isolation.READ_COMMITTED: "begin isolation level read committed",
}


class DatabaseUnavailable(Exception):
    """The database could not be reached; nothing was done."""


class CommitUnknown(DatabaseUnavailable):
    """The database went away between COMMIT and its answer: whether anything was done is not known."""


class _DeadConnection(Exception):
    """A kept connection turned out to be dead when a transaction was to begin on it."""


class Database:
    """One role's way to the database."""

    def __init__(self, engine: Engine, clock: Clock, *, statement_seconds_max: float | None = None) -> None:
        """With `statement_seconds_max` the server itself ends a transaction's statement that takes longer."""
        self._engine = engine
        self._clock = clock
        self._statement_ms_max = (
            None if statement_seconds_max is None else str(round(statement_seconds_max * 1000))
        )

    @contextmanager
    def transaction(
        self, username: str | None, *, isolation: Isolation = Isolation.REPEATABLE_READ
    ) -> Iterator[Connection]:
        """Open one transaction acting for `username` (nobody when None); commits at the end.

        Raises DatabaseUnavailable when no connection can be had, CommitUnknown when COMMIT is not answered,
        sqlalchemy's errors otherwise.
        """
        with self._transaction(username, isolation, waits=True) as connection:
            yield connection

    @contextmanager
    def _transaction(
        self, username: str | None, isolation: Isolation, *, waits: bool
    ) -> Iterator[Connection]:
        """Open one transaction as `transaction` does; unless it `waits`, BEGIN rides with what is said first.

        Then it is the first statement that may find the connection dead: raises _DeadConnection.
        """
        connection, transaction = self._begin(username, isolation, waits=waits)
        driver = pipelined(connection)
        afterwards: list[Callable[[], None]] = []
        noted = connection.info  # kept: asking a dead connection for it would fail
        noted[_AFTERWARDS] = afterwards
        try:
            with transaction:
                yield connection
                if transaction.is_active:
                    self._commit(transaction, driver)
        except OperationalError as error:
            if driver.closed and not driver.has_begun:
                raise _DeadConnection from error
            if driver.closed and driver.is_over:
                raise CommitUnknown("the database went away while it committed") from error
            raise
        finally:
            del noted[_AFTERWARDS]
            connection.close()
        for step in afterwards:
            step()

    @staticmethod
    def _commit(transaction: RootTransaction, driver: "PipelinedConnection") -> None:
        try:
            transaction.commit()
        except OperationalError as error:
            # Writes that rode with COMMIT may have failed: the server said so, and nothing was committed.
            said_no = lost_race(error) or getattr(error.orig, "sqlstate", None) == _CANCELED
            if said_no or not driver.has_begun:
                raise
            raise CommitUnknown("the database went away while it committed") from error

    def _begin(
        self, username: str | None, isolation: Isolation, *, waits: bool
    ) -> tuple[Connection, RootTransaction]:
        """Open a transaction and name its user: the statements that find out whether the connection lives.

        A kept connection that has died since (the server was restarted, a pooler hung up) fails here, before
        anything was done; its like are dropped with it, and a new connection is tried once.
        """
        try:
            return self._try_begin(username, isolation, waits=waits)
        except OperationalError as error:
            raise DatabaseUnavailable("the database cannot be reached") from error
        except _DeadConnection:
            self._engine.dispose()
        try:
            return self._try_begin(username, isolation, waits=waits)
        except (OperationalError, _DeadConnection) as error:
            raise DatabaseUnavailable("the database cannot be reached") from error

    def _try_begin(
        self, username: str | None, isolation: Isolation, *, waits: bool
    ) -> tuple[Connection, RootTransaction]:
        """Begin by the driver, on a connection that commits each statement by itself until then.

        The driver's own way (the isolation level is set and reset on each use) and SQLAlchemy's around it
        cost more than the two statements do.
        """
        connection = self._engine.connect()
        try:
            transaction = connection.begin()
            self._open(connection, username, isolation, waits=waits)
        except BaseException:
            connection.close()
            raise
        return connection, transaction

    def _open(
        self, connection: Connection, username: str | None, isolation: Isolation, *, waits: bool
    ) -> None:
        import psycopg  # as late as SQLAlchemy does: with the first connection

        context = {"username": username or "", "now": self._clock.now().isoformat()}
        sql = _SET_CONTEXT
        if self._statement_ms_max is not None:
            context["statement_ms_max"], sql = self._statement_ms_max, _SET_LIMITED_CONTEXT
        driver = pipelined(connection)
        try:
            driver.begin([(_BEGIN[isolation], None), (sql, context)])
            if waits:
                driver.answer()
        except psycopg.OperationalError as error:
            connection.invalidate()
            raise _DeadConnection from error

    def run(
        self,
        work: Callable[[Connection], T],
        *,
        username: str | None,
        isolation: Isolation = Isolation.REPEATABLE_READ,
    ) -> T:
        """Run `work` in a transaction, again from the start when it loses a race, three times in all.

        Again, too, when its first statement finds a kept connection dead: nothing was done by then.
        """
        for attempt in range(1, ATTEMPTS_MAX + 1):
            try:
                return self._run(work, username, isolation)
            except DBAPIError as error:
                if not lost_race(error) or attempt == ATTEMPTS_MAX:
                    raise
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _run(self, work: Callable[[Connection], T], username: str | None, isolation: Isolation) -> T:
        try:
            with self._transaction(username, isolation, waits=False) as connection:
                return work(connection)
        except _DeadConnection:
            self._engine.dispose()
        try:
            with self._transaction(username, isolation, waits=False) as connection:
                return work(connection)
        except _DeadConnection as error:
            raise DatabaseUnavailable("the database cannot be reached") from error

    def read(self, work: Callable[[Connection], T], *, username: str | None) -> T:
        """Run `work`, one statement that reads (and what went ahead of it), in one round trip with COMMIT."""

        def once(connection: Connection) -> T:
            ends_with_next(connection)
            return work(connection)

        return self.run(once, username=username)

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
            return work(connection)

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
