"""Calendars by instrument class (W-06), and whose day limits count."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.clocks.calendar import Closure, MarketCalendar, new_york_instant
from chalicelib.domain.clocks.instrument_calendars import (
    ALWAYS_OPEN,
    calendar_of_all,
    calendar_of_instrument,
    last_session_of,
)
from chalicelib.domain.clocks.sessions import Calendar
from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.symbols import NotAnOptionSymbol, OptionContract
from chalicelib.domain.trading.trades import Originator
from chalicelib.domain.trading.trading_hours import calendar_of_trade, day_began_at
from tests.domain.support import OPEN_TRADE

MARKET = MarketCalendar()
OPTION, EQUITY, CRYPTO = Instrument.OPTION, Instrument.EQUITY, Instrument.CRYPTO
WEDNESDAY = date(2026, 3, 18)
THURSDAY = date(2026, 3, 19)
THIRD_FRIDAY = date(2026, 3, 20)
HALF_DAY = date(2026, 11, 27)

instants = st.datetimes(
    datetime(2025, 1, 1),  # noqa: DTZ001 - Hypothesis wants naive bounds and adds the zone
    datetime(2026, 12, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


def closing(calendar: Calendar, day: date) -> time | None:
    """Return the New York time at which a day's session ends."""
    session = calendar.session(day)
    if session is None:
        return None
    minutes = (session.closes_at - new_york_instant(day, time(0))).total_seconds() // 60
    return time(int(minutes // 60), int(minutes % 60))


def of(symbol: str) -> Calendar:
    """Return the calendar of an option."""
    return calendar_of_instrument(MARKET, OPTION, symbol)


def test_shares_and_their_options_keep_the_markets_calendar() -> None:
    """A-05: nothing changes for what traded before."""
    assert of("SPY260320C00600000") is MARKET
    assert of("BRKB260320C00480000") is MARKET
    assert calendar_of_instrument(MARKET, EQUITY, "SPY") is MARKET
    assert closing(of("SPY260320C00600000"), THURSDAY) == time(16, 0)


@pytest.mark.parametrize("root", ["SPX", "SPXW", "XSP", "NDX", "NDXP", "RUT", "RUTW", "VIX"])
def test_index_options_trade_a_quarter_of_an_hour_longer(root: str) -> None:
    """W-06: 16:15, and 13:15 on a short day; holidays are the market's."""
    calendar = of(f"{root}261218C05000000")

    assert closing(calendar, THURSDAY) == time(16, 15)
    assert closing(calendar, HALF_DAY) == time(13, 15)
    assert calendar.session(date(2026, 11, 26)) is None
    assert calendar.is_open(new_york_instant(THURSDAY, time(16, 14, 59)))
    assert not calendar.is_open(new_york_instant(THURSDAY, time(16, 15)))


def test_what_settles_on_the_close_ends_with_the_market_on_its_last_day() -> None:
    """W-06: SPXW of a third Friday trades to 16:00 then, and no more after."""
    calendar = of("SPXW260320C05000000")

    assert closing(calendar, THURSDAY) == time(16, 15)
    assert closing(calendar, THIRD_FRIDAY) == time(16, 0)
    assert calendar.session(date(2026, 3, 23)) is None


def test_what_settles_on_the_open_ends_the_day_before() -> None:
    """W-05: SPX of a third Friday trades last on Thursday, to 16:15."""
    calendar = of("SPX260320C05000000")

    assert closing(calendar, THURSDAY) == time(16, 15)
    assert calendar.session(THIRD_FRIDAY) is None
    assert not calendar.is_open(new_york_instant(THIRD_FRIDAY, time(9, 30)))


@pytest.mark.parametrize(
    ("symbol", "day", "closes"),
    [
        ("SPY260320C00600000", THIRD_FRIDAY, time(16, 0)),
        ("SPXW260320C05000000", THIRD_FRIDAY, time(16, 0)),
        ("SPX260320C05000000", THURSDAY, time(16, 15)),
        ("SPY261127C00600000", HALF_DAY, time(13, 0)),
        ("SPXW261127C05000000", HALF_DAY, time(13, 0)),
        # Good Friday: what would have settled on its open trades last two days before.
        ("SPX260403C05000000", date(2026, 4, 1), time(16, 15)),
    ],
)
def test_a_contract_trades_last_in_its_last_session(symbol: str, day: date, closes: time) -> None:
    """W-05, A-06: half days and holidays included."""
    last = last_session_of(MARKET, OptionContract.parse_occ(symbol))

    assert last is not None
    assert (last.day, last.closes_at) == (day, new_york_instant(day, closes))


def test_the_operators_word_holds_for_every_class() -> None:
    """A-05: a closing decreed at short notice shuts index options too, a shorter day shortens theirs."""
    market = MarketCalendar(
        closures={
            WEDNESDAY: Closure(day=WEDNESDAY, closes=None, reason="mourning"),
            THURSDAY: Closure(day=THURSDAY, closes=time(14, 0), reason="storm"),
        }
    )
    calendar = calendar_of_instrument(market, OPTION, "SPXW260320C05000000")

    assert calendar.session(WEDNESDAY) is None
    assert closing(calendar, THURSDAY) == time(14, 15)


@given(at=instants)
def test_coins_always_trade(at: datetime) -> None:
    """W-06: every instant lies in a session, that of its day of UTC."""
    calendar = calendar_of_instrument(MARKET, CRYPTO, "BTCUSDT")
    session = calendar.session_at(at)

    assert calendar is ALWAYS_OPEN
    assert calendar.is_open(at)
    assert session is not None
    assert session.day == calendar.day_of(at) == at.date()
    assert session.closes_at - session.opens_at == timedelta(days=1)
    assert calendar.next_close(at) == calendar.next_session(at).opens_at


@given(at=instants)
def test_every_calendar_answers_alike(at: datetime) -> None:
    """W-06: open means in a session, the next one lies ahead, the last one behind."""
    for calendar in (MARKET, ALWAYS_OPEN, of("SPXW281215C05000000")):
        last, following = calendar.last_session(at), calendar.next_session(at)

        assert last.opens_at <= at < following.opens_at
        assert calendar.is_open(at) is last.contains(at)
        assert calendar.next_close(at) == (last if calendar.is_open(at) else following).closes_at


def test_legs_trade_together_while_all_do() -> None:
    """W-06: a calendar spread ends with its near leg's session, and lives on by its far leg."""
    legs = [(OPTION, "SPXW260320C05000000"), (OPTION, "SPXW260417C05000000")]
    friday_noon = new_york_instant(THIRD_FRIDAY, time(12, 0))
    monday_noon = new_york_instant(date(2026, 3, 23), time(12, 0))

    assert closing(calendar_of_all(MARKET, legs, friday_noon), THIRD_FRIDAY) == time(16, 0)
    assert closing(calendar_of_all(MARKET, legs, friday_noon), THURSDAY) == time(16, 15)
    assert closing(calendar_of_all(MARKET, legs, monday_noon), date(2026, 3, 23)) == time(16, 15)
    assert calendar_of_all(MARKET, [(EQUITY, "SPY"), (OPTION, "SPY260320C00600000")], friday_noon) is MARKET
    assert calendar_of_all(MARKET, [], friday_noon) is MARKET


def test_nothing_trades_when_all_legs_have_ended() -> None:
    """W-06: no order leaves for a contract that is over, though the market is open."""
    friday_noon = new_york_instant(THIRD_FRIDAY, time(12, 0))
    legs = [(OPTION, "SPX260320C05000000"), (OPTION, "SPX260320C05100000")]

    assert not calendar_of_all(MARKET, legs, friday_noon).is_open(friday_noon)


def test_a_trade_asks_its_own_calendar() -> None:
    """W-06: a trade of one SPY call has the market's, of one SPXW call its own."""
    at = new_york_instant(THURSDAY, time(16, 10))
    spxw = replace(OPEN_TRADE, legs=(replace(OPEN_TRADE.leg, symbol="SPXW260417C05000000"),))

    assert calendar_of_trade(MARKET, OPEN_TRADE, at) is MARKET
    assert calendar_of_trade(MARKET, spxw, at).is_open(at)
    assert not MARKET.is_open(at)


def test_an_option_has_an_option_symbol() -> None:
    """W-06: what cannot be read is not taken for something else."""
    with pytest.raises(NotAnOptionSymbol):
        calendar_of_instrument(MARKET, OPTION, "SPY")


def test_today_is_the_originators() -> None:
    """W-06: Eastern for people and the desk, UTC for AI traders."""
    late = datetime(2026, 3, 19, 1, 30, tzinfo=UTC)  # 21:30 of the day before in New York

    assert day_began_at(Originator.PERSON, late) == day_began_at(Originator.DESK, late)
    assert day_began_at(Originator.PERSON, late) == new_york_instant(WEDNESDAY, time(0))
    assert day_began_at(Originator.AI, late) == datetime(2026, 3, 19, tzinfo=UTC)
