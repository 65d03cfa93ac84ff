"""What the database knows of the market before anybody is asked: calendar, releases, histories."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from chalicelib.domain.clocks.calendar import MarketCalendar, new_york_date, new_york_midnight
from chalicelib.domain.clocks.sessions import Session
from chalicelib.domain.desk.pipeline.facts import DailyClose, MacroWindow
from chalicelib.domain.desk.volatility.iv_history import IvRange
from chalicelib.services.environment import Environment
from chalicelib.services.market_hours import calendar_of
from chalicelib.store.desk.index_closes import read_last_close
from chalicelib.store.desk.iv_history import read_iv_ranges
from chalicelib.store.desk.macro_windows import count_windows, read_windows
from chalicelib.store.desk.underlying_facts import KeptFact, read_kept_facts

#: The index whose close may stand in for one session without a quote.
VIX: Final = "VIX"
_A_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFacts:
    """Rows as they stand at the beginning of a scan; `kept` are the day's, by underlying and kind."""

    today: date
    calendar: MarketCalendar
    windows: tuple[MacroWindow, ...]
    window_rows_in_month: int
    vix_close: DailyClose | None
    iv_ranges: Mapping[str, IvRange]
    kept: tuple[KeptFact, ...]

    @property
    def session(self) -> Session | None:
        """Return today's session."""
        return self.calendar.session(self.today)

    @property
    def previous_session(self) -> date:
        """Return the day of the session before today's."""
        return self.calendar.previous_trading_day(self.today)


def read_stored_facts(env: Environment, underlyings: Sequence[str]) -> StoredFacts:
    """Read all of it in one transaction; raises DatabaseUnavailable."""
    now = env.clock.now()
    today = new_york_date(now)

    def read(connection: Connection) -> StoredFacts:
        return StoredFacts(
            today=today,
            calendar=calendar_of(env, connection),
            windows=tuple(
                read_windows(connection, new_york_midnight(today), new_york_midnight(today + _A_DAY))
            ),
            window_rows_in_month=count_windows(connection, *_month_of(today)),
            vix_close=read_last_close(connection, VIX, today),
            iv_ranges=read_iv_ranges(connection, underlyings),
            kept=tuple(read_kept_facts(connection, underlyings, today)),
        )

    return env.database.run(read, username=None)


def _month_of(day: date) -> tuple[datetime, datetime]:
    """Return when a New York month begins and when the next one does."""
    first = day.replace(day=1)
    following = (first + timedelta(days=31)).replace(day=1)
    return new_york_midnight(first), new_york_midnight(following)
