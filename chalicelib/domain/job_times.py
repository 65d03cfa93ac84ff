"""When each job last had to run (architecture.md, Clocks), so that one that did not is noticed. Pure.

The schedules themselves are defined where they are deployed from; a test compares the two.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from typing import Final, TypeAlias

from chalicelib.domain.calendar import NEW_YORK, MarketCalendar, new_york_date, new_york_instant
from chalicelib.domain.planning import LATE_SYNC_UNTIL, bookend_instants, snapshot_instants, sync_instants

InstantsOfDay: TypeAlias = Callable[[date, MarketCalendar], Iterable[datetime]]

_PLAN_FROM: Final = time(9, 20)
_MINUTE: Final = timedelta(minutes=1)
_FRIDAY: Final = 4
#: The longest a job may rest: a weekend between two holidays.
_DAYS_BACK_MAX: Final = 7


def _at(*times: time, every_day: bool = False) -> InstantsOfDay:
    """Return the instants of a schedule: these wall-clock times on weekdays, or on every day.

    A time that daylight saving leaves out does not fire (EventBridge Scheduler, "Daylight savings time").
    """

    def instants(day: date, _calendar: MarketCalendar) -> list[datetime]:
        if day.weekday() > _FRIDAY and not every_day:
            return []
        found = [(at, new_york_instant(day, at)) for at in times]
        return [instant for at, instant in found if instant.astimezone(NEW_YORK).time() == at]

    return instants


def _plans(day: date, _calendar: MarketCalendar) -> list[datetime]:
    if day.weekday() > _FRIDAY:
        return []
    first, last = new_york_instant(day, _PLAN_FROM), new_york_instant(day, LATE_SYNC_UNTIL)
    return [first + _MINUTE * minute for minute in range(int((last - first) / _MINUTE) + 1)]


def _syncs(day: date, calendar: MarketCalendar) -> Iterable[datetime]:
    session = calendar.session(day)
    return () if session is None else sync_instants(session)


def _snapshots(day: date, calendar: MarketCalendar) -> Iterable[datetime]:
    session = calendar.session(day)
    return () if session is None else snapshot_instants(session)


def _bookends(day: date, calendar: MarketCalendar) -> Iterable[datetime]:
    session = calendar.session(day)
    return () if session is None else bookend_instants(session)


#: Every job of the table; None for one that runs when it is needed.
JOB_TIMES: Final[Mapping[str, InstantsOfDay | None]] = MappingProxyType(
    {
        "plan": _plans,
        "premarket": _at(time(9, 15)),
        "bookend": _bookends,
        "sync": _syncs,
        "snapshot": _snapshots,
        "unwind": _at(time(12), time(12, 45), time(15), time(15, 45)),
        "expire": _at(time(13, 30), *(time(hour, 30) for hour in range(16, 21))),
        "summary": _at(time(13, 15), time(16, 15)),
        "forensics": _at(time(20)),
        "thin": _at(time(1), every_day=True),
        "backup": _at(time(2), every_day=True),
        "alert": None,
    }
)


def last_due(job: str, at: datetime, calendar: MarketCalendar) -> datetime | None:
    """Return the last instant until `at` (inclusive) when this job had to run; None for none in a week."""
    instants_of = JOB_TIMES[job]
    if instants_of is None:
        return None
    today = new_york_date(at)
    for days in range(_DAYS_BACK_MAX + 1):
        due = [instant for instant in instants_of(today - timedelta(days=days), calendar) if instant <= at]
        if due:
            return max(due)
    return None
