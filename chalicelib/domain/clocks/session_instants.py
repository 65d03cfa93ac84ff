"""Which instants a session has: syncs, snapshots, bookends, the desk's (architecture.md, Clocks). Pure."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Final

from chalicelib.domain.clocks.calendar import new_york_instant
from chalicelib.domain.clocks.sessions import Session

SYNC_EVERY: Final = timedelta(seconds=60)
SNAPSHOT_EVERY: Final = timedelta(seconds=40)
EXITS_EVERY: Final = timedelta(seconds=60)
SCAN_EVERY: Final = timedelta(seconds=60)
SWITCH_EVERY: Final = timedelta(seconds=60)
RISK_EVERY: Final = timedelta(seconds=60)
RECONCILE_EVERY: Final = timedelta(seconds=120)
SYNC_FROM: Final = time(9, 25)
OPENING_BOOKEND: Final = time(9, 25)
CLOSING_BOOKEND_AFTER: Final = timedelta(minutes=5)
SYNC_UNTIL_AFTER_CLOSE: Final = timedelta(minutes=30)
#: Syncs go on until here while a day order is live; the sync job itself says when there is none.
LATE_SYNC_UNTIL: Final = time(17, 30)


def bookend_instants(session: Session) -> Iterator[datetime]:
    """Yield the instants of the opening and the closing bookend."""
    yield new_york_instant(session.day, OPENING_BOOKEND)
    yield session.closes_at + CLOSING_BOOKEND_AFTER


def sync_instants(session: Session) -> Iterator[datetime]:
    """Yield every minute from 09:25 to 17:30, both included."""
    at, last = (
        new_york_instant(session.day, SYNC_FROM),
        new_york_instant(session.day, LATE_SYNC_UNTIL),
    )
    while at <= last:
        yield at
        at += SYNC_EVERY


def is_regular_sync(session: Session, at: datetime) -> bool:
    """Say whether this sync belongs to the day anyhow, not just while a day order is live."""
    return at <= session.closes_at + SYNC_UNTIL_AFTER_CLOSE


def snapshot_instants(session: Session) -> Iterator[datetime]:
    """Yield every 40 seconds from the open to before the close."""
    return _within(session, SNAPSHOT_EVERY)


def exit_instants(session: Session) -> Iterator[datetime]:
    """Yield every minute from the open to before the close (B-06)."""
    return _within(session, EXITS_EVERY)


def scan_instants(session: Session) -> Iterator[datetime]:
    """Yield every minute from the open to before the close (B-15)."""
    return _within(session, SCAN_EVERY)


def switch_instants(session: Session) -> Iterator[datetime]:
    """Yield every minute from the open to before the close (B-08)."""
    return _within(session, SWITCH_EVERY)


def risk_instants(session: Session) -> Iterator[datetime]:
    """Yield every minute from the open to before the close (B-09)."""
    return _within(session, RISK_EVERY)


def reconcile_instants(session: Session) -> Iterator[datetime]:
    """Yield every two minutes from the open to before the close (B-07)."""
    return _within(session, RECONCILE_EVERY)


def _within(session: Session, every: timedelta) -> Iterator[datetime]:
    at = session.opens_at
    while at < session.closes_at:
        yield at
        at += every
