"""Figures over a set of trades that need no time axis: rates, averages, ratios, slippage."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from chalicelib.domain.analysis.metrics.outcome import Outcome
from chalicelib.domain.money import ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Counts and account money; rates are fractions. Undefined is None, never 0 (A-15)."""

    trades: int
    wins: int
    losses: int
    breakeven: int
    win_rate: Decimal | None
    profit_factor: Decimal | None
    avg_win: Decimal | None
    avg_loss: Decimal | None
    expectancy: Decimal | None
    expectancy_r: Decimal | None
    payoff_ratio: Decimal | None
    best: Decimal | None
    worst: Decimal | None
    total_pnl: Decimal
    fees: Decimal
    slippage_pct: Decimal | None
    avg_hold_h: Decimal | None


def summarize(outcomes: Sequence[Outcome]) -> Summary:
    """Sum trades up.

    A win is a realised P&L above 0 net of fees, a loss one below 0; `win_rate` counts breakeven trades among
    all. `profit_factor` = money won / money lost, `payoff_ratio` = average win / average loss, as magnitudes;
    `expectancy` = average P&L a trade, `expectancy_r` in units of the initial risk; the average loss is
    negative. Averages of R, of slippage and of hours held are over the trades of which they are known.
    """
    pnls = [outcome.pnl for outcome in outcomes]
    won = [pnl for pnl in pnls if pnl > 0]
    lost = [pnl for pnl in pnls if pnl < 0]
    avg_win, avg_loss = mean(won), mean(lost)
    return Summary(
        trades=len(pnls),
        wins=len(won),
        losses=len(lost),
        breakeven=len(pnls) - len(won) - len(lost),
        win_rate=Decimal(len(won)) / len(pnls) if pnls else None,
        profit_factor=sum(won, ZERO) / -sum(lost, ZERO) if lost else None,
        avg_win=avg_win,
        avg_loss=avg_loss,
        expectancy=mean(pnls),
        expectancy_r=mean(outcome.r for outcome in outcomes),
        payoff_ratio=None if avg_win is None or avg_loss is None else avg_win / -avg_loss,
        best=max(pnls, default=None),
        worst=min(pnls, default=None),
        total_pnl=sum(pnls, ZERO),
        fees=sum((outcome.fees for outcome in outcomes), ZERO),
        slippage_pct=mean(outcome.slippage_pct for outcome in outcomes),
        avg_hold_h=mean(outcome.hold_hours for outcome in outcomes),
    )


def mean(values: Iterable[Decimal | None]) -> Decimal | None:
    """Average what is known; None when nothing is."""
    known = [value for value in values if value is not None]
    return sum(known, ZERO) / len(known) if known else None
