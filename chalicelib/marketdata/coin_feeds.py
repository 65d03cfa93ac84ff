"""Prices of coins as others ask for them: quotes for the core, and feeds for the paper exchange (C-05)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from chalicelib.domain.ai.traders.timeframes import Timeframe
from chalicelib.domain.coins.minutes import Minutes
from chalicelib.domain.coins.terms import SymbolFilters
from chalicelib.domain.market.coins import CoinCandle, CoinPrice
from chalicelib.domain.market.quotes import OptionQuote
from chalicelib.marketdata.interface import Chain, CoinMarket, MarketDataError, Purpose
from chalicelib.vendors.deadline import Deadline


def coin_quotes(market: CoinMarket, symbol: str) -> Chain:
    """Read a coin's price in the words of legs: what was traded last stands on both sides.

    Raises MarketDataError; a coin that the exchange does not know has no quote.
    """
    price = market.prices([symbol]).get(symbol)
    if price is None:
        return Chain(underlying=symbol, underlying_price=None, quotes={})
    quote = OptionQuote(
        symbol=symbol,
        bid=price.price,
        ask=price.price,
        bid_size=None,
        ask_size=None,
        last=price.price,
        quoted_at=price.as_of,
        source=price.source or market.source,
        delay_seconds=price.delay_seconds,
    )
    return Chain(underlying=symbol, underlying_price=price.price, quotes={symbol: quote})


class LiveCoins:
    """A feed that asks the exchange; one that does not answer has no price for that moment."""

    def __init__(self, market: CoinMarket) -> None:
        self._market = market

    @property
    def source(self) -> str:
        """Name the source as fills record it."""
        return self._market.source

    def price(self, symbol: str) -> CoinPrice | None:
        """Ask what a coin was last traded at."""
        try:
            return self._market.prices([symbol]).get(symbol)
        except MarketDataError:
            return None


@dataclass(frozen=True, slots=True)
class MinuteMarket:
    """The market by minutes that were read for everybody, up to one's end: no call for prices goes out.

    A feed, too. What it shows is as old as that minute: while minutes are made up for, nobody takes it for
    the present. `spare` are prices of another source, for coins whose minutes could not be read: given
    where things are marked alone, since nothing may trade on them (C-06).
    """

    market: CoinMarket
    minutes: Minutes
    until: datetime
    spare: Mapping[str, CoinPrice] = field(default_factory=dict)

    @property
    def source(self) -> str:
        """Name the source as fills and snapshots record it."""
        return self.market.source

    def price(self, symbol: str) -> CoinPrice | None:
        """Return the close of the last minute until then, else the spare price, else None."""
        seen = [minute for minute in self.minutes.get(symbol, ()) if minute.ends_at <= self.until]
        return CoinPrice(symbol, seen[-1].closing, seen[-1].ends_at) if seen else self.spare.get(symbol)

    def prices(self, symbols: Sequence[str]) -> Mapping[str, CoinPrice]:
        """Return the closes of the last minutes until then."""
        found = {symbol: self.price(symbol) for symbol in symbols}
        return {symbol: price for symbol, price in found.items() if price is not None}

    def filters(self, symbols: Sequence[str]) -> Mapping[str, SymbolFilters]:
        """Read what orders have to keep to; raises MarketDataError."""
        return self.market.filters(symbols)

    def candles(
        self, symbol: str, timeframe: Timeframe, starts_at: datetime, ends_at: datetime
    ) -> tuple[CoinCandle, ...]:
        """Read candles; raises MarketDataError."""
        return self.market.candles(symbol, timeframe, starts_at, ends_at)

    def within(self, deadline: Deadline | None, purpose: Purpose = Purpose.MARKS) -> "MinuteMarket":
        """Return the same minutes over calls that end before `deadline` and take what `purpose` may."""
        return replace(self, market=self.market.within(deadline, purpose))
