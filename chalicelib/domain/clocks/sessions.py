"""What every calendar answers, whatever trades by it: sessions, and whose day it is (W-06)."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

LONGEST_CLOSURE_DAYS: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One day's regular session, [opens_at, closes_at), as aware UTC instants."""

    day: date
    opens_at: datetime
    closes_at: datetime
    early_close: bool

    def contains(self, at: datetime) -> bool:
        """Say whether `at` lies in the session: the opening instant does, the closing one does not."""
        return self.opens_at <= at < self.closes_at


class Calendar(ABC):
    """The sessions of one class of instruments."""

    __slots__ = ()

    @abstractmethod
    def session(self, day: date) -> Session | None:
        """Return the session of a day of this calendar, or None when there is none."""

    @abstractmethod
    def day_of(self, at: datetime) -> date:
        """Return which of this calendar's days an instant lies in."""

    def session_at(self, at: datetime) -> Session | None:
        """Return the session that `at` lies in, or None outside."""
        session = self.session(self.day_of(at))
        return session if session is not None and session.contains(at) else None

    def is_open(self, at: datetime) -> bool:
        """Say whether the market is in its regular session at `at`."""
        return self.session_at(at) is not None

    def next_session(self, at: datetime) -> Session:
        """Return the first session that opens after `at`."""
        day = self.day_of(at)
        for offset in range(LONGEST_CLOSURE_DAYS):
            session = self.session(day + timedelta(days=offset))
            if session is not None and session.opens_at > at:
                return session
        raise ValueError(f"no session within {LONGEST_CLOSURE_DAYS} days of {at.isoformat()}")

    def last_session(self, at: datetime, *, before: bool = False) -> Session:
        """Return the newest session that had opened at `at`; `before`: that had opened earlier than that."""
        day = self.day_of(at)
        for offset in range(LONGEST_CLOSURE_DAYS):
            session = self.session(day - timedelta(days=offset))
            if session is not None and (session.opens_at < at or (session.opens_at == at and not before)):
                return session
        raise ValueError(f"no session within {LONGEST_CLOSURE_DAYS} days before {at.isoformat()}")

    def next_close(self, at: datetime) -> datetime:
        """Return the closing instant of the present session, or of the next one outside a session."""
        session = self.session_at(at)
        return session.closes_at if session is not None else self.next_session(at).closes_at
