"""Rows of `strategy_evaluations` as their owner reads them: by page, one, counted by gate and by day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Row, Select, select, text, tuple_

from chalicelib.domain.json_value import JsonValue
from chalicelib.store.schema import desk_configs, strategy_evaluations

_C: Final = strategy_evaluations.c
#: A stage with two verdicts in one evaluation has passed when both did.
_COUNT_GATES: Final = text(
    """
    select verdict.stage, sum(e.count) filter (where verdict.passed) as passed,
           sum(e.count) filter (where not verdict.passed and not verdict.missing) as failed,
           sum(e.count) filter (where not verdict.passed and verdict.missing) as missing
    from strategy_evaluations e
    cross join lateral (
        select stage, bool_and(passed) as passed, bool_or(coalesce(missing, false)) as missing
        from json_to_recordset(e.gates) as one (stage text, passed boolean, missing boolean) group by stage
    ) as verdict
    where e.username = :username and e.event = 'ENTRY_SCAN' and e.at >= :since
    group by verdict.stage
    """
)
_COUNT_OUTCOMES: Final = text(
    """
    select strategy_id, event, decision, ended_by, reason, is_missing, sum(count) as count,
           max(at) as last_at, (array_agg(id order by at desc, id desc))[1] as last_id
    from strategy_evaluations
    where username = :username and event in ('ENTRY_SCAN', 'BLOCKED') and at >= :since and at < :until
    group by strategy_id, event, decision, ended_by, reason, is_missing
    order by strategy_id, count desc, last_at desc
    """
)


_ENTRIES: Final = text(
    """
    select e.strategy_id, e.id as evaluation_id, e.at, e.trade_id, t.status, t.close_reason
    from strategy_evaluations e left join paper_trades t on t.id = e.trade_id
    where e.username = :username and e.event = 'ENTRY_SCAN' and e.decision = 'ENTER'
      and e.at >= :since and e.at < :until
    order by e.at
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationRow:
    """An evaluation as stored; `ended_by` is a stage, or the cause of an exit or a block.

    `count` scans, from `first_at` to `at`, said the same; `scans` is on how many an exit's cause has held.
    """

    id: UUID
    at: datetime
    scan_id: UUID
    strategy_id: UUID
    event: str
    decision: str
    reason: str
    ended_by: str | None
    count: int
    first_at: datetime
    scans: int | None
    config: Mapping[str, JsonValue] | None
    inputs: Mapping[str, JsonValue] | None
    gates: Sequence[Mapping[str, JsonValue]]
    proposed_order: Mapping[str, JsonValue] | None
    trade_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationFilter:
    """Which evaluations: of a strategy, of a trade, of a decision, last in [since, until], below a place."""

    strategy_id: UUID | None = None
    trade_id: UUID | None = None
    decision: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    below: tuple[datetime, UUID] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GateCount:
    """How many scans a stage let pass, stopped by what data said, and stopped for want of data."""

    stage: str
    passed: int = 0
    failed: int = 0
    missing: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeCount:
    """How many scans of a strategy came to the same; `last_id` is the last row of them."""

    strategy_id: UUID
    event: str
    decision: str
    ended_by: str | None
    reason: str
    is_missing: bool
    count: int
    last_at: datetime
    last_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryDecided:
    """An evaluation that decided to enter, and what became of it; no trade: it was refused, or cut short."""

    strategy_id: UUID
    evaluation_id: UUID
    at: datetime
    trade_id: UUID | None
    status: str | None
    close_reason: str | None


def page(
    connection: Connection, username: str, wanted: EvaluationFilter, *, limit: int
) -> list[EvaluationRow]:
    """Read evaluations, newest first."""
    found = _of(username)
    for column, value in (
        (_C.strategy_id, wanted.strategy_id),
        (_C.trade_id, wanted.trade_id),
        (_C.decision, wanted.decision),
    ):
        if value is not None:
            found = found.where(column == value)
    if wanted.since is not None:
        found = found.where(_C.at >= wanted.since)
    if wanted.until is not None:
        found = found.where(_C.at <= wanted.until)
    if wanted.below is not None:
        found = found.where(tuple_(_C.at, _C.id) < tuple_(*wanted.below))
    rows = connection.execute(found.order_by(_C.at.desc(), _C.id.desc()).limit(limit))
    return [_from_row(row) for row in rows]


def read(connection: Connection, username: str, evaluation_id: UUID) -> EvaluationRow | None:
    """Read one evaluation."""
    row = connection.execute(_of(username).where(_C.id == evaluation_id)).first()
    return None if row is None else _from_row(row)


def count_gates(connection: Connection, username: str, since: datetime) -> list[GateCount]:
    """Count a user's entry scans by stage and verdict, those that were last from `since` on."""
    rows = connection.execute(_COUNT_GATES, {"username": username, "since": since})
    return [
        GateCount(stage=row.stage, passed=row.passed or 0, failed=row.failed or 0, missing=row.missing or 0)
        for row in rows
    ]


def count_outcomes(
    connection: Connection, username: str, since: datetime, until: datetime
) -> list[OutcomeCount]:
    """Count what scans for entries came to in [since, until), the most frequent first, by strategy."""
    asked = {"username": username, "since": since, "until": until}
    rows = connection.execute(_COUNT_OUTCOMES, asked)
    return [OutcomeCount(**row._mapping) for row in rows]


def entries_decided(
    connection: Connection, username: str, since: datetime, until: datetime
) -> list[EntryDecided]:
    """Read which evaluations of [since, until) decided to enter, the oldest first."""
    rows = connection.execute(_ENTRIES, {"username": username, "since": since, "until": until})
    return [EntryDecided(**row._mapping) for row in rows]


def _of(username: str) -> Select[Any]:  # Any: columns of two tables
    with_config = strategy_evaluations.outerjoin(desk_configs, _C.config_id == desk_configs.c.id)
    columns = (_C[name] for name in EvaluationRow.__dataclass_fields__ if name != "config")
    return select(*columns, desk_configs.c.config).select_from(with_config).where(_C.username == username)


def _from_row(row: Row[Any]) -> EvaluationRow:  # Any: SQLAlchemy's rows are typed by the query alone
    return EvaluationRow(**row._mapping)
