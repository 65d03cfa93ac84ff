"""Where a backtest's market comes from: by the name of its source."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TypeAlias

from chalicelib.domain.backtest.loading.loaders import LOADERS, STORED
from chalicelib.domain.backtest.request import SYNTHETIC, BacktestRequest
from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.services.backtests.no_history import NoHistory
from chalicelib.services.environment import Environment

if TYPE_CHECKING:
    from chalicelib.domain.backtest.history import History
    from chalicelib.domain.backtest.paths import Recorded

#: The file of a made-up market that follows recorded prices and VIX instead of a seed.
RECORDED: Final = "recorded"


Opener: TypeAlias = "Callable[[Environment, BacktestRequest, MarketCalendar], History]"


def _synthetic(env: Environment, asked: BacktestRequest, calendar: MarketCalendar) -> "History":
    # numpy comes with it: who asks for a backtest does not pay for it.
    from chalicelib.domain.backtest.synthetic import SyntheticMarket

    if asked.file not in {None, RECORDED}:
        raise NoHistory(f"of a made-up market the file is {RECORDED}, or none")
    recorded = _recorded(env, asked) if asked.file == RECORDED else None
    return SyntheticMarket(asked.strategy.underlying, asked.first, asked.last, asked.seed, calendar, recorded)


def _recorded(env: Environment, asked: BacktestRequest) -> "Recorded":
    """Return the underlying's prices and VIX as they were, for chains to be made around."""
    from chalicelib.domain.backtest.paths import Recorded
    from chalicelib.services.backtests.daily_sources import read_daily_sources
    from chalicelib.store.files.history_sets import HistoryUnreadable
    from chalicelib.store.files.objects import ObjectsError

    symbol = asked.strategy.underlying
    try:
        daily = read_daily_sources(env, symbol, asked.first, asked.last).daily
    except (HistoryUnreadable, ObjectsError) as error:
        raise NoHistory(str(error)) from error
    if daily.bars is None or daily.vix is None:
        wanted = f"bars of {symbol}" if daily.bars is None else "closes of VIX"
        raise NoHistory(f"no {wanted} are known; load them (dev.py history load)")
    return Recorded(bars=daily.bars, vix=daily.vix, vix3m=daily.vix3m)


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
