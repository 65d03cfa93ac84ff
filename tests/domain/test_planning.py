"""The instants of a trading day (architecture.md, Clocks; A-02, A-05, I-18)."""

from collections import Counter
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Final

import pytest

from chalicelib.domain.clocks.calendar import MarketCalendar, new_york_instant
from chalicelib.domain.clocks.jobs import armed_instants
from chalicelib.domain.clocks.session_instants import (
    bookend_instants,
    exit_instants,
    is_regular_sync,
    reconcile_instants,
    risk_instants,
    scan_instants,
    snapshot_instants,
    switch_instants,
    sync_instants,
)
from chalicelib.domain.clocks.sessions import Session

FULL_DAY: Final = date(2026, 2, 20)
HALF_DAY: Final = date(2026, 11, 27)
SUMMER_DAY: Final = date(2026, 7, 15)
DAYS: Final = [FULL_DAY, HALF_DAY, SUMMER_DAY]


def session_of(day: date) -> Session:
    """Return the standing session of a trading day."""
    session = MarketCalendar().session(day)
    assert session is not None
    return session


def minutes(day: date, first: time, last: time) -> list[datetime]:
    """Return each minute from `first` to `last` in New York, both included."""
    at, end = new_york_instant(day, first), new_york_instant(day, last)
    return [at + timedelta(minutes=count) for count in range(int((end - at).total_seconds()) // 60 + 1)]


@pytest.mark.parametrize(("day", "count"), [(FULL_DAY, 585), (HALF_DAY, 315), (SUMMER_DAY, 585)])
def test_snapshots_come_every_40_seconds_counted_from_the_open(day: date, count: int) -> None:
    """A-02: 585 on a full day, 315 on a half one; all inside the session."""
    session = session_of(day)
    instants = list(snapshot_instants(session))

    assert len(instants) == count
    assert instants[0] == session.opens_at
    assert {later - earlier for earlier, later in pairwise(instants)} == {timedelta(seconds=40)}
    assert all(session.contains(at) for at in instants)
    assert session.closes_at - instants[-1] <= timedelta(seconds=40)


@pytest.mark.parametrize("day", DAYS)
def test_each_session_has_one_bookend_on_either_side(day: date) -> None:
    """A-05, I-18: 09:25 and five minutes after today's close."""
    session = session_of(day)

    assert list(bookend_instants(session)) == [
        new_york_instant(day, time(9, 25)),
        session.closes_at + timedelta(minutes=5),
    ]


@pytest.mark.parametrize(("day", "count"), [(FULL_DAY, 390), (HALF_DAY, 210)])
def test_desks_are_scanned_each_minute_of_the_session(day: date, count: int) -> None:
    """B-15: on the minute, from the open to the minute before the close."""
    session = session_of(day)
    instants = list(scan_instants(session))

    assert len(instants) == count
    assert (instants[0], instants[-1]) == (session.opens_at, session.closes_at - timedelta(minutes=1))
    assert {at.second for at in instants} == {0}


@pytest.mark.parametrize("day", DAYS)
def test_syncs_come_each_minute_from_0925_to_1730(day: date) -> None:
    """A-02: both ends included, half days too (a day order may still be live)."""
    assert list(sync_instants(session_of(day))) == minutes(day, time(9, 25), time(17, 30))


@pytest.mark.parametrize(("day", "last"), [(FULL_DAY, time(16, 30)), (HALF_DAY, time(13, 30))])
def test_syncs_are_regular_until_half_an_hour_after_the_close(day: date, last: time) -> None:
    """A-02: later ones only while a day order is live."""
    session = session_of(day)
    regular = [at for at in sync_instants(session) if is_regular_sync(session, at)]

    assert regular == minutes(day, time(9, 25), last)


@pytest.mark.parametrize("day", DAYS)
def test_a_days_plan_runs_arm_every_instant_exactly_once(day: date) -> None:
    """I-18, I-20: nothing is left out between two runs, and nothing armed twice."""
    session = session_of(day)
    armed = Counter(
        pair for run in minutes(day, time(9, 20), time(17, 35)) for pair in armed_instants(session, run)
    )
    due = (
        [("bookend", at) for at in bookend_instants(session)]
        + [("sync", at) for at in sync_instants(session)]
        + [("snapshot", at) for at in snapshot_instants(session)]
        + [("desk_exits", at) for at in exit_instants(session)]
        + [("desk_scan", at) for at in scan_instants(session)]
        + [("desk_reconcile", at) for at in reconcile_instants(session)]
        + [("kill_switch", at) for at in switch_instants(session)]
        + [("risk_book", at) for at in risk_instants(session)]
    )

    assert armed == Counter(due)
    assert set(armed.values()) == {1}


def test_the_run_of_0929_arms_the_opening_minute() -> None:
    """architecture.md, Clocks: the minute after, in order, whatever second the run starts at."""
    session = session_of(FULL_DAY)
    run = new_york_instant(FULL_DAY, time(9, 29))
    expected = [
        *(("snapshot", 0), ("sync", 0), ("desk_exits", 0), ("desk_scan", 0), ("desk_reconcile", 0)),
        ("kill_switch", 0),
        ("risk_book", 0),
        ("snapshot", 40),
    ]

    for late in (timedelta(0), timedelta(seconds=59)):
        armed = armed_instants(session, run + late)

        assert [at for _, at in armed] == sorted(at for _, at in armed)
        assert sorted(armed) == sorted(
            (job, session.opens_at + timedelta(seconds=seconds)) for job, seconds in expected
        )
