"""What the emulators keep so as not to work it out again never shows."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import numpy as np

from infra.local.emulators.market.market import SimulatedMarket
from infra.local.emulators.market.occ import Right
from infra.local.emulators.serving.kept import Kept

NOON = datetime(2026, 2, 19, 17, tzinfo=UTC)
EXPIRY = date(2026, 2, 27)
DAYS = (date(2025, 12, 1), date(2026, 2, 17), date(2026, 2, 18), date(2026, 2, 19))


def market_at(moments: list[datetime]) -> SimulatedMarket:
    """A market whose clock shows the last of these moments."""
    return SimulatedMarket(7, lambda: moments[-1])


def look(market: SimulatedMarket) -> list[object]:
    """All that is kept: bars of days long past, past and not over, and a chain."""
    now = market.now()
    chain = market.chain("AAPL", EXPIRY, now)
    assert chain is not None
    side = chain.side(Right.PUT)
    return [
        *(market.daily_bar(symbol, day, now) for symbol in ("AAPL", "SPY") for day in DAYS),
        *(column.tolist() for column in (chain.strikes, side.bid, side.volume, side.open_interest)),
    ]


def test_what_was_asked_before_changes_no_answer() -> None:
    """Through jumps, volatilities and a close: one market is looked at all along, one at the end."""
    steps: list[Callable[[SimulatedMarket], None]] = [
        lambda market: market.jump("AAPL", 150.0),
        lambda market: market.set_iv("AAPL", 0.9),
        lambda market: market.path("SPY", [(60.0, 500.0), (7200.0, 520.0)]),
        lambda market: market.jump("SPY", 400.0),
    ]
    for asked_until in range(1, len(steps) + 1):
        moments = [NOON]
        asked, fresh = market_at(moments), market_at(moments)
        look(asked)
        for step in steps[:asked_until]:
            for market in (asked, fresh):
                step(market)
            look(asked)
            moments.append(moments[-1] + timedelta(hours=2))
            look(asked)

        assert look(asked) == look(fresh)


def test_chains_of_one_session_share_what_stays() -> None:
    """Open interest is a day's; volume only grows."""
    moments = [NOON]
    market = market_at(moments)
    before = market.chain("AAPL", EXPIRY, NOON)
    moments.append(NOON + timedelta(minutes=30))
    after = market.chain("AAPL", EXPIRY, moments[-1])

    assert before is not None
    assert after is not None
    assert np.array_equal(before.calls.open_interest, after.calls.open_interest)
    assert (after.calls.volume >= before.calls.volume).all()


def test_the_oldest_is_given_up_first() -> None:
    """And nothing beyond what may be kept."""
    kept: Kept[int, str] = Kept(2)
    for number in (1, 2, 3):
        kept.keep(number, str(number))

    assert [kept.get(number) for number in (1, 2, 3)] == [None, "2", "3"]
    kept.forget(lambda key: key == 2)
    assert [kept.get(number) for number in (2, 3)] == [None, "3"]
    kept.clear()
    assert kept.get(3) is None
