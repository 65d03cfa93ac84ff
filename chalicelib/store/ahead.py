"""Statements that need no answer of their own: they go out with the next one, or with COMMIT."""

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Executable

if TYPE_CHECKING:
    from chalicelib.store.pipelined import PipelinedConnection


def later(
    connection: Connection,
    statement: Executable,
    parameters: Mapping[str, Any] | None = None,  # Any: whatever the driver takes
) -> None:
    """Write what nobody reads the answer of: it goes out with the next statement, or with COMMIT.

    What it fails with is raised there.
    """
    counted_later(connection, statement, parameters)


def counted_later(
    connection: Connection,
    statement: Executable,
    parameters: Mapping[str, Any] | None = None,  # Any: whatever the driver takes
) -> Callable[[], int]:
    """Write as `later` does; what is returned says how many rows it were, once the server has answered."""
    driver = _driver(connection)
    with nullcontext() if driver is None else driver.deferring():
        cursor = connection.execute(statement, parameters).context.cursor
    return lambda: cursor.rowcount


def read_ahead(
    connection: Connection,
    statement: Executable,
    parameters: Mapping[str, Any],  # Any: whatever the driver takes
) -> None:
    """Send a read that is soon executed by itself, in the same words: it goes out with the next statement.

    Where the transaction's statements see one snapshot, that is: what goes ahead of a lock is read before it.
    """
    driver = _driver(connection)
    if driver is not None:
        with driver.reading_ahead():
            connection.execute(statement, parameters)


def ends_with_next(connection: Connection) -> None:
    """Say that the next statement, one that reads, is the transaction's last: COMMIT goes out with it.

    What loses its races at COMMIT finds out there, and is run again as ever.
    """
    driver = _driver(connection)
    if driver is not None:
        driver.end_with_next()


def in_one_turn(connection: Connection) -> None:
    """Let a transaction that only writes go out whole, BEGIN to COMMIT: for what may be done twice.

    A connection that is found dead does not say whether it got through: it is run again on another.
    """
    pipelined(connection).may_repeat()


def pipelined(connection: Connection) -> "PipelinedConnection":
    """Return the driver's connection, which is one of `open_engine`'s."""
    driver = _driver(connection)
    assert driver is not None, "a connection of open_engine's"
    return driver


def _driver(connection: Connection) -> "PipelinedConnection | None":
    """Return the driver's connection where it is one of `open_engine`'s."""
    from chalicelib.store.pipelined import PipelinedConnection

    driver = connection.connection.driver_connection
    return driver if isinstance(driver, PipelinedConnection) else None
