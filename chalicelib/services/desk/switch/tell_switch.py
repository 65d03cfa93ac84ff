"""What owners are told of their kill switch: each alert names mode and cause (B-13)."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from chalicelib.domain.desk.kill_switch.rows import SwitchCause, SwitchMode, SwitchRow, SwitchScope
from chalicelib.services.environment import Environment
from chalicelib.services.raise_alert import Severity, condition_key, raise_alert, resolve_alert
from chalicelib.store.desk.kill_switch import resolve_of_everybody

TRIPPED: Final = "kill_switch"
LIFTED: Final = "kill_switch_lifted"
FLATTEN: Final = "flatten"
FLAT: Final = "flat"
NOT_FLAT: Final = "not_flat"

_WHOSE: Final = {
    SwitchScope.DESK: "The desk enters nothing",
    SwitchScope.USER: "Nothing is entered",
    SwitchScope.GLOBAL: "The operator stopped entries for everybody",
}


def tell_tripped(env: Environment, connection: Connection, username: str, row: SwitchRow) -> None:
    """Tell, once while it stands, what a row stops, why and until when."""
    flattens = " and everything is closed" if row.mode is SwitchMode.HARD_STOP else ""
    mode = row.mode.replace("_", " ").capitalize()
    raise_alert(
        env,
        connection,
        username,
        severity=Severity.CRITICAL,
        kind=TRIPPED,
        message=f"{mode}: {row.detail}. {_WHOSE[row.scope]}{flattens} until {row.lifts_when}.",
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


def tell_flattening(env: Environment, connection: Connection, username: str, trades: str) -> None:
    """Tell, once while a hard stop stands, what it closes."""
    raise_alert(
        env,
        connection,
        username,
        severity=Severity.CRITICAL,
        kind=FLATTEN,
        message=f"hard_stop closes what is held: {trades}.",
        lasting=True,
    )


def tell_flat(env: Environment, connection: Connection, username: str) -> None:
    """Tell, once while a hard stop stands, that nothing is left."""
    resolve_alert(connection, username, kind=NOT_FLAT)
    raise_alert(
        env,
        connection,
        username,
        severity=Severity.INFO,
        kind=FLAT,
        message="Flat: no broker shows a position or a working order.",
        lasting=True,
    )


def tell_not_flat(env: Environment, connection: Connection, username: str, what: str) -> None:
    """Tell that a hard stop has not made it flat; the text follows what is left."""
    resolve_alert(connection, username, kind=FLAT)
    raise_alert(
        env,
        connection,
        username,
        severity=Severity.CRITICAL,
        kind=NOT_FLAT,
        message=f"hard_stop could not close everything yet: {what}. It is tried again each minute.",
        lasting=True,
        renewed=True,
    )


def end_flattening(connection: Connection, username: str) -> None:
    """Mark what a hard stop told of as over."""
    for kind in (FLATTEN, FLAT, NOT_FLAT):
        resolve_alert(connection, username, kind=kind)


def resolve_everybodys(connection: Connection, standing: Collection[SwitchMode], since: datetime) -> None:
    """Mark what everybody was told of an operator's row as over, if one ended since then; for jobs."""
    ended = [one for one in (SwitchMode.SAFE_MODE, SwitchMode.HARD_STOP) if one not in standing]
    keys = [condition_key(TRIPPED, topic=f"{SwitchScope.GLOBAL}:{SwitchCause.PERSON}:{one}") for one in ended]
    resolve_of_everybody(connection, keys, since)


def topic_of(row: SwitchRow) -> str:
    """Return what tells one row's alert from another's of the same user."""
    return f"{row.scope}:{row.cause}:{row.mode}"
