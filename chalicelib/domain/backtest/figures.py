"""Figures of a backtest out of its trades and its curve, by the conventions of A-15."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from chalicelib.domain.analysis.metrics.curve import Day, drawdown
from chalicelib.domain.analysis.metrics.outcome import Outcome
from chalicelib.domain.analysis.metrics.ratios import ratios
from chalicelib.domain.analysis.metrics.summary import summarize
from chalicelib.domain.backtest.kept import EquityPoint
from chalicelib.domain.backtest.positions import ClosedTrade
from chalicelib.domain.backtest.results import Cell
from chalicelib.domain.instruments.symbols import NotAnOptionSymbol, OptionContract, OptionType
from chalicelib.domain.money import ZERO, percent

_SECONDS_AN_HOUR: Final = 3600
_SECONDS_A_DAY: Final = 86_400


def outcome_of(trade: ClosedTrade, underlying: str, strategy: str) -> Outcome:
    """Return an ended trade as analytics see it; it is named by its number."""
    held = (trade.closed_at - trade.opened_at).total_seconds()
    return Outcome(
        trade_id=UUID(int=trade.number),
        ticker=underlying,
        strategy=strategy,
        option_type=_right(trade.legs[0].symbol),
        side=trade.legs[0].side,
        close_reason=trade.reason,
        pnl=trade.realized_pnl,
        pnl_pct=percent(trade.realized_pnl, trade.risk),
        fees=trade.fees,
        entered_at=trade.opened_at,
        closed_at=trade.closed_at,
        hold_hours=Decimal(round(held)) / _SECONDS_AN_HOUR,
        entry_price=trade.entry_price,
        bid=trade.bid,
        ask=trade.ask,
        score=None,
        delta=None,
        ai_verdict=None,
        mfe_pct=None if trade.best is None else percent(max(trade.best, ZERO), trade.risk),
        mae_pct=None if trade.worst is None else percent(min(trade.worst, ZERO), trade.risk),
        structure=trade.structure,
        r=r_of(trade),
    )


def r_of(trade: ClosedTrade) -> Decimal | None:
    """Return a trade's P&L over the most it could lose (A-15); None where that had no bound."""
    return trade.realized_pnl / trade.risk if trade.risk else None


def _right(symbol: str) -> OptionType | None:
    try:
        return OptionContract.parse_occ(symbol).option_type
    except NotAnOptionSymbol:
        return None


def days_of(points: Sequence[EquityPoint], capital: Decimal) -> list[Day]:
    """Return the daily series: a day's P&L is the change of equity, open positions at their marks."""
    found, before = [], capital
    for point in points:
        found.append(Day(date=point.day, pnl=point.equity - before, equity=point.equity))
        before = point.equity
    return found


def fall_days(days: Sequence[Day], balance: Decimal) -> int | None:
    """Return how many calendar days the deepest fall, in per cent, lasted: from its peak to the day that
    regained it, or to the last one; 0 without a fall, None without a day.
    """
    if not days:
        return None
    peak, since, deepest, lasted, is_deepest = balance, days[0].date, ZERO, 0, False
    for day in days:
        if day.equity >= peak:
            if is_deepest:
                lasted = (day.date - since).days
            peak, since, is_deepest = day.equity, day.date, False
            continue
        fall = (day.equity - peak) / peak
        if fall < deepest:
            deepest, is_deepest = fall, True
        if is_deepest:
            lasted = (day.date - since).days
    return lasted


def avg_days_in_trade(trades: Sequence[ClosedTrade]) -> float | None:
    """Return the mean time in a trade in days; None without trades."""
    if not trades:
        return None
    seconds = sum((one.closed_at - one.opened_at).total_seconds() for one in trades)
    return seconds / _SECONDS_A_DAY / len(trades)


def cell_of(
    values: str, trades: Sequence[ClosedTrade], points: Sequence[EquityPoint], capital: Decimal
) -> Cell:
    """Return what one set of parameters came to."""
    outcomes = [outcome_of(one, "", "") for one in trades]
    summary, days = summarize(outcomes), days_of(points, capital)
    fall = drawdown(days, capital)
    return Cell(
        values=values,
        trades=summary.trades,
        total_pnl=summary.total_pnl,
        win_rate=_float(summary.win_rate),
        profit_factor=_float(summary.profit_factor),
        sharpe=ratios(days, capital, fall).sharpe,
        max_drawdown_pct=None if fall is None else float(fall.percent),
    )


def day_before(points: Sequence[EquityPoint], day: date) -> EquityPoint | None:
    """Return the last point before a day."""
    return next((one for one in reversed(points) if one.day < day), None)


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
