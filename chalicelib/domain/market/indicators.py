"""Technical indicators over closed candles, calculated by TA-Lib (docs/formulas.md has each with its source).

Prices go in oldest first. Every function returns None while there are too few candles for a value; numpy and
TA-Lib are imported at the first call, since most functions of papertape never need them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import isfinite, sqrt
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

RSI_PERIOD: Final = 14
MACD_FAST: Final = 12
MACD_SLOW: Final = 26
MACD_SIGNAL: Final = 9
CROSS_FAST: Final = 9
CROSS_SLOW: Final = 21
#: Averages nearer to each other than this part of the slower one (a basis point) are not apart.
CROSS_APART_MIN: Final = 1e-4
TREND_EMA: Final = 20
TREND_SMA: Final = 50
LONG_SMA: Final = 200
SQUEEZE_PERIOD: Final = 20
SQUEEZE_DEVIATIONS: Final = 2.0
SQUEEZE_RANGES: Final = 1.5
CORRELATION_DAYS: Final = 30
ADX_PERIOD: Final = 14
REALISED_DAYS: Final = 20
TRADING_DAYS: Final = 252


class Direction(StrEnum):
    """Where averages point."""

    BULLISH = "bullish"
    BEARISH = "bearish"
    NEUTRAL = "neutral"


class Squeeze(StrEnum):
    """The Bollinger bands inside the Keltner channel, just out of it, or outside."""

    ON = "on"
    FIRING = "firing"
    OFF = "off"


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """The faster average against the slower one, and how many candles ago they last changed places.

    `candles_since` is None when they have not changed places among the candles there are.
    """

    direction: Direction
    candles_since: int | None


def rsi(closes: Sequence[float]) -> float | None:
    """Return Wilder's relative strength index over 14 candles, 0 to 100."""
    if len(closes) <= RSI_PERIOD:
        return None
    import talib

    return _last(talib.RSI(_array(closes), timeperiod=RSI_PERIOD))


@dataclass(frozen=True, slots=True, kw_only=True)
class Macd:
    """MACD(12, 26), its signal line (9), and the one less the other, in dollars."""

    line: float
    signal: float
    histogram: float


def macd(closes: Sequence[float]) -> Macd | None:
    """Return the moving averages' convergence and divergence."""
    if len(closes) < MACD_SLOW + MACD_SIGNAL - 1:
        return None
    import talib

    line, signal, histogram = (
        _last(series)
        for series in talib.MACD(
            _array(closes), fastperiod=MACD_FAST, slowperiod=MACD_SLOW, signalperiod=MACD_SIGNAL
        )
    )
    if line is None or signal is None or histogram is None:
        return None
    return Macd(line=line, signal=signal, histogram=histogram)


def macd_histogram(closes: Sequence[float]) -> float | None:
    """Return MACD(12, 26) less its signal line (9), in dollars."""
    found = macd(closes)
    return None if found is None else found.histogram


def adx(highs: Sequence[float], lows: Sequence[float], closes: Sequence[float]) -> float | None:
    """Return Wilder's average directional index over 14 candles, 0 to 100: how strong a trend is."""
    if len(closes) < 2 * ADX_PERIOD:
        return None
    import talib

    return _last(talib.ADX(_array(highs), _array(lows), _array(closes), timeperiod=ADX_PERIOD))


def realised_volatility(closes: Sequence[float]) -> float | None:
    """Return the sample deviation of the last 20 daily log returns × √252, a yearly fraction."""
    if len(closes) <= REALISED_DAYS or min(closes[-REALISED_DAYS - 1 :]) <= 0:
        return None
    import numpy as np

    returns = np.diff(np.log(_array(closes[-REALISED_DAYS - 1 :])))
    return float(np.std(returns, ddof=1)) * sqrt(TRADING_DAYS)


def ema(closes: Sequence[float], period: int) -> float | None:
    """Return the exponential moving average, begun with the simple average of its first `period` closes."""
    if len(closes) < period:
        return None
    import talib

    return _last(talib.EMA(_array(closes), timeperiod=period))


def sma(closes: Sequence[float], period: int) -> float | None:
    """Return the simple moving average of the last `period` closes."""
    if len(closes) < period:
        return None
    import talib

    return _last(talib.SMA(_array(closes), timeperiod=period))


def ema_cross(closes: Sequence[float]) -> Crossing | None:
    """Compare EMA(9) with EMA(21): bullish above, bearish below, neutral within a basis point."""
    if len(closes) < CROSS_SLOW:
        return None
    import numpy as np
    import talib

    prices = _array(closes)
    slow = talib.EMA(prices, timeperiod=CROSS_SLOW)[CROSS_SLOW - 1 :]
    apart = talib.EMA(prices, timeperiod=CROSS_FAST)[CROSS_SLOW - 1 :] - slow
    sides = np.sign(apart)
    changes = np.flatnonzero(sides[1:] != sides[:-1]) + 1
    since = int(len(sides) - 1 - changes[-1]) if len(changes) else None
    direction = Direction.BULLISH if apart[-1] > 0 else Direction.BEARISH
    if abs(apart[-1]) <= CROSS_APART_MIN * slow[-1]:
        direction = Direction.NEUTRAL
    return Crossing(direction=direction, candles_since=since)


def trend(price: float, closes: Sequence[float]) -> Direction | None:
    """Compare a price with EMA(20) and SMA(50) of the closes before it.

    Bullish: price > EMA > SMA; bearish: price < EMA < SMA; else neutral.
    """
    fast, slow = ema(closes, TREND_EMA), sma(closes, TREND_SMA)
    return None if fast is None or slow is None else direction(price, fast, slow)


def direction(price: float, fast: float, slow: float) -> Direction:
    """Return bullish for price > faster > slower average, bearish for the reverse, else neutral."""
    if price > fast > slow:
        return Direction.BULLISH
    return Direction.BEARISH if price < fast < slow else Direction.NEUTRAL


def squeeze(highs: Sequence[float], lows: Sequence[float], closes: Sequence[float]) -> Squeeze | None:
    """Return whether Bollinger(20, 2) lies inside Keltner(20, 1.5): on; left it with this candle: firing.

    Both have the simple average as their middle, so inside means 2 σ < 1.5 × the average true range.
    """
    if len(closes) <= SQUEEZE_PERIOD + 1:
        return None
    import talib

    high, low, close = _array(highs), _array(lows), _array(closes)
    true_range = talib.TRANGE(high, low, close)[1:]  # the first candle has no close before it
    half_channel = SQUEEZE_RANGES * talib.SMA(true_range, timeperiod=SQUEEZE_PERIOD)[-2:]
    deviation = talib.STDDEV(close, timeperiod=SQUEEZE_PERIOD, nbdev=1.0)[-2:]
    was_inside, is_inside = (SQUEEZE_DEVIATIONS * deviation < half_channel).tolist()
    if is_inside:
        return Squeeze.ON
    return Squeeze.FIRING if was_inside else Squeeze.OFF


def correlation(first: Sequence[float], second: Sequence[float]) -> float | None:
    """Return Pearson's correlation of two series' daily returns; None where one of them never moves.

    Both hold closes of the same days; 30 returns need 31 closes.
    """
    if len(first) != len(second) or len(first) <= CORRELATION_DAYS:
        return None
    import numpy as np

    left, right = (_returns(_array(series[-CORRELATION_DAYS - 1 :])) for series in (first, second))
    spread = float(np.std(left) * np.std(right))
    if spread == 0 or not isfinite(spread):
        return None
    together = float(np.mean((left - left.mean()) * (right - right.mean()))) / spread
    return max(-1.0, min(1.0, together))


def _returns(closes: "npt.NDArray[np.float64]") -> "npt.NDArray[np.float64]":
    return closes[1:] / closes[:-1] - 1


def _array(values: Sequence[float]) -> "npt.NDArray[np.float64]":
    import numpy as np

    return np.asarray(values, dtype=np.float64)


def _last(series: "npt.NDArray[np.float64]") -> float | None:
    value = float(series[-1])
    return value if isfinite(value) else None
