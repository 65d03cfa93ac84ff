"""Market data from ORATS: whole chains of several expiries in one call.

Underlyings, expiries and closing prices come from Tradier where there is a token (ORATS' stock prices are
backed out of its options and exact only later); without one, from what ORATS has.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Final

from chalicelib.domain.clocks.calendar import new_york_date
from chalicelib.domain.desk.pipeline.company_dates import Dividend, EarningsCalendar
from chalicelib.domain.instruments.symbols import NotAnOptionSymbol, OptionContract
from chalicelib.domain.market.candles import Candle, CandleMinutes
from chalicelib.domain.ports import Clock
from chalicelib.marketdata.failures import as_market_data_error
from chalicelib.marketdata.interface import Chain, DailyBar, MarketData, NoHistory, UnderlyingQuote
from chalicelib.marketdata.orats_client import OratsClient, OratsPlan
from chalicelib.marketdata.orats_rows import (
    BAR_FIELDS,
    ROW_FIELDS,
    SOURCE,
    orats_ticker,
    parse_bar_rows,
    parse_strike_rows,
    price,
    quoted_at,
    spot_of,
)
from chalicelib.vendors.wire import Node, UnreadablePayload, as_date, number, text

#: The vendor's `dte` counts the trade day (wire/orats.md, section 3); whether its filter does is not known,
#: so it is asked for a wider range and the rows are chosen here.
_DTE_MARGIN_DAYS: Final = 2
_EXPIRIES_A_CALL: Final = 1_000
_NO_CANDLES: Final = "ORATS has no candles, and there is no Tradier token to read them by"
#: More tickers in one list are an error.
TICKERS_MAX: Final = 10


class OratsData:
    """MarketData over one ORATS token."""

    def __init__(
        self, client: OratsClient, clock: Clock, underlyings: Callable[[], MarketData | None] = lambda: None
    ) -> None:
        """`underlyings` is asked when first needed: most work is chains alone, and opening a token costs."""
        self._client = client
        self._clock = clock
        self._underlyings_of = underlyings

    @cached_property
    def _underlyings(self) -> MarketData | None:
        return self._underlyings_of()

    @property
    def source(self) -> str:
        """Name the source as snapshots record it."""
        return SOURCE

    @property
    def delay_seconds(self) -> int:
        """Return the plan's own delay."""
        return self._client.environment.plan.delay_seconds

    @property
    def underlyings_source(self) -> str:
        """Name the source of quotes of underlyings, of bars and of calendars."""
        return SOURCE if self._underlyings is None else self._underlyings.underlyings_source

    def chain(self, underlying: str, expiries: Sequence[date]) -> Chain:
        """Read whole chains of these expiries in one call."""
        return self._chain(underlying, set(expiries), None)

    @property
    def expiries_a_call(self) -> int:
        """Return more than are listed: one call brings all."""
        return _EXPIRIES_A_CALL

    def bare_chain(self, underlying: str, expiries: Sequence[date]) -> Chain:
        """Read whole chains in one call: the price comes along."""
        return self.chain(underlying, expiries)

    def option_quotes(self, underlying: str, symbols: Sequence[str]) -> Chain:
        """Read the chains that hold these contracts in one call, and keep these contracts."""
        expiries = set()
        for symbol in symbols:
            try:
                expiries.add(OptionContract.parse_occ(symbol).expiry)
            except NotAnOptionSymbol:
                continue  # nothing is quoted under it, so it is left out like any other unknown symbol
        return self._chain(underlying, expiries, set(symbols))

    def _chain(self, underlying: str, expiries: Collection[date], symbols: Collection[str] | None) -> Chain:
        if not expiries:
            return Chain(underlying=underlying, underlying_price=None, quotes={})
        with as_market_data_error():
            found = self._strike_rows(underlying, expiries)
            quotes = parse_strike_rows(
                found, underlying, expiries=expiries, delay_seconds=self.delay_seconds, symbols=symbols
            )
            return Chain(underlying=underlying, underlying_price=spot_of(found), quotes=quotes)

    def _strike_rows(self, underlying: str, expiries: Collection[date]) -> list[Node]:
        params = {"ticker": orats_ticker(underlying), "fields": ROW_FIELDS}
        if self._client.environment.plan is OratsPlan.LIVE:
            listed = ",".join(day.isoformat() for day in sorted(expiries))
            return self._client.rows("/live/strikes/monthly", {**params, "expiry": listed})
        today = new_york_date(self._clock.now())
        nearest = max(0, (min(expiries) - today).days - _DTE_MARGIN_DAYS)
        farthest = max(0, (max(expiries) - today).days) + _DTE_MARGIN_DAYS
        return self._client.rows("/strikes", {**params, "dte": f"{nearest},{farthest}"})

    def expirations(self, underlying: str) -> tuple[date, ...]:
        """Return the listed expiries, nearest first."""
        if self._underlyings is not None:
            return self._underlyings.expirations(underlying)
        params = {"ticker": orats_ticker(underlying), "fields": "expirDate"}
        with as_market_data_error():
            found = self._client.rows(f"{self._tier}/strikes", params)
            return tuple(sorted({as_date(row.get("expirDate"), "expirDate") for row in found}))

    def underlying_quotes(self, symbols: Sequence[str]) -> tuple[UnderlyingQuote, ...]:
        """Read the quotes of underlyings; unknown symbols are left out."""
        if self._underlyings is not None:
            return self._underlyings.underlying_quotes(symbols)
        wanted = list(dict.fromkeys(symbols))
        found: dict[str, UnderlyingQuote] = {}
        with as_market_data_error():
            for start in range(0, len(wanted), TICKERS_MAX):
                tickers = ",".join(orats_ticker(symbol) for symbol in wanted[start : start + TICKERS_MAX])
                for row in self._client.rows(f"{self._tier}/strikes/options", {"tickers": tickers}):
                    quote = self._underlying_quote(row)
                    found[quote.symbol] = quote
        return tuple(found[symbol] for symbol in wanted if symbol in found)

    def _underlying_quote(self, row: Node) -> UnderlyingQuote:
        ticker = text(row, "ticker")
        if ticker is None:
            raise UnreadablePayload("a quote without its ticker")
        return UnderlyingQuote(
            symbol=ticker.replace("_", "/"),
            last=price(row, "stockPrice"),
            bid=price(row, "bid") or None,
            ask=price(row, "ask") or None,
            change_pct=None,
            as_of=quoted_at(row),
            source=SOURCE,
            delay_seconds=self.delay_seconds,
        )

    def official_close(self, symbol: str, day: date) -> Decimal | None:
        """Return the closing price of exactly this day, as it was then: not adjusted for later splits."""
        if self._underlyings is not None:
            return self._underlyings.official_close(symbol, day)
        params = {"ticker": orats_ticker(symbol), "tradeDate": day.isoformat()}
        with as_market_data_error():
            for row in self._client.rows("/hist/dailies", params):
                if as_date(row.get("tradeDate"), "tradeDate") == day:
                    return number(row, "unadjClsPx") or number(row, "clsPx") or None
        return None

    def candles(
        self, symbol: str, minutes: CandleMinutes, starts_at: datetime, ends_at: datetime
    ) -> tuple[Candle, ...]:
        """Return the candles that Tradier has: ORATS sells none."""
        if self._underlyings is None:
            raise NoHistory(_NO_CANDLES)
        return self._underlyings.candles(symbol, minutes, starts_at, ends_at)

    def daily_closes(self, symbol: str, first: date, last: date) -> Mapping[date, Decimal]:
        """Return the daily closes that Tradier has, so that they go with the candles."""
        if self._underlyings is None:
            raise NoHistory(_NO_CANDLES)
        return self._underlyings.daily_closes(symbol, first, last)

    def daily_bars(self, symbol: str, first: date, last: date) -> tuple[DailyBar, ...]:
        """Return Tradier's bars, else our own, adjusted for later splits; today's comes tomorrow."""
        if self._underlyings is not None:
            return self._underlyings.daily_bars(symbol, first, last)
        params = {"ticker": orats_ticker(symbol), "fields": BAR_FIELDS}
        with as_market_data_error():
            found = parse_bar_rows(self._client.rows("/hist/dailies", params))
        return tuple(one for one in found if first <= one.day <= last)

    def earnings(self, symbols: Sequence[str]) -> Mapping[str, EarningsCalendar]:
        """Return Tradier's calendars; without a Tradier token nothing is known of them."""
        return {} if self._underlyings is None else self._underlyings.earnings(symbols)

    def dividends(self, symbols: Sequence[str]) -> Mapping[str, tuple[Dividend, ...]]:
        """Return Tradier's dividends; without a Tradier token nothing is known of them."""
        return {} if self._underlyings is None else self._underlyings.dividends(symbols)

    @property
    def _tier(self) -> str:
        return "/live" if self._client.environment.plan is OratsPlan.LIVE else ""
