"""Sharpe, Sortino and Calmar of a daily series (A-15). Floats: ratios are no money.

Sources: Sharpe, "The Sharpe Ratio" (1994); Sortino and van der Meer, "Downside Risk" (1991), whose downside
deviation divides by all days, not by the losing ones; Young, "Calmar Ratio" (1991). The same figures as
empyrical's `sharpe_ratio`, `sortino_ratio` and `calmar_ratio`, which the tests compare with.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from chalicelib.domain.analysis.metrics.curve import Day, Drawdown

TRADING_DAYS_PER_YEAR: Final = 252
#: Of what trades on all days.
DAYS_PER_YEAR: Final = 365
RISK_FREE_PER_YEAR: Final = 0.05
_DAYS_MIN: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratios:
    """Yearly ratios; None where undefined: under two days, no deviation, nothing lost, or a day that began
    with nothing.
    """

    sharpe: float | None
    sortino: float | None
    calmar: float | None


def ratios(
    days: Sequence[Day],
    balance: Decimal,
    fall: Drawdown | None,
    *,
    risk_free_per_year: float = RISK_FREE_PER_YEAR,
    days_per_year: int = TRADING_DAYS_PER_YEAR,
) -> Ratios:
    """Work the ratios out from the daily series and its drawdown."""
    returns = daily_returns(days, balance)
    if returns is None or len(returns) < _DAYS_MIN:
        return Ratios(sharpe=None, sortino=None, calmar=None)
    daily_risk_free = risk_free_per_year / days_per_year
    return Ratios(
        sharpe=sharpe(returns, daily_risk_free, days_per_year),
        sortino=sortino(returns, daily_risk_free, days_per_year),
        calmar=_calmar(days, balance, fall, days_per_year),
    )


def daily_returns(days: Sequence[Day], balance: Decimal) -> list[float] | None:
    """Return each day's P&L over the equity at its start; None when a day began with nothing or less."""
    starts = [balance, *(day.equity for day in days[:-1])]
    if any(start <= 0 for start in starts):
        return None
    return [float(day.pnl / start) for day, start in zip(days, starts, strict=False)]


def sharpe(
    returns: Sequence[float], daily_risk_free: float, days_per_year: int = TRADING_DAYS_PER_YEAR
) -> float | None:
    """Return mean excess over sample deviation (n − 1), × √252; None when all returns are the same."""
    if len(set(returns)) < _DAYS_MIN:
        return None
    average = math.fsum(returns) / len(returns)
    squares = math.fsum((one - average) ** 2 for one in returns)
    deviation = math.sqrt(squares / (len(returns) - 1))
    return _finite((average - daily_risk_free) / deviation * math.sqrt(days_per_year))


def sortino(
    returns: Sequence[float], daily_risk_free: float, days_per_year: int = TRADING_DAYS_PER_YEAR
) -> float | None:
    """Return mean excess over the downside deviation (all n days), × √252; None when no day fell short."""
    average = math.fsum(returns) / len(returns)
    shortfalls = math.fsum(min(one - daily_risk_free, 0.0) ** 2 for one in returns)
    if shortfalls == 0:
        return None
    deviation = math.sqrt(shortfalls / len(returns))
    return _finite((average - daily_risk_free) / deviation * math.sqrt(days_per_year))


def _calmar(days: Sequence[Day], balance: Decimal, fall: Drawdown | None, days_per_year: int) -> float | None:
    """Return yearly growth over the deepest drawdown; None without one, or when nothing is left."""
    if fall is None or fall.percent == 0 or days[-1].equity <= 0:
        return None
    growth = float(days[-1].equity / balance)
    try:
        yearly = growth ** (days_per_year / len(days)) - 1
    except OverflowError:
        return None
    return _finite(yearly / float(-fall.percent / 100))


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
