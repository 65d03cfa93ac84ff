"""Traders' filters at a candle's close: 100 rules over 100 symbols of 1,000 candles, read already (C-10)."""

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from chalicelib.domain.ai.filters.rules import Comparison, Filter, Indicator, IndicatorKind, Operand, Rule
from chalicelib.domain.ai.filters.setups import Asked, setups
from chalicelib.domain.ai.traders.timeframes import Timeframe
from infra.bench.ground import Ground
from infra.bench.measure import timed
from infra.bench.result import Bar, Bound, Outcome, Row

if TYPE_CHECKING:
    from chalicelib.domain.ai.filters.series import CandleArrays

MILLISECONDS_MAX: Final = 50.0
_RULES, _SYMBOLS, _CANDLES = 100, 100, 1_000
_RULES_OF_A_TRADER: Final = 10
_SEED: Final = 20260302
#: What rules of traders compare, each with parameters of its own; a MACD and an ADX are shared by several.
_AVERAGES: Final = (IndicatorKind.EMA, IndicatorKind.SMA, IndicatorKind.RSI, IndicatorKind.ATR)


def measure(ground: Ground) -> list[Outcome]:
    """Measure; candles stand in arrays, as one call a symbol brought them for all traders."""
    symbols = tuple(f"C{number:02}USDT" for number in range(_SYMBOLS))
    market = {(symbol, Timeframe.M15): _candles(number) for number, symbol in enumerate(symbols)}
    rules = [_rule(number) for number in range(_RULES)]
    asked = [
        Asked(
            filter=Filter(required=rules_of[:2], optional=rules_of[2:]),
            timeframe=Timeframe.M15,
            symbols=symbols,
        )
        for rules_of in (
            tuple(rules[start : start + _RULES_OF_A_TRADER]) for start in range(0, _RULES, _RULES_OF_A_TRADER)
        )
    ]
    operands = {operand for rule in rules for operand in (rule.left, rule.right)}
    taken = timed(lambda: setups(asked, market), rounds=ground.sizes.rounds)
    return [
        Row(
            name="ai_filters",
            what=f"{_RULES} rules of {len(asked)} traders over {_SYMBOLS} symbols of {_CANDLES:,} candles",
            value=taken.wall_ms,
            unit="ms",
            cpu_ms=taken.cpu_ms,
            bar=Bar(bound=Bound.VALUE_MOST, limit=MILLISECONDS_MAX),
            detail={"operands": len(operands)},
        )
    ]


def _rule(number: int) -> Rule:
    ops = list(Comparison)
    return Rule(left=_operand(number), op=ops[number % len(ops)], right=_other(number))


def _operand(number: int) -> Indicator:
    match number % 10:
        case 0:
            return Indicator(kind=IndicatorKind.MACD, fast=12, slow=26, signal=9, output="histogram")
        case 1:
            return Indicator(kind=IndicatorKind.ADX, period=14)
        case 2:
            return Indicator(
                kind=IndicatorKind.BOLLINGER, period=20, deviations=Decimal(2 + number // 10), output="upper"
            )
        case other:
            return Indicator(kind=_AVERAGES[other % len(_AVERAGES)], period=5 + number)


def _other(number: int) -> Operand:
    if number % 3 == 0:
        return Decimal(number)
    return Indicator(kind=IndicatorKind.EMA, period=150 + number)


def _candles(seed: int) -> "CandleArrays":
    import numpy as np

    from chalicelib.domain.ai.filters.series import CandleArrays

    random = np.random.default_rng(_SEED + seed)
    closes = 100 * np.exp(np.cumsum(random.normal(0, 0.002, _CANDLES)))
    return CandleArrays(
        opens=closes,
        highs=closes * 1.001,
        lows=closes * 0.999,
        closes=closes,
        volumes=random.uniform(1, 100, _CANDLES),
    )
