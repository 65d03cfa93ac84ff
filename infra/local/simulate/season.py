"""Which trading days a run has, and which stretches of them: what counts is that something can happen.

A run is a few trading days in a row, chosen where calendars go wrong: changes of daylight saving, early
closes, holidays, expiries, the turn of the year. Of each day only windows are lived through; the ticks
between them, in which nobody acts, are counted and left out.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from chalicelib.domain.clocks.jobs import EASTERN_SCHEDULES
from infra.local.emulators.market.sessions import NEW_YORK, Session, session_on, trading_days

MINUTE: Final = timedelta(minutes=1)
LONGER: Final = 4 * MINUTE
#: The first day of each kind of season; the days that follow are the next trading days.
SEASONS: Final = {
    "ordinary week": date(2026, 2, 17),
    "expiry Friday": date(2026, 2, 19),
    "spring: clocks go forward": date(2026, 3, 6),
    "autumn: clocks go back": date(2026, 10, 30),
    "Thanksgiving and its half day": date(2026, 11, 25),
    "Christmas Eve": date(2026, 12, 23),
    "half day before Independence Day": date(2025, 7, 2),
    "Good Friday: expiry on Thursday": date(2026, 4, 1),
    "Juneteenth: expiry on Thursday": date(2026, 6, 17),
    "turn of the year": date(2026, 12, 30),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A stretch of a day that is lived through, from `begins_at` to `ends_at`."""

    name: str
    begins_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One simulated day."""

    session: Session
    windows: Sequence[Window]
    rests_in_session: bool
    ticks_in_all: int


def choose_season(choices: random.Random) -> tuple[str, Sequence[Session]]:
    """Choose where the run begins and how many trading days it has."""
    name = choices.choice(sorted(SEASONS))
    first = SEASONS[name]
    sessions = [session_on(day) for day in trading_days(first, first + timedelta(days=12))]
    found = [session for session in sessions if session is not None]
    return name, found[: choices.choice((2, 3, 4))]


def plan_day(session: Session, choices: random.Random) -> Day:
    """Choose the windows of one day."""
    opens, closes = session.open_at, session.close_at
    windows = []
    if choices.random() < 0.15:
        windows.append(_window("before the open", _at(session, time(9, 12)), 3 * MINUTE))
        windows.append(_window("opening bookend", _at(session, time(9, 24)), 3 * MINUTE))
    if choices.random() < 0.65:
        windows.append(_window("open", opens - MINUTE, choices.choice((2, 3)) * MINUTE))
    room = int((closes - opens) / MINUTE) - 30
    start = opens + choices.randrange(8, room) * MINUTE
    windows.append(_window("midday", start, choices.choice((2, 2, 3)) * MINUTE))
    if choices.random() < 0.35:
        windows.append(_window("close", closes - 2 * MINUTE, 2 * MINUTE))
    if choices.random() < 0.25:
        windows.append(_window("closing bookend", closes + 4 * MINUTE, 2 * MINUTE))
    if choices.random() < 0.25:
        windows.append(_window("evening", closes + choices.randrange(20, 100) * MINUTE, 2 * MINUTE))
    return Day(
        session=session,
        windows=tuple(windows),
        rests_in_session=choices.random() < 0.5,
        ticks_in_all=ticks_of(session),
    )


def longer(day: Day) -> Day:
    """Return the day with a midday that is long enough for what has to hold on three scans running."""
    windows = [
        replace(one, ends_at=min(one.ends_at + LONGER, day.session.close_at - MINUTE))
        if one.name == "midday"
        else one
        for one in day.windows
    ]
    return replace(day, windows=tuple(windows))


def schedule_instants(first: datetime, last: datetime) -> list[tuple[datetime, str]]:
    """Return the instants of all schedules after `first` (exclusive) up to `last` (inclusive)."""
    found = []
    for schedule in EASTERN_SCHEDULES:
        at = schedule.next_after(first)
        while at <= last:
            found.append((at, schedule.job))
            at = schedule.next_after(at)
    return sorted(found)


def ticks_of(session: Session) -> int:
    """Count the instants at which something runs on a trading day: schedules and what `plan` arms."""
    scheduled = sum(
        len(schedule.cron.hours) * len(schedule.cron.minutes)
        for schedule in EASTERN_SCHEDULES
        if session.day.weekday() in schedule.cron.weekdays
    )
    syncs, bookends = 486, 2
    return scheduled + syncs + bookends + session.seconds // 40


def _window(name: str, begins_at: datetime, length: timedelta) -> Window:
    return Window(name=name, begins_at=begins_at, ends_at=begins_at + length)


def _at(session: Session, clock: time) -> datetime:
    return datetime.combine(session.day, clock, NEW_YORK).astimezone(UTC)


def times(choices: random.Random, mean: float) -> int:
    """Return a whole number with this mean."""
    return int(mean) + (choices.random() < mean - int(mean))


def within(choices: random.Random, window: Window) -> datetime:
    """Return an instant of a window, each as likely."""
    length = window.ends_at - window.begins_at
    return window.begins_at + length * choices.random()
