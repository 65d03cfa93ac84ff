"""When companies tell their earnings and what pays dividends when, as the vendor's calendar has it.

Shares have their usual cycle. Funds pay once a quarter, next in more than sixty days after the market began,
so that no default strategy meets an ex-date. Indices have neither. A hand can tell other dates, or that the
vendor does not know; "none" and "not known" are different answers.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from types import MappingProxyType
from typing import Final

from infra.local.emulators.market.instruments import Instrument, Kind
from infra.local.emulators.market.listing import trading_day_on_or_before

#: What the vendor shows: a year back, and what is announced.
SHOWN_BACK: Final = timedelta(days=370)
SHOWN_AHEAD: Final = timedelta(days=190)
QUARTER: Final = timedelta(days=91)
FUNDS_NEXT: Final = timedelta(days=75)
CENTS: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Cycle:
    """The weekday (Monday is 0) of a week of the month, in every third month from the first on."""

    month: int
    week: int
    weekday: int

    def days(self, first: date, last: date) -> Iterator[date]:
        """Yield the dates between two, both inclusive."""
        for year in range(first.year, last.year + 1):
            for month in range(self.month, 13, 3):
                opening = date(year, month, 1)
                ahead = (self.weekday - opening.weekday()) % 7 + 7 * (self.week - 1)
                day = trading_day_on_or_before(opening + timedelta(days=ahead))
                if first <= day <= last:
                    yield day


_JANUARY, _FEBRUARY, _MARCH = 1, 2, 3
_MONDAY, _TUESDAY, _WEDNESDAY, _THURSDAY = range(4)
#: About the dates of the last years; what matters is that each is in its season.
EARNINGS: Final = MappingProxyType(
    {
        "AAPL": Cycle(month=_JANUARY, week=5, weekday=_THURSDAY),
        "MSFT": Cycle(month=_JANUARY, week=4, weekday=_WEDNESDAY),
        "TSLA": Cycle(month=_JANUARY, week=4, weekday=_WEDNESDAY),
        "AMD": Cycle(month=_FEBRUARY, week=1, weekday=_TUESDAY),
        "NVDA": Cycle(month=_FEBRUARY, week=4, weekday=_WEDNESDAY),
        "BRK/B": Cycle(month=_FEBRUARY, week=1, weekday=_MONDAY),
    }
)
#: Ex-dates and dollars per share; AMD, TSLA and BRK/B pay none.
DIVIDENDS: Final = MappingProxyType(
    {
        "AAPL": (Cycle(month=_FEBRUARY, week=2, weekday=_MONDAY), 0.26),
        "MSFT": (Cycle(month=_FEBRUARY, week=3, weekday=_THURSDAY), 0.91),
        "NVDA": (Cycle(month=_MARCH, week=2, weekday=_WEDNESDAY), 0.01),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dividend:
    """Dollars per share, for whoever held them before the ex-date."""

    ex_date: date
    amount: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarsState:
    """What a hand told, by symbol; None is not known."""

    earnings: dict[str, list[date] | None] = field(default_factory=dict)
    dividends: dict[str, list[Dividend] | None] = field(default_factory=dict)


class Calendars:
    """The calendars of one world; `began_on` returns the New York date on which its market began."""

    def __init__(self, began_on: Callable[[], date]) -> None:
        self._began_on = began_on
        self._earnings: dict[str, list[date] | None] = {}
        self._dividends: dict[str, list[Dividend] | None] = {}

    def tell_earnings(self, symbol: str, dates: Iterable[date] | None) -> None:
        """Have a symbol's earnings on these dates alone; None is not known."""
        self._earnings[symbol] = None if dates is None else sorted(set(dates))

    def tell_dividends(self, symbol: str, dividends: Iterable[Dividend] | None) -> None:
        """Have a symbol pay these dividends alone; None is not known."""
        told = None if dividends is None else sorted(dividends, key=lambda one: one.ex_date)
        self._dividends[symbol] = told

    def earnings(self, instrument: Instrument, today: date) -> list[date] | None:
        """Return the dates that the vendor shows on a date, ascending; None where it does not know."""
        if instrument.symbol in self._earnings:
            return self._earnings[instrument.symbol]
        cycle = EARNINGS.get(instrument.symbol)
        return [] if cycle is None else list(cycle.days(today - SHOWN_BACK, today + SHOWN_AHEAD))

    def dividends(self, instrument: Instrument, today: date) -> list[Dividend] | None:
        """Return the dividends that the vendor shows on a date, ascending; None where it does not know."""
        if instrument.symbol in self._dividends:
            return self._dividends[instrument.symbol]
        first, last = today - SHOWN_BACK, today + SHOWN_AHEAD
        if instrument.kind is Kind.ETF:
            return list(self._of_fund(instrument, first, last))
        usual = DIVIDENDS.get(instrument.symbol)
        if usual is None:
            return []
        cycle, amount = usual
        return [Dividend(ex_date=day, amount=amount) for day in cycle.days(first, last)]

    def state(self) -> CalendarsState:
        """Return what was told by hand."""
        return CalendarsState(earnings=dict(self._earnings), dividends=dict(self._dividends))

    def restore(self, state: CalendarsState) -> None:
        """Tell what was told in a former run."""
        self._earnings, self._dividends = dict(state.earnings), dict(state.dividends)

    def _of_fund(self, instrument: Instrument, first: date, last: date) -> Iterator[Dividend]:
        amount = round(instrument.base_price * instrument.dividend / 4, CENTS)
        day = self._began_on() + FUNDS_NEXT
        day -= (day - first) // QUARTER * QUARTER
        while day <= last and amount:
            yield Dividend(ex_date=trading_day_on_or_before(day), amount=amount)
            day += QUARTER
