"""What owners are told of their kill switch: each alert names mode and cause (B-13)."""

from typing import Final

from sqlalchemy import Connection

from chalicelib.domain.desk.kill_switch.rows import SwitchMode, SwitchRow, SwitchScope
from chalicelib.services.environment import Environment
from chalicelib.services.raise_alert import Severity, raise_alert, resolve_alert

TRIPPED: Final = "kill_switch"
LIFTED: Final = "kill_switch_lifted"

_WHOSE: Final = {
    SwitchScope.DESK: "The desk enters nothing",
    SwitchScope.USER: "Nothing is entered",
    SwitchScope.GLOBAL: "The operator stopped entries for everybody",
}


def tell_tripped(env: Environment, connection: Connection, username: str, row: SwitchRow) -> None:
    """Tell, once while it stands, what a row stops, why and until when."""
    flattens = " and everything is closed" if row.mode is SwitchMode.HARD_STOP else ""
    raise_alert(
        env,
        connection,
        username,
        severity=Severity.CRITICAL,
        kind=TRIPPED,
        message=f"{row.mode}: {row.detail}. {_WHOSE[row.scope]}{flattens} until {row.lifts_when}.",
        lasting=True,
        topic=topic_of(row),
    )


def tell_lifted(env: Environment, connection: Connection, username: str, row: SwitchRow, why: str) -> None:
    """Tell that a row stops nothing any more."""
    resolve_alert(connection, username, kind=TRIPPED, topic=topic_of(row))
    raise_alert(
        env,
        connection,
        username,
        severity=Severity.INFO,
        kind=LIFTED,
        message=f"{row.mode} is lifted ({row.detail}): {why}.",
    )


def topic_of(row: SwitchRow) -> str:
    """Return what tells one row's alert from another's of the same user."""
    return f"{row.scope}:{row.cause}:{row.mode}"
