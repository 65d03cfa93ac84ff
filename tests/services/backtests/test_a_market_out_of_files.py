"""B-12: a market that was written to a vendor's file and loaded is traded as the market itself."""

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from chalicelib.domain.backtest.history import ChainRows, History
from chalicelib.domain.backtest.march import March
from chalicelib.domain.backtest.parts import trading_days
from chalicelib.domain.backtest.positions import ClosedTrade
from chalicelib.domain.backtest.request import BacktestRequest
from chalicelib.domain.backtest.run import Run
from chalicelib.domain.backtest.synthetic import SyntheticMarket
from chalicelib.domain.desk.strategies.settings import DeskSettings
from chalicelib.services.backtests.daily_sources import DailySources
from chalicelib.services.backtests.loaded import LoadedHistory
from chalicelib.services.backtests.paper_books import opened
from infra.history.chains import LoadTerms, load_chains
from infra.local.aws.objects import MemoryObjects
from tests.domain.backtest.backtest_support import CALENDAR, asked

#: A condor of 30 to 60 days needs no farther expiries; nearer strikes than these are all it sells.
FARTHEST_DAYS = 100


class Near(SyntheticMarket):
    """The made-up market without its far expiries, so that a file of it stays small."""

    def chains(self, day: date) -> Sequence[ChainRows]:
        return [_near(rows, day) for rows in super().chains(day)]


def _near(rows: ChainRows, day: date) -> ChainRows:
    is_near = rows.expiry <= day.toordinal() + FARTHEST_DAYS
    columns: dict[str, Any] = {one.name: getattr(rows, one.name) for one in fields(rows)}  # Any: of each kind
    kept: dict[str, Any] = {
        name: told[is_near] for name, told in columns.items() if isinstance(told, np.ndarray)
    }
    return replace(rows, **kept)


def written(market: History, days: Sequence[date], path: Path) -> Path:
    """Write a market as the plain format of wire/history-data.md 2.7, half of it in each order."""
    frames = []
    for day in days:
        (rows,) = market.chains(day)
        frame = pd.DataFrame(
            {
                "quote_date": day.isoformat(),
                "underlying": "SPY",
                "root": rows.root,
                "expiration": [date.fromordinal(one).isoformat() for one in rows.expiry.tolist()],
                "settlement": "pm",
                "strike": rows.strike,
                "right": np.where(rows.is_call, "C", "P"),
                **{name: getattr(rows, name) for name in ("bid", "ask", "bid_size", "ask_size")},
                **{name: getattr(rows, name) for name in ("volume", "open_interest")},
                **{name: getattr(rows, name) for name in ("iv", "delta", "gamma", "vega")},
                "underlying_price": rows.spot,
            }
        )
        frames.append(frame.iloc[::-1])
    pd.concat(frames[::-1]).to_csv(path, index=False)
    return path


def traded(request: BacktestRequest, history: History) -> list[ClosedTrade]:
    run = Run(request, request.strategy, DeskSettings(), CALENDAR, opened(request))
    march = March(history=history, calendar=CALENDAR, runs=[run])
    days = trading_days(request.first, request.last, CALENDAR)
    for day in days:
        march.day(day, is_last=day == days[-1])
    return run.trades


def test_the_same_trades_come_of_the_market_and_of_its_file(tmp_path: Path) -> None:
    request = asked(to="2025-01-24")
    market = Near("SPY", request.first, request.last, request.seed, CALENDAR)
    days = trading_days(request.first, request.last, CALENDAR)
    store = MemoryObjects()
    path = written(market, days, tmp_path / "spy.csv")

    manifest = load_chains([path], LoadTerms(loader="own", name="spy"), store, lambda _: None)

    loaded = manifest.of("SPY")
    assert loaded is not None
    assert manifest.faults == ()
    facts = DailySources(daily=market.daily, notes=(), fingerprint="")
    of_market, of_file = traded(request, market), traded(request, LoadedHistory(store, loaded, facts, ()))
    assert len(of_market) > 0

    def told(trade: ClosedTrade) -> object:
        return trade.opened_at, trade.closed_at, trade.legs, trade.realized_pnl, trade.reason

    assert [told(one) for one in of_file] == [told(one) for one in of_market]
