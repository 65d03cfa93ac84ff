"""The market's calendar beside an independent one, and its instants (A-05, I-18, I-19)."""

import warnings
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import exchange_calendars
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.clocks.calendar import (
    Closure,
    MarketCalendar,
    new_york_date,
    new_york_instant,
    new_york_midnight,
)

FIRST: Final = date(1990, 1, 1)
LAST: Final = date(2026, 12, 31)
DAYS: Final = [FIRST + timedelta(days=offset) for offset in range((LAST - FIRST).days + 1)]
FRIDAY: Final = date(2026, 2, 20)
HALF_DAY: Final = date(2026, 11, 27)
CALENDAR: Final = MarketCalendar()

#: Days on which daylight saving begins and ends.
CLOCK_CHANGES: Final = (date(2025, 3, 9), date(2025, 11, 2), date(2026, 3, 8), date(2026, 11, 1))

days = st.dates(FIRST, LAST)
instants = st.datetimes(
    datetime(1990, 1, 1),  # noqa: DTZ001 - Hypothesis wants naive bounds and adds the zone
    datetime(2026, 12, 1),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, ZoneInfo("Asia/Tokyo")]),
)


@pytest.fixture(scope="module")
def exchange_closes() -> Mapping[date, datetime]:
    """Closing instants of every session 1990 to 2026 by the independent library."""
    with warnings.catch_warnings():
        # The library still uses a pandas accessor that its present release warns of.
        warnings.simplefilter("ignore")
        schedule = exchange_calendars.get_calendar("XNYS", start=FIRST, end=LAST).schedule
        return {
            day.date(): close.to_pydatetime()
            for day, close in zip(schedule.index, schedule["close"], strict=True)
        }


def test_trading_days_are_those_of_the_independent_calendar(
    exchange_closes: Mapping[date, datetime],
) -> None:
    """A-05: every day of 1990 to 2026."""
    ours = {day for day in DAYS if CALENDAR.is_trading_day(day)}

    assert ours ^ exchange_closes.keys() == set()


def test_closing_instants_are_those_of_the_independent_calendar(
    exchange_closes: Mapping[date, datetime],
) -> None:
    """A-05: 13:00 (14:00 before 1993) on early closes, 16:00 on every other day, and the flag says which."""
    wrong = {}
    for day, theirs in exchange_closes.items():
        session = CALENDAR.session(day)
        assert session is not None
        is_early = theirs.astimezone(ZoneInfo("America/New_York")).time() < time(16)
        if (session.closes_at, session.early_close) != (theirs, is_early):
            wrong[day] = (session.closes_at, theirs)

    assert wrong == {}


@pytest.mark.parametrize(("day", "close"), [(FRIDAY, time(16)), (HALF_DAY, time(13))])
def test_session_holds_its_opening_instant_and_not_its_closing_one(day: date, close: time) -> None:
    """A-05: [09:30:00, 16:00:00), [09:30:00, 13:00:00) on early closes."""
    opens, closes = new_york_instant(day, time(9, 30)), new_york_instant(day, close)
    tick = timedelta(microseconds=1)

    assert not CALENDAR.is_open(opens - tick)
    assert CALENDAR.is_open(opens)
    assert CALENDAR.is_open(closes - tick)
    assert not CALENDAR.is_open(closes)


@pytest.mark.parametrize("change", CLOCK_CHANGES)
def test_session_keeps_its_wall_clock_over_a_change_of_the_clocks(change: date) -> None:
    """A-05, I-19: the Friday before and the Monday after open at 09:30 in New York, an hour apart in UTC."""
    friday, monday = (
        CALENDAR.session(change - timedelta(days=2)),
        CALENDAR.session(change + timedelta(days=1)),
    )
    assert friday is not None
    assert monday is not None

    new_york = ZoneInfo("America/New_York")
    for session in (friday, monday):
        assert session.opens_at.utcoffset() == timedelta(0)
        assert session.opens_at.astimezone(new_york).time() == time(9, 30)
        assert session.closes_at.astimezone(new_york).time() == time(16)
    assert abs((monday.opens_at - friday.opens_at) - timedelta(days=3)) == timedelta(hours=1)


@pytest.mark.parametrize("change", CLOCK_CHANGES)
def test_the_day_of_a_clock_change_is_an_hour_shorter_or_longer(change: date) -> None:
    """I-19: midnight to midnight in New York, and every instant of it has that date."""
    start, end = new_york_midnight(change), new_york_midnight(change + timedelta(days=1))
    tick = timedelta(microseconds=1)

    assert end - start in {timedelta(hours=23), timedelta(hours=25)}
    assert {new_york_date(start), new_york_date(end - tick)} == {change}
    assert new_york_date(start - tick) == change - timedelta(days=1)
    assert new_york_date(end) == change + timedelta(days=1)


@given(day=st.sampled_from(CLOCK_CHANGES) | days, at=st.times(min_value=time(3)))
def test_a_new_york_time_round_trips(day: date, at: time) -> None:
    """I-19: stored in UTC, shown in New York, daylight-saving days too (past the ambiguous hours)."""
    instant = new_york_instant(day, at)

    assert instant.tzinfo is UTC
    assert new_york_date(instant) == day
    assert instant.astimezone(ZoneInfo("America/New_York")).time() == at


def test_operators_closure_shuts_a_trading_day() -> None:
    """A-05: a closing decreed at short notice is an operator's row."""
    closed = Closure(day=FRIDAY, closes=None, reason="state funeral")
    calendar = MarketCalendar(closures={FRIDAY: closed})
    thursday_close = new_york_instant(FRIDAY - timedelta(days=1), time(16))

    assert calendar.session(FRIDAY) is None
    assert calendar.holiday(FRIDAY) == "state funeral"
    assert not calendar.is_open(new_york_instant(FRIDAY, time(12)))
    assert calendar.next_session(thursday_close).day == FRIDAY + timedelta(days=3)


def test_operators_closure_moves_a_close() -> None:
    """A-05: the operator's word counts before the standing rule, on half days too."""
    for day, closes in ((FRIDAY, time(11, 30)), (HALF_DAY, time(16))):
        closure = Closure(day=day, closes=closes, reason="decreed")
        session = MarketCalendar(closures={day: closure}).session(day)
        assert session is not None

        assert session.closes_at == new_york_instant(day, closes)
        assert session.early_close == (closes < time(16))


def test_operators_closing_time_makes_no_session_where_there_is_none() -> None:
    """A-05: a row with a closing time takes away neither a weekend nor, by itself, a standing holiday."""
    christmas, saturday = date(2026, 12, 25), date(2026, 2, 21)
    closures = {day: Closure(day=day, closes=time(13), reason="?") for day in (christmas, saturday)}
    calendar = MarketCalendar(closures=closures)

    assert calendar.session(saturday) is None
    assert calendar.session(christmas) is None


@settings(max_examples=200)
@given(at=instants)
def test_next_session_is_the_first_to_open_after(at: datetime) -> None:
    """A-05: it opens later than the instant, and no session lies between."""
    session = CALENDAR.next_session(at)

    assert session.opens_at > at
    day = new_york_date(at) + timedelta(days=1)
    while day < session.day:
        assert CALENDAR.session(day) is None
        day += timedelta(days=1)
    today = CALENDAR.session(new_york_date(at))
    assert today is None or today.day == session.day or today.opens_at <= at


@settings(max_examples=200)
@given(at=instants)
def test_next_close_is_todays_inside_a_session_and_the_next_ones_outside(at: datetime) -> None:
    """A-05: the closing instant is always ahead."""
    session = CALENDAR.session_at(at)
    expected = session or CALENDAR.next_session(at)

    assert CALENDAR.next_close(at) == expected.closes_at > at


def test_next_session_at_the_opening_instant_is_the_following_days() -> None:
    """A-05: "opens after" is strict."""
    opens = new_york_instant(FRIDAY, time(9, 30))

    assert CALENDAR.next_session(opens).day == date(2026, 2, 23)
    assert CALENDAR.next_session(opens - timedelta(microseconds=1)).day == FRIDAY


@pytest.mark.parametrize(
    ("expiry", "last_day"),
    [
        (date(2026, 3, 20), date(2026, 3, 20)),
        (date(2013, 7, 20), date(2013, 7, 19)),
        (date(2006, 3, 18), date(2006, 3, 17)),
        (date(2014, 4, 19), date(2014, 4, 17)),  # Good Friday: the Thursday before
        (date(2025, 4, 18), date(2025, 4, 17)),  # an expiry on a holiday
        (date(2026, 11, 27), date(2026, 11, 27)),
    ],
)
def test_contracts_trade_last_in_the_session_of_or_before_their_expiry(expiry: date, last_day: date) -> None:
    """A-06: Saturday expiries (before 2015) trade last on the Friday."""
    session = CALENDAR.expiry_session(expiry)

    assert session is not None
    assert session.day == last_day


@settings(max_examples=200)
@given(day=days)
def test_expiry_session_never_lies_after_the_expiry(day: date) -> None:
    """A-06: the last session is the expiry's own or the nearest before it."""
    session = CALENDAR.expiry_session(day)
    assert session is not None

    assert session.day == (day if CALENDAR.is_trading_day(day) else CALENDAR.previous_trading_day(day))


def test_a_calendar_without_any_session_says_so() -> None:
    """A-05: the search for a session is bounded, not endless."""
    shut = {
        day: Closure(day=day, closes=None, reason="war")
        for day in (FRIDAY + timedelta(days=offset) for offset in range(-60, 60))
    }
    calendar = MarketCalendar(closures=shut)

    with pytest.raises(ValueError, match="no session within"):
        calendar.next_session(new_york_instant(FRIDAY, time(12)))
    with pytest.raises(ValueError, match="no trading day within"):
        calendar.previous_trading_day(FRIDAY)
