"""Rows of the kill switch: a user's own, and the operator's over everybody (B-08).

A row that ended stays for the audit. What is in force and cannot be understood, as a cause of the next
release, counts as set.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Row, select, text

from chalicelib.domain.desk.kill_switch.rows import SwitchRow, read_rows
from chalicelib.domain.desk.kill_switch.tripping import Watch
from chalicelib.domain.desk.stored import from_json, to_json
from chalicelib.domain.json_value import JsonValue
from chalicelib.store.ahead import later, read_ahead
from chalicelib.store.schema import desk_watches

_FIELDS: Final = [field.name for field in fields(SwitchRow)]
_OWN: Final = (
    "select username, scope, mode, cause, detail, set_by, set_at, clear_since, clean_scans "
    "from kill_switch_rows where ended_at is null"
)
_EVERYBODYS: Final = (
    "select null, 'global', mode, 'person', detail, set_by, set_at, null, 0 "
    "from global_kill_switch where ended_at is null"
)
#: The rows that concern the user `:username`.
ROWS_OF_ONE: Final = f"{_OWN} and username = :username union all {_EVERYBODYS}"
_OF_ONE: Final = text(f"{ROWS_OF_ONE} order by set_at")
_OF_ALL: Final = text(f"{_OWN} union all {_EVERYBODYS} order by set_at")
_INSERT: Final = text(
    """
    insert into kill_switch_rows (id, username, scope, mode, cause, detail, set_by, set_at)
    values (:id, :username, :scope, :mode, :cause, :detail, :set_by, :set_at)
    on conflict (username, scope, cause, mode) where ended_at is null do nothing
    returning id
    """
)
_INSERT_EVERYWHERE: Final = text(
    """
    insert into global_kill_switch (id, mode, detail, set_by, set_at)
    values (:id, :mode, :detail, :set_by, :set_at)
    on conflict (mode) where ended_at is null do nothing
    returning id
    """
)
_COUNT: Final = text(
    "update kill_switch_rows set clear_since = :clear_since, clean_scans = :clean_scans "
    "where username = :username and scope = :scope and cause = :cause and mode = :mode and ended_at is null"
)
_ENDED: Final = "set ended_at = :at, ended_by = :by, ended_reason = :reason"
_END: Final = text(
    f"update kill_switch_rows {_ENDED} "
    "where username = :username and scope = :scope and cause = :cause and mode = :mode and ended_at is null"
)
_END_OWN: Final = text(f"update kill_switch_rows {_ENDED} where username = :username and ended_at is null")
_END_EVERYWHERE: Final = text(f"update global_kill_switch {_ENDED} where ended_at is null")
#: Only while a row of everybody's has ended lately: else no alert is looked at.
_RESOLVE_OF_EVERYBODY: Final = text(
    "update alerts set resolved_at = papertape_now() where resolved_at is null and dedupe_key = any(:keys) "
    "and exists (select from global_kill_switch where ended_at >= :since)"
)
_WRITE_WATCH: Final = text(
    """
    insert into desk_watches (username, switch_watch) values (:username, cast(:watch as jsonb))
    on conflict (username) do update set switch_watch = excluded.switch_watch
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """Who or what ended a row, and why."""

    at: datetime
    by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsInForce:
    """Every row in force: each user's own, and everybody's."""

    own: Mapping[str, tuple[SwitchRow, ...]]
    everybodys: tuple[SwitchRow, ...]

    @property
    def any(self) -> bool:
        """Say whether anything is in force for anybody."""
        return bool(self.own or self.everybodys)

    def of(self, username: str) -> tuple[SwitchRow, ...]:
        """Return what concerns a user."""
        return (*self.own.get(username, ()), *self.everybodys)


def rows_ahead(connection: Connection, username: str) -> None:
    """Read what `read_rows_of` reads together with what is read next."""
    read_ahead(connection, _OF_ONE, {"username": username})


def read_rows_of(connection: Connection, username: str) -> tuple[SwitchRow, ...]:
    """Read what is in force for a user, everybody's among it, the oldest first."""
    return understood(connection.execute(_OF_ONE, {"username": username}))


def read_rows_in_force(connection: Connection) -> RowsInForce:
    """Read what is in force for whoever this transaction sees: for jobs, acting for nobody, all users."""
    found: dict[str | None, list[Row[Any]]] = {}  # Any: a text's columns have no types
    for row in connection.execute(_OF_ALL):
        found.setdefault(row.username, []).append(row)
    everybodys = understood(found.pop(None, []))
    return RowsInForce(
        own={name: understood(rows) for name, rows in found.items() if name is not None},
        everybodys=everybodys,
    )


def insert_row(connection: Connection, username: str, row: SwitchRow, row_id: UUID) -> bool:
    """Set a row; returns whether it is new: one of its scope, cause and mode stands once."""
    values = {**_identity(username, row), **_said(row), "id": row_id}
    return connection.execute(_INSERT, values).first() is not None


def insert_everywhere(connection: Connection, row: SwitchRow, row_id: UUID) -> bool:
    """Set a row over everybody; returns whether it is new."""
    values = {**_said(row), "id": row_id, "mode": row.mode}
    return connection.execute(_INSERT_EVERYWHERE, values).first() is not None


def count_rows(connection: Connection, username: str, rows: Iterable[SwitchRow]) -> None:
    """Store how far rows in force have counted towards their lifting."""
    for row in rows:
        counted = {"clear_since": row.clear_since, "clean_scans": row.clean_scans}
        later(connection, _COUNT, {**_identity(username, row), **counted})


def end_rows(connection: Connection, username: str, rows: Iterable[SwitchRow], ended: Ended) -> None:
    """End some of a user's rows."""
    for row in rows:
        later(connection, _END, {**_identity(username, row), **_of(ended)})


def end_own(connection: Connection, username: str, ended: Ended) -> int:
    """End every row of a user's own, those that nobody understands among them; returns how many."""
    return connection.execute(_END_OWN, {"username": username, **_of(ended)}).rowcount


def end_everywhere(connection: Connection, ended: Ended) -> int:
    """End everybody's rows; returns how many."""
    return connection.execute(_END_EVERYWHERE, _of(ended)).rowcount


def resolve_of_everybody(connection: Connection, keys: Collection[str], since: datetime) -> None:
    """Mark alerts of these conditions as over, whoever's, when everybody's row ended since; for jobs."""
    connection.execute(_RESOLVE_OF_EVERYBODY, {"keys": list(keys), "since": since})


def read_watch(connection: Connection, username: str) -> Watch:
    """Read what was counted before anything tripped; what cannot be read is counted anew."""
    asked = select(desk_watches.c.switch_watch).where(desk_watches.c.username == username)
    stored = connection.execute(asked).scalar_one_or_none()
    try:
        return from_json(Watch, stored or {})
    except (KeyError, TypeError, ValueError):
        return Watch()


def write_watch(connection: Connection, username: str, watch: Watch) -> None:
    """Store what was counted."""
    later(connection, _WRITE_WATCH, {"username": username, "watch": json.dumps(to_json(watch))})


def understood(rows: Iterable[Row[Any]]) -> tuple[SwitchRow, ...]:  # Any: a text's columns have no types
    """Read rows as they were fetched; one that nobody understands counts as set."""
    return read_rows([{name: _plain(row._mapping[name]) for name in _FIELDS} for row in rows])


def _plain(value: Any) -> JsonValue:  # Any: a column's value
    return value.isoformat() if isinstance(value, datetime) else value


def _identity(username: str, row: SwitchRow) -> dict[str, object]:
    return {"username": username, "scope": row.scope, "cause": row.cause, "mode": row.mode}


def _said(row: SwitchRow) -> dict[str, object]:
    return {"detail": row.detail, "set_by": row.set_by, "set_at": row.set_at}


def _of(ended: Ended) -> dict[str, object]:
    return {"at": ended.at, "by": ended.by, "reason": ended.reason}
