"""A backtest as it is told: its figures by performance's own code, out of what is stored (A-15, B-12)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from chalicelib.domain.analysis.metrics.curve import Day
from chalicelib.domain.backtest.figures import avg_days_in_trade, days_of, fall_days, outcome_of
from chalicelib.domain.backtest.request import BacktestRequest
from chalicelib.domain.backtest.results import Result
from chalicelib.domain.desk.stored import from_json
from chalicelib.domain.money import ZERO
from chalicelib.services.analysis.performance import Performance, Period, measure
from chalicelib.services.backtests.ask import stored_request
from chalicelib.store.analysis.attribution import PARTS, SplitSum
from chalicelib.store.desk.backtests import DONE, BacktestRow


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldResult:
    """A result with its figures; `days` are the curve's."""

    result: Result
    figures: Performance
    days: Sequence[Day]
    capital: Decimal
    avg_days_in_trade: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldBacktest:
    """A backtest; `told` None: it is not done, and `reason` says why where it failed."""

    row: BacktestRow
    told: ToldResult | None = None
    reason: str | None = None


def told(row: BacktestRow) -> ToldBacktest:
    """Work out what a row tells."""
    if row.result is None:
        return ToldBacktest(row=row)
    if row.status != DONE:
        return ToldBacktest(row=row, reason=str(row.result.get("reason", "")))
    result, asked = from_json(Result, dict(row.result)), stored_request(row)
    days = days_of(result.equity, asked.initial_capital)
    return ToldBacktest(
        row=row,
        told=ToldResult(
            result=result,
            figures=_figures(result, asked, days),
            days=days,
            capital=asked.initial_capital,
            avg_days_in_trade=avg_days_in_trade(result.trades),
        ),
    )


def _splits(result: Result, strategy: str) -> list[SplitSum]:
    """Add up where the trades' P&L came from."""
    found = [one.split for one in result.trades if one.split is not None]
    parts = {name: sum((getattr(one, name) for one in found), ZERO) for name in PARTS}
    return [SplitSum(key=strategy, trades=len(found), parts=parts)] if found else []


def _figures(result: Result, asked: BacktestRequest, days: Sequence[Day]) -> Performance:
    name, underlying = asked.strategy.name, asked.strategy.underlying
    outcomes = sorted(
        (outcome_of(one, underlying, name) for one in result.trades), key=lambda one: one.closed_at
    )
    period = Period(first=asked.first, last=asked.last)
    figures = replace(measure(outcomes, days, asked.initial_capital, period), splits=_splits(result, name))
    if figures.drawdown is None:
        return figures
    lasted = fall_days(days, asked.initial_capital)
    return replace(figures, drawdown=replace(figures.drawdown, days=lasted or 0))
