"""Candles: closed ones only, of the session only, and hours made of them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.domain.market.candles import Candle, complete_by, hours_of, in_session

OPEN = datetime(2026, 2, 19, 14, 30, tzinfo=UTC)
CALENDAR = MarketCalendar()


def candle(minutes_after_open: int, price: int, *, length: int = 15, volume: int = 1) -> Candle:
    starts_at = OPEN + timedelta(minutes=minutes_after_open)
    value = Decimal(price)
    return Candle(
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=length),
        open=value,
        high=value + 1,
        low=value - 1,
        close=value,
        volume=volume,
    )


def test_a_candle_counts_from_its_end_on() -> None:
    """A-08: captured as of the moment of entry; a candle still being made is not known."""
    candles = [candle(0, 100), candle(15, 101), candle(30, 102)]

    assert complete_by(candles, OPEN + timedelta(minutes=30)) == candles[:2]
    assert complete_by(candles, OPEN + timedelta(minutes=30) - timedelta(microseconds=1)) == candles[:1]


def test_only_the_session_counts_and_each_instant_once() -> None:
    candles = [candle(0, 100), candle(-15, 99), candle(0, 105), candle(390, 90)]

    assert [one.open for one in in_session(candles, CALENDAR)] == [105]


def test_hours_are_counted_from_the_open_and_the_last_ends_with_the_session() -> None:
    hours = hours_of([candle(15 * index, 100 + index) for index in range(26)], CALENDAR)
    first, last = hours[0], hours[-1]

    assert len(hours) == 7
    assert [first.open, first.high, first.low, first.close] == [Decimal(one) for one in (100, 104, 99, 103)]
    assert first.volume == 4
    assert first.ends_at == OPEN + timedelta(hours=1)
    assert last.ends_at == CALENDAR.session(date(2026, 2, 19)).closes_at  # type: ignore[union-attr]  # a Thursday
    assert last.ends_at - last.starts_at == timedelta(minutes=30)


def test_an_hour_whose_beginning_is_not_known_is_left_out() -> None:
    hours = hours_of([candle(15 * index, 100) for index in range(2, 12)], CALENDAR)

    assert [one.starts_at for one in hours] == [OPEN + timedelta(hours=1), OPEN + timedelta(hours=2)]


def test_nothing_makes_no_hours() -> None:
    assert hours_of([], CALENDAR) == []
