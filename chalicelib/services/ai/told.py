"""What traders tell their owners at once: of each kind at most one in five minutes (C-07)."""

from datetime import timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.services.environment import Environment
from chalicelib.services.raise_alert import Severity, raise_alert
from chalicelib.store.users.alerts import count_since

#: What is told of one kind before falls silent for so long.
APART: Final = timedelta(minutes=5)


class AiAlert(StrEnum):
    """Kinds of alerts of traders; limits that are breached are told whatever is switched off."""

    BLOCKED = "ai_decision_blocked"
    QUEUED = "ai_trade_queued"
    ERROR = "ai_error"
    OUT_OF_CREDIT = "ai_out_of_credit"
    CHANGE_BLOCKED = "ai_change_blocked"
    CHANGE_ASKS = "ai_change_asks"


def tell(
    env: Environment,
    connection: Connection,
    username: str,
    kind: AiAlert,
    message: str,
    *,
    trade_id: UUID | None = None,
    severity: Severity = Severity.INFO,
) -> bool:
    """Tell a user, unless the same kind was told within five minutes; returns whether it was."""
    since = env.clock.now() - APART
    if count_since(connection, username, kind.value, since):
        return False
    return raise_alert(
        env, connection, username, severity=severity, kind=kind.value, message=message, trade_id=trade_id
    )
