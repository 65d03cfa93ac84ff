"""How the cadence stretches so that a month's plan lasts the month (A-02, data budget)."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.clocks.calendar import Closure, MarketCalendar, new_york_instant, new_york_midnight
from chalicelib.domain.market.data_budget import (
    CADENCES_SECONDS,
    DataBudget,
    plan_cadence,
    quota_month,
    session_seconds_left,
)

FULL_DAY_SECONDS: Final = 23_400
CALENDAR: Final = MarketCalendar()


def budget(quota: int | None, *, used: int = 0, calls: int = 1, seconds: int = 12_000) -> DataBudget:
    """Return the plan for a month with so many seconds of sessions left."""
    return plan_cadence(
        used_calls=used, calls_per_snapshot=calls, session_seconds_left=seconds, monthly_quota=quota
    )


@pytest.mark.parametrize(
    ("quota", "cadence", "is_exceeded"),
    [
        (None, 40, False),
        (300, 40, False),
        (299, 60, False),
        (200, 60, False),
        (199, 120, False),
        (100, 120, False),
        (99, 120, True),
    ],
)
def test_cadence_stretches_40_60_120(quota: int | None, cadence: int, is_exceeded: bool) -> None:
    """A-02: the fastest whose projection stays inside the quota; past the slowest the page says so."""
    plan = budget(quota)

    assert (plan.cadence_seconds, plan.is_exceeded) == (cadence, is_exceeded)
    assert plan.is_stretched == (cadence > 40)


def test_what_was_used_counts() -> None:
    """A-02: the projection is the whole month's."""
    assert budget(300, used=0).cadence_seconds == 40
    assert budget(300, used=1).cadence_seconds == 60
    assert budget(300, used=1).projected_calls == 201


@settings(max_examples=200)
@given(
    quota=st.integers(0, 50_000),
    used=st.integers(0, 50_000),
    calls=st.integers(0, 50),
    seconds=st.integers(0, 23 * FULL_DAY_SECONDS),
)
def test_a_cadence_is_the_fastest_that_lasts(quota: int, used: int, calls: int, seconds: int) -> None:
    """A-02: no faster one would stay inside the quota, and the quota is passed only at the slowest."""
    plan = budget(quota, used=used, calls=calls, seconds=seconds)
    faster = [cadence for cadence in CADENCES_SECONDS if cadence < plan.cadence_seconds]

    assert all(used + calls * -(-seconds // cadence) > quota for cadence in faster)
    assert not plan.is_exceeded or plan.cadence_seconds == max(CADENCES_SECONDS)
    assert plan.projected_calls >= used


def test_seconds_left_count_sessions_only() -> None:
    """A-02: February 2026 has 19 sessions; November's half day counts for what it is."""
    assert session_seconds_left(CALENDAR, new_york_midnight(date(2026, 2, 1))) == 19 * FULL_DAY_SECONDS
    half_day = new_york_instant(date(2026, 11, 27), time(9))
    assert session_seconds_left(CALENDAR, half_day) == 12_600 + FULL_DAY_SECONDS


def test_seconds_left_run_down_in_the_session() -> None:
    """A-02: from this very instant; after the last close of a month nothing is left."""
    last = date(2026, 2, 27)

    assert session_seconds_left(CALENDAR, new_york_instant(last, time(15, 59))) == 60
    assert session_seconds_left(CALENDAR, new_york_instant(last, time(16))) == 0


def test_an_operators_closure_leaves_less() -> None:
    """A-05: a day that is decreed shut has no calls."""
    day = date(2026, 2, 27)
    shut = MarketCalendar(closures={day: Closure(day=day, closes=None, reason="decreed")})

    assert session_seconds_left(shut, new_york_midnight(day)) == 0


@given(st.integers(0, 720))
def test_seconds_left_never_rise_within_a_month(hours: int) -> None:
    """A-02: time only takes away."""
    at = new_york_midnight(date(2026, 3, 1)) + timedelta(hours=hours)

    assert session_seconds_left(CALENDAR, at + timedelta(minutes=30)) <= session_seconds_left(CALENDAR, at)


def test_quota_month_is_new_yorks() -> None:
    """A-02: a call in New York's last evening of January is January's."""
    assert quota_month(datetime(2026, 2, 1, 4, 59, tzinfo=UTC)) == date(2026, 1, 1)
    assert quota_month(datetime(2026, 2, 1, 5, 0, tzinfo=UTC)) == date(2026, 2, 1)
