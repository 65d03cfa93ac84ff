"""Which coins move together: hourly returns over thirty days (C-01, `max_correlated_pct`)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from chalicelib.domain.market.coins import CoinCandle

HOURS: Final = 30 * 24
CORRELATED_ABOVE: Final = 0.7
#: With less than half of the hours in common nothing is known.
_RETURNS_MIN: Final = HOURS // 2


def correlation(one: Sequence[CoinCandle], other: Sequence[CoinCandle]) -> float | None:
    """Return Pearson's correlation of hourly returns over the last thirty days; None: no history.

    Only hours that both have count. A coin whose price stood still moves with nobody: 0.
    """
    import numpy as np

    theirs = _closes(other)
    pairs = [(close, theirs[at]) for at, close in _closes(one).items() if at in theirs][-HOURS - 1 :]
    if len(pairs) <= _RETURNS_MIN:
        return None
    closes = np.array(pairs, dtype=np.float64)
    returns = np.diff(np.log(closes), axis=0)
    deviations = returns.std(axis=0)
    if not deviations.all():
        return 0.0
    return float(np.corrcoef(returns, rowvar=False)[0, 1])


def is_correlated(one: Sequence[CoinCandle], other: Sequence[CoinCandle]) -> bool:
    """Say whether they count as one risk; what has no history does."""
    found = correlation(one, other)
    return found is None or found > CORRELATED_ABOVE


def _closes(candles: Sequence[CoinCandle]) -> dict[datetime, float]:
    return {one.ends_at: float(one.closing) for one in candles if one.closing > 0}
