"""Where a backtest's market comes from: by the name of its source."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TypeAlias

from chalicelib.domain.backtest.loading.loaders import LOADERS, STORED
from chalicelib.domain.backtest.request import SYNTHETIC, BacktestRequest
from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.services.environment import Environment

if TYPE_CHECKING:
    from chalicelib.domain.backtest.history import History


Opener: TypeAlias = "Callable[[Environment, BacktestRequest, MarketCalendar], History]"


def _synthetic(_env: Environment, asked: BacktestRequest, calendar: MarketCalendar) -> "History":
    # numpy comes with it: who asks for a backtest does not pay for it.
    from chalicelib.domain.backtest.synthetic import SyntheticMarket

    return SyntheticMarket(asked.strategy.underlying, asked.first, asked.last, asked.seed, calendar)


def _loaded(env: Environment, asked: BacktestRequest, calendar: MarketCalendar) -> "History":
    from chalicelib.services.backtests.loaded import open_loaded  # numpy as above

    return open_loaded(env, asked, calendar)


#: By the names that a request may use.
SOURCES: Final[Mapping[str, Opener]] = MappingProxyType(
    {SYNTHETIC: _synthetic, **dict.fromkeys((STORED, *LOADERS), _loaded)}
)


def open_history(env: Environment, asked: BacktestRequest, calendar: MarketCalendar) -> "History":
    """Open the market that a request is about; raises NoHistory, DatabaseUnavailable."""
    return SOURCES[asked.source](env, asked, calendar)
