"""An indicator's last two values of many symbols at once: candles as a matrix, a row a symbol (C-10).

What is linear in prices (averages, and by them RSI and ATR) is a product with weights; the rest is TA-Lib's,
row by row. All of it says what TA-Lib says of the same candles (docs/formulas.md). Averages are taken off the
last value: where nothing moved they are that value to the digit, and no price is above its own average.
"""

from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Final

from chalicelib.domain.ai.filters.rules import Indicator, IndicatorKind
from chalicelib.domain.ai.filters.series import CandleArrays

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Matrix = npt.NDArray[np.float64]

_FIELDS: Final = {"open": "opens", "high": "highs", "low": "lows", "close": "closes"}
_MACD_LINES: Final = {"macd": 0, "signal": 1, "histogram": 2}
_BANDS: Final = {"upper": 1, "middle": 0, "lower": -1}
#: A market that has not moved at all has an RSI of 0, as TA-Lib says.
_NOTHING: Final = 1e-14


class _OffLast:
    """Values of many symbols, told by the last one and what the others lie off it; rows are symbols."""

    def __init__(self, values: "Matrix") -> None:
        self._last = values[:, -1:]
        self._off = values - self._last

    def means(self, period: int) -> "Matrix":
        """Return the simple means of `period` values, one before the last and at the last."""
        import numpy as np

        means: Matrix = np.array([one.mean(axis=1) for one in self._windows(period)]) + self._last.T
        return means

    def spreads(self, period: int) -> "Matrix":
        """Return the standard deviations of the population, at the same places."""
        import numpy as np

        return np.array([one.std(axis=1) for one in self._windows(period)])

    def averages(self, period: int, newest: float) -> "Matrix":
        """Return exponential averages: the newest value weighs `newest`, a mean of `period` begins."""
        averages: Matrix = (self._off @ _weights(self._off.shape[1], period, newest) + self._last).T
        return averages

    def _windows(self, period: int) -> "Iterator[Matrix]":
        import numpy as np

        for end in (self._off.shape[1] - 1, self._off.shape[1]):
            too_few = end < period
            yield np.full((len(self._off), 1), np.nan) if too_few else self._off[:, end - period : end]


class Stack:
    """Candles of several symbols, as many of each: matrices of shape (symbols, candles)."""

    def __init__(self, candles: Sequence[CandleArrays]) -> None:
        self._candles = candles
        self._matrices: dict[str, Matrix] = {}
        self._lines: dict[tuple[IndicatorKind, int, int, int], Matrix] = {}

    def last_two(self, indicator: Indicator) -> "Matrix":
        """Return an array of shape (2, symbols): one before the last, and the last; NaN with too few."""
        import numpy as np

        if len(self._candles[0]) < 2:
            return np.full((2, len(self._candles)), np.nan)
        kind, period = indicator.kind, indicator.period
        match kind:
            case IndicatorKind.PRICE:
                return self._matrix(_FIELDS[indicator.output])[:, -2:].T
            case IndicatorKind.VOLUME:
                return self._matrix("volumes")[:, -2:].T
            case IndicatorKind.EMA:
                return self._by_close.averages(period, 2 / (period + 1))
            case IndicatorKind.SMA:
                return self._by_close.means(period)
            case IndicatorKind.RSI:
                return self._rsi(period)
            case IndicatorKind.ATR:
                return self._true_ranges.averages(period, 1 / period)
            case IndicatorKind.ADX:
                return self._row_by_row(indicator, 0)
            case IndicatorKind.MACD:
                return self._row_by_row(indicator, _MACD_LINES[indicator.output])
            case IndicatorKind.BOLLINGER:
                return self._band(period, _BANDS[indicator.output] * float(indicator.deviations))

    def _matrix(self, field: str) -> "Matrix":
        import numpy as np

        if field not in self._matrices:
            self._matrices[field] = np.array([getattr(one, field) for one in self._candles], dtype=np.float64)
        return self._matrices[field]

    @cached_property
    def _by_close(self) -> _OffLast:
        return _OffLast(self._matrix("closes"))

    @cached_property
    def _true_ranges(self) -> _OffLast:
        """Return what each candle but the first moved at most, from the close before it."""
        import numpy as np

        before, highs, lows = (self._matrix(name) for name in ("closes", "highs", "lows"))
        top = np.maximum(highs[:, 1:], before[:, :-1])
        return _OffLast(top - np.minimum(lows[:, 1:], before[:, :-1]))

    @cached_property
    def _moves(self) -> tuple[_OffLast, _OffLast]:
        """Return gains and losses from close to close, both without sign."""
        import numpy as np

        changes = np.diff(self._matrix("closes"), axis=1)
        return _OffLast(np.maximum(changes, 0)), _OffLast(np.maximum(-changes, 0))

    def _rsi(self, period: int) -> "Matrix":
        import numpy as np

        gains, losses = (moves.averages(period, 1 / period) for moves in self._moves)
        both = gains + losses
        moved = np.where(both > _NOTHING, both, np.inf)
        return np.where(np.isnan(both), np.nan, 100 * gains / moved)

    def _band(self, period: int, deviations: float) -> "Matrix":
        bands: Matrix = self._by_close.means(period) + deviations * self._by_close.spreads(period)
        return bands

    def _row_by_row(self, indicator: Indicator, line: int) -> "Matrix":
        """Return one line of an indicator; all of its lines are worked out at once."""
        import numpy as np

        key = (indicator.kind, indicator.period or indicator.fast, indicator.slow, indicator.signal)
        if key not in self._lines:
            rows = [_talib_lines(indicator, one) for one in self._candles]
            self._lines[key] = np.array(rows, dtype=np.float64).transpose(1, 2, 0)
        found: Matrix = self._lines[key][line]
        return found


def _talib_lines(indicator: Indicator, candles: CandleArrays) -> "list[Matrix]":
    import talib

    if indicator.kind is IndicatorKind.ADX:
        adx = talib.ADX(candles.highs, candles.lows, candles.closes, timeperiod=indicator.period)
        return [adx[-2:]]
    lines = talib.MACD(
        candles.closes,
        fastperiod=indicator.fast,
        slowperiod=indicator.slow,
        signalperiod=indicator.signal,
    )
    return [line[-2:] for line in lines]


@lru_cache(maxsize=512)
def _weights(count: int, period: int, newest: float) -> "Matrix":
    """Return what each of `count` values weighs one before the last and at the last, shape (count, 2)."""
    import numpy as np

    columns = [_weights_at(count, end, period, newest) for end in (count - 1, count)]
    return np.array(columns, dtype=np.float64).T.copy()


def _weights_at(count: int, end: int, period: int, newest: float) -> "Matrix":
    """Return what `count` values weigh in the average of the first `end` of them; NaN where too few."""
    import numpy as np

    if end < period:
        return np.full(count, np.nan)
    weights = np.zeros(count)
    weights[period:end] = newest * (1 - newest) ** np.arange(end - period - 1, -1, -1.0)
    weights[:period] = (1 - newest) ** (end - period) / period
    return weights
