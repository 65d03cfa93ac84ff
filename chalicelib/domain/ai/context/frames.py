"""Candles and indicators of one symbol over several lengths, as a model reads them (C-02)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from chalicelib.domain.ai.candles import Series
from chalicelib.domain.ai.filters.rules import Indicator, IndicatorKind
from chalicelib.domain.ai.traders.timeframes import Timeframe
from chalicelib.domain.json_value import JsonValue, plain_json
from chalicelib.domain.market.coins import CoinCandle

_BY: Final = {
    Timeframe.M1: (Timeframe.M15, Timeframe.H1),
    Timeframe.M5: (Timeframe.H1, Timeframe.H4),
    Timeframe.M15: (Timeframe.H1, Timeframe.H4),
    Timeframe.H1: (Timeframe.H4, Timeframe.D1),
    Timeframe.H4: (Timeframe.D1,),
    Timeframe.D1: (),
}
#: C-13: Wilder's, over closed candles.
ATR: Final = Indicator(kind=IndicatorKind.ATR, period=14)
_TOLD: Final = {
    "ema_20": Indicator(kind=IndicatorKind.EMA, period=20),
    "sma_50": Indicator(kind=IndicatorKind.SMA, period=50),
    "rsi_14": Indicator(kind=IndicatorKind.RSI, period=14),
    "macd_histogram": Indicator(kind=IndicatorKind.MACD, fast=12, slow=26, signal=9, output="histogram"),
    "atr_14": ATR,
    "adx_14": Indicator(kind=IndicatorKind.ADX, period=14),
    "bollinger_upper": Indicator(
        kind=IndicatorKind.BOLLINGER, period=20, deviations=Decimal(2), output="upper"
    ),
    "bollinger_lower": Indicator(
        kind=IndicatorKind.BOLLINGER, period=20, deviations=Decimal(2), output="lower"
    ),
}
_DIGITS: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Closed candles of one length; none where they are not known up to the last close."""

    timeframe: Timeframe
    series: Series

    def indicators(self) -> dict[str, JsonValue]:
        """Return the last values of the usual indicators; null where there are too few candles."""
        found = {name: self.series.last(indicator) for name, indicator in _TOLD.items()}
        return {name: None if value is None else _short(value) for name, value in found.items()}

    def rows(self, most: int) -> list[JsonValue]:
        """Return the last candles as rows: time, open, high, low, close, volume."""
        return [_row(one) for one in self.series.candles[-most:]]


def frames_of(timeframe: Timeframe) -> tuple[Timeframe, ...]:
    """Return the lengths that a trader of one is told: its own first, then wider ones."""
    return (timeframe, *_BY[timeframe])


def _row(candle: CoinCandle) -> JsonValue:
    prices: Sequence[Decimal] = (candle.opening, candle.high, candle.low, candle.closing)
    return [
        f"{candle.starts_at:%m-%d %H:%M}",
        *(plain_json(price) for price in prices),
        _short(float(candle.volume)),
    ]


def _short(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")
