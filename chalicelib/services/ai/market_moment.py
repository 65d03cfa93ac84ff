"""The market of one coin at this moment, as decisions and changes are judged by it (C-03)."""

import logging
from dataclasses import replace
from decimal import Decimal
from typing import Final

from chalicelib.brokers.coins.execution import FEE_SHARE
from chalicelib.domain.ai.candles import Series
from chalicelib.domain.ai.context.frames import ATR
from chalicelib.domain.ai.traders.timeframes import Timeframe
from chalicelib.domain.ai.validation.facts import Moment
from chalicelib.domain.coins.terms import SymbolFilters
from chalicelib.domain.market.coins import CoinPrice
from chalicelib.domain.money import to_price
from chalicelib.marketdata.interface import MarketDataError, Purpose
from chalicelib.services.ai.candle_book import CandleBook
from chalicelib.services.commands.coins import FILTERS_AGE_MAX
from chalicelib.services.environment import Environment
from chalicelib.store.market.coin_symbols import read_filters

_LOG: Final = logging.getLogger("papertape.ai")


def read_moment(
    env: Environment, symbol: str, timeframe: Timeframe, *, book: CandleBook | None = None
) -> Moment:
    """Read price, average range and filters of a coin; what cannot be read is None and fails closed.

    `book` is the caller's, where it has read the candles already.
    """
    now = env.clock.now()
    book = book or CandleBook(env, now, purpose=Purpose.CHANGE)
    book.read([(symbol, timeframe)])
    series = book.series(symbol, timeframe)
    price = _price(env, symbol)
    return Moment(
        now=now,
        price=None if price is None else price.price,
        price_at=None if price is None else price.as_of,
        atr=average_range(series),
        candle_at=series.candles[-1].ends_at if series.candles else None,
        candle_due_at=timeframe.closed_at(now),
        filters=_filters(env, symbol),
        fee_rate=FEE_SHARE,
    )


def price_now(env: Environment, moment: Moment, symbol: str, timeframe: Timeframe) -> Moment:
    """Return a moment at the price of now; candles and filters are as they were."""
    now, price = env.clock.now(), _price(env, symbol)
    return replace(
        moment,
        now=now,
        price=None if price is None else price.price,
        price_at=None if price is None else price.as_of,
        candle_due_at=timeframe.closed_at(now),
    )


def average_range(series: Series) -> Decimal | None:
    """Return Wilder's ATR(14) over closed candles; None where they are too few."""
    found = series.last(ATR)
    return None if found is None else to_price(Decimal(repr(found)))


def _price(env: Environment, symbol: str) -> CoinPrice | None:
    try:
        return env.coin_market.within(None, Purpose.CHANGE).prices([symbol]).get(symbol)
    except MarketDataError as error:
        _LOG.warning("the price of %s cannot be read: %s", symbol, error.reason)
        return None


def _filters(env: Environment, symbol: str) -> SymbolFilters | None:
    since = env.clock.now() - FILTERS_AGE_MAX
    kept = env.database.read(lambda connection: read_filters(connection, symbol, since), username=None)
    if kept is not None:
        return kept
    try:
        return env.coin_market.within(None, Purpose.CHANGE).filters([symbol]).get(symbol)
    except MarketDataError as error:
        _LOG.warning("filters of %s cannot be read: %s", symbol, error.reason)
        return None
