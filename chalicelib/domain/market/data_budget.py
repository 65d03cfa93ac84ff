"""How often quotes may be asked for, so that a month's plan lasts the month (A-02, data budget)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil
from typing import Final

from chalicelib.domain.clocks.calendar import MarketCalendar, new_york_date

#: Seconds between snapshots: the usual cadence, and what it stretches to.
CADENCES_SECONDS: Final = (40, 60, 120)
#: Of a month's quota pages have one part in this many; the rest is kept for jobs and exits (I-36).
_PAGES_OF_MONTH: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class DataBudget:
    """The cadence that a plan allows. `projected_calls` is the whole month's at that cadence."""

    cadence_seconds: int
    used_calls: int
    projected_calls: int
    monthly_quota: int | None

    @property
    def is_stretched(self) -> bool:
        """Say whether quotes come more rarely than usual, which the page tells."""
        return self.cadence_seconds > CADENCES_SECONDS[0]

    @property
    def is_exceeded(self) -> bool:
        """Say whether even the slowest cadence passes the plan's quota."""
        return self.monthly_quota is not None and self.projected_calls > self.monthly_quota


def plan_cadence(
    *, used_calls: int, calls_per_snapshot: int, session_seconds_left: int, monthly_quota: int | None
) -> DataBudget:
    """Return the fastest cadence whose projection stays inside the quota, the slowest when none does.

    `calls_per_snapshot` counts vendor calls of one cycle over all users (one per underlying where the vendor
    takes several expiries in a call); `session_seconds_left` is what is left of the month's sessions.
    """
    budgets = [
        DataBudget(
            cadence_seconds=cadence,
            used_calls=used_calls,
            projected_calls=used_calls + calls_per_snapshot * ceil(session_seconds_left / cadence),
            monthly_quota=monthly_quota,
        )
        for cadence in CADENCES_SECONDS
    ]
    return _first_that_lasts(budgets)


def _first_that_lasts(budgets: Sequence[DataBudget]) -> DataBudget:
    for budget in budgets:
        if not budget.is_exceeded:
            return budget
    return budgets[-1]


def session_seconds_left(calendar: MarketCalendar, now: datetime) -> int:
    """Return the seconds of session from `now` to the end of its New York month."""
    day = new_york_date(now)
    seconds = 0.0
    while day.month == new_york_date(now).month:
        session = calendar.session(day)
        if session is not None:
            seconds += max(0.0, (session.closes_at - max(session.opens_at, now)).total_seconds())
        day += timedelta(days=1)
    return int(seconds)


def pages_of_month(monthly_quota: int) -> int:
    """Return how many calls of a month's quota all pages together may take."""
    return monthly_quota // _PAGES_OF_MONTH


def quota_month(now: datetime) -> date:
    """Return the first day of the month that a call made at `now` counts for."""
    return new_york_date(now).replace(day=1)
