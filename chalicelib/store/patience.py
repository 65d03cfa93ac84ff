"""Connections that do not wait for ever: a server that accepts and never answers ends a statement, too.

Neither `statement_timeout` nor TCP's keep-alives help against a server whose process stands still while its
kernel goes on acknowledging: only the client's own clock does.
"""

from typing import Final, TypeVar

import psycopg
from psycopg.abc import RV, PQGen
from psycopg.rows import TupleRow

from chalicelib.store.time_limit import answer_seconds, seconds_left

#: libpq waits two seconds at least, whatever it is told: with less left it is not tried.
_CONNECT_SECONDS_MIN: Final = 2


class NoAnswer(psycopg.OperationalError):
    """The server did not answer in time; whether it carried the statement out is not known."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"the database gave no answer within {seconds:g} s")


class PatientConnection(psycopg.Connection[TupleRow]):
    """A connection whose every wait for the server ends after `answer_seconds_max`, and itself with it."""

    answer_seconds_max: float | None = None

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        """Wait for one answer; raises NoAnswer when it does not come in time."""
        longest = answer_seconds(self.answer_seconds_max) if timeout is None else timeout
        try:
            return super().wait(gen, interval, longest)
        except psycopg.errors._WaitTimeout as error:
            if timeout is not None or longest is None:
                raise
            self.pgconn.finish()  # what comes on it later would be taken for another statement's answer
            raise NoAnswer(longest) from error


C = TypeVar("C", bound=PatientConnection)


def connect(
    kind: type[C],
    conninfo: str,
    *,
    answer_seconds_max: float | None,
    connect_seconds_max: int,
    prepare_threshold: int | None,
) -> C:
    """Open a connection of this kind; each statement commits by itself until a transaction is begun."""
    left = seconds_left()
    if left is not None:
        if left < _CONNECT_SECONDS_MIN:
            raise NoAnswer(left)
        connect_seconds_max = min(connect_seconds_max, int(left))
    opened = kind.connect(
        conninfo,
        autocommit=True,
        prepare_threshold=prepare_threshold,
        connect_timeout=connect_seconds_max,
    )
    opened.answer_seconds_max = answer_seconds_max
    return opened
