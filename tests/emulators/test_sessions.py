"""The simulated exchange keeps the days of the real one."""

import warnings
from datetime import date, time

import exchange_calendars
import pytest

from infra.local.emulators.market.sessions import closes_early, session_on, trading_days

FIRST, LAST = date(2013, 1, 1), date(2026, 12, 31)


@pytest.fixture(scope="module")
def reference() -> exchange_calendars.ExchangeCalendar:
    """The calendar of an independent library."""
    with warnings.catch_warnings():
        # Of its own making: it reads pandas in a way that pandas is about to change.
        warnings.simplefilter("ignore")
        return exchange_calendars.get_calendar("XNYS", start=FIRST.isoformat(), end=LAST.isoformat())


def test_trading_days_are_those_of_exchange_calendars(
    reference: exchange_calendars.ExchangeCalendar,
) -> None:
    """A-05: 2013 to 2026, day by day."""
    theirs = [stamp.date() for stamp in reference.sessions]

    assert list(trading_days(FIRST, LAST)) == theirs


def test_early_closes_are_those_of_exchange_calendars(
    reference: exchange_calendars.ExchangeCalendar,
) -> None:
    """A-05: each shortened session ends at 13:00, and no other does."""
    theirs = {stamp.date() for stamp in reference.early_closes}
    ours = {day for day in trading_days(FIRST, LAST) if closes_early(day)}

    assert ours == theirs


def test_a_shortened_session_ends_at_one_o_clock() -> None:
    """The day after Thanksgiving 2025."""
    session = session_on(date(2025, 11, 28))

    assert session is not None
    assert session.close_local == time(13, 0)
    assert session.seconds == 12_600


def test_there_is_no_session_on_a_holiday() -> None:
    """Good Friday 2026 is no federal holiday, and yet the exchange is shut."""
    assert session_on(date(2026, 4, 3)) is None
