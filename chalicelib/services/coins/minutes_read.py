"""The minutes that a tick reads: one call a coin for everybody (C-05)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Final

from sqlalchemy import Connection

from chalicelib.domain.ai.traders.timeframes import Timeframe
from chalicelib.domain.coins.minutes import Minute, Minutes, minutes_of
from chalicelib.marketdata.interface import CoinMarket, MarketDataError
from chalicelib.services.environment import Environment
from chalicelib.store.market.coin_symbols import KnownCoin, ReadCoin, read_known
from chalicelib.store.market.coins_at_work import CoinAtWork, read_coins_at_work

_MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class MinutesRead:
    """What a tick read; `errors` say of which coins it could not, `until` is when its minute ended."""

    known: Mapping[str, KnownCoin]
    minutes: Minutes
    errors: Mapping[str, str]
    until: datetime

    def since(self, behind_since: datetime | None) -> Minutes:
        """Return what an account has to meet: the new minutes, or those from where it fell behind."""
        return {
            symbol: _from(of_coin, behind_since or self.known[symbol].last_minute)
            for symbol, of_coin in self.minutes.items()
        }

    def closes(self) -> list[tuple[str, Decimal]]:
        """Return the last closes."""
        return [(symbol, of_coin[-1].closing) for symbol, of_coin in self.minutes.items() if of_coin]

    def read(self) -> list[ReadCoin]:
        """Return how far each coin was read."""
        return [self._of(symbol) for symbol in sorted(self.known)]

    def _of(self, symbol: str) -> ReadCoin:
        of_coin = self.minutes.get(symbol)
        if not of_coin:
            return ReadCoin(symbol=symbol, last_minute=None, price=None)
        return ReadCoin(symbol=symbol, last_minute=of_coin[-1].ends_at, price=of_coin[-1].closing)


def read_minutes(env: Environment, due_at: datetime) -> MinutesRead:
    """Read the minutes that closed by an instant and that some order has still to meet.

    Coins are asked for side by side; one that cannot be read holds up no other.
    """

    def at_work(connection: Connection) -> tuple[list[CoinAtWork], dict[str, KnownCoin]]:
        coins = read_coins_at_work(connection)
        return coins, read_known(connection, [coin.symbol for coin in coins])

    coins, known = env.database.run(at_work, username=None)
    until = Timeframe.M1.closed_at(due_at)
    asked = [partial(_read, env.coin_market, coin, known[coin.symbol], until) for coin in coins]
    minutes: dict[str, Sequence[Minute]] = {}
    errors: dict[str, str] = {}
    for coin, answer in zip(coins, env.side_by_side.each(asked), strict=True):
        if isinstance(answer, MarketDataError):
            errors[coin.symbol] = answer.reason
        else:
            minutes[coin.symbol] = answer
    return MinutesRead(known=known, minutes=minutes, errors=errors, until=until)


def after(minutes: Minutes, instant: datetime) -> Minutes:
    """Return the minutes that begin then or later."""
    return {symbol: _from(of_coin, instant) for symbol, of_coin in minutes.items()}


def _read(
    market: CoinMarket, coin: CoinAtWork, known: KnownCoin, until: datetime
) -> Sequence[Minute] | MarketDataError:
    start = first_minute(coin, known)
    if start >= until:
        return ()
    try:
        candles = market.candles(coin.symbol, Timeframe.M1, start, until)
    except MarketDataError as error:
        return error
    return minutes_of(candles)


def first_minute(coin: CoinAtWork, known: KnownCoin) -> datetime:
    """Return the first minute to read: the one after the last that all met, or of the coin's first order."""
    began = Timeframe.M1.closed_at(coin.since)
    start = began if known.last_minute is None else max(known.last_minute, began)
    return start if coin.behind_since is None else min(start, Timeframe.M1.closed_at(coin.behind_since))


def _from(minutes: Sequence[Minute], instant: datetime | None) -> Sequence[Minute]:
    return [one for one in minutes if instant is None or one.starts_at >= instant]
