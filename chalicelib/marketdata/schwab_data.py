"""Market data from Schwab, by its user's own login: chains with Greeks, quotes, expiries (B-10).

Bars, calendars and closing prices come from Tradier where the user has a token there, and so does all else
once Schwab has refused or failed. Without one there is the close of the session before today's, while today's
day lasts, and no bar.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, time
from decimal import Decimal
from typing import Final, TypeVar

from chalicelib.brokers.padded_symbols import to_padded
from chalicelib.brokers.schwab.client import SchwabClient
from chalicelib.domain.clocks.calendar import MarketCalendar, new_york_date, new_york_instant
from chalicelib.domain.market.quotes import OptionQuote
from chalicelib.domain.ports import Clock
from chalicelib.marketdata.failures import as_market_data_error
from chalicelib.marketdata.interface import Chain, DailyBar, MarketData, UnderlyingQuote
from chalicelib.marketdata.schwab_rows import (
    SOURCE,
    parse_chain,
    parse_expirations,
    parse_option_quotes,
    parse_previous_close,
    parse_underlyings,
    to_vendor,
    underlying_price,
)
from chalicelib.marketdata.tradier_backed import TradierBacked
from chalicelib.vendors.budget import Urgency
from chalicelib.vendors.errors import VendorError
from chalicelib.vendors.wire import UnreadablePayload

T = TypeVar("T")

#: From when on the close of the day before may have given way to today's.
ROLLED_FROM: Final = time(19, 30)
#: Symbols of one address; no limit is documented, and 80 padded ones are some 2 kB.
SYMBOLS_MAX: Final = 80
_NO_BARS: Final = "Schwab's bars are not read, and there is no Tradier token to read them by"


class SchwabData(TradierBacked):
    """MarketData over one login at Schwab."""

    def __init__(
        self,
        client: SchwabClient,
        clock: Clock,
        calendar: MarketCalendar,
        underlyings: Callable[[], MarketData | None] = lambda: None,
    ) -> None:
        super().__init__(SOURCE, underlyings, no_history=_NO_BARS)
        self._client = client
        self._clock = clock
        self._calendar = calendar
        self._has_failed = False

    @property
    def delay_seconds(self) -> int:
        """Return 0: what an answer says is late has its delay on its quotes."""
        return 0

    def chain(self, underlying: str, expiries: Sequence[date]) -> Chain:
        """Read whole chains: one call per expiry, with the underlying's price."""
        return self._first(
            lambda: self._chain(underlying, expiries), lambda other: other.chain(underlying, expiries)
        )

    def _chain(self, underlying: str, expiries: Sequence[date]) -> Chain:
        found: dict[str, OptionQuote] = {}
        price: Decimal | None = None
        for expiry in expiries:
            # A chain of many days does not pass the vendor's gateway.
            asked = {"contractType": "ALL", "fromDate": expiry.isoformat(), "toDate": expiry.isoformat()}
            asked |= {"symbol": to_vendor(underlying), "strategy": "SINGLE"}
            body = self._client.get_data("/chains", asked, urgency=Urgency.DATA)
            found |= parse_chain(body)
            price = underlying_price(body) or price
        return Chain(underlying=underlying, underlying_price=price, quotes=found)

    @property
    def expiries_a_call(self) -> int:
        """Return 1."""
        return 1

    def bare_chain(self, underlying: str, expiries: Sequence[date]) -> Chain:
        """Read whole chains, one call per expiry: the price comes along."""
        return self.chain(underlying, expiries)

    def option_quotes(self, underlying: str, symbols: Sequence[str]) -> Chain:
        """Read these contracts and their underlying together, 80 names a call."""
        return self._first(
            lambda: self._option_quotes(underlying, symbols),
            lambda other: other.option_quotes(underlying, symbols),
        )

    def _option_quotes(self, underlying: str, symbols: Sequence[str]) -> Chain:
        names = [to_vendor(underlying), *(to_padded(symbol) for symbol in dict.fromkeys(symbols))]
        chain = Chain(underlying=underlying, underlying_price=None, quotes={})
        for body in self._quotes(names):
            told = parse_option_quotes(body)
            known = {symbol: told[symbol] for symbol in symbols if symbol in told}
            prices = [one.last for one in parse_underlyings(body) if one.symbol == underlying]
            price = next(iter(prices), chain.underlying_price)
            chain = replace(chain, underlying_price=price, quotes={**chain.quotes, **known})
        return chain

    def expirations(self, underlying: str) -> tuple[date, ...]:
        """Return the listed expiries of all roots, nearest first; empty for an unknown symbol."""
        return self._first(lambda: self._expirations(underlying), lambda other: other.expirations(underlying))

    def _expirations(self, underlying: str) -> tuple[date, ...]:
        asked = {"symbol": to_vendor(underlying)}
        body = self._client.get_data("/expirationchain", asked, urgency=Urgency.DATA, may_lack=True)
        return () if body is None else parse_expirations(body)

    def underlying_quotes(self, symbols: Sequence[str]) -> tuple[UnderlyingQuote, ...]:
        """Read the quotes of underlyings, in the order asked for; unknown symbols are left out."""
        return self._first(
            lambda: self._underlying_quotes(symbols), lambda other: other.underlying_quotes(symbols)
        )

    def _underlying_quotes(self, symbols: Sequence[str]) -> tuple[UnderlyingQuote, ...]:
        wanted = list(dict.fromkeys(symbols))
        found: dict[str, UnderlyingQuote] = {}
        for body in self._quotes([to_vendor(symbol) for symbol in wanted]):
            found |= {one.symbol: one for one in parse_underlyings(body)}
        return tuple(found[symbol] for symbol in wanted if symbol in found)

    def official_close(self, symbol: str, day: date) -> Decimal | None:
        """Return the closing price of exactly this day; without Tradier the one before today's session."""
        if self._underlyings is not None:
            return self._underlyings.official_close(symbol, day)
        now = self._clock.now()
        session = self._calendar.session(new_york_date(now))
        # When a price rolls over to the next day nobody documents: at 19:58 it had not (captured in 2024).
        if session is None or not session.opens_at <= now < new_york_instant(session.day, ROLLED_FROM):
            return None
        if self._calendar.previous_trading_day(session.day) != day:
            return None
        with as_market_data_error():
            (body,) = self._quotes([to_vendor(symbol)])
            return parse_previous_close(body, symbol)

    def daily_bars(self, symbol: str, first: date, last: date) -> tuple[DailyBar, ...]:
        """Return the daily bars that Tradier has."""
        return self._tradier().daily_bars(symbol, first, last)

    def _first(self, of_schwab: Callable[[], T], of_tradier: Callable[[MarketData], T]) -> T:
        """Read here, and by the user's Tradier token where Schwab refuses or fails, from then on at once."""
        if not self._has_failed or self._underlyings is None:
            with as_market_data_error():
                try:
                    return of_schwab()
                except (VendorError, UnreadablePayload):
                    self._has_failed = True
                    if self._underlyings is None:
                        raise
        return of_tradier(self._tradier())

    def _quotes(self, names: Sequence[str]) -> list[object]:
        return [
            self._client.get_data(
                "/quotes",
                {"symbols": ",".join(names[start : start + SYMBOLS_MAX]), "fields": "quote,reference"},
                urgency=Urgency.DATA,
            )
            for start in range(0, len(names), SYMBOLS_MAX)
        ]
