"""When the big figures are told in the simulated world, and the windows around them (B-02)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from infra.local.emulators.market.listing import trading_day_on_or_before
from infra.local.emulators.market.sessions import NEW_YORK

BEFORE: Final = timedelta(minutes=30)
AFTER: Final = timedelta(minutes=60)
SOURCE: Final = "calendar of the simulated world"
_WEDNESDAY, _FRIDAY = 2, 4


@dataclass(frozen=True, slots=True, kw_only=True)
class MacroWindow:
    """A span around a release, both ends aware."""

    name: str
    start: datetime
    end: datetime
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Release:
    """A figure told on a weekday of a week of the month, at a New York time, in some months."""

    name: str
    months: frozenset[int]
    week: int
    weekday: int
    at: time

    def in_month(self, year: int, month: int) -> Iterator[MacroWindow]:
        if month in self.months:
            first = date(year, month, 1)
            ahead = (self.weekday - first.weekday()) % 7 + 7 * (self.week - 1)
            day = trading_day_on_or_before(first + timedelta(days=ahead))
            told = datetime.combine(day, self.at, NEW_YORK)
            yield MacroWindow(name=self.name, start=told - BEFORE, end=told + AFTER, source=SOURCE)


_EVERY: Final = frozenset(range(1, 13))
_MORNING: Final = time(8, 30)
_RELEASES: Final = (
    _Release(name="employment", months=_EVERY, week=1, weekday=_FRIDAY, at=_MORNING),
    _Release(name="CPI", months=_EVERY, week=2, weekday=_WEDNESDAY, at=_MORNING),
    _Release(name="FOMC", months=frozenset({3, 6, 9, 12}), week=3, weekday=_WEDNESDAY, at=time(14)),
    _Release(name="FOMC", months=frozenset({1, 4, 7, 10}), week=4, weekday=_WEDNESDAY, at=time(14)),
)


def macro_windows(year: int, month: int) -> list[MacroWindow]:
    """Return the windows of a month, ascending; there are some in every one."""
    found = [window for release in _RELEASES for window in release.in_month(year, month)]
    return sorted(found, key=lambda window: window.start)
