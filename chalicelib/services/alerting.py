"""Alerts as rows: stored in the transaction of the fact they tell, sent by channels afterwards (A-17)."""

from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, text

from chalicelib.services.environment import Environment


class Severity(StrEnum):
    """How loud an alert is."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


_RAISE: Final = text(
    """
    insert into alerts (id, username, severity, kind, trade_id, text, question, dedupe_key)
    values (:id, :username, :severity, :kind, :trade_id, :text, :question, :dedupe_key)
    on conflict (username, dedupe_key) where resolved_at is null do nothing
    returning id
    """
)
_RESOLVE: Final = text(
    "update alerts set resolved_at = papertape_now() "
    "where username = :username and dedupe_key = :dedupe_key and resolved_at is null"
)


def raise_alert(
    env: Environment,
    connection: Connection,
    username: str,
    *,
    severity: Severity,
    kind: str,
    message: str,
    trade_id: UUID | None = None,
    question: str | None = None,
    lasting: bool = False,
) -> bool:
    """Store an alert; a `lasting` condition is told once until it is resolved. Returns whether it is new."""
    stored = connection.execute(
        _RAISE,
        {
            "id": env.randomness.uuid7(env.clock.now()),
            "username": username,
            "severity": severity,
            "kind": kind,
            "trade_id": trade_id,
            "text": message,
            "question": question,
            "dedupe_key": _dedupe_key(kind, trade_id) if lasting else None,
        },
    ).scalar()
    return stored is not None


def alert_unreadable_credentials(env: Environment, connection: Connection, username: str) -> None:
    """Tell a user, once, that the broker token must be entered anew (A-12)."""
    raise_alert(
        env,
        connection,
        username,
        severity=Severity.CRITICAL,
        kind="credentials_unreadable",
        message="Re-enter your broker credentials: the stored token cannot be opened. Orders are blocked.",
        lasting=True,
    )


def resolve_alert(connection: Connection, username: str, *, kind: str, trade_id: UUID | None = None) -> None:
    """Mark a lasting condition as over."""
    connection.execute(_RESOLVE, {"username": username, "dedupe_key": _dedupe_key(kind, trade_id)})


def _dedupe_key(kind: str, trade_id: UUID | None) -> str:
    return kind if trade_id is None else f"{kind}:{trade_id}"
