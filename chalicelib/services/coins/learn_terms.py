"""What is learnt of a coin now and then: how wild it is at present, and its exchange's filters (C-05)."""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from sqlalchemy import Connection

from chalicelib.domain.ai.traders.timeframes import Timeframe
from chalicelib.domain.coins.slippage import slippage
from chalicelib.domain.money import to_price
from chalicelib.marketdata.interface import MarketDataError
from chalicelib.services.environment import Environment
from chalicelib.store.market.coin_symbols import KnownCoin, save_filters, save_slippage

_LOG: Final = logging.getLogger("papertape.jobs")
_RANGES: Final = timedelta(days=30)
_FILTERS_EVERY: Final = timedelta(hours=12)


def learn_terms(env: Environment, coins: Iterable[KnownCoin]) -> None:
    """Renew what is old; an exchange that does not answer leaves what was known, and that grows old."""
    known, now = list(coins), env.clock.now()
    hour = Timeframe.H1.closed_at(now)
    wild = [coin.symbol for coin in known if coin.slippage_at is None or coin.slippage_at < hour]
    env.side_by_side.each([partial(_learn_slippage, env, symbol, hour) for symbol in wild])
    old = [coin.symbol for coin in known if coin.filters_at is None or now - coin.filters_at > _FILTERS_EVERY]
    if old:
        _learn_filters(env, old, now)


def _learn_slippage(env: Environment, symbol: str, hour: datetime) -> None:
    try:
        hours = env.coin_market.candles(symbol, Timeframe.H1, hour - _RANGES, hour)
    except MarketDataError as error:
        _LOG.warning("hours of %s cannot be read: %s", symbol, error.reason)
        return
    ranges = [(one.high - one.low) / one.opening for one in hours if one.opening]
    share = to_price(slippage(ranges))
    env.database.run(
        lambda connection: save_slippage(connection, symbol, share, env.clock.now()), username=None
    )


def _learn_filters(env: Environment, symbols: list[str], now: datetime) -> None:
    try:
        found = env.coin_market.filters(symbols)
    except MarketDataError as error:
        _LOG.warning("filters cannot be read: %s", error.reason)
        return

    def keep(connection: Connection) -> None:
        for symbol, filters in found.items():
            save_filters(connection, symbol, filters, now)

    env.database.run(keep, username=None)
