"""Quotes and chains in papertape's own words, whatever vendor they come from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from chalicelib.domain.ai.traders.timeframes import Timeframe
from chalicelib.domain.coins.terms import SymbolFilters
from chalicelib.domain.desk.pipeline.company_dates import Dividend, EarningsCalendar
from chalicelib.domain.instruments.kinds import UnderlyingKind
from chalicelib.domain.market.candles import Candle, CandleMinutes
from chalicelib.domain.market.coins import CoinCandle, CoinPrice
from chalicelib.domain.market.quotes import OptionQuote
from chalicelib.vendors.deadline import Deadline


class MarketDataError(Exception):
    """A vendor could not be read; affects its ticker alone. The text holds no secret."""

    def __init__(self, reason: str, *, retry_after_seconds: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after_seconds = retry_after_seconds


class ShareSpentError(MarketDataError):
    """One user's share of the operator's calls is used up for this minute; nobody else has to wait."""


class NoHistory(MarketDataError):
    """The source has no candles of that time, now or later: asking again is no use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderlyingQuote:
    """A quote of a stock, fund or index. Prices per share; None where the vendor has none.

    `delay_seconds` is the delay of the quote's own source, which may be another one than that of chains;
    `kind` is what the vendor says that it is.
    """

    symbol: str
    last: Decimal | None
    bid: Decimal | None
    ask: Decimal | None
    change_pct: Decimal | None
    as_of: datetime | None
    source: str
    delay_seconds: int
    kind: UnderlyingKind | None = None

    @property
    def delayed(self) -> bool:
        """Say whether its source is a delayed one."""
        return self.delay_seconds > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyBar:
    """One session of an underlying. Prices per share; `volume` None where the vendor has none."""

    day: date
    high: Decimal
    low: Decimal
    close: Decimal
    volume: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """The quotes of some expiries of one underlying, keyed by compact OCC symbol."""

    underlying: str
    underlying_price: Decimal | None
    quotes: Mapping[str, OptionQuote]


class Purpose(StrEnum):
    """What quotes are read for, which decides whose calls they may take (A-12, I-36).

    MARKS: what jobs need. EXIT: whatever an exit needs. CHANGE: what a user's own change looks at. PAGE: what
    is only shown. ENTRY: what the desk looks for entries by, which can come a minute later. Where a token
    serves several users, changes and pages come out of that user's share.
    """

    EXIT = "EXIT"
    MARKS = "MARKS"
    CHANGE = "CHANGE"
    PAGE = "PAGE"
    ENTRY = "ENTRY"


class MarketData(Protocol):
    """A source of option chains and quotes. Calls raise MarketDataError."""

    @property
    def source(self) -> str:
        """Name the source as snapshots record it: `orats`, `tradier`, `schwab`."""
        ...

    @property
    def delay_seconds(self) -> int:
        """Return the source's own delay, beyond which age is counted (A-02)."""
        ...

    @property
    def underlyings_source(self) -> str:
        """Name the source of quotes of underlyings, of bars and of calendars."""
        ...

    def chain(self, underlying: str, expiries: Sequence[date]) -> Chain:
        """Read whole chains of these expiries, in as few calls as the vendor allows."""
        ...

    @property
    def expiries_a_call(self) -> int:
        """Return of how many expiries one call brings the chains: what is more goes side by side."""
        ...

    def bare_chain(self, underlying: str, expiries: Sequence[date]) -> Chain:
        """Read whole chains as `chain` does; the underlying's price only where it comes along."""
        ...

    def option_quotes(self, underlying: str, symbols: Sequence[str]) -> Chain:
        """Read the quotes of these OCC symbols of one underlying, in as few calls as the vendor allows."""
        ...

    def expirations(self, underlying: str) -> tuple[date, ...]:
        """Return the listed expiries, nearest first; empty for an unknown symbol."""
        ...

    def underlying_quotes(self, symbols: Sequence[str]) -> tuple[UnderlyingQuote, ...]:
        """Read the quotes of underlyings; unknown symbols are left out."""
        ...

    def official_close(self, symbol: str, day: date) -> Decimal | None:
        """Return the underlying's official closing price of a day, None until the vendor has it."""
        ...

    def candles(
        self, symbol: str, minutes: CandleMinutes, starts_at: datetime, ends_at: datetime
    ) -> tuple[Candle, ...]:
        """Read the session's candles of a stock, fund, index or option that begin in [starts_at, ends_at].

        Empty where nothing traded. Raises NoHistory when the source does not reach back to `starts_at`.
        """
        ...

    def daily_closes(self, symbol: str, first: date, last: date) -> Mapping[date, Decimal]:
        """Read the daily closes from `first` to `last`, both inclusive; today's may be of the moment."""
        ...

    def daily_bars(self, symbol: str, first: date, last: date) -> tuple[DailyBar, ...]:
        """Read the daily bars from `first` to `last`, both inclusive, oldest first.

        Today's may be unfinished. Empty for an unknown symbol.
        """
        ...

    def earnings(self, symbols: Sequence[str]) -> Mapping[str, EarningsCalendar]:
        """Read when companies tell their earnings; a symbol of which the source has no answer is left out."""
        ...

    def dividends(self, symbols: Sequence[str]) -> Mapping[str, tuple[Dividend, ...]]:
        """Read the cash dividends, past and declared; a symbol without an answer is left out."""
        ...


class CoinMarket(Protocol):
    """What an exchange of coins tells everybody. Calls raise MarketDataError."""

    @property
    def source(self) -> str:
        """Name the source as fills and snapshots record it: `binance`."""
        ...

    def filters(self, symbols: Sequence[str]) -> Mapping[str, SymbolFilters]:
        """Read what orders have to keep to; a symbol that is unknown, or does not trade, is left out."""
        ...

    def prices(self, symbols: Sequence[str]) -> Mapping[str, CoinPrice]:
        """Read what these were last traded at, by one call; unknown symbols are left out."""
        ...

    def candles(
        self, symbol: str, timeframe: Timeframe, starts_at: datetime, ends_at: datetime
    ) -> tuple[CoinCandle, ...]:
        """Read the closed candles that begin in [starts_at, ends_at), oldest first.

        By one call up to 1,000 of them. A candle that is still being made is never among them, by the
        exchange's clock. Raises NoHistory for a symbol that the exchange does not have.
        """
        ...

    def within(self, deadline: Deadline | None, purpose: Purpose = Purpose.MARKS) -> "CoinMarket":
        """Return the same exchange for calls that end before `deadline` and take what `purpose` may."""
        ...
