"""Coins' candles as indicators want them, and what indicators make of them, worked out once (C-01, C-02)."""

from collections.abc import Sequence
from functools import cached_property
from math import isfinite

from chalicelib.domain.ai.filters.rules import Indicator
from chalicelib.domain.ai.filters.series import CandleArrays
from chalicelib.domain.ai.filters.stacks import Stack
from chalicelib.domain.market.coins import CoinCandle


def arrays_of(candles: Sequence[CoinCandle]) -> CandleArrays:
    """Return closed candles as float64 arrays, oldest first."""
    import numpy as np

    rows = [(one.opening, one.high, one.low, one.closing, one.volume) for one in candles]
    opens, highs, lows, closes, volumes = np.array(rows, dtype=np.float64).reshape(-1, 5).T.copy()
    return CandleArrays(opens=opens, highs=highs, lows=lows, closes=closes, volumes=volumes)


class Series:
    """Closed candles of one coin and length, oldest first, which everybody who looks at them shares."""

    def __init__(self, candles: Sequence[CoinCandle] = ()) -> None:
        self.candles = tuple(candles)
        self._last: dict[Indicator, float | None] = {}

    @cached_property
    def arrays(self) -> CandleArrays:
        """Return them as indicators read them."""
        return arrays_of(self.candles)

    def last(self, indicator: Indicator) -> float | None:
        """Return an indicator's last value, None with too few candles."""
        if indicator not in self._last:
            self._last[indicator] = self._worked_out(indicator)
        return self._last[indicator]

    @cached_property
    def _stack(self) -> Stack:
        return Stack([self.arrays])

    def _worked_out(self, indicator: Indicator) -> float | None:
        if len(self.candles) < 2:
            return None
        value = float(self._stack.last_two(indicator)[1, 0])
        return value if isfinite(value) else None
