"""When a made-up market has its releases, earnings and dividends: nearly by the rules of real ones."""

from collections.abc import Iterator
from datetime import date, time, timedelta
from typing import Final

from chalicelib.domain.clocks.calendar import new_york_instant
from chalicelib.domain.desk.pipeline.company_dates import Dividend
from chalicelib.domain.desk.pipeline.facts import MacroWindow

_WEDNESDAY, _FRIDAY = 2, 4
_MORNING, _AFTERNOON = time(8, 30), time(14, 0)
_FOMC_MONTHS: Final = frozenset({1, 3, 5, 6, 7, 9, 11, 12})
_QUARTER_ENDS: Final = frozenset({3, 6, 9, 12})
_EARNINGS: Final = ((1, 25), (4, 25), (7, 25), (10, 25))
_DIVIDEND: Final = 1.7


def releases_between(first: date, last: date) -> tuple[MacroWindow, ...]:
    """Return the employment report, CPI and FOMC of each month."""
    found: list[MacroWindow] = []
    for month in _months(first, last):
        found.append(_at("employment report", _nth(month, _FRIDAY, 1), _MORNING))
        found.append(_at("CPI", _nth(month, _WEDNESDAY, 2), _MORNING))
        if month.month in _FOMC_MONTHS:
            found.append(_at("FOMC", _nth(month, _WEDNESDAY, 3), _AFTERNOON))
    return tuple(found)


def earnings_of(first: date, last: date) -> tuple[date, ...]:
    """Return a company's earnings, one a quarter."""
    days = (date(year, *day) for year in range(first.year, last.year + 1) for day in _EARNINGS)
    return tuple(day for day in days if first <= day <= last)


def dividends_of(first: date, last: date) -> tuple[Dividend, ...]:
    """Return the dividends of a fund, on third Fridays of quarters' last months."""
    return tuple(
        Dividend(ex_date=_nth(month, _FRIDAY, 3), amount=_DIVIDEND, times_a_year=4)
        for month in _months(first, last)
        if month.month in _QUARTER_ENDS
    )


def _months(first: date, last: date) -> Iterator[date]:
    month = first.replace(day=1)
    while month <= last:
        yield month
        month = (month + timedelta(days=31)).replace(day=1)


def _nth(month: date, weekday: int, count: int) -> date:
    first = (weekday - month.weekday()) % 7
    return month + timedelta(days=first + 7 * (count - 1))


def _at(name: str, day: date, clock: time) -> MacroWindow:
    return MacroWindow.around(name, new_york_instant(day, clock))
