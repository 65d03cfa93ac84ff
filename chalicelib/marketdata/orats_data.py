"""Market data from ORATS: whole chains of several expiries in one call.

Underlyings, expiries and closing prices come from Tradier where there is a token (ORATS' stock prices are
backed out of its options and exact only later); without one, from what ORATS has.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from chalicelib.domain.clocks.calendar import new_york_date
from chalicelib.domain.instruments.symbols import NotAnOptionSymbol, OptionContract
from chalicelib.domain.ports import Clock
from chalicelib.marketdata.failures import as_market_data_error
from chalicelib.marketdata.interface import Chain, DailyBar, MarketData, UnderlyingQuote
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
from chalicelib.marketdata.tradier_backed import TradierBacked
from chalicelib.vendors.wire import Node, UnreadablePayload, as_date, number, text

#: The vendor's `dte` counts the trade day (wire/orats.md, section 3); whether its filter does is not known,
#: so it is asked for a wider range and the rows are chosen here.
_DTE_MARGIN_DAYS: Final = 2
_EXPIRIES_A_CALL: Final = 1_000
_NO_CANDLES: Final = "ORATS has no candles, and there is no Tradier token to read them by"
#: More tickers in one list are an error.
TICKERS_MAX: Final = 10


class OratsData(TradierBacked):
    """MarketData over one ORATS token."""

    def __init__(
        self, client: OratsClient, clock: Clock, underlyings: Callable[[], MarketData | None] = lambda: None
    ) -> None:
        super().__init__(SOURCE, underlyings, no_history=_NO_CANDLES)
        self._client = client
        self._clock = clock

    @property
    def delay_seconds(self) -> int:
        """Return the plan's own delay."""
        return self._client.environment.plan.delay_seconds

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

    def daily_bars(self, symbol: str, first: date, last: date) -> tuple[DailyBar, ...]:
        """Return Tradier's bars, else our own, adjusted for later splits; today's comes tomorrow."""
        if self._underlyings is not None:
            return self._underlyings.daily_bars(symbol, first, last)
        params = {"ticker": orats_ticker(symbol), "fields": BAR_FIELDS}
        with as_market_data_error():
            found = parse_bar_rows(self._client.rows("/hist/dailies", params))
        return tuple(one for one in found if first <= one.day <= last)

    @property
    def _tier(self) -> str:
        return "/live" if self._client.environment.plan is OratsPlan.LIVE else ""
