"""The market data of whoever has no token: every call is refused, and nothing is made up."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Final, NoReturn

from chalicelib.domain.ai.traders.timeframes import Timeframe
from chalicelib.domain.coins.terms import SymbolFilters
from chalicelib.domain.desk.pipeline.company_dates import Dividend, EarningsCalendar
from chalicelib.domain.market.candles import Candle, CandleMinutes
from chalicelib.domain.market.coins import CoinCandle, CoinPrice
from chalicelib.marketdata.interface import (
    Chain,
    DailyBar,
    MarketDataError,
    NoHistory,
    Purpose,
    UnderlyingQuote,
)
from chalicelib.vendors.deadline import Deadline

NO_SOURCE: Final = "There is no source of quotes: no ORATS token, and no Tradier token is stored"
NO_EXCHANGE: Final = "There is no exchange of coins here"


class NoMarketData:
    """The source of whoever has none: says so at every call, and makes nothing up."""

    @property
    def source(self) -> str:
        """Name the source as snapshots record it."""
        return "none"

    @property
    def delay_seconds(self) -> int:
        """Return 0: there are no quotes to be late."""
        return 0

    @property
    def underlyings_source(self) -> str:
        """Name the source of quotes of underlyings."""
        return "none"

    def chain(self, underlying: str, expiries: Sequence[date]) -> Chain:
        """Raise MarketDataError."""
        self._refuse(underlying, expiries)

    @property
    def expiries_a_call(self) -> int:
        """Return 1: nothing is read."""
        return 1

    def bare_chain(self, underlying: str, expiries: Sequence[date]) -> Chain:
        """Raise MarketDataError."""
        self._refuse(underlying, expiries)

    def option_quotes(self, underlying: str, symbols: Sequence[str]) -> Chain:
        """Raise MarketDataError."""
        self._refuse(underlying, symbols)

    def expirations(self, underlying: str) -> tuple[date, ...]:
        """Raise MarketDataError."""
        self._refuse(underlying)

    def underlying_quotes(self, symbols: Sequence[str]) -> tuple[UnderlyingQuote, ...]:
        """Raise MarketDataError."""
        self._refuse(symbols)

    def official_close(self, symbol: str, day: date) -> Decimal | None:
        """Raise MarketDataError."""
        self._refuse(symbol, day)

    def candles(
        self, symbol: str, minutes: CandleMinutes, starts_at: datetime, ends_at: datetime
    ) -> tuple[Candle, ...]:
        """Raise NoHistory."""
        del symbol, minutes, starts_at, ends_at
        raise NoHistory(NO_SOURCE)

    def daily_closes(self, symbol: str, first: date, last: date) -> Mapping[date, Decimal]:
        """Raise NoHistory."""
        del symbol, first, last
        raise NoHistory(NO_SOURCE)

    def daily_bars(self, symbol: str, first: date, last: date) -> tuple[DailyBar, ...]:
        """Raise NoHistory."""
        del symbol, first, last
        raise NoHistory(NO_SOURCE)

    def earnings(self, symbols: Sequence[str]) -> Mapping[str, EarningsCalendar]:
        """Raise MarketDataError."""
        self._refuse(symbols)

    def dividends(self, symbols: Sequence[str]) -> Mapping[str, tuple[Dividend, ...]]:
        """Raise MarketDataError."""
        self._refuse(symbols)

    def _refuse(self, *_asked: object) -> NoReturn:
        raise MarketDataError(NO_SOURCE)


class NoCoinMarket:
    """The exchange of a deployment that has none: every call is refused."""

    @property
    def source(self) -> str:
        """Name the source as snapshots record it."""
        return "none"

    def filters(self, symbols: Sequence[str]) -> Mapping[str, SymbolFilters]:
        """Raise MarketDataError."""
        self._refuse(symbols)

    def prices(self, symbols: Sequence[str]) -> Mapping[str, CoinPrice]:
        """Raise MarketDataError."""
        self._refuse(symbols)

    def candles(
        self, symbol: str, timeframe: Timeframe, starts_at: datetime, ends_at: datetime
    ) -> tuple[CoinCandle, ...]:
        """Raise MarketDataError."""
        self._refuse(symbol, timeframe, starts_at, ends_at)

    def within(self, deadline: Deadline | None, purpose: Purpose = Purpose.MARKS) -> "NoCoinMarket":
        """Return itself."""
        del deadline, purpose
        return self

    def _refuse(self, *_asked: object) -> NoReturn:
        raise MarketDataError(NO_EXCHANGE)
