"""How a backtest is cut into parts that a queue spreads: the run that is told, then a sweep's sets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from chalicelib.domain.backtest.bias.neighbours import neighbours
from chalicelib.domain.backtest.kept import IvMemory, Kept
from chalicelib.domain.backtest.request import BacktestRequest, parameter_sets, varied
from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.domain.desk.strategies.strategy import Strategy
from chalicelib.domain.json_value import JsonValue

#: Sets of parameters that go through the days together: each day is read once for all of them.
SETS_A_PART: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class PartState:
    """What goes on between two slices of a part: its runs, evenings' IV, the last price."""

    runs: tuple[Kept, ...]
    iv_days: tuple[date, ...] = ()
    iv_values: tuple[float, ...] = ()
    spot: float | None = None

    def memory(self) -> IvMemory:
        """Return the evenings' IV as it goes on."""
        return IvMemory(days=list(self.iv_days), values=list(self.iv_values))


def trading_days(first: date, last: date, calendar: MarketCalendar) -> list[date]:
    """Return the days with a session, both ends included."""
    days = (first + timedelta(days=offset) for offset in range((last - first).days + 1))
    return [day for day in days if calendar.is_trading_day(day)]


def parts_of(asked: BacktestRequest) -> int:
    """Return how many parts a request has."""
    sets = len(parameter_sets(asked))
    return 1 + (sets + SETS_A_PART - 1) // SETS_A_PART


def sets_of(asked: BacktestRequest, part: int) -> Sequence[Mapping[str, JsonValue]]:
    """Return the sets of parameters of a part; of the first the request's own, then its neighbours'."""
    if part == 0:
        return [{}, *neighbours(asked.strategy)]
    return parameter_sets(asked)[(part - 1) * SETS_A_PART : part * SETS_A_PART]


def strategy_with(strategy: Strategy, values: Mapping[str, JsonValue]) -> Strategy:
    """Return a strategy with values that were found to be good ones when they were asked for."""
    found = varied(strategy, values)
    assert isinstance(found, Strategy), "sets are read before they are stored"
    return replace(found, enabled=True)
