"""An indicator's last two values over closed candles, by TA-Lib (docs/formulas.md)."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from chalicelib.domain.ai.filters.rules import Indicator, IndicatorKind

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Series = npt.NDArray[np.float64]

NOT_KNOWN: Final = (float("nan"), float("nan"))
_MACD_LINES: Final = {"macd": 0, "signal": 1, "histogram": 2}
_BANDS: Final = {"upper": 0, "middle": 1, "lower": 2}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CandleArrays:
    """Closed candles of one symbol and length, oldest first, of one length each; float64."""

    opens: "Series"
    highs: "Series"
    lows: "Series"
    closes: "Series"
    volumes: "Series"

    def __len__(self) -> int:
        return len(self.closes)


def last_two(indicator: Indicator, candles: CandleArrays) -> tuple[float, float]:
    """Return the values at the candle before the last and at the last; NaN with too few candles."""
    if len(candles) < 2:
        return NOT_KNOWN
    found = _series(indicator, candles)
    return float(found[-2]), float(found[-1])


def _series(indicator: Indicator, candles: CandleArrays) -> "Series":
    kind, period, closes = indicator.kind, indicator.period, candles.closes
    if kind is IndicatorKind.PRICE:
        return _field(indicator.output, candles)
    if kind is IndicatorKind.VOLUME:
        return candles.volumes
    import talib

    match kind:
        case IndicatorKind.EMA:
            return talib.EMA(closes, timeperiod=period)
        case IndicatorKind.SMA:
            return talib.SMA(closes, timeperiod=period)
        case IndicatorKind.RSI:
            return talib.RSI(closes, timeperiod=period)
        case IndicatorKind.ATR:
            return talib.ATR(candles.highs, candles.lows, closes, timeperiod=period)
        case IndicatorKind.ADX:
            return talib.ADX(candles.highs, candles.lows, closes, timeperiod=period)
        case IndicatorKind.MACD:
            lines = talib.MACD(
                closes, fastperiod=indicator.fast, slowperiod=indicator.slow, signalperiod=indicator.signal
            )
            return lines[_MACD_LINES[indicator.output]]
        case _:
            width = float(indicator.deviations)
            bands = talib.BBANDS(closes, timeperiod=period, nbdevup=width, nbdevdn=width)
            return bands[_BANDS[indicator.output]]


def _field(name: str, candles: CandleArrays) -> "Series":
    fields = {"open": candles.opens, "high": candles.highs, "low": candles.lows, "close": candles.closes}
    return fields[name]
