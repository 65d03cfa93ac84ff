"""Rows of `idempotency_keys`: who holds a key, and the answer that its first call got."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, Text, cast, delete, null, select, type_coerce, update
from sqlalchemy.dialects.postgresql import JSONB, insert

from chalicelib.store.schema import idempotency_keys

_RUNNING: Final = "RUNNING"
_DONE: Final = "DONE"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRow:
    """A key as stored; `body` is the first answer's JSON text once it is done."""

    fingerprint: str
    is_done: bool
    status: int | None
    body: str | None
    location: str | None
    running_until: datetime


def claim_new(
    connection: Connection, username: str, key: str, fingerprint: str, running_until: datetime
) -> bool:
    """Take a key that nobody used; waits for a rival's transaction. False when it is taken."""
    statement = (
        insert(idempotency_keys)
        .values(
            username=username,
            key=key,
            fingerprint=fingerprint,
            state=_RUNNING,
            running_until=running_until,
        )
        .on_conflict_do_nothing()
        .returning(idempotency_keys.c.key)
    )
    return connection.execute(statement).first() is not None


def read_for_update(connection: Connection, username: str, key: str) -> KeyRow | None:
    """Read and lock a key's row; None when it was given back meanwhile."""
    columns = idempotency_keys.c
    row = connection.execute(
        select(
            columns.fingerprint,
            columns.state,
            columns.status,
            cast(columns.body, Text).label("body"),
            columns.location,
            columns.running_until,
        )
        .where(columns.username == username, columns.key == key)
        .with_for_update()
    ).first()
    if row is None:
        return None
    return KeyRow(
        fingerprint=row.fingerprint,
        is_done=row.state == _DONE,
        status=row.status,
        body=row.body,
        location=row.location,
        running_until=row.running_until,
    )


def take_over(connection: Connection, username: str, key: str, running_until: datetime) -> None:
    """Hold a key whose former holder is dead."""
    connection.execute(
        update(idempotency_keys)
        .where(idempotency_keys.c.username == username, idempotency_keys.c.key == key)
        .values(running_until=running_until)
    )


def finish(
    connection: Connection,
    username: str,
    key: str,
    running_until: datetime,
    *,
    status: int,
    body: str | None,
    location: str | None,
) -> None:
    """Keep the answer, if the key is still held since `running_until`."""
    columns = idempotency_keys.c
    # The text is JSON already: cast in the database, so that its numbers stay as they are.
    # None would be JSON's null, which is a body.
    value = null() if body is None else cast(type_coerce(body, Text), JSONB)
    connection.execute(
        update(idempotency_keys)
        .where(
            columns.username == username,
            columns.key == key,
            columns.state == _RUNNING,
            columns.running_until == running_until,
        )
        .values(state=_DONE, status=status, body=value, location=location)
    )


def note_stored(connection: Connection, username: str, key: str, trade_id: UUID) -> None:
    """Note, in the transaction that stores a request, that the call with this key has done so."""
    connection.execute(
        update(idempotency_keys)
        .where(idempotency_keys.c.username == username, idempotency_keys.c.key == key)
        .values(trade_id=trade_id)
    )


def stored_trade(connection: Connection, username: str, key: str) -> UUID | None:
    """Read the trade for which the call with this key stored a request."""
    columns = idempotency_keys.c
    return connection.execute(
        select(columns.trade_id).where(columns.username == username, columns.key == key)
    ).scalar()


def release(connection: Connection, username: str, key: str, running_until: datetime) -> None:
    """Give a key back, if it is still held since `running_until`."""
    columns = idempotency_keys.c
    connection.execute(
        delete(idempotency_keys).where(
            columns.username == username,
            columns.key == key,
            columns.state == _RUNNING,
            columns.running_until == running_until,
        )
    )
