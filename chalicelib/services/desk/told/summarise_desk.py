"""The desk's day in one alert, fifteen minutes after the close: P&L, what was traded, what stopped it (B-13).

Told once a day and user however often the job runs: the alert's topic is the day.
"""

from datetime import date, timedelta
from typing import Final

from sqlalchemy import Connection

from chalicelib.domain.clocks.calendar import new_york_midnight
from chalicelib.domain.clocks.sessions import Session
from chalicelib.domain.spelling import as_day, as_result
from chalicelib.services.environment import Environment
from chalicelib.services.raise_alert import Severity, raise_alert
from chalicelib.store.desk.days import DeskDay, read_desk_days

SUMMARY: Final = "desk_summary"
BLOCKED: Final = "entries_blocked"
#: The first scans of a session may come before what blocks it is known, its last ones before its end.
_EDGE: Final = timedelta(minutes=5)


def summarise_desk(env: Environment, session: Session) -> int:
    """Tell every user whose desk did something or holds something; returns how many were told now."""
    days = env.database.run(
        lambda connection: read_desk_days(
            connection,
            midnight=new_york_midnight(session.day),
            opened=session.opens_at + _EDGE,
            closing=session.closes_at - _EDGE,
        ),
        username=None,
    )
    return sum(_tell(env, username, session.day, day) for username, day in sorted(days.items()))


def _tell(env: Environment, username: str, on: date, day: DeskDay) -> bool:
    def work(connection: Connection) -> bool:
        if day.blocked_by is not None:
            raise_alert(
                env,
                connection,
                username,
                severity=Severity.WARNING,
                kind=BLOCKED,
                message=f"{as_day(on)}: the desk entered nothing all session: {day.blocked_by}.",
                lasting=True,
                topic=on.isoformat(),
            )
        return raise_alert(
            env,
            connection,
            username,
            severity=Severity.INFO,
            kind=SUMMARY,
            message=words(on, day),
            lasting=True,
            topic=on.isoformat(),
        )

    return env.database.run(work, username=username)


def words(on: date, day: DeskDay) -> str:
    """Say it in one paragraph; dollars, what is open by its marks."""
    parts = [
        f"{as_day(on)}, the desk: {_count(day.opened, 'trade')} opened, {day.closed} closed",
        f"realized {as_result(day.realized)}",
        f"{_count(day.held, 'open position')} at {as_result(day.unrealized)}",
    ]
    if day.stopped:
        parts.append(f"stopped most by {', '.join(f'{gate} ({times})' for gate, times in day.stopped)}")
    return "; ".join(parts) + "."


def _count(number: int, one: str) -> str:
    return f"{number} {one if number == 1 else f'{one}s'}"
