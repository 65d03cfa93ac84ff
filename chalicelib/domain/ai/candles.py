"""Coins' candles as rules want them: arrays for indicators, minutes for orders that rest (C-01, C-05)."""

from collections.abc import Sequence

from chalicelib.domain.ai.filters.series import CandleArrays
from chalicelib.domain.ai.paper.minutes import Minute
from chalicelib.domain.market.coins import CoinCandle


def arrays_of(candles: Sequence[CoinCandle]) -> CandleArrays:
    """Return closed candles as float64 arrays, oldest first."""
    import numpy as np

    rows = [(one.opening, one.high, one.low, one.closing, one.volume) for one in candles]
    opens, highs, lows, closes, volumes = np.array(rows, dtype=np.float64).reshape(-1, 5).T.copy()
    return CandleArrays(opens=opens, highs=highs, lows=lows, closes=closes, volumes=volumes)


def minutes_of(candles: Sequence[CoinCandle]) -> tuple[Minute, ...]:
    """Return candles of one minute as what resting orders live through."""
    return tuple(
        Minute(
            starts_at=one.starts_at,
            opening=one.opening,
            high=one.high,
            low=one.low,
            closing=one.closing,
        )
        for one in candles
    )
