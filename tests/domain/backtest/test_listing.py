"""What a made-up exchange lists (B-12)."""

from datetime import date, timedelta

import numpy as np
import pytest

from chalicelib.domain.backtest.listing import listed_expiries, listed_strikes
from tests.domain.backtest.backtest_support import CALENDAR

_NEAR, _WEEKS, _YEAR = 45, 70, 365


@pytest.mark.parametrize("weekday", range(5))
def test_expiries_are_those_of_the_rule_day_by_day(weekday: int) -> None:
    """Each day of a year ahead is asked: near Mondays and Wednesdays, Fridays of ten weeks, third Fridays."""
    day = date(2025, 6, 2) + timedelta(days=weekday)
    ahead = [day + timedelta(days=days) for days in range(_YEAR + 1)]
    rule = {
        one
        for days, one in enumerate(ahead)
        if (one.weekday() in {0, 2} and days <= _NEAR)
        or (one.weekday() == 4 and (days <= _WEEKS or 15 <= one.day <= 21))
    }
    moved = {one if CALENDAR.is_trading_day(one) else CALENDAR.previous_trading_day(one) for one in rule}

    assert listed_expiries(day, CALENDAR) == sorted(one for one in moved if one >= day)
    assert date(2025, 6, 20) in moved


def test_strikes_are_by_dollars_near_the_price_and_by_five_further_out() -> None:
    """No strike stands twice where both steps meet; far expiries have every fifth dollar alone."""
    near, far = listed_strikes(np.array([498.3, 512.9]), [10, 90])

    assert np.array_equal(near, np.unique(near))
    assert set(np.diff(near[(near >= 470) & (near <= 530)])) == {1.0}
    assert set(np.diff(near[near > 540])) == {5.0}
    assert set(np.diff(far)) == {5.0}
    assert far[0] < near[0]
    assert far[-1] > near[-1]
