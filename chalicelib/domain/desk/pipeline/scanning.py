"""Whether a strategy is scanned at an instant at all (B-02): enabled, in the session, in its own window."""

from datetime import datetime

from chalicelib.domain.clocks.calendar import MarketCalendar, new_york_instant
from chalicelib.domain.desk.strategies.strategy import Strategy


def is_scanned(strategy: Strategy, at: datetime, calendar: MarketCalendar) -> bool:
    """Say whether a strategy is due for scans now; its window is [entry_from, entry_to] New York.

    The last minute is inside: 15:00 lets the scan of 15:00 happen.
    """
    session = calendar.session_at(at)
    if session is None or not strategy.enabled:
        return False
    entry = strategy.entry_conditions
    begins, ends = entry.entry_from, entry.entry_to
    if begins is not None and at < new_york_instant(session.day, begins):
        return False
    return ends is None or at <= new_york_instant(session.day, ends)
