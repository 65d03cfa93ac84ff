"""A condor year on a made-up market: what the tests of backtests share."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from chalicelib.domain.backtest.march import March
from chalicelib.domain.backtest.parts import trading_days
from chalicelib.domain.backtest.request import BacktestRequest, read_request
from chalicelib.domain.backtest.run import Run
from chalicelib.domain.backtest.synthetic import SyntheticMarket
from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.domain.desk.strategies.settings import DeskSettings
from chalicelib.services.backtests.paper_books import opened

CALENDAR = MarketCalendar()
CONDOR: Mapping[str, Any] = {  # Any: a body
    "name": "SPY condor",
    "type": "iron_condor",
    "underlying": "SPY",
    "entry_conditions": {
        "dte_min": 30,
        "dte_max": 60,
        "short_delta": 0.16,
        "wing_width": 5,
        "min_credit": 0.10,
    },
    "exit_conditions": {"profit_target_pct": 50, "stop_pct": 200, "time_stop_dte": 21},
    "sizing": {"kind": "fixed", "qty": 1},
    "max_positions": 5,
}
BODY: Mapping[str, Any] = {"strategy": CONDOR, "from": "2025-01-02", "to": "2025-12-31", "seed": 1}


def asked(**changed: Any) -> BacktestRequest:  # Any: fields of a body
    """Return a request that differs from the condor year in these fields."""
    found = read_request({**BODY, **changed}, None, ["synthetic"], UUID(int=1))
    assert isinstance(found, BacktestRequest), found
    return found


def market(request: BacktestRequest) -> SyntheticMarket:
    """Return the made-up market that a request is about."""
    return SyntheticMarket(request.strategy.underlying, request.first, request.last, request.seed, CALENDAR)


def days_of(request: BacktestRequest) -> list[date]:
    """Return the days of a request."""
    return trading_days(request.first, request.last, CALENDAR)


def marched(request: BacktestRequest, desk: DeskSettings | None = None) -> March:
    """Return a whole run through the made-up market."""
    run = Run(request, request.strategy, desk or DeskSettings(), CALENDAR, opened(request))
    march = March(history=market(request), calendar=CALENDAR, runs=[run])
    days = days_of(request)
    for day in days:
        march.day(day, is_last=day == days[-1])
    return march
