"""Whether an order may leave is asked of the trade's own calendar (W-06, A-05)."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from chalicelib.domain.accounts import BrokerMode
from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.trading.steps import SessionState
from chalicelib.domain.trading.trades import Trade
from chalicelib.services.market_hours import session_state
from tests.domain.support import OPEN_TRADE
from tests.services.stage import Stage, eastern

THURSDAY = date(2026, 2, 19)
SATURDAY = date(2026, 2, 21)


def trade_in(symbol: str, instrument: Instrument = Instrument.OPTION) -> Trade:
    """Return a trade that holds this."""
    return replace(OPEN_TRADE, legs=(replace(OPEN_TRADE.leg, instrument=instrument, symbol=symbol),))


SPY = trade_in("SPY260320C00600000")
SPXW = trade_in("SPXW260320C05000000")
COIN = trade_in("BTCUSDT", Instrument.CRYPTO)


def open_ones(stage: Stage, *trades: Trade) -> list[Trade]:
    """Return for which of these an order may leave now."""
    return [one for one in trades if session_state(stage.env, MarketCalendar(), one) is SessionState.OPEN]


def test_each_trade_has_its_own_session(stage: Stage) -> None:
    """W-06: in the session all, a quarter of an hour beyond it index options, on Saturday coins alone."""
    stage.go_to(eastern(THURSDAY, 15, 59, 59))
    assert open_ones(stage, SPY, SPXW, COIN) == [SPY, SPXW, COIN]

    stage.go_to(eastern(THURSDAY, 16, 14, 59))
    assert open_ones(stage, SPY, SPXW, COIN) == [SPXW, COIN]

    stage.go_to(eastern(THURSDAY, 16, 15))
    assert open_ones(stage, SPY, SPXW, COIN) == [COIN]

    stage.go_to(eastern(SATURDAY, 12))
    assert open_ones(stage, SPY, SPXW, COIN) == [COIN]


@pytest.mark.parametrize("mode", [BrokerMode.PAPER, BrokerMode.TRADIER_LIVE])
def test_a_market_forced_open_is_never_a_live_one(stage: Stage, mode: BrokerMode) -> None:
    """A-05: FORCE_MARKET_OPEN opens the guard for every class, and never applies to live."""
    stage.go_to(eastern(SATURDAY, 12))
    forced = replace(stage.env, force_market_open=True)
    spy = replace(SPY, broker_mode=mode)

    state = session_state(forced, MarketCalendar(), spy)
    assert (state is SessionState.OPEN) is not mode.is_live


def test_what_leaves_in_the_last_instant_would_arrive_after_its_own_bell(stage: Stage) -> None:
    """I-18: half a second on the way counts at 16:15 as it does at 16:00."""
    stage.go_to(eastern(THURSDAY, 16, 15) - timedelta(milliseconds=400))

    assert open_ones(stage, SPXW) == []
