"""Rows of `ai_replays`: what was asked, how far it came, what came of it (C-09)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Row, func, insert, select, update

from chalicelib.domain.json_value import JsonValue
from chalicelib.store.schema import ai_replays

_C: Final = ai_replays.c
QUEUED, RUNNING, DONE, FAILED = "queued", "running", "done", "failed"
UNDER_WAY: Final = (QUEUED, RUNNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayRow:
    """A replay; `progress` in per cent, `result` once it is done, or why it failed."""

    id: UUID
    username: str
    trader_id: UUID
    request: Mapping[str, JsonValue]
    status: str
    progress: int
    result: Mapping[str, JsonValue] | None
    created_at: datetime


def add(
    connection: Connection,
    username: str,
    *,
    replay_id: UUID,
    trader_id: UUID,
    request: Mapping[str, JsonValue],
) -> ReplayRow:
    """Store what is asked for."""
    values = {"id": replay_id, "username": username, "trader_id": trader_id, "request": request}
    stored = insert(ai_replays).values(**values, status=QUEUED).returning(ai_replays)
    return _from_row(connection.execute(stored).one())


def count_under_way(connection: Connection, username: str, since: datetime) -> int:
    """Count a user's replays that were asked for since then and are not over."""
    mine = select(func.count()).where(
        _C.username == username, _C.status.in_(UNDER_WAY), _C.created_at >= since
    )
    return int(connection.execute(mine).scalar_one())


def read(connection: Connection, username: str, replay_id: UUID) -> ReplayRow | None:
    """Read one."""
    row = connection.execute(select(ai_replays).where(_C.username == username, _C.id == replay_id)).first()
    return None if row is None else _from_row(row)


def begin(connection: Connection, username: str, replay_id: UUID) -> ReplayRow | None:
    """Take a replay up, again after a worker that died; None where it is over."""
    mine = (_C.username == username, _C.id == replay_id, _C.status.in_(UNDER_WAY))
    row = connection.execute(
        update(ai_replays).where(*mine).values(status=RUNNING, progress=1).returning(ai_replays)
    ).first()
    return None if row is None else _from_row(row)


def note_progress(connection: Connection, username: str, replay_id: UUID, progress: int) -> None:
    """Say how far it has come, in per cent."""
    mine = (_C.username == username, _C.id == replay_id, _C.status == RUNNING)
    connection.execute(update(ai_replays).where(*mine).values(progress=progress))


def finish(
    connection: Connection, username: str, replay_id: UUID, status: str, result: Mapping[str, JsonValue]
) -> None:
    """Keep what came of it, unless its owner left meanwhile."""
    mine = (_C.username == username, _C.id == replay_id, _C.status == RUNNING)
    connection.execute(update(ai_replays).where(*mine).values(status=status, progress=100, result=result))


def _from_row(row: Row[Any]) -> ReplayRow:  # Any: SQLAlchemy's rows are typed by the query alone
    return ReplayRow(**{name: getattr(row, name) for name in ReplayRow.__dataclass_fields__})
