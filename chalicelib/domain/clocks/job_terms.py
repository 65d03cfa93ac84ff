"""What a job is told by: what starts it, how long it may take, how late it may come. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Flag, auto
from typing import Final, TypeAlias

from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.domain.clocks.schedules import TIMEZONE, Schedule, zone_of
from chalicelib.domain.clocks.sessions import Session

#: The longest a job may rest: a weekend between two holidays.
_DAYS_BACK_MAX: Final = 7


class Opens(Flag):
    """What a job's function can get at beyond its own database role."""

    NOTHING = 0
    VENDORS = auto()
    """The operator's tokens at data vendors and channels."""
    USERS_SECRETS = auto()
    """The sealing keys: users' broker tokens, alerts' targets."""
    BOTH = VENDORS | USERS_SECRETS


@dataclass(frozen=True, slots=True, kw_only=True)
class OnSchedule:
    """Fires at wall-clock times, market or none: the job itself looks whether there is a session.

    `times` are minutes and hours as a cron expression has them, by what is added to the job's name for the
    schedule's. What fires each minute is never retried, the next minute does its work; else nothing else does
    it, and three retries within an hour do.
    """

    times: Mapping[str, str]
    days: str = "MON-FRI"
    each_minute: bool = False
    timezone: str = TIMEZONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Armed:
    """Due at instants of the session of US options, each armed by `plan` with a delayed message."""

    instants: Callable[[Session], Iterator[datetime]]


#: None is a job that runs by message alone, when it is needed.
Clock: TypeAlias = OnSchedule | Armed | None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobTerms:
    """What one job runs on.

    `timeout_seconds` is the longest a run may take: Lambda ends it there (900 s is its own limit), so a run
    that was claimed longer ago and has not ended is dead. A job that makes broker calls may wait 30 s for
    each (A-12). `batch_size` is how many messages one call takes, None for a job without a queue;
    `carried_by` is the job whose function takes the messages, having the keys that they need.
    `tick_late_seconds_max` is how late a tick may begin, `part_late_seconds_max` a part of one; None for work
    that is done late rather than never. `is_watched` says whether health tells of it, `is_side_by_side`
    whether its messages do not wait for one another: sixty decisions at one minute (C-02).
    """

    name: str
    timeout_seconds: int
    clock: Clock
    batch_size: int | None = None
    carried_by: str | None = None
    tick_late_seconds_max: int | None = None
    part_late_seconds_max: int | None = None
    opens: Opens = Opens.NOTHING
    is_watched: bool = True
    is_side_by_side: bool = False

    @property
    def abandoned_after(self) -> timedelta:
        """Return after how long an unfinished run may be taken over."""
        return timedelta(seconds=self.timeout_seconds)

    @property
    def schedules(self) -> tuple[Schedule, ...]:
        """Return the schedules that fire it; none for a job that is armed or sent for."""
        clock = self.clock
        if not isinstance(clock, OnSchedule):
            return ()
        retries, age = (0, 60) if clock.each_minute else (3, 3600)
        return tuple(
            Schedule(
                name="-".join(part for part in (self.name, suffix) if part),
                job=self.name,
                expression=f"cron({times} ? * {clock.days} *)",
                retries=retries,
                event_age_seconds_max=age,
                timezone=clock.timezone,
            )
            for suffix, times in clock.times.items()
        )

    def instants_on(self, day: date, calendar: MarketCalendar) -> Iterable[datetime]:
        """Return when it has to run on a day of its clock, Eastern unless it is UTC's, unordered."""
        if isinstance(self.clock, Armed):
            session = calendar.session(day)
            return () if session is None else self.clock.instants(session)
        return (at for schedule in self.schedules for at in schedule.instants_on(day))

    def last_due(self, at: datetime, calendar: MarketCalendar) -> datetime | None:
        """Return the last instant until `at` (inclusive) when it had to run; None for none in a week."""
        timezone = self.clock.timezone if isinstance(self.clock, OnSchedule) else TIMEZONE
        today = at.astimezone(zone_of(timezone)).date()
        for days in range(_DAYS_BACK_MAX + 1):
            instants = self.instants_on(today - timedelta(days=days), calendar)
            if due := [instant for instant in instants if instant <= at]:
                return max(due)
        return None
