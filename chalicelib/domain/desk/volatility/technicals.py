"""What an underlying's daily bars say: averages, momentum, trend, realised volatility, volume (B-03)."""

from dataclasses import dataclass
from typing import Final

from chalicelib.domain.market import indicators
from chalicelib.domain.market.indicators import Direction

_VOLUME_DAYS: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyBars:
    """Full sessions, oldest first, the present one left out; of one length each."""

    highs: tuple[float, ...]
    lows: tuple[float, ...]
    closes: tuple[float, ...]
    volumes: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Technicals:
    """Figures of the bars' last session; None where there are too few bars.

    `realised_volatility` is a yearly fraction; `volume_share_pct` is the last full session's volume in per
    cent of the mean of the 20 sessions before it.
    """

    ema20: float | None = None
    sma50: float | None = None
    rsi14: float | None = None
    macd: float | None = None
    macd_signal: float | None = None
    adx14: float | None = None
    realised_volatility: float | None = None
    volume_share_pct: float | None = None

    def trend(self, spot: float | None) -> Direction | None:
        """Return up (bullish) for spot > EMA 20 > SMA 50, down for the reverse; None: not known."""
        if spot is None or self.ema20 is None or self.sma50 is None:
            return None
        return indicators.direction(spot, self.ema20, self.sma50)


def technicals_of(bars: DailyBars) -> Technicals:
    """Work out every figure of daily bars once, for all strategies on their underlying."""
    lines = indicators.macd(bars.closes)
    return Technicals(
        ema20=indicators.ema(bars.closes, indicators.TREND_EMA),
        sma50=indicators.sma(bars.closes, indicators.TREND_SMA),
        rsi14=indicators.rsi(bars.closes),
        macd=None if lines is None else lines.line,
        macd_signal=None if lines is None else lines.signal,
        adx14=indicators.adx(bars.highs, bars.lows, bars.closes),
        realised_volatility=indicators.realised_volatility(bars.closes),
        volume_share_pct=_volume_share_pct(bars.volumes),
    )


def _volume_share_pct(volumes: tuple[float, ...]) -> float | None:
    before = volumes[-_VOLUME_DAYS - 1 : -1]
    if len(before) < _VOLUME_DAYS or sum(before) <= 0:
        return None
    return volumes[-1] / (sum(before) / _VOLUME_DAYS) * 100


def volatility_premium(implied: float | None, realised: float | None) -> float | None:
    """Return the volatility risk premium: 30-day ATM implied less realised, fractions; None: not known."""
    return None if implied is None or realised is None else implied - realised
