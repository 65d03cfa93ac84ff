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

from chalicelib.domain.clocks.sessions import LONGEST_CLOSURE_DAYS, Calendar, Session

NEW_YORK: Final = ZoneInfo("America/New_York")
OPEN_TIME: Final = time(9, 30)
CLOSE_TIME: Final = time(16, 0)
EARLY_CLOSE_TIME: Final = time(13, 0)
_EARLY_CLOSE_TIME_BEFORE_1993: Final = time(14, 0)
_THANKSGIVING_MONTH: Final = 11
_THURSDAY: Final = 3
_SATURDAY: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Closure:
    """An operator's word for one day: closed, or closing at another time (New York)."""

    day: date
    closes: time | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketCalendar(Calendar):
    """Shares and the options on them, [09:30, 16:00) New York; `closures` override the standing rules."""

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
        return self._session(day) if day in self.closures else _standing_session(day)

    def _session(self, day: date) -> Session | None:
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

    def day_of(self, at: datetime) -> date:
        """Return the New York date of an instant."""
        return new_york_date(at)

    def previous_trading_day(self, day: date) -> date:
        """Return the last trading day before `day`."""
        for offset in range(1, LONGEST_CLOSURE_DAYS):
            candidate = day - timedelta(days=offset)
            if self.is_trading_day(candidate):
                return candidate
        raise ValueError(f"no trading day within {LONGEST_CLOSURE_DAYS} days before {day.isoformat()}")

    def expiry_session(self, expiry: date) -> Session | None:
        """Return the session in which contracts of `expiry` trade last, or None when none is near.

        Before 2015 monthly contracts carried the Saturday after their last trading Friday.
        """
        session = self.session(expiry)
        return session if session is not None else self.session(self.previous_trading_day(expiry))


@lru_cache(maxsize=4096)
def _standing_session(day: date) -> Session | None:
    """Return a day's session by the standing rules: every look at the clock asks for today's."""
    return MarketCalendar()._session(day)


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
