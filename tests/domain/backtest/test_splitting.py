"""A-09, B-12: where a backtest's P&L came from, by the history's marks, to the cent."""

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest

from chalicelib.domain.analysis.attribution import Split
from chalicelib.domain.backtest.history import ChainRows
from chalicelib.domain.backtest.positions import ClosedTrade
from chalicelib.domain.backtest.splitting import split_trades
from chalicelib.domain.backtest.synthetic import SyntheticMarket
from chalicelib.domain.desk.stored import from_json, to_json
from tests.domain.backtest.backtest_support import CALENDAR, asked, marched, market


@pytest.fixture(scope="module")
def trades() -> tuple[ClosedTrade, ...]:
    """A quarter of condors on a made-up market, split."""
    request = asked(to="2025-03-31")
    return split_trades(marched(request).runs[0].trades, market(request), CALENDAR)


def test_each_trade_and_leg_adds_up_to_the_cent(trades: tuple[ClosedTrade, ...]) -> None:
    assert len(trades) > 2
    for trade in trades:
        assert trade.split is not None
        assert trade.split.total == trade.realized_pnl
        assert trade.split.fees == -trade.fees
        for name in ("delta", "gamma", "theta", "vega", "residual", "fees", "slippage"):
            legs = [getattr(leg.split, name) for leg in trade.legs]
            assert sum(legs, Decimal(0)) == getattr(trade.split, name)


def test_a_condor_earns_by_time_and_pays_by_curvature(trades: tuple[ClosedTrade, ...]) -> None:
    splits = [trade.split or Split() for trade in trades]

    assert sum(one.theta for one in splits) > 0 > sum(one.gamma for one in splits)
    assert all(one.slippage <= 0 for one in splits), "the touch costs half the spread"
    assert sum(trade.unexplained for trade in trades) == 0


def test_a_split_is_stored_and_read_back(trades: tuple[ClosedTrade, ...]) -> None:
    assert from_json(ClosedTrade, to_json(trades[0])) == trades[0]


class Blind(SyntheticMarket):
    """A market whose files have no IV."""

    def chains(self, day):  # type: ignore[no-untyped-def]  # as its base's
        return [replace(rows, iv=np.full(len(rows.strike), np.nan)) for rows in super().chains(day)]


def test_without_iv_it_is_solved_from_the_marks(trades: tuple[ClosedTrade, ...]) -> None:
    request = asked(to="2025-03-31")
    blind = Blind(request.strategy.underlying, request.first, request.last, request.seed, CALENDAR)
    bare = [
        replace(one, split=None, legs=tuple(replace(leg, split=None) for leg in one.legs)) for one in trades
    ]

    solved = split_trades(bare, blind, CALENDAR)

    theta = [sum(float((one.split or Split()).theta) for one in found) for found in (trades, solved)]
    assert theta[1] == pytest.approx(theta[0], rel=0.1)
    assert all(one.split is not None and one.split.total == one.realized_pnl for one in solved)


class Gone(SyntheticMarket):
    """A market that tells nothing any more."""

    def chains(self, day) -> tuple[ChainRows, ...]:  # type: ignore[no-untyped-def]  # as its base's
        del day
        return ()


def test_without_marks_all_but_fees_is_residual(trades: tuple[ClosedTrade, ...]) -> None:
    request = asked(to="2025-03-31")
    gone = Gone(request.strategy.underlying, request.first, request.last, request.seed, CALENDAR)

    (found, *_) = split_trades(trades[:1], gone, CALENDAR)

    assert found.split == Split(residual=found.realized_pnl + found.fees, fees=-found.fees)
