"""Time as the market counts it: only while it is open (A-02: a mark ages in session time)."""

from datetime import datetime, timedelta
from typing import Final

from chalicelib.domain.clocks.calendar import MarketCalendar, new_york_date
from chalicelib.domain.market.quotes import QUOTE_AGE_MAX

#: ORATS' delayed plan and Tradier's sandbox (A-02).
SOURCE_DELAY: Final = timedelta(minutes=15)


def is_fresh(calendar: MarketCalendar, mark_at: datetime, now: datetime, *, delayed: bool) -> bool:
    """Say whether a mark may stand for the market at `now`: not older than the limit in session time.

    The night does not age a mark, the market's hours do: the last one before a close is good until two
    minutes of the next session have passed, and one from noon is not good in the evening.
    """
    limit = QUOTE_AGE_MAX + (SOURCE_DELAY if delayed else timedelta(0))
    return open_between(calendar, mark_at, now, at_most=limit) <= limit


def open_between(
    calendar: MarketCalendar, since: datetime, until: datetime, *, at_most: timedelta
) -> timedelta:
    """Return how long the market was open between two instants; counting stops once over `at_most`."""
    total = timedelta(0)
    day, last = new_york_date(since), new_york_date(until)
    while day <= last and total <= at_most:
        session = calendar.session(day)
        if session is not None:
            begins, ends = max(session.opens_at, since), min(session.closes_at, until)
            total += max(ends - begins, timedelta(0))
        day += timedelta(days=1)
    return total
