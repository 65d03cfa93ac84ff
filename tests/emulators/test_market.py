"""Laws of the simulated market (local.md, "The simulated market")."""

from datetime import UTC, date, datetime

import numpy as np
import pytest

from infra.local.emulators.market.instruments import UnknownSymbol
from infra.local.emulators.market.market import SimulatedMarket
from infra.local.emulators.market.occ import Right
from infra.local.emulators.market.sessions import session_on
from tests.emulators.support import HandClock, new_york

THURSDAY = date(2026, 2, 19)


@pytest.fixture
def clock() -> HandClock:
    """Ten in the morning of a Thursday."""
    return HandClock(new_york("2026-02-19 10:00"))


@pytest.fixture
def market(clock: HandClock) -> SimulatedMarket:
    """A market at that time."""
    return SimulatedMarket(7, clock)


def spot(market: SimulatedMarket, symbol: str = "SPY") -> float:
    """Return the last price now."""
    quote = market.stock_quote(symbol, market.now())
    assert quote is not None
    return quote.last


def test_same_seed_and_calls_give_the_same_prices(clock: HandClock) -> None:
    """However the market is looked at in between."""
    first, second = SimulatedMarket(7, clock), SimulatedMarket(7, clock)
    spot(first, "QQQ")
    for market in (first, second):
        market.jump("SPY", 590.0)
    clock.forward(minutes=7)
    chains = [market.chain("SPY", date(2026, 2, 20), clock()) for market in (first, second)]

    assert chains[0] is not None
    assert chains[1] is not None
    assert spot(first) == spot(second)
    assert np.array_equal(chains[0].calls.bid, chains[1].calls.bid)
    assert spot(SimulatedMarket(8, clock)) != spot(first)


def test_a_jump_is_there_at_once_and_the_path_goes_on_from_it(
    market: SimulatedMarket, clock: HandClock
) -> None:
    """Also over the night."""
    market.jump("SPY", 500.0)

    assert spot(market) == 500.0
    clock.forward(minutes=1)
    assert spot(market) == pytest.approx(500.0, rel=0.005)
    clock.forward(days=1)
    assert spot(market) == pytest.approx(500.0, rel=0.05)


def test_a_jump_outside_the_session_is_where_the_next_one_opens(clock: HandClock) -> None:
    """Before the open nothing is quoted anew."""
    clock.at = new_york("2026-02-19 09:20")
    market = SimulatedMarket(7, clock)
    before = spot(market)
    market.jump("SPY", 480.0)

    assert spot(market) == before
    clock.at = new_york("2026-02-19 09:30")
    assert spot(market) == 480.0


def test_a_path_is_followed_in_straight_lines(market: SimulatedMarket, clock: HandClock) -> None:
    """From now on, or from the price now when the path begins later."""
    start = spot(market)
    market.path("SPY", [(100, 600.0), (200, 500.0)])
    seen = []
    for _ in range(4):
        clock.forward(seconds=50)
        seen.append(spot(market))

    assert seen == pytest.approx([(start + 600) / 2, 600.0, 550.0, 500.0], abs=0.01)


def test_the_volatility_can_be_set(market: SimulatedMarket) -> None:
    """At the money it is what was asked for, and premiums rise with it."""
    expiry = date(2026, 3, 20)
    before = market.chain("AAPL", expiry, market.now())
    market.set_iv("AAPL", 0.8)
    after = market.chain("AAPL", expiry, market.now())

    assert before is not None
    assert after is not None
    row = int(np.argmin(np.abs(after.strikes - after.spot)))
    assert after.volatility[row] == pytest.approx(0.8, rel=0.02)
    assert after.calls.bid[row] > before.calls.ask[row]


def test_what_cannot_be_done_is_refused(market: SimulatedMarket) -> None:
    """Unknown symbols, prices that are not positive, paths that turn back in time."""
    with pytest.raises(UnknownSymbol):
        market.jump("NOPE", 1.0)
    with pytest.raises(ValueError, match="positive"):
        market.jump("SPY", 0.0)
    with pytest.raises(ValueError, match="rising"):
        market.path("SPY", [(10, 600.0), (5, 600.0)])
    with pytest.raises(ValueError, match="positive"):
        market.set_iv("SPY", -1.0)


def test_quotes_stay_after_the_close_with_their_times(market: SimulatedMarket, clock: HandClock) -> None:
    """Until the next open, whatever the clock says."""
    clock.at = new_york("2026-02-19 16:05")
    evening = market.stock_quote("SPY", clock())
    clock.at = new_york("2026-02-20 09:25")
    morning = market.stock_quote("SPY", clock())

    assert evening is not None
    assert morning is not None
    last = int(new_york("2026-02-19 16:00").timestamp()) - 1
    assert evening.quoted_second == morning.quoted_second == last
    assert evening.closing == evening.last == market.official_close("SPY", THURSDAY)
    assert (morning.opening, morning.closing, morning.volume) == (None, None, 0)
    assert morning.previous_close == evening.last


def test_optionable_symbols_list_eight_fridays_and_a_year_of_monthlies(market: SimulatedMarket) -> None:
    """Good Friday 2026 moves its expiry to Thursday."""
    listed = market.expiries("AAPL", THURSDAY)

    fridays = [date(2026, 2, 20), date(2026, 2, 27), date(2026, 3, 6), date(2026, 3, 13)]
    assert set(fridays) <= set(listed)
    assert date(2026, 4, 2) in listed
    assert date(2026, 4, 3) not in listed
    assert len([expiry for expiry in listed if expiry >= date(2026, 5, 1)]) == 10
    assert market.expiries("VIX", THURSDAY) == ()


def test_spy_lists_every_trading_day_for_two_weeks(market: SimulatedMarket) -> None:
    """Today included."""
    daily = [expiry for expiry in market.expiries("SPY", THURSDAY) if expiry <= date(2026, 3, 5)]

    assert len(daily) == 11
    assert daily[0] == THURSDAY


def test_strikes_reach_from_70_to_130_per_cent_and_stay_listed(
    market: SimulatedMarket, clock: HandClock
) -> None:
    """Whatever the spot does, a listed contract does not vanish, and new ones surround the new spot."""
    expiry = date(2026, 3, 20)
    before = market.strikes("NVDA", expiry, THURSDAY)
    price = spot(market, "NVDA")
    market.jump("NVDA", price * 1.5)
    clock.forward(days=1)
    after = market.strikes("NVDA", expiry, date(2026, 2, 20))

    assert before[0] <= 0.7 * price
    assert before[-1] >= 1.3 * price
    assert set(before.tolist()) <= set(after.tolist())
    assert after[-1] >= 1.3 * 1.5 * price


def test_options_are_quoted_on_both_sides_unless_worthless(market: SimulatedMarket) -> None:
    """Never crossed, on the cent, with sizes; a bid of nothing only where the option is worth nothing."""
    for instrument in market.instruments():
        worthless = 0.1 if instrument.coarse_ticks else 0.05
        for expiry in market.expiries(instrument.symbol, THURSDAY)[:2]:
            chain = market.chain(instrument.symbol, expiry, market.now())
            assert chain is not None
            for side in (chain.calls, chain.puts):
                assert (side.ask > side.bid).all()
                assert (side.bid[side.value > worthless] > 0).all()
                assert np.allclose(np.round(side.bid * 100), side.bid * 100)
                assert ((side.bid_size > 0) == (side.bid > 0)).all()


def test_the_path_of_touches_is_what_the_chain_shows(market: SimulatedMarket) -> None:
    """Fills and quotes come from one and the same price."""
    second = int(market.now().timestamp())
    chain = market.chain("SPY", date(2026, 2, 20), market.now())
    assert chain is not None
    for row in range(0, len(chain.strikes), 7):
        symbol = f"SPY260220P{int(chain.strikes[row] * 1000):08d}"
        path = market.touches(symbol, second, second + 5)

        assert path.bid[0] == chain.side(Right.PUT).bid[row]
        assert path.ask[0] == chain.side(Right.PUT).ask[row]


def test_daily_bars_agree_with_the_official_close(market: SimulatedMarket) -> None:
    """Near days come from the seconds, distant ones from the same closes."""
    now = datetime(2026, 2, 19, 15, tzinfo=UTC)
    for day in (date(2026, 2, 18), date(2025, 6, 3)):
        bar = market.daily_bar("SPY", day, now)

        assert session_on(day) is not None
        assert bar is not None
        assert bar.closing == market.official_close("SPY", day)
        assert bar.low <= min(bar.opening, bar.closing)
        assert bar.high >= max(bar.opening, bar.closing)
