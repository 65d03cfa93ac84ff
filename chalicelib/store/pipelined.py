"""Connections whose transactions make fewer round trips: what needs no answer goes out with what does.

BEGIN and its settings ride with the first statement, writes whose answers nobody reads with the next one
or with COMMIT, and COMMIT with a read that is known to be the last. The server carries everything out in the
order in which it was said, and the first failure fails all that follows it up to the next answer.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, LiteralString, Self, cast

import psycopg
from psycopg import generators
from psycopg.abc import Params, Query
from psycopg.pq.abc import PGresult
from psycopg.rows import TupleRow

from chalicelib.store.patience import PatientConnection


class PipelinedCursor(psycopg.Cursor[TupleRow]):
    """A cursor that waits for its answer, and with it for all that was said before, unless told otherwise."""

    def execute(
        self,
        query: Any,  # Any: psycopg's overloads
        params: Params | None = None,
        *,
        prepare: bool | None = None,
        binary: bool | None = None,
    ) -> Self:
        """Execute one statement; raises what it, or one that rode with it, failed with."""
        connection = self._pipelined()
        if connection is not None and connection.is_ahead(query, params):
            return self
        if connection is not None and (read := connection.read_before(query, params)) is not None:
            connection.wait(self._start_query(query))
            self._set_results(read)
            return self
        super().execute(query, params, prepare=prepare, binary=binary)
        if connection is not None:
            connection.hand_over()
            connection.said(self, query, params)
        return self

    def executemany(self, query: Query, params_seq: Iterable[Params], *, returning: bool = False) -> None:
        """Execute one statement for each of the parameters; raises as `execute` does."""
        connection = self._pipelined()
        super().executemany(query, params_seq, returning=returning)
        if connection is not None:
            connection.hand_over()
            connection.said(self, query, None)

    @property
    def answered(self) -> list[PGresult]:
        """Return what the server answered, nothing as long as that is awaited."""
        return self._results

    def _pipelined(self) -> "PipelinedConnection | None":
        connection = self._conn
        is_pipelined = isinstance(connection, PipelinedConnection) and connection.is_in_pipeline
        return cast("PipelinedConnection", connection) if is_pipelined else None


class PipelinedConnection(PatientConnection):
    """A connection on which `begin` opens a transaction without a round trip of its own."""

    #: Whether the server has answered since `begin`: until then nothing of the transaction can have lasted.
    has_begun = False
    is_over = False
    _defers = False
    _reads_ahead = False
    _ends_with_next = False
    _may_repeat = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # Any: psycopg's own
        super().__init__(*args, **kwargs)
        self.cursor_factory = PipelinedCursor
        self._ahead: list[tuple[Any, Params | None, PipelinedCursor]] = []

    @property
    def is_in_pipeline(self) -> bool:
        """Say whether statements may ride with one another now."""
        return self._pipeline is not None

    def begin(self, statements: Sequence[tuple[LiteralString, Params | None]]) -> None:
        """Open a transaction by these statements, which go out with whatever is said next."""
        self.has_begun = self.is_over = self._ends_with_next = self._may_repeat = False
        self._ahead = []
        self._enter()
        with self.deferring():
            for query, params in statements:
                self.execute(query, params)

    @contextmanager
    def deferring(self) -> Iterator[None]:
        """Say what is executed meanwhile with the next statement that is waited for."""
        self._defers = True
        try:
            yield
        finally:
            self._defers = False

    @contextmanager
    def reading_ahead(self) -> Iterator[None]:
        """Send reads with the next statement; whoever executes one of them later finds its answer here.

        Until anything is written: then they are forgotten.
        """
        self._reads_ahead = True
        try:
            with self.deferring():
                yield
        finally:
            self._reads_ahead = False

    def is_ahead(self, query: Any, params: Params | None) -> bool:
        """Say whether a read that is now to go ahead has gone ahead before."""
        told = ((query, params) == (one, with_params) for one, with_params, _ in self._ahead)
        return self._reads_ahead and any(told)

    def read_before(self, query: Any, params: Params | None) -> "list[PGresult] | None":
        """Return the answer to a read that went ahead, None when it did not."""
        for told, with_params, cursor in self._ahead if not self._reads_ahead else ():
            if told == query and with_params == params:
                if not cursor.answered:
                    self.answer()
                return cursor.answered
        return None

    def end_with_next(self) -> None:
        """Let COMMIT go out with the next statement, a read: it is the transaction's last."""
        self._ends_with_next = self.is_in_pipeline

    def may_repeat(self) -> None:
        """Let COMMIT go out before the server has answered at all: what was said may be said once more."""
        self._may_repeat = True

    def hand_over(self) -> None:
        """See to it that all of what was said is on its way.

        In a pipeline psycopg writes as much as the socket takes and then waits to read: of a statement larger
        than that, the server would wait for the rest, and we for its answer.
        """
        if self.pgconn.flush():
            with self.lock:
                self.wait(generators.send(self.pgconn))

    def said(self, cursor: PipelinedCursor, query: Any, params: Params | None) -> None:
        """Wait for the answers to what was said, unless the next statement's will do."""
        assert not self.is_over, "a statement after the one that was said to be the last"
        if self._reads_ahead:
            self._ahead.append((query, params, cursor))
        elif str(query).lstrip()[:6].lower() != "select":
            self._ahead = []
        if self._defers:
            return
        if self._ends_with_next:
            self._say_commit()
        self.answer()

    def answer(self) -> None:
        """Wait for the answers to all that was said; raises the first failure."""
        assert self._pipeline is not None
        self._pipeline.sync()
        self.has_begun = True

    def commit(self) -> None:
        """Commit together with what waits to be said; what must be known before is waited for first."""
        try:
            if self.is_in_pipeline and not self.is_over and not self.has_begun:
                if self._may_repeat:
                    self._say_commit()
                self.answer()
            super().commit()
        except BaseException:
            # Whoever hears of a failed COMMIT rolls nothing back; one that was not reached leaves that to do.
            with suppress(psycopg.Error):
                self.rollback()
            raise
        self._leave()

    def rollback(self) -> None:
        """Roll back what was begun."""
        pipeline = self._pipeline
        if pipeline is not None and pipeline.result_queue:
            # What was said after a failure is answered by "aborted": heard here, where nobody asks any more.
            with suppress(psycopg.DatabaseError):
                pipeline.sync()
        idle = self.pgconn.transaction_status == psycopg.pq.TransactionStatus.IDLE
        if pipeline is None or pipeline.result_queue or not idle:
            super().rollback()
        self._leave()

    def cursor(self, *args: Any, **kwargs: Any) -> Any:  # Any: psycopg's overloads
        """Return a cursor; one with a name lives on the server, and needs statements one by one."""
        if (args or kwargs.get("name")) and self.is_in_pipeline:
            self.answer()
            self._leave()
        return super().cursor(*args, **kwargs)

    def _say_commit(self) -> None:
        self.is_over = True
        with self.lock:
            self.wait(self._exec_command(b"COMMIT"))

    def _enter(self) -> None:
        if self._pipeline is None:
            self._pipeline = psycopg.Pipeline(self)
            self._pipeline.__enter__()

    def _leave(self) -> None:
        """Go back to one statement a round trip. psycopg's own way asks the server once more."""
        pipeline, self._pipeline = self._pipeline, None
        if pipeline is not None:
            pipeline._exit(None)
