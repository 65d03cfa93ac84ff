"""The US options market's calendar: trading days, early closes, session instants, New York dates.

Holidays come from the `holidays` library's NYSE calendar; early closes are the exchange's standing rules
(nyse.com, Holidays and Trading Hours: 13:00 on the day before Independence Day, the day after Thanksgiving
and Christmas Eve, when those are trading days; 14:00 before 1993). A closing decreed at short notice is an
operator's row in the database and is passed in as `closures`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

NEW_YORK: Final = ZoneInfo("America/New_York")
OPEN_TIME: Final = time(9, 30)
CLOSE_TIME: Final = time(16, 0)
EARLY_CLOSE_TIME: Final = time(13, 0)
_EARLY_CLOSE_TIME_BEFORE_1993: Final = time(14, 0)
_THANKSGIVING_MONTH: Final = 11
_THURSDAY: Final = 3
_SATURDAY: Final = 5
_LONGEST_CLOSURE_DAYS: Final = 30


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Closure:
    """An operator's word for one day: closed, or closing at another time (New York)."""

    day: date
    closes: time | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketCalendar:
    """Answers what day and session it is; `closures` override the standing rules."""

    closures: Mapping[date, Closure] = field(default_factory=dict)

    def holiday(self, day: date) -> str | None:
        """Return the holiday's name when the exchange is shut on a weekday, else None."""
        closure = self.closures.get(day)
        if closure is not None and closure.closes is None:
            return closure.reason
        return _nyse(day.year).get(day) if day.weekday() < _SATURDAY else None

    def is_trading_day(self, day: date) -> bool:
        """Say whether there is a session on this New York date."""
        return day.weekday() < _SATURDAY and self.holiday(day) is None

    def session(self, day: date) -> Session | None:
        """Return the day's session, or None when there is none."""
        if not self.is_trading_day(day):
            return None
        close = self._close_time(day)
        return Session(
            day=day,
            opens_at=new_york_instant(day, OPEN_TIME),
            closes_at=new_york_instant(day, close),
            early_close=close < CLOSE_TIME,
        )

    def _close_time(self, day: date) -> time:
        closure = self.closures.get(day)
        if closure is not None and closure.closes is not None:
            return closure.closes
        if not _closes_early(day):
            return CLOSE_TIME
        return EARLY_CLOSE_TIME if day.year >= 1993 else _EARLY_CLOSE_TIME_BEFORE_1993

    def session_at(self, at: datetime) -> Session | None:
        """Return the session that `at` lies in, or None outside."""
        session = self.session(new_york_date(at))
        return session if session is not None and session.contains(at) else None

    def is_open(self, at: datetime) -> bool:
        """Say whether the market is in its regular session at `at`."""
        return self.session_at(at) is not None

    def next_session(self, at: datetime) -> Session:
        """Return the first session that opens after `at`."""
        day = new_york_date(at)
        for offset in range(_LONGEST_CLOSURE_DAYS):
            session = self.session(day + timedelta(days=offset))
            if session is not None and session.opens_at > at:
                return session
        raise ValueError(f"no session within {_LONGEST_CLOSURE_DAYS} days of {at.isoformat()}")

    def last_session(self, at: datetime, *, before: bool = False) -> Session:
        """Return the newest session that had opened at `at`; `before`: that had opened earlier than that."""
        day = new_york_date(at)
        for offset in range(_LONGEST_CLOSURE_DAYS):
            session = self.session(day - timedelta(days=offset))
            if session is not None and (session.opens_at < at or (session.opens_at == at and not before)):
                return session
        raise ValueError(f"no session within {_LONGEST_CLOSURE_DAYS} days before {at.isoformat()}")

    def next_close(self, at: datetime) -> datetime:
        """Return the closing instant of the present session, or of the next one outside a session."""
        session = self.session_at(at)
        return session.closes_at if session is not None else self.next_session(at).closes_at

    def previous_trading_day(self, day: date) -> date:
        """Return the last trading day before `day`."""
        for offset in range(1, _LONGEST_CLOSURE_DAYS):
            candidate = day - timedelta(days=offset)
            if self.is_trading_day(candidate):
                return candidate
        raise ValueError(f"no trading day within {_LONGEST_CLOSURE_DAYS} days before {day.isoformat()}")

    def expiry_session(self, expiry: date) -> Session | None:
        """Return the session in which contracts of `expiry` trade last, or None when none is near.

        Before 2015 monthly contracts carried the Saturday after their last trading Friday.
        """
        session = self.session(expiry)
        return session if session is not None else self.session(self.previous_trading_day(expiry))


def new_york_date(at: datetime) -> date:
    """Return the New York calendar date of an aware instant."""
    return at.astimezone(NEW_YORK).date()


@lru_cache(maxsize=4096)
def new_york_instant(day: date, at: time) -> datetime:
    """Return the UTC instant of a New York wall-clock time; the same days are asked for again and again."""
    return datetime.combine(day, at, tzinfo=NEW_YORK).astimezone(UTC)


def new_york_midnight(day: date) -> datetime:
    """Return the instant at which this New York date begins: the Eastern trading day for limits."""
    return new_york_instant(day, time(0))


@lru_cache(maxsize=64)
def _nyse(year: int) -> Mapping[date, str]:
    # Imported on use: the library reads every calendar of the world, and a cold start pays for it.
    import holidays

    return dict(holidays.financial_holidays("XNYS", years=year).items())


#: Where history departed from the rule below (exchange_calendars, which the tests compare with).
_EARLY_CLOSES_OFF_RULE: Final = frozenset(
    {date(1996, 7, 5), date(1997, 12, 26), date(1999, 12, 31), date(2002, 7, 5), date(2003, 12, 26)}
)
_FULL_DAYS_OFF_RULE: Final = frozenset(
    {
        date(1990, 7, 3),
        date(1990, 11, 23),
        date(1991, 7, 3),
        date(1991, 11, 29),
        date(1996, 7, 3),
        date(2002, 7, 3),
    }
)


def _closes_early(day: date) -> bool:
    """Follow the exchange's standing rule for early closes, and the days on which history did not."""
    if day in _EARLY_CLOSES_OFF_RULE or day in _FULL_DAYS_OFF_RULE:
        return day in _EARLY_CLOSES_OFF_RULE
    if (day.month, day.day) in {(7, 3), (12, 24)}:
        return True
    return day.month == _THANKSGIVING_MONTH and day.weekday() == _THURSDAY + 1 and 23 <= day.day <= 29
