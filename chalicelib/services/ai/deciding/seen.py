"""The market as one decision sees it: closed candles over several lengths, and prices of now (C-02, C-03)."""

import logging
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from chalicelib.domain.ai.context.frames import Frame, frames_of
from chalicelib.domain.ai.traders.timeframes import Timeframe
from chalicelib.domain.ai.validation.facts import Moment
from chalicelib.domain.money import ZERO
from chalicelib.marketdata.interface import MarketDataError, Purpose
from chalicelib.services.ai.candle_book import CandleBook, Pair
from chalicelib.services.ai.deciding.standing import CoinsSeen
from chalicelib.services.ai.market_moment import price_now, read_moment
from chalicelib.services.environment import Environment

_LOG: Final = logging.getLogger("papertape.ai")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One symbol's moment and candles, and what of other coins an account's rules ask for."""

    moment: Moment
    frames: tuple[Frame, ...]
    coins: CoinsSeen


def look(
    env: Environment, symbol: str, timeframe: Timeframe, candle: datetime, others: Collection[str]
) -> Seen:
    """Look at a symbol as of a candle's close; what cannot be read is None, or not there, and fails closed.

    `others` are the coins that the account has open.
    """
    book = CandleBook(env, candle)
    symbols = sorted({symbol, *others})
    book.read([*_pairs(symbol, timeframe), *((one, Timeframe.H1) for one in symbols if len(symbols) > 1)])
    frames = tuple(Frame(timeframe=one, series=book.series(symbol, one)) for one in frames_of(timeframe))
    hours = {one: book.candles(one, Timeframe.H1) for one in symbols} if len(symbols) > 1 else {}
    coins = CoinsSeen(prices={}, hours=hours)
    moment = read_moment(env, symbol, timeframe, book=book)
    return _priced(env, Seen(moment=moment, frames=frames, coins=coins), symbol, others)


def look_again(
    env: Environment, seen: Seen, symbol: str, timeframe: Timeframe, others: Collection[str]
) -> Seen:
    """Return the same with the prices of now: a model takes its time."""
    moment = price_now(env, seen.moment, symbol, timeframe)
    return _priced(env, replace(seen, moment=moment), symbol, others)


def _priced(env: Environment, seen: Seen, symbol: str, others: Collection[str]) -> Seen:
    rest = sorted({*others} - {symbol})
    prices = {}
    if rest:
        try:
            found = env.coin_market.within(None, Purpose.CHANGE).prices(rest)
        except MarketDataError as error:
            _LOG.warning("prices of open coins cannot be read: %s", error.reason)
            found = {}
        prices = {one: price.price for one, price in found.items() if price.price > ZERO}
    own = seen.moment.fresh_price
    if own is not None:
        prices[symbol] = own
    return replace(seen, coins=replace(seen.coins, prices=prices))


def _pairs(symbol: str, timeframe: Timeframe) -> Iterator[Pair]:
    yield from ((symbol, one) for one in frames_of(timeframe))
