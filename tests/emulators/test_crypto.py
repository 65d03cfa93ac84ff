"""Crypto prices of the simulated market: all hours, all days (local.md, Systems B and C)."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from infra.local.emulators.market.crypto import PAIRS
from infra.local.emulators.market.instruments import UnknownSymbol
from infra.local.emulators.market.market import SimulatedMarket
from tests.emulators.support import HandClock, Outside

SATURDAY_NIGHT = datetime(2026, 2, 21, 23, 59, 58, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def clock() -> HandClock:
    """Two seconds before a Sunday begins in UTC."""
    return HandClock(SATURDAY_NIGHT)


@pytest.fixture
def market(clock: HandClock) -> SimulatedMarket:
    """A market at that time."""
    return SimulatedMarket(7, clock)


def test_five_pairs_trade_on_through_a_weekend_and_midnight(
    market: SimulatedMarket, clock: HandClock
) -> None:
    assert set(PAIRS) == {"BTCUSDT", "ETHUSDT", "SOLUSDT", "BNBUSDT", "ADAUSDT"}
    for symbol, pair in PAIRS.items():
        seen = []
        clock.at = SATURDAY_NIGHT
        for _ in range(5):
            quote = market.crypto.quote(symbol, market.now())
            assert quote.bid < quote.last < quote.ask
            assert round(quote.last, pair.decimals) == quote.last
            seen.append(quote.last)
            clock.forward(seconds=1)
        assert max(seen) / min(seen) < 1.002


def test_the_same_seed_gives_the_same_prices(market: SimulatedMarket, clock: HandClock) -> None:
    again, other = SimulatedMarket(7, clock), SimulatedMarket(8, clock)
    for symbol in PAIRS:
        price = market.crypto.price(symbol, market.now())
        assert again.crypto.price(symbol, market.now()) == price
        assert other.crypto.price(symbol, market.now()) != price


def test_a_jump_and_a_path_are_followed(market: SimulatedMarket, clock: HandClock) -> None:
    """POST /market/price, at any hour; over midnight too."""
    market.jump("BTCUSDT", 50_000.0)
    at_once = market.crypto.price("BTCUSDT", market.now())
    market.path("BTCUSDT", [(0.0, 50_000.0), (10.0, 51_000.0)])
    clock.forward(seconds=5)
    half_way = market.crypto.price("BTCUSDT", market.now())
    clock.forward(hours=6)

    assert (at_once, half_way) == (50_000.0, 50_500.0)
    assert market.crypto.price("BTCUSDT", market.now()) == pytest.approx(51_000.0, rel=0.08)
    with pytest.raises(ValueError, match="positive"):
        market.jump("BTCUSDT", 0.0)
    with pytest.raises(UnknownSymbol):
        market.jump("DOGEUSDT", 1.0)


def test_candles_of_minutes_make_up_their_hour(market: SimulatedMarket) -> None:
    end = SATURDAY_NIGHT.replace(hour=22, minute=59, second=59)
    start = end.replace(minute=0, second=0)
    minutes = market.crypto.candles("ETHUSDT", start, end, MINUTE)
    (hour,) = market.crypto.candles("ETHUSDT", start, end, HOUR)

    assert len(minutes) == 60
    assert [one.at for one in minutes] == [start + n * MINUTE for n in range(60)]
    assert (hour.opening, hour.closing) == (minutes[0].opening, minutes[-1].closing)
    assert hour.high == max(one.high for one in minutes)
    assert hour.low == min(one.low for one in minutes)
    assert all(one.volume > 0 for one in minutes)


def test_400_days_of_bars_follow_each_other(market: SimulatedMarket) -> None:
    """Each opens where the one before closed."""
    today = date(2026, 2, 21)
    for symbol, pair in PAIRS.items():
        found = [market.crypto.daily(symbol, today - timedelta(days=n), market.now()) for n in range(400)]
        bars = [bar for bar in reversed(found) if bar is not None]

        assert len(bars) == 400
        for before, after in pairwise(bars):
            assert after.opening == pytest.approx(before.closing, rel=0.002)
            assert after.low <= min(after.opening, after.closing)
            assert after.high >= max(after.opening, after.closing)
        assert pair.base_price / 3 < bars[-1].closing < pair.base_price * 3
    assert market.crypto.daily("BTCUSDT", today + timedelta(days=1), market.now()) is None


def test_a_jump_outlives_a_run(market: SimulatedMarket, clock: HandClock) -> None:
    market.jump("ADAUSDT", 2.0)
    again = SimulatedMarket(7, clock)
    again.restore(market.state())
    clock.forward(hours=30)

    assert again.crypto.price("ADAUSDT", clock()) == market.crypto.price("ADAUSDT", clock())


def test_no_stock_broker_knows_a_pair() -> None:
    outside = Outside()
    quotes = outside.sandbox.get("/v1/markets/quotes", params={"symbols": "BTCUSDT"}).json()["quotes"]

    assert quotes == {"unmatched_symbols": {"symbol": "BTCUSDT"}}
