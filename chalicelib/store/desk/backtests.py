"""Rows of `backtests` and `backtest_parts`: what was asked, how far it came, what came of it (B-12)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Row, Select, func, insert, select, update

from chalicelib.domain.json_value import JsonValue
from chalicelib.store.schema import backtest_parts, backtests

_C: Final = backtests.c
_P: Final = backtest_parts.c
QUEUED, RUNNING, DONE, FAILED, CANCELED = "queued", "running", "done", "failed", "canceled"
UNDER_WAY: Final = (QUEUED, RUNNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestRow:
    """A backtest; `done` of `days` are its parts' days, `result` is set once it is over, but for lists.

    `moved_at` is when a part of it was last asked for or carried on.
    """

    id: UUID
    username: str
    request: Mapping[str, JsonValue]
    desk: Mapping[str, JsonValue]
    status: str
    created_at: datetime
    moved_at: datetime
    done: int
    days: int
    result: Mapping[str, JsonValue] | None = None

    @property
    def progress(self) -> int:
        """Return how far it has come in per cent; 100 only where it is done."""
        if self.status == DONE:
            return 100
        return min(99, 100 * self.done // self.days) if self.days else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PartRow:
    """One part of a backtest: days gone through, and what goes on from there, or what it came to."""

    part: int
    days: int
    days_done: int
    state: JsonValue
    outcome: JsonValue


def add(
    connection: Connection,
    username: str,
    backtest_id: UUID,
    request: Mapping[str, JsonValue],
    desk: JsonValue,
    parts: Sequence[int],
) -> None:
    """Store what is asked for; `parts` has each part's days."""
    values = {"id": backtest_id, "username": username, "request": request, "desk": desk, "status": QUEUED}
    connection.execute(insert(backtests).values(**values))
    rows = [
        {"backtest_id": backtest_id, "username": username, "part": number, "days": days}
        for number, days in enumerate(parts)
    ]
    connection.execute(insert(backtest_parts), rows)


def count_under_way(connection: Connection, username: str, since: datetime) -> int:
    """Count a user's backtests that were asked for since then and are not over."""
    mine = select(func.count()).where(
        _C.username == username, _C.status.in_(UNDER_WAY), _C.created_at >= since
    )
    return int(connection.execute(mine).scalar_one())


def read(connection: Connection, username: str, backtest_id: UUID) -> BacktestRow | None:
    """Read one with its result."""
    asked = _selected(_C.result).where(_C.username == username, _C.id == backtest_id)
    row = connection.execute(asked).first()
    return None if row is None else _from_row(row)


def page(connection: Connection, username: str, *, before: UUID | None, limit: int) -> list[BacktestRow]:
    """Read a user's backtests without their results, newest first."""
    mine = _selected().where(_C.username == username).order_by(_C.id.desc()).limit(limit)
    rows = connection.execute(mine if before is None else mine.where(_C.id < before))
    return [_from_row(row) for row in rows]


def cancel(connection: Connection, username: str, backtest_id: UUID) -> None:
    """End one that is under way; one that is over stays as it is."""
    mine = (_C.username == username, _C.id == backtest_id, _C.status.in_(UNDER_WAY))
    connection.execute(update(backtests).where(*mine).values(status=CANCELED))


def begin(connection: Connection, username: str, backtest_id: UUID, part: int) -> PartRow | None:
    """Take a part up, again after a worker that died; None where it, or all of it, is over."""
    mine = (_C.username == username, _C.id == backtest_id, _C.status.in_(UNDER_WAY))
    if connection.execute(update(backtests).where(*mine).values(status=RUNNING)).rowcount == 0:
        return None
    own = (_P.username == username, _P.backtest_id == backtest_id, _P.part == part, _P.outcome.is_(None))
    row = connection.execute(select(backtest_parts).where(*own)).first()
    return None if row is None else _part(row)


def note_slice(
    connection: Connection,
    username: str,
    backtest_id: UUID,
    before: PartRow,
    *,
    days_done: int,
    state: JsonValue,
    outcome: JsonValue,
) -> bool:
    """Keep a slice; says whether it counts: nobody else kept one meanwhile, and it was not canceled.

    Who cancels and who keeps a slice wait for one another at the backtest's row.
    """
    mine = (_C.username == username, _C.id == backtest_id, _C.status == RUNNING)
    if connection.execute(update(backtests).where(*mine).values(moved_at=func.papertape_now())).rowcount == 0:
        return False
    own = (
        _P.username == username,
        _P.backtest_id == backtest_id,
        _P.part == before.part,
        _P.days_done == before.days_done,
        _P.outcome.is_(None),
    )
    changed = update(backtest_parts).where(*own)
    values = {"days_done": days_done, "state": state, "outcome": outcome}
    return connection.execute(changed.values(**values)).rowcount == 1


def take_lost(connection: Connection, username: str, backtest_id: UUID, silent_since: datetime) -> list[int]:
    """Return the parts to be sent for again of one that nobody carried on since then; nobody else does."""
    is_silent = _C.status.in_(UNDER_WAY) & (_C.moved_at < silent_since)
    mine = (_C.username == username, _C.id == backtest_id, is_silent)
    if connection.execute(update(backtests).where(*mine).values(moved_at=func.papertape_now())).rowcount == 0:
        return []
    own = (_P.username == username, _P.backtest_id == backtest_id, _P.outcome.is_(None))
    return list(connection.execute(select(_P.part).where(*own).order_by(_P.part)).scalars())


def read_parts(connection: Connection, username: str, backtest_id: UUID) -> list[PartRow]:
    """Read all parts in their order."""
    mine = (_P.username == username, _P.backtest_id == backtest_id)
    rows = connection.execute(select(backtest_parts).where(*mine).order_by(_P.part))
    return [_part(row) for row in rows]


def finish(
    connection: Connection, username: str, backtest_id: UUID, status: str, result: Mapping[str, JsonValue]
) -> None:
    """Keep what came of it, unless it was canceled meanwhile; its parts hold no more than their days."""
    mine = (_C.username == username, _C.id == backtest_id, _C.status.in_(UNDER_WAY))
    connection.execute(update(backtests).where(*mine).values(status=status, result=result))
    own = (_P.username == username, _P.backtest_id == backtest_id)
    connection.execute(update(backtest_parts).where(*own).values(state=None, outcome={}))


def _selected(*more: Any) -> Select[Any]:  # Any: SQLAlchemy's columns and rows are typed by the query alone
    columns = (_C.id, _C.username, _C.request, _C.desk, _C.status, _C.created_at, _C.moved_at, *more)
    joined = backtests.outerjoin(backtest_parts, (_P.backtest_id == _C.id) & (_P.username == _C.username))
    done = func.coalesce(func.sum(_P.days_done), 0).label("done")
    days = func.coalesce(func.sum(_P.days), 0).label("days")
    return select(*columns, done, days).select_from(joined).group_by(_C.id)


def _from_row(row: Row[Any]) -> BacktestRow:  # Any: as above
    named = row._mapping
    return BacktestRow(**{name: named[name] for name in BacktestRow.__dataclass_fields__ if name in named})


def _part(row: Row[Any]) -> PartRow:  # Any: as above
    return PartRow(**{name: getattr(row, name) for name in PartRow.__dataclass_fields__})
