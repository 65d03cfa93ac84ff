"""Rows of `alerts` as their owner reads and acknowledges them; raising one is `services/alerting.py`."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, and_, func, not_, select, tuple_, update

from chalicelib.store.schema import alerts


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRow:
    """An alert as stored; `question` asks its owner for a yes or no, kept in `accepted`."""

    id: UUID
    at: datetime
    severity: str
    kind: str
    trade_id: UUID | None
    text: str
    question: str | None
    accepted: bool | None
    resolved_at: datetime | None
    acked_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertFilter:
    """Which alerts: from `since` on (inclusive), open ones or not, below a place in the order."""

    since: datetime | None = None
    is_open: bool | None = None
    below: tuple[datetime, UUID] | None = None


def count_since(connection: Connection, username: str, kind: str, since: datetime) -> int:
    """Count a user's alerts of a kind from an instant on."""
    c = alerts.c
    wanted = select(func.count()).where(c.username == username, c.kind == kind, c.at >= since)
    return int(connection.execute(wanted).scalar_one())


def page(connection: Connection, username: str, wanted: AlertFilter, *, limit: int) -> list[AlertRow]:
    """Read alerts, newest first."""
    columns = alerts.c
    statement = select(alerts).where(columns.username == username)
    if wanted.since is not None:
        statement = statement.where(columns.at >= wanted.since)
    if wanted.is_open is not None:
        is_open = and_(columns.acked_at.is_(None), columns.resolved_at.is_(None))
        statement = statement.where(is_open if wanted.is_open else not_(is_open))
    if wanted.below is not None:
        statement = statement.where(tuple_(columns.at, columns.id) < tuple_(*wanted.below))
    rows = connection.execute(statement.order_by(columns.at.desc(), columns.id.desc()).limit(limit))
    return [_from_row(row) for row in rows]


def read(connection: Connection, username: str, alert_id: UUID, *, lock: bool = False) -> AlertRow | None:
    """Read one alert; `lock` holds it until the transaction ends."""
    statement = select(alerts).where(alerts.c.username == username, alerts.c.id == alert_id)
    row = connection.execute(statement.with_for_update() if lock else statement).first()
    return None if row is None else _from_row(row)


def acknowledge(
    connection: Connection, username: str, alert_id: UUID, *, at: datetime, accepted: bool | None
) -> None:
    """Note that the owner has seen an alert, and the answer to its question."""
    values: dict[str, Any] = {"acked_at": at}  # Any: column values
    if accepted is not None:
        values["accepted"] = accepted
    connection.execute(
        update(alerts).where(alerts.c.username == username, alerts.c.id == alert_id).values(**values)
    )


def _from_row(row: Row[Any]) -> AlertRow:  # Any: SQLAlchemy's rows are typed by the query alone
    return AlertRow(
        id=row.id,
        at=row.at,
        severity=row.severity,
        kind=row.kind,
        trade_id=row.trade_id,
        text=row.text,
        question=row.question,
        accepted=row.accepted,
        resolved_at=row.resolved_at,
        acked_at=row.acked_at,
    )
