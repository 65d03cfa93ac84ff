"""All traders' filters in one go: each series once a symbol, each rule once over all symbols (C-01, C-10)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from chalicelib.domain.ai.filters.rules import Comparison, Filter, Indicator, Operand, Rule
from chalicelib.domain.ai.filters.series import CandleArrays
from chalicelib.domain.ai.filters.stacks import Stack
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
    own = [list(_own_rules(one)) for one in asked]
    row = {rule: number for number, rule in enumerate(dict.fromkeys(rule for rules in own for rule in rules))}
    holds = _judge(list(row), symbols, _Values(market, symbols))
    found = []
    for one, rules in zip(asked, own, strict=True):
        columns = [column[symbol] for symbol in one.symbols]
        of_one = holds[[row[rule] for rule in rules]][:, columns]
        found.append(dict(zip(one.symbols, _setups(one, of_one), strict=True)))
    return found


def _own_rules(asked: Asked) -> Iterator[Rule]:
    """Yield the rules with the timeframe that each operand is read on."""
    for rule in asked.filter.rules:
        left, right = (_on(operand, asked.timeframe) for operand in (rule.left, rule.right))
        yield rule if (left, right) == (rule.left, rule.right) else replace(rule, left=left, right=right)


def _on(operand: Operand, timeframe: Timeframe) -> Operand:
    if isinstance(operand, Indicator) and operand.timeframe is None:
        return replace(operand, timeframe=timeframe)
    return operand


def _setups(asked: Asked, holds: "Holds") -> Iterator[Setup]:
    """Yield what each symbol comes to; those that come to the same share one value."""
    import numpy as np

    required, rules = len(asked.filter.required), len(asked.filter.rules)
    are_signals: list[bool] = (
        np.all(holds[:required], axis=0).tolist() if required else [False] * holds.shape[1]
    )
    counts: list[int] = holds.sum(axis=0).tolist()
    known: dict[tuple[bool, int], Setup] = {}
    for is_signal, count in zip(are_signals, counts, strict=True):
        setup = known.get((is_signal, count))
        if setup is None:
            setup = Setup(is_signal=is_signal, score=Decimal(count) / rules if rules else Decimal(0))
            known[is_signal, count] = setup
        yield setup


class _Values:
    """The last two values of each operand over all symbols, worked out once."""

    def __init__(self, market: Market, symbols: Sequence[str]) -> None:
        self._market = market
        self._symbols = symbols
        self._known: dict[Operand, Values] = {}
        self._stacks: dict[Timeframe, list[tuple[list[int], Stack]]] = {}

    def of(self, operand: Operand) -> "Values":
        """Return an array of shape (2, symbols): the candle before, and the last."""
        import numpy as np

        if operand not in self._known:
            if isinstance(operand, Indicator):
                self._known[operand] = self._indicator(operand)
            else:
                self._known[operand] = np.full((2, len(self._symbols)), float(operand))
        return self._known[operand]

    def _indicator(self, indicator: Indicator) -> "Values":
        import numpy as np

        assert indicator.timeframe is not None, "set by _on"
        found = np.full((2, len(self._symbols)), np.nan)
        for columns, stack in self._stacks_of(indicator.timeframe):
            found[:, columns] = stack.last_two(indicator)
        return found

    def _stacks_of(self, timeframe: Timeframe) -> list[tuple[list[int], Stack]]:
        """Return the symbols that have candles of this length, those with as many of them together."""
        if timeframe not in self._stacks:
            alike: dict[int, list[int]] = {}
            for number, symbol in enumerate(self._symbols):
                candles = self._market.get((symbol, timeframe))
                if candles is not None:
                    alike.setdefault(len(candles), []).append(number)
            self._stacks[timeframe] = [
                (columns, Stack([self._market[self._symbols[one], timeframe] for one in columns]))
                for columns in alike.values()
            ]
        return self._stacks[timeframe]


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
