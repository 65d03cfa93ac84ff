"""Rows of `request_counters`: how many requests were made in a minute of the machine's time, by counter.

One row a user and minute: `requests` are those of the sessions, `apart` those of every other counter by name.
"""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Integer, Text, cast, delete, func, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.sql.elements import ColumnElement

from chalicelib.store.schema import request_counters

#: The counter of a user's sessions together.
SESSIONS: Final = "sessions"


def count(connection: Connection, username: str, minute: datetime, *, counter: str, weight: int = 1) -> int:
    """Count one more request, or one that weighs like several; return the minute's number with it."""
    statement = insert(request_counters).values(username=username, minute=minute, **_first(counter, weight))
    counted = statement.on_conflict_do_update(
        index_elements=[request_counters.c.username, request_counters.c.minute],
        set_=_one_more(counter, weight),
    ).returning(_number(counter))
    return int(connection.execute(counted).scalar_one())


def read(connection: Connection, username: str, minute: datetime, *, counter: str) -> int:
    """Return a minute's number, 0 when there was none."""
    statement = select(_number(counter)).where(
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


def _first(counter: str, weight: int) -> dict[str, Any]:  # Any: column values
    if counter == SESSIONS:
        return {"requests": weight}
    return {"requests": 0, "apart": {counter: weight}}


def _one_more(counter: str, weight: int) -> dict[str, Any]:  # Any: column expressions
    if counter == SESSIONS:
        return {"requests": request_counters.c.requests + weight}
    one = func.jsonb_build_object(cast(literal(counter), Text), _number(counter) + weight)
    return {"apart": request_counters.c.apart.concat(one)}


def _number(counter: str) -> ColumnElement[int]:
    if counter == SESSIONS:
        return request_counters.c.requests
    return func.coalesce(cast(request_counters.c.apart[counter].astext, Integer), 0)
