"""Which chains a scan reads: those that may be entered, and what the 30-day IV is made of (B-02 to B-04)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest

from chalicelib.domain.desk.selection.expiries import expiries_to_read
from chalicelib.domain.desk.strategies.strategy import EntryConditions

TODAY = date(2026, 2, 19)
LISTED = [1, 8, 15, 22, 29, 36, 43, 50, 57, 85, 120]
CONDOR = EntryConditions(dte_min=30, dte_max=60)


def read(*conditions: EntryConditions, listed: Sequence[int] = LISTED, vix: float | None = None) -> list[int]:
    days = [TODAY + timedelta(days=dte) for dte in listed]
    return [(expiry - TODAY).days for expiry in expiries_to_read(days, TODAY, conditions, vix)]


def test_a_range_is_read_with_the_expiry_before_the_month() -> None:
    assert read(CONDOR) == [29, 36, 43, 50, 57]


def test_several_strategies_are_one_reading() -> None:
    assert read(CONDOR, replace(CONDOR, dte_min=0, dte_max=9)) == [1, 8, 29, 36, 43, 50, 57]


def test_where_nothing_is_in_range_the_nearest_is_read() -> None:
    """D names it."""
    assert read(replace(CONDOR, dte_min=200, dte_max=300)) == [29, 36, 120]


def test_without_a_strategy_the_months_own_are_read() -> None:
    """B-03: the evening's IV."""
    assert read() == [29, 36]
    assert read(listed=[30, 37]) == [30]
    assert read(listed=[]) == []


@pytest.mark.parametrize(
    ("vix", "expected"),
    [
        (30.0, [22, 29, 36, 43]),
        (12.0, [29, 36, 43, 50, 57]),
        (20.0, [29, 36, 43, 50, 57]),
        (None, [29, 36, 43, 50, 57]),
    ],
)
def test_days_move_with_vix_where_a_strategy_says_so(vix: float | None, expected: list[int]) -> None:
    """B-04, `dynamic_dte`: nearer when VIX is above 25."""
    assert read(replace(CONDOR, dynamic_dte=True), vix=vix) == expected


def test_what_has_expired_is_not_read() -> None:
    assert read(replace(CONDOR, dte_min=0, dte_max=1), listed=[-7, 0, 1, 30]) == [0, 1, 30]
