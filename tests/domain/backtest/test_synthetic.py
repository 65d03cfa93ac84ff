"""The made-up market: the same for the same seed, whole for every gate (B-12)."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from chalicelib.domain.backtest.history import ChainRows
from chalicelib.domain.backtest.kept import IvMemory
from chalicelib.domain.backtest.moments import DayFacts, close_on, moment_of, value_on
from chalicelib.domain.backtest.paths import Recorded
from chalicelib.domain.backtest.synthetic import SyntheticMarket
from tests.domain.backtest.backtest_support import CALENDAR, CONDOR, asked, marched, market

DAY = date(2025, 3, 14)
_COLUMNS = (
    "expiry",
    "strike",
    "is_call",
    "bid",
    "ask",
    "volume",
    "open_interest",
    "iv",
    "delta",
    "gamma",
    "vega",
)


def _chain(history: SyntheticMarket) -> ChainRows:
    (found,) = history.chains(DAY)
    return found


def test_same_seed_same_market() -> None:
    """B-12: the generator is driven by its seed, whatever day is read first."""
    first, again = market(asked()), market(asked())
    again.chains(date(2025, 5, 5))
    one, other = _chain(first), _chain(again)
    assert first.fingerprint == again.fingerprint
    for name in _COLUMNS:
        assert np.array_equal(getattr(one, name), getattr(other, name)), name
    assert market(asked(seed=2)).fingerprint != first.fingerprint


def test_rows_ascend_and_nothing_stands_twice() -> None:
    """What `ChainRows` promises: ordered, one row a contract, no crossed quote."""
    rows = _chain(market(asked()))
    keys = list(zip(rows.expiry.tolist(), rows.strike.tolist(), rows.is_call.tolist(), strict=True))
    assert keys == sorted(set(keys))
    assert np.all(rows.bid < rows.ask)
    assert min(rows.expiry) >= DAY.toordinal()


def test_brings_every_input() -> None:
    """B-16: the synthetic source brings every input, so that nothing is missing of any gate."""
    request = asked()
    history = market(request)
    session = CALENDAR.session(DAY)
    assert session is not None
    facts = DayFacts(history.daily, CALENDAR, session)
    moment = moment_of(_chain(history), facts, "SPY", [request.strategy.entry_conditions], IvMemory())
    assert moment.missing == frozenset()
    assert moment.facts.at.astimezone().isoformat() == moment.enters_at.astimezone().isoformat()


def test_what_a_history_does_not_tell_is_solved_before_the_months_iv_as_live() -> None:
    """B-12, B-16: of chains without IV the 30-day ATM IV, and VRP with it, is known from their prices."""
    request = asked()
    history = market(request)
    session = CALENDAR.session(DAY)
    assert session is not None
    facts = DayFacts(history.daily, CALENDAR, session)
    told = _chain(history)
    nothing = np.full(len(told.strike), np.nan)
    bare = replace(told, iv=nothing, delta=nothing, gamma=nothing, vega=nothing)
    conditions = [request.strategy.entry_conditions]

    known = moment_of(told, facts, "SPY", conditions, IvMemory()).facts.implied_volatility
    solved = moment_of(bare, facts, "SPY", conditions, IvMemory()).facts.implied_volatility

    assert known is not None
    assert solved == pytest.approx(known, abs=0.002)


def test_recorded_prices_and_vix_are_what_chains_are_made_around() -> None:
    """B-12: so that a year can be 2008: spot is the recorded close, 30-day ATM IV the recorded VIX."""
    request = asked()
    drawn = market(request).daily
    assert drawn.bars is not None
    assert drawn.vix is not None
    stormy = replace(drawn.vix, value=drawn.vix.value * 3)
    history = SyntheticMarket(
        "SPY", request.first, request.last, 1, CALENDAR, Recorded(bars=drawn.bars, vix=stormy)
    )
    session = CALENDAR.session(DAY)
    assert session is not None
    facts = DayFacts(history.daily, CALENDAR, session)
    moment = moment_of(_chain(history), facts, "SPY", [request.strategy.entry_conditions], IvMemory())
    assert moment.facts.implied_volatility == pytest.approx((value_on(stormy, DAY) or 0) / 100, rel=0.02)
    assert _chain(history).spot == close_on(drawn.bars, DAY)
    assert moment.missing == frozenset()


def test_an_underlying_whose_name_no_symbol_can_have_is_made_all_the_same() -> None:
    """BRK/B's contracts are written BRKB: what is entered is found again."""
    strategy = {**CONDOR, "underlying": "BRK/B"}
    run = marched(asked(strategy=strategy, to="2025-02-14")).runs[0]
    assert run.trades
    assert run.trades[0].legs[0].symbol.startswith("BRKB25")


@pytest.mark.parametrize("name", ["bid", "ask", "iv"])
def test_what_is_held_stays_quoted(name: str) -> None:
    """A contract that was listed is listed again the next session: no position loses its quotes."""
    history = market(asked())
    rows, (later,) = _chain(history), history.chains(date(2025, 3, 17))
    still = {
        (one, strike)
        for one, strike in zip(rows.expiry, rows.strike, strict=True)
        if one > DAY.toordinal() + 3
    }
    near = {(one, strike) for one, strike in still if abs(strike - (later.spot or 0)) < 40}
    assert near <= set(zip(later.expiry, later.strike, strict=True))
    assert not np.any(np.isnan(getattr(later, name)))
