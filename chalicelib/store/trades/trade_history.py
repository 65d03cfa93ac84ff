"""What became of one trade over time, as its page shows it: its marks, and the states it went through."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, ColumnElement, Connection, literal_column, select
from sqlalchemy.dialects.postgresql import distinct_on

from chalicelib.store.own_rows import IS_OWN
from chalicelib.store.schema import price_snapshots, state_transitions

#: A snapshot's columns by their names; prices and Greeks per share, IV a fraction.
SnapshotColumns = Mapping[str, Any]  # Any: a row's values have the types of its columns


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """One recorded change of a trade's status; `from_status` is None of the first."""

    at: datetime
    from_status: str | None
    to_status: str
    actor: str
    reason: str | None


def read_snapshots(
    connection: Connection, trade_id: UUID, *, from_at: datetime | None, to_at: datetime | None
) -> list[SnapshotColumns]:
    """Read a trade's own snapshots between two instants, both inclusive and either open, oldest first."""
    shown = price_snapshots.alias("s")
    c = shown.c
    conditions: list[ColumnElement[bool]] = [c.trade_id == trade_id, literal_column(IS_OWN, Boolean)]
    if from_at is not None:
        conditions.append(c.timestamp >= from_at)
    if to_at is not None:
        conditions.append(c.timestamp <= to_at)
    ordered = select(shown).where(*conditions).order_by(c.timestamp, c.kind, c.leg_no)
    wanted = ordered.ext(distinct_on(c.timestamp, c.kind))
    return [*connection.execute(wanted).mappings()]


def read_transitions(connection: Connection, trade_id: UUID) -> list[Transition]:
    """Read a trade's recorded transitions, oldest first."""
    c = state_transitions.c
    rows = connection.execute(
        select(c.at, c.from_status, c.to_status, c.actor, c.reason)
        .where(c.trade_id == trade_id)
        .order_by(c.at, c.id)
    )
    return [
        Transition(
            at=row.at,
            from_status=row.from_status,
            to_status=row.to_status,
            actor=row.actor,
            reason=row.reason,
        )
        for row in rows
    ]
