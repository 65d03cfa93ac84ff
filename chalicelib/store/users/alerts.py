"""Rows of `alerts`: written where one is raised (services/raise_alert.py), read and seen by their owner."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Row, and_, func, not_, select, text, tuple_, update

from chalicelib.domain.alerts import SWITCHES, Severity
from chalicelib.store.schema import alerts

_INSERT: Final = text(
    """
    insert into alerts (id, username, severity, kind, trade_id, text, question, dedupe_key)
    select cast(:id as uuid), :username, :severity, :kind, cast(:trade_id as uuid), :text, :question,
           :dedupe_key
    where not exists (
        select from user_settings o where o.username = :username and cast(:switch as text) = any(o.alerts_off)
    )
    on conflict (username, dedupe_key) where resolved_at is null do nothing
    returning (select s.alert_channels from user_settings s where s.username = alerts.username) as channels
    """
)
_RENEW: Final = text(
    "update alerts set text = :text where username = :username and dedupe_key = :dedupe_key "
    "and resolved_at is null"
)
_RESOLVE: Final = text(
    "update alerts set resolved_at = papertape_now() "
    "where username = :username and dedupe_key = :dedupe_key and resolved_at is null"
)
#: What is over for a trade when it ends; a question waits for its answer.
_RESOLVE_OF_TRADE: Final = text(
    "update alerts set resolved_at = papertape_now() where username = :username and trade_id = :trade_id "
    "and dedupe_key is not null and question is null and resolved_at is null"
)

#: Channels as the owner's settings hold them.
Channels = Sequence[Mapping[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAlert:
    """An alert to be stored; a `dedupe_key` names a condition that lasts, told once while it does."""

    id: UUID
    username: str
    severity: Severity
    kind: str
    trade_id: UUID | None
    text: str
    question: str | None
    dedupe_key: str | None


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


def insert_alert(connection: Connection, alert: NewAlert) -> Channels | None:
    """Store an alert; returns its owner's channels.

    None where one of its condition stands already, or where its owner turned it off.
    """
    stored = connection.execute(
        _INSERT,
        {
            "id": alert.id,
            "username": alert.username,
            "severity": alert.severity,
            "kind": alert.kind,
            "trade_id": alert.trade_id,
            "text": alert.text,
            "question": alert.question,
            "dedupe_key": alert.dedupe_key,
            "switch": SWITCHES.get(alert.kind),
        },
    ).first()
    return None if stored is None else stored.channels or ()


def renew_text(connection: Connection, username: str, dedupe_key: str, message: str) -> None:
    """Let the alert of a condition that stands say how it stands now."""
    connection.execute(_RENEW, {"username": username, "dedupe_key": dedupe_key, "text": message})


def resolve(connection: Connection, username: str, dedupe_key: str) -> None:
    """Note that a condition is over."""
    connection.execute(_RESOLVE, {"username": username, "dedupe_key": dedupe_key})


def resolve_of_trade(connection: Connection, username: str, trade_id: UUID) -> None:
    """Note that a trade's conditions are over, but for what asks a question."""
    connection.execute(_RESOLVE_OF_TRADE, {"username": username, "trade_id": trade_id})


def condition_of(connection: Connection, username: str, alert_id: UUID) -> str | None:
    """Read which lasting condition an alert tells of; None for none, or when this user has no such alert."""
    wanted = select(alerts.c.dedupe_key).where(alerts.c.id == alert_id, alerts.c.username == username)
    return connection.execute(wanted).scalar_one_or_none()


def stands(connection: Connection, username: str, dedupe_key: str) -> bool:
    """Say whether a lasting condition was told and is not over."""
    c = alerts.c
    told = select(c.id).where(c.username == username, c.dedupe_key == dedupe_key, c.resolved_at.is_(None))
    return connection.execute(told.limit(1)).first() is not None


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
    values: dict[str, datetime | bool] = {"acked_at": at}
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
