"""Market data from Tradier: the second source of chains, the first of underlyings and closing prices."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final, TypeVar

from chalicelib.brokers.tradier.client import TradierClient
from chalicelib.brokers.tradier.payloads import rows
from chalicelib.domain.clocks.calendar import NEW_YORK, new_york_date
from chalicelib.domain.desk.pipeline.company_dates import Dividend, EarningsCalendar
from chalicelib.domain.market.candles import Candle, CandleMinutes
from chalicelib.domain.market.quotes import OptionQuote
from chalicelib.domain.ports import Clock
from chalicelib.marketdata.failures import as_market_data_error
from chalicelib.marketdata.interface import Chain, DailyBar, NoHistory, UnderlyingQuote
from chalicelib.marketdata.tradier_bars import parse_candles, parse_daily_bars, parse_daily_closes
from chalicelib.marketdata.tradier_calendars import parse_dividends, parse_earnings
from chalicelib.marketdata.tradier_quotes import (
    SOURCE,
    close_of_bar,
    close_of_quote,
    parse_expirations,
    parse_option_rows,
    parse_underlying_rows,
)
from chalicelib.vendors.budget import Urgency
from chalicelib.vendors.wire import Node, text

T = TypeVar("T")

#: Symbols of one call; no limit is documented, and 500 OCC symbols are some 10 kB.
SYMBOLS_MAX: Final = 500
#: What fits in an address is read by GET, which is repeated on passing trouble; a POST never is.
SYMBOLS_BY_GET_MAX: Final = 80
#: How many calendar days back time and sales reach with `session_filter=open` (wire, 8.8).
CANDLE_DEPTH_DAYS: Final[Mapping[CandleMinutes, int]] = {
    CandleMinutes.ONE: 20,
    CandleMinutes.FIVE: 40,
    CandleMinutes.FIFTEEN: 40,
}


class TradierData:
    """MarketData over one Tradier token."""

    def __init__(self, client: TradierClient, clock: Clock) -> None:
        self._client = client
        self._clock = clock

    @property
    def source(self) -> str:
        """Name the source as snapshots record it."""
        return SOURCE

    @property
    def delay_seconds(self) -> int:
        """Return the source's own delay."""
        return self._client.environment.delay_seconds

    @property
    def underlyings_source(self) -> str:
        """Name the source of quotes of underlyings, of bars and of calendars: the same."""
        return SOURCE

    def chain(self, underlying: str, expiries: Sequence[date]) -> Chain:
        """Read whole chains: one call per expiry, and one for the underlying."""
        chain = self.bare_chain(underlying, expiries)
        with as_market_data_error():
            price = self._underlying_price(underlying, self._quote_rows([underlying]))
        return replace(chain, underlying_price=price)

    @property
    def expiries_a_call(self) -> int:
        """Return 1."""
        return 1

    def bare_chain(self, underlying: str, expiries: Sequence[date]) -> Chain:
        """Read whole chains: one call per expiry."""
        quotes: dict[str, OptionQuote] = {}
        with as_market_data_error():
            for expiry in expiries:
                params = {"symbol": underlying, "expiration": expiry.isoformat(), "greeks": "true"}
                body = self._client.get("/markets/options/chains", params, urgency=Urgency.DATA)
                found = [row for row in rows(body, "options", "option") if _is_of(row, underlying, expiry)]
                quotes |= parse_option_rows(found, delay_seconds=self.delay_seconds)
        return Chain(underlying=underlying, underlying_price=None, quotes=quotes)

    def option_quotes(self, underlying: str, symbols: Sequence[str]) -> Chain:
        """Read these contracts and their underlying in one call (one for every 500 contracts)."""
        with as_market_data_error():
            found = self._quote_rows([underlying, *symbols])
            quotes = parse_option_rows(found, delay_seconds=self.delay_seconds)
            price = self._underlying_price(underlying, found)
        wanted = {symbol: quotes[symbol] for symbol in symbols if symbol in quotes}
        return Chain(underlying=underlying, underlying_price=price, quotes=wanted)

    def expirations(self, underlying: str) -> tuple[date, ...]:
        """Return the listed expiries of all roots, nearest first; empty for an unknown symbol."""
        params = {"symbol": underlying, "includeAllRoots": "true"}
        with as_market_data_error():
            return parse_expirations(
                self._client.get("/markets/options/expirations", params, urgency=Urgency.DATA)
            )

    def underlying_quotes(self, symbols: Sequence[str]) -> tuple[UnderlyingQuote, ...]:
        """Read the quotes of underlyings, in the order asked for; unknown symbols are left out."""
        with as_market_data_error():
            found = parse_underlying_rows(self._quote_rows(symbols), delay_seconds=self.delay_seconds)
        by_symbol = {quote.symbol: quote for quote in found}
        return tuple(by_symbol[symbol] for symbol in dict.fromkeys(symbols) if symbol in by_symbol)

    def official_close(self, symbol: str, day: date) -> Decimal | None:
        """Return the closing price of exactly this day: today's from the quote, others from the daily bar."""
        with as_market_data_error():
            if day == new_york_date(self._clock.now()):
                return close_of_quote(self._quote_rows([symbol]), symbol, day)
            params = {
                "symbol": symbol,
                "interval": "daily",
                "start": day.isoformat(),
                "end": day.isoformat(),
            }
            body = self._client.get("/markets/history", params, urgency=Urgency.DATA)
            return close_of_bar(body, day)

    def candles(
        self, symbol: str, minutes: CandleMinutes, starts_at: datetime, ends_at: datetime
    ) -> tuple[Candle, ...]:
        """Read time and sales in one call, after everything that trading needs (Urgency.BACKGROUND)."""
        deepest = new_york_date(self._clock.now()) - timedelta(days=CANDLE_DEPTH_DAYS[minutes])
        if new_york_date(starts_at) < deepest:
            raise NoHistory(f"Tradier has {minutes}-minute candles since {deepest.isoformat()} only")
        params = {
            "symbol": symbol,
            "interval": f"{minutes}min",
            "start": _new_york_minute(starts_at),
            "end": _new_york_minute(ends_at),
            "session_filter": "open",
        }
        with as_market_data_error():
            body = self._client.get("/markets/timesales", params, urgency=Urgency.BACKGROUND)
            return parse_candles(body, minutes)

    def daily_closes(self, symbol: str, first: date, last: date) -> Mapping[date, Decimal]:
        """Read daily bars in one call, after everything that trading needs (Urgency.BACKGROUND)."""
        params = {
            "symbol": symbol,
            "interval": "daily",
            "start": first.isoformat(),
            "end": last.isoformat(),
        }
        with as_market_data_error():
            body = self._client.get("/markets/history", params, urgency=Urgency.BACKGROUND)
            return parse_daily_closes(body)

    def daily_bars(self, symbol: str, first: date, last: date) -> tuple[DailyBar, ...]:
        """Read daily bars in one call, with the urgency of data: entries wait for them."""
        params = {
            "symbol": symbol,
            "interval": "daily",
            "start": first.isoformat(),
            "end": last.isoformat(),
        }
        with as_market_data_error():
            return parse_daily_bars(self._client.get("/markets/history", params, urgency=Urgency.DATA))

    def earnings(self, symbols: Sequence[str]) -> Mapping[str, EarningsCalendar]:
        """Read the calendars of all of these in one call (one for every 80)."""
        return self._fundamentals("calendars", symbols, parse_earnings)

    def dividends(self, symbols: Sequence[str]) -> Mapping[str, tuple[Dividend, ...]]:
        """Read the dividends of all of these in one call (one for every 80)."""
        return self._fundamentals("dividends", symbols, parse_dividends)

    def _fundamentals(
        self, table: str, symbols: Sequence[str], parse: Callable[[list[object]], Mapping[str, T]]
    ) -> Mapping[str, T]:
        wanted, found = list(dict.fromkeys(symbols)), dict[str, T]()
        path = f"/markets/fundamentals/{table}"
        with as_market_data_error():
            for start in range(0, len(wanted), SYMBOLS_BY_GET_MAX):
                asked = {"symbols": ",".join(wanted[start : start + SYMBOLS_BY_GET_MAX])}
                found |= parse(self._client.get_beta(path, asked, urgency=Urgency.DATA))
        return found

    def _quote_rows(self, symbols: Sequence[str]) -> list[Node]:
        wanted = list(dict.fromkeys(symbols))
        found: list[Node] = []
        for start in range(0, len(wanted), SYMBOLS_MAX):
            part = wanted[start : start + SYMBOLS_MAX]
            asked = {"symbols": ",".join(part), "greeks": "true"}
            if len(part) <= SYMBOLS_BY_GET_MAX:
                body = self._client.get("/markets/quotes", asked, urgency=Urgency.DATA)
            else:
                body = self._client.post("/markets/quotes", asked, urgency=Urgency.DATA)
            found += rows(body, "quotes", "quote")
        return found

    def _underlying_price(self, underlying: str, found: list[Node]) -> Decimal | None:
        for quote in parse_underlying_rows(found, delay_seconds=self.delay_seconds):
            if quote.symbol == underlying:
                return quote.last
        return None


def _is_of(row: Node, underlying: str, expiry: date) -> bool:
    """Say whether a row of a chain is of what was asked for, as far as it says."""
    return text(row, "underlying") in (None, underlying) and text(row, "expiration_date") in (
        None,
        expiry.isoformat(),
    )


def _new_york_minute(at: datetime) -> str:
    return f"{at.astimezone(NEW_YORK):%Y-%m-%d %H:%M}"
