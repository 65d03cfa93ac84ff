"""Rows of `request_counters`: how many requests a user made in a minute of the machine's time."""

from datetime import datetime

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.postgresql import insert

from chalicelib.store.schema import request_counters


def count(connection: Connection, username: str, minute: datetime, *, weight: int = 1) -> int:
    """Count one more request, or one that weighs like several; return the minute's number with it."""
    statement = (
        insert(request_counters)
        .values(username=username, minute=minute, requests=weight)
        .on_conflict_do_update(
            index_elements=[request_counters.c.username, request_counters.c.minute],
            set_={"requests": request_counters.c.requests + weight},
        )
        .returning(request_counters.c.requests)
    )
    return int(connection.execute(statement).scalar_one())


def read(connection: Connection, username: str, minute: datetime) -> int:
    """Return a minute's number, 0 when there was none."""
    statement = select(request_counters.c.requests).where(
        request_counters.c.username == username, request_counters.c.minute == minute
    )
    return int(connection.execute(statement).scalar_one_or_none() or 0)


def prune(connection: Connection, username: str, before: datetime) -> None:
    """Forget minutes that no window reaches any more."""
    connection.execute(
        delete(request_counters).where(
            request_counters.c.username == username, request_counters.c.minute < before
        )
    )
