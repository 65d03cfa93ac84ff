"""Whether a strategy is scanned at an instant at all (B-02): enabled, in the session, in its own window."""

from datetime import datetime

from chalicelib.domain.clocks.calendar import MarketCalendar, new_york_date, new_york_instant
from chalicelib.domain.desk.strategies.strategy import EntryConditions, Strategy


def is_scanned(strategy: Strategy, at: datetime, calendar: MarketCalendar) -> bool:
    """Say whether a strategy is due for scans now; its window is [entry_from, entry_to] New York.

    The last minute is inside: 15:00 lets the scan of 15:00 happen.
    """
    session = calendar.session_at(at)
    return session is not None and strategy.enabled and is_in_window(strategy.entry_conditions, at)


def is_in_window(entry: EntryConditions, at: datetime) -> bool:
    """Say whether an instant lies in the hours of the day in which a strategy enters."""
    day = new_york_date(at)
    begins, ends = entry.entry_from, entry.entry_to
    if begins is not None and at < new_york_instant(day, begins):
        return False
    return ends is None or at <= new_york_instant(day, ends)
