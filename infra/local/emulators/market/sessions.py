"""Trading days and session times of the New York Stock Exchange, for the simulated world alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import holidays

NEW_YORK: Final = ZoneInfo("America/New_York")
OPEN: Final = time(9, 30)
CLOSE: Final = time(16, 0)
EARLY_CLOSE: Final = time(13, 0)
FRIDAY: Final = 4
ONE_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One regular session, from `open_at` (inclusive) to `close_at` (exclusive), both aware UTC."""

    day: date
    open_at: datetime
    close_at: datetime

    @property
    def seconds(self) -> int:
        """Length in seconds: 23,400, or 12,600 before an early close."""
        return int((self.close_at - self.open_at).total_seconds())

    @property
    def open_second(self) -> int:
        """The open as seconds since 1970."""
        return int(self.open_at.timestamp())

    @property
    def close_local(self) -> time:
        """The closing time on New York's clocks."""
        return self.close_at.astimezone(NEW_YORK).time()

    def holds(self, at: datetime) -> bool:
        """Say whether the session is open at that instant."""
        return self.open_at <= at < self.close_at


def new_york_date(at: datetime) -> date:
    """Return the calendar date in New York at an instant."""
    return at.astimezone(NEW_YORK).date()


@lru_cache(maxsize=64)
def closed_days(year: int) -> dict[date, str]:
    """Return the weekdays of a year on which the exchange stays shut, with the reason."""
    return dict(holidays.financial_holidays("NYSE", years=year))


def is_trading_day(day: date) -> bool:
    """Say whether the exchange opens on that date."""
    return day.weekday() <= FRIDAY and day not in closed_days(day.year)


def closes_early(day: date) -> bool:
    """Say whether a trading day ends at 13:00: before Independence Day, after Thanksgiving, Christmas Eve."""
    if (day.month, day.day) in {(7, 3), (12, 24)}:
        return True
    return day.month == 11 and day.weekday() == FRIDAY and 23 <= day.day <= 29


def closing_time(day: date) -> time:
    """Return when a trading day ends, on New York's clocks."""
    return EARLY_CLOSE if closes_early(day) else CLOSE


@lru_cache(maxsize=4096)
def session_on(day: date) -> Session | None:
    """Return the session of a date, or None when the exchange stays shut."""
    if not is_trading_day(day):
        return None
    closing = closing_time(day)
    return Session(
        day=day,
        open_at=datetime.combine(day, OPEN, NEW_YORK).astimezone(UTC),
        close_at=datetime.combine(day, closing, NEW_YORK).astimezone(UTC),
    )


def trading_days(first: date, last: date) -> Iterator[date]:
    """Yield the trading days from `first` to `last`, both inclusive."""
    day = first
    while day <= last:
        if is_trading_day(day):
            yield day
        day += ONE_DAY


def session_before(day: date) -> Session:
    """Return the last session of a date before `day`."""
    while True:
        day -= ONE_DAY
        session = session_on(day)
        if session is not None:
            return session


def session_after(day: date) -> Session:
    """Return the first session of a date after `day`."""
    while True:
        day += ONE_DAY
        session = session_on(day)
        if session is not None:
            return session


def current_or_next(at: datetime) -> Session:
    """Return the session open at an instant, else the next one to open."""
    session = session_on(new_york_date(at))
    if session is not None and at < session.close_at:
        return session
    return session_after(new_york_date(at))


def current_or_last(at: datetime) -> Session:
    """Return the session open at an instant, else the last one that was."""
    session = session_on(new_york_date(at))
    if session is not None and at >= session.open_at:
        return session
    return session_before(new_york_date(at))


def open_session(at: datetime) -> Session | None:
    """Return the session open at an instant, or None."""
    session = session_on(new_york_date(at))
    return session if session is not None and session.holds(at) else None


def sessions_between(start: datetime, end: datetime) -> Iterator[Session]:
    """Yield the sessions that overlap the instants from `start` to `end`, both inclusive, in order."""
    for day in trading_days(new_york_date(start), new_york_date(end)):
        session = session_on(day)
        if session is not None and session.open_at <= end and session.close_at >= start:
            yield session
