"""Where a backtest's market comes from: by the name of its source."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TypeAlias

from chalicelib.domain.backtest.request import SYNTHETIC, BacktestRequest
from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.services.environment import Environment

if TYPE_CHECKING:
    from chalicelib.domain.backtest.history import History


class NoHistory(Exception):
    """Why a market cannot be had; its text is shown."""


Opener: TypeAlias = "Callable[[Environment, BacktestRequest, MarketCalendar], History]"


def _synthetic(_env: Environment, asked: BacktestRequest, calendar: MarketCalendar) -> "History":
    # numpy comes with it: who asks for a backtest does not pay for it.
    from chalicelib.domain.backtest.synthetic import SyntheticMarket

    return SyntheticMarket(asked.strategy.underlying, asked.first, asked.last, asked.seed, calendar)


#: By the names that a request may use.
SOURCES: Final[Mapping[str, Opener]] = MappingProxyType({SYNTHETIC: _synthetic})


def open_history(env: Environment, asked: BacktestRequest, calendar: MarketCalendar) -> "History":
    """Open the market that a request is about; raises NoHistory."""
    return SOURCES[asked.source](env, asked, calendar)
