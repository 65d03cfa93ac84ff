"""Coins' candles as filters want them: arrays for indicators (C-01)."""

from collections.abc import Sequence

from chalicelib.domain.ai.filters.series import CandleArrays
from chalicelib.domain.market.coins import CoinCandle


def arrays_of(candles: Sequence[CoinCandle]) -> CandleArrays:
    """Return closed candles as float64 arrays, oldest first."""
    import numpy as np

    rows = [(one.opening, one.high, one.low, one.closing, one.volume) for one in candles]
    opens, highs, lows, closes, volumes = np.array(rows, dtype=np.float64).reshape(-1, 5).T.copy()
    return CandleArrays(opens=opens, highs=highs, lows=lows, closes=closes, volumes=volumes)
