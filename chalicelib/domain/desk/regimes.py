"""The market's regime as the desk judges it, told apart so that its changes can be kept (B-02)."""

from dataclasses import dataclass
from typing import Final

from chalicelib.domain.desk.volatility.technicals import Technicals
from chalicelib.domain.market.indicators import Direction

CONTANGO: Final = "contango"
BACKWARDATION: Final = "backwardation"
_TREND: Final = {Direction.BULLISH: "up", Direction.BEARISH: "down", Direction.NEUTRAL: "none"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Regime:
    """A symbol's regime and the figures that say so; `regime` is a word of a few."""

    symbol: str
    regime: str
    cause: str


def trend_of(symbol: str, technicals: Technicals, spot: float | None) -> Regime | None:
    """Return an underlying's trend (B-03); None: not known."""
    trend = technicals.trend(spot)
    if trend is None:
        return None
    figures = f"spot {spot:.2f}, EMA 20 {technicals.ema20:.2f}, SMA 50 {technicals.sma50:.2f}"
    return Regime(symbol=symbol, regime=_TREND[trend], cause=figures)


def term_structure_of(symbol: str, vix: float | None, vix3m: float | None) -> Regime | None:
    """Return whether volatility is dearer later (contango) or now; None: not known."""
    if vix is None or vix3m is None:
        return None
    regime = CONTANGO if vix < vix3m else BACKWARDATION
    return Regime(symbol=symbol, regime=regime, cause=f"VIX {vix:.2f}, VIX3M {vix3m:.2f}")
