"""What a made-up exchange lists: expiries ahead of a day, strikes around where its underlying has been."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from math import ceil, floor
from typing import Final

import numpy as np
import numpy.typing as npt

from chalicelib.domain.clocks.calendar import MarketCalendar

Array = npt.NDArray[np.float64]

_MONDAY, _WEDNESDAY, _FRIDAY = 0, 2, 4
_A_WEEK: Final = 7
_NEAR_DAYS, _WEEKS_DAYS, _YEAR_DAYS = 45, 70, 365
_THIRD_WEEK: Final = range(15, 22)
_FINE, _COARSE = 1.0, 5.0


def listed_expiries(day: date, calendar: MarketCalendar) -> list[date]:
    """List Mondays, Wednesdays and Fridays of six weeks, Fridays of ten, third Fridays of a year.

    One that falls on a holiday ends a session earlier.
    """
    found: set[date] = set()
    for days in _candidates(day.weekday()):
        on = day + timedelta(days=days)
        if days <= _WEEKS_DAYS or on.day in _THIRD_WEEK:
            found.add(on if calendar.is_trading_day(on) else calendar.previous_trading_day(on))
    return sorted(one for one in found if one >= day)


def _candidates(weekday: int) -> Iterator[int]:
    """Yield in how many days a Monday or a Wednesday is near, and all Fridays."""
    for listed, last in ((_MONDAY, _NEAR_DAYS), (_WEDNESDAY, _NEAR_DAYS), (_FRIDAY, _YEAR_DAYS)):
        yield from range((listed - weekday) % _A_WEEK, last + 1, _A_WEEK)


def listed_strikes(lately: Array, days: Sequence[int]) -> list[Array]:
    """List the strikes of expiries in so many days: by dollars around the closes of late, by five further
    out, as far as the days allow.

    What was listed stays while prices are where they were: no position loses its quotes.
    """
    low, high = float(lately.min()), float(lately.max())
    fine = np.arange(ceil(low * 0.93), floor(high * 1.05) + 1, _FINE, dtype=np.float64)
    return [_strikes(fine, low, high, one) for one in days]


def _strikes(fine: Array, low: float, high: float, days: int) -> Array:
    reach = min(0.10 + 0.012 * days**0.5, 0.30)
    coarse = np.arange(
        ceil(low * (1 - reach) / _COARSE) * _COARSE,
        floor(high * (1 + reach) / _COARSE + 1) * _COARSE,
        _COARSE,
    )
    if days > _WEEKS_DAYS or not len(fine):
        return coarse
    # By dollars each five is listed already: what lies further out goes to either end.
    first, end = coarse.searchsorted(fine[0]), coarse.searchsorted(fine[-1], "right")
    return np.concatenate([coarse[:first], fine, coarse[end:]])
