"""What a made-up exchange lists: expiries ahead of a day, strikes around where its underlying has been."""

from datetime import date, timedelta
from typing import Final

import numpy as np
import numpy.typing as npt

from chalicelib.domain.clocks.calendar import MarketCalendar

Array = npt.NDArray[np.float64]

_MONDAY, _WEDNESDAY, _FRIDAY = 0, 2, 4
_NEAR_DAYS, _WEEKS_DAYS, _YEAR_DAYS = 45, 70, 365
_THIRD_WEEK: Final = range(15, 22)
_FINE, _COARSE = 1.0, 5.0


def listed_expiries(day: date, calendar: MarketCalendar) -> list[date]:
    """List Mondays, Wednesdays and Fridays of six weeks, Fridays of ten, third Fridays of a year.

    One that falls on a holiday ends a session earlier.
    """
    found: set[date] = set()
    for days in range(_YEAR_DAYS + 1):
        on = day + timedelta(days=days)
        weekday = on.weekday()
        is_monthly = weekday == _FRIDAY and on.day in _THIRD_WEEK
        is_weekly = weekday == _FRIDAY and days <= _WEEKS_DAYS
        is_near = weekday in {_MONDAY, _WEDNESDAY} and days <= _NEAR_DAYS
        if is_monthly or is_weekly or is_near:
            found.add(on if calendar.is_trading_day(on) else calendar.previous_trading_day(on))
    return sorted(one for one in found if one >= day)


def listed_strikes(lately: Array, days: int) -> Array:
    """List strikes by dollars around the closes of late, by five further out, as far as the days allow.

    What was listed stays while prices are where they were: no position loses its quotes.
    """
    low, high = float(lately.min()), float(lately.max())
    reach = min(0.10 + 0.012 * days**0.5, 0.30)
    fine = np.arange(np.ceil(low * 0.93), np.floor(high * 1.05) + 1, _FINE)
    coarse = np.arange(
        np.ceil(low * (1 - reach) / _COARSE) * _COARSE,
        np.floor(high * (1 + reach) / _COARSE + 1) * _COARSE,
        _COARSE,
    )
    return np.unique(np.concatenate([fine, coarse])) if days <= _WEEKS_DAYS else coarse
