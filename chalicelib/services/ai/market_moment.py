"""The market of one coin at this moment, as decisions and changes are judged by it (C-03)."""

import logging
from decimal import Decimal
from math import isfinite
from typing import Final

from chalicelib.brokers.coins.execution import FEE_SHARE
from chalicelib.domain.ai.candles import arrays_of
from chalicelib.domain.ai.filters.rules import Indicator, IndicatorKind
from chalicelib.domain.ai.filters.stacks import Stack
from chalicelib.domain.ai.traders.timeframes import Timeframe
from chalicelib.domain.ai.validation.facts import Moment
from chalicelib.domain.coins.terms import SymbolFilters
from chalicelib.domain.market.coins import CoinCandle, CoinPrice
from chalicelib.domain.money import to_price
from chalicelib.marketdata.interface import MarketDataError, Purpose
from chalicelib.services.ai.candle_book import CandleBook
from chalicelib.services.commands.coins import FILTERS_AGE_MAX
from chalicelib.services.environment import Environment
from chalicelib.store.market.coin_symbols import read_filters

_LOG: Final = logging.getLogger("papertape.ai")
_ATR: Final = Indicator(kind=IndicatorKind.ATR, period=14)


def read_moment(
    env: Environment, symbol: str, timeframe: Timeframe, *, book: CandleBook | None = None
) -> Moment:
    """Read price, average range and filters of a coin; what cannot be read is None and fails closed.

    `book` is the caller's, where it has read the candles already.
    """
    now = env.clock.now()
    book = book or CandleBook(env, now, purpose=Purpose.CHANGE)
    book.read([(symbol, timeframe)])
    candles = book.candles(symbol, timeframe)
    price = _price(env, symbol)
    return Moment(
        now=now,
        price=None if price is None else price.price,
        price_at=None if price is None else price.as_of,
        atr=average_range(candles),
        candle_at=candles[-1].ends_at if candles else None,
        candle_due_at=timeframe.closed_at(now),
        filters=_filters(env, symbol),
        fee_rate=FEE_SHARE,
    )


def average_range(candles: tuple[CoinCandle, ...]) -> Decimal | None:
    """Return Wilder's ATR(14) over closed candles; None where they are too few."""
    if not candles:
        return None
    found = float(Stack([arrays_of(candles)]).last_two(_ATR)[1][0])
    return to_price(Decimal(str(found))) if isfinite(found) else None


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
