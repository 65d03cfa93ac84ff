"""Filter rules as data: comparisons of indicators over closed candles (C-01)."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from chalicelib.domain.ai.traders.timeframes import Timeframe


class IndicatorKind(StrEnum):
    """What may be compared."""

    PRICE = "price"
    VOLUME = "volume"
    EMA = "EMA"
    SMA = "SMA"
    RSI = "RSI"
    MACD = "MACD"
    ATR = "ATR"
    ADX = "ADX"
    BOLLINGER = "BOLLINGER"


class Comparison(StrEnum):
    """How; a crossing needs the candle before, too."""

    UNDER = "<"
    AT_MOST = "<="
    OVER = ">"
    AT_LEAST = ">="
    CROSSES_ABOVE = "crosses_above"
    CROSSES_BELOW = "crosses_below"


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """One series of a symbol's candles; `timeframe` None is the trader's own.

    `output` is the field of a price, or which of an indicator's lines is meant; unused parameters are 0.
    """

    kind: IndicatorKind
    period: int = 0
    fast: int = 0
    slow: int = 0
    signal: int = 0
    deviations: Decimal = Decimal(0)
    output: str = ""
    timeframe: Timeframe | None = None


Operand = Decimal | Indicator


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A comparison that holds or not; where a value is missing it does not."""

    left: Operand
    op: Comparison
    right: Operand


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """All required rules hold: a signal. The score is the share of all rules that hold."""

    RULES_MAX: ClassVar = 40

    required: tuple[Rule, ...]
    optional: tuple[Rule, ...] = ()

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Return the required rules, then the optional ones."""
        return (*self.required, *self.optional)
