"""All traders' filters in one go: each series once a symbol, each rule once over all symbols (C-01, C-10)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from chalicelib.domain.ai.filters.rules import Comparison, Filter, Indicator, Operand, Rule
from chalicelib.domain.ai.filters.series import NOT_KNOWN, CandleArrays, last_two
from chalicelib.domain.ai.traders.timeframes import Timeframe

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Values = npt.NDArray[np.float64]
    Holds = npt.NDArray[np.bool_]

Market = Mapping[tuple[str, Timeframe], CandleArrays]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One trader's filter over its symbols, at the close of a candle of its timeframe."""

    filter: Filter
    timeframe: Timeframe
    symbols: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What a filter makes of one symbol: whether it signals, and the share of its rules that hold, 0 to 1."""

    is_signal: bool
    score: Decimal


def setups(asked: Sequence[Asked], market: Market) -> list[dict[str, Setup]]:
    """Judge all filters; one mapping by symbol for each that is asked.

    `market` has closed candles alone. What is missing in it makes no rule hold; an empty list of required
    rules never signals.
    """
    symbols = sorted({symbol for one in asked for symbol in one.symbols})
    column = {symbol: number for number, symbol in enumerate(symbols)}
    rules = list(dict.fromkeys(rule for one in asked for rule in _own_rules(one)))
    row = {rule: number for number, rule in enumerate(rules)}
    holds = _judge(rules, symbols, _Values(market, symbols))
    return [
        {
            symbol: _setup(one, holds[[row[rule] for rule in _own_rules(one)], column[symbol]])
            for symbol in one.symbols
        }
        for one in asked
    ]


def _own_rules(asked: Asked) -> Iterator[Rule]:
    """Yield the rules with the timeframe that each operand is read on."""
    for rule in asked.filter.rules:
        left, right = (_on(operand, asked.timeframe) for operand in (rule.left, rule.right))
        yield rule if (left, right) == (rule.left, rule.right) else replace(rule, left=left, right=right)


def _on(operand: Operand, timeframe: Timeframe) -> Operand:
    if isinstance(operand, Indicator) and operand.timeframe is None:
        return replace(operand, timeframe=timeframe)
    return operand


def _setup(asked: Asked, holds: "Holds") -> Setup:
    required = len(asked.filter.required)
    score = Decimal(int(holds.sum())) / len(holds) if len(holds) else Decimal(0)
    return Setup(is_signal=required > 0 and bool(holds[:required].all()), score=score)


class _Values:
    """The last two values of each operand over all symbols, worked out once."""

    def __init__(self, market: Market, symbols: Sequence[str]) -> None:
        self._market = market
        self._symbols = symbols
        self._known: dict[Operand, Values] = {}

    def of(self, operand: Operand) -> "Values":
        """Return an array of shape (2, symbols): the candle before, and the last."""
        import numpy as np

        if operand not in self._known:
            if isinstance(operand, Indicator):
                pairs = [self._pair(operand, symbol) for symbol in self._symbols]
                self._known[operand] = np.array(pairs, dtype=np.float64).reshape(-1, 2).T
            else:
                self._known[operand] = np.full((2, len(self._symbols)), float(operand))
        return self._known[operand]

    def _pair(self, indicator: Indicator, symbol: str) -> tuple[float, float]:
        assert indicator.timeframe is not None, "set by _on"
        candles = self._market.get((symbol, indicator.timeframe))
        return NOT_KNOWN if candles is None else last_two(indicator, candles)


def _judge(rules: Sequence[Rule], symbols: Sequence[str], values: _Values) -> "Holds":
    """Return which rule (row) holds for which symbol (column); comparisons with NaN do not."""
    import numpy as np

    holds = np.zeros((len(rules), len(symbols)), dtype=np.bool_)
    for number, rule in enumerate(rules):
        (left_before, left), (right_before, right) = values.of(rule.left), values.of(rule.right)
        match rule.op:
            case Comparison.UNDER:
                holds[number] = left < right
            case Comparison.AT_MOST:
                holds[number] = left <= right
            case Comparison.OVER:
                holds[number] = left > right
            case Comparison.AT_LEAST:
                holds[number] = left >= right
            case Comparison.CROSSES_ABOVE:
                holds[number] = (left_before <= right_before) & (left > right)
            case Comparison.CROSSES_BELOW:
                holds[number] = (left_before >= right_before) & (left < right)
    return holds
