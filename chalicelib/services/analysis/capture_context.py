"""Capture what was known when a trade was opened (A-08), after the order is out and never in its way.

A trade with a fill and without a capsule is all that has to be remembered: whoever dies leaves it to the next
sync, which asks for the job `context` again. Everything is read as of the entry, so it makes no difference
when it is read.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final, TypeVar

from sqlalchemy import Connection

from chalicelib.domain.analysis import capsule
from chalicelib.domain.analysis.capsule import Chart, Closes, Level, Series
from chalicelib.domain.clocks.calendar import MarketCalendar, new_york_date
from chalicelib.domain.instruments.sectors import NoSector, sector_fund
from chalicelib.domain.market.candles import Candle, CandleMinutes, complete_by, hours_of, in_session
from chalicelib.domain.money import percent
from chalicelib.marketdata.interface import MarketData, MarketDataError, NoHistory, UnderlyingQuote
from chalicelib.marketdata.no_source import NoMarketData
from chalicelib.services.environment import CredentialsUnreadable, Environment
from chalicelib.services.market_hours import read_calendar
from chalicelib.store.analysis.capsules import (
    Capsule,
    Uncaptured,
    find_uncaptured,
    has_uncaptured,
    save_capsule,
)
from chalicelib.store.database import Isolation

T = TypeVar("T")

MARKET: Final = "SPY"
VOLATILITY_INDEX: Final = "VIX"
#: A source that fails is asked again with each sync until this long after the entry; then the capsule is
#: stored with what there is, and says why the rest is missing.
GIVE_UP_AFTER: Final = timedelta(minutes=15)
#: Trades that ended before their capsule was taken are still looked for this long.
ENDED_WITHIN: Final = timedelta(days=1)
#: One run's work: some nine calls each, of the 25 a minute that background work may make.
TRADES_A_RUN_MAX: Final = 50
#: How far back candles are read: far enough for averages to have forgotten where they began, and within what
#: the vendor has (20 days of one minute, 40 of five and fifteen).
_LOOK_BACK: Final = {
    CandleMinutes.ONE: timedelta(days=5),
    CandleMinutes.FIVE: timedelta(days=12),
    CandleMinutes.FIFTEEN: timedelta(days=38),
}
_DAILY_LOOK_BACK: Final = timedelta(days=420)
#: A quote this much younger than the entry is the entry's still; a younger one would be a look ahead.
_QUOTE_AFTER_MAX: Final = timedelta(seconds=5)
_QUOTE_AFTER_WITHOUT_CANDLES: Final = timedelta(seconds=120)
_QUOTE_BEFORE_MAX: Final = timedelta(seconds=120)
_UNSEEN: Final = "not seen when the order was placed"


@dataclass(slots=True, kw_only=True)
class CaptureReport:
    """What one run did."""

    captured: int = 0
    waiting: int = 0
    errors: dict[str, str] = field(default_factory=dict)


def is_context_missing(env: Environment, username: str | None = None) -> bool:
    """Say whether any trade (of `username` alone when given) lacks its context: one indexed look."""
    since = env.clock.now() - ENDED_WITHIN
    return env.database.read(
        lambda connection: has_uncaptured(connection, username, since=since), username=username
    )


def capture_missing(env: Environment, username: str | None = None) -> CaptureReport:
    """Capture the context of every trade that lacks it; a source's trouble is left to later runs."""
    since = env.clock.now() - ENDED_WITHIN
    found = env.database.run(
        lambda connection: find_uncaptured(connection, username, since=since, limit=TRADES_A_RUN_MAX),
        username=username,
        isolation=Isolation.READ_COMMITTED,
    )
    report = CaptureReport()
    if not found:
        return report
    calendar = read_calendar(env)
    readers: dict[str, _Reader] = {}
    for trade in found:
        try:
            if trade.username not in readers:
                readers[trade.username] = _Reader(_source_of(env, trade.username), calendar)
            taken = _Entry(env, readers[trade.username], calendar, trade).capture()
        except MarketDataError as error:
            report.waiting += 1
            report.errors[trade.ticker] = error.reason
            continue
        report.captured += _save(env, trade, taken)
    return report


def _source_of(env: Environment, username: str) -> MarketData:
    """Return the user's source; a token that cannot be opened is like none, which also ends in a capsule."""
    try:
        return env.market_data.for_user(username)
    except CredentialsUnreadable:
        return NoMarketData()


def _save(env: Environment, trade: Uncaptured, taken: Capsule) -> bool:
    def save(connection: Connection) -> bool:
        return save_capsule(connection, trade, taken, env.clock.now())

    return env.database.run(save, username=trade.username, isolation=Isolation.READ_COMMITTED)


class _Reader:
    """One source's answers of one run: entries of the same minute share what they have in common."""

    def __init__(self, source: MarketData, calendar: MarketCalendar) -> None:
        self.source = source
        self._calendar = calendar
        self._candles: dict[tuple[str, CandleMinutes, datetime], list[Candle]] = {}
        self._closes: dict[tuple[str, date], Closes] = {}
        self._quotes: dict[str, UnderlyingQuote] = {}

    def candles(self, symbol: str, minutes: CandleMinutes, at: datetime) -> list[Candle]:
        """Return the session's candles that had ended at `at`, oldest first."""
        minute = at.replace(second=0, microsecond=0)
        key = (symbol, minutes, minute)
        if key not in self._candles:
            read = self.source.candles(symbol, minutes, minute - _LOOK_BACK[minutes], minute)
            self._candles[key] = in_session(read, self._calendar)
        return complete_by(self._candles[key], at)

    def closes(self, symbol: str, at: datetime) -> Closes:
        """Return the daily closes of the days before `at`'s: the day itself was not over."""
        today = new_york_date(at)
        key = (symbol, today)
        if key not in self._closes:
            first, last = today - _DAILY_LOOK_BACK, today - timedelta(days=1)
            read = self.source.daily_closes(symbol, first, last)
            self._closes[key] = Closes(
                by_day={day: close for day, close in read.items() if first <= day <= last}
            )
        return self._closes[key]

    def quote(self, symbol: str, wanted: list[str]) -> UnderlyingQuote | None:
        """Return a quote; those of `wanted` are read together."""
        missing = [one for one in wanted if one not in self._quotes]
        if missing:
            self._quotes |= {one.symbol: one for one in self.source.underlying_quotes(missing)}
        return self._quotes.get(symbol)


class _Entry:
    """One trade's entry, looked at from all sides."""

    def __init__(
        self, env: Environment, reader: _Reader, calendar: MarketCalendar, trade: Uncaptured
    ) -> None:
        self._reader = reader
        self._calendar = calendar
        self._trade = trade
        self._at = trade.entry_date
        self._gives_up = env.clock.now() - trade.entry_date >= GIVE_UP_AFTER

    def capture(self) -> Capsule:
        """Read everything; raises MarketDataError while there is time to try again."""
        fund = sector_fund(self._trade.ticker)
        fund_symbol = None if isinstance(fund, NoSector) else fund
        daily = self._closes(self._trade.ticker)
        unknown = Level(missing="there is no sector fund")
        watched = [MARKET, VOLATILITY_INDEX, *([fund_symbol] if fund_symbol else [])]
        return Capsule(
            signals=capsule.signals_snapshot(self._chart(daily)),
            regime=capsule.market_regime(
                spy=self._level(MARKET, watched),
                vix=self._level(VOLATILITY_INDEX, watched),
                fund=fund_symbol,
                fund_missing=fund.reason if isinstance(fund, NoSector) else None,
                sector=self._level(fund_symbol, watched) if fund_symbol else unknown,
                closes=daily,
                fund_closes=self._closes(fund_symbol) if fund_symbol else Closes(),
            ),
            order_book=capsule.unseen_order_book(_UNSEEN),
        )

    def _chart(self, daily: Closes) -> Chart:
        ticker = self._trade.ticker
        fifteen = self._series(ticker, CandleMinutes.FIFTEEN)
        hours = complete_by(hours_of(fifteen.candles, self._calendar), self._at)
        return Chart(
            one=self._series(ticker, CandleMinutes.ONE),
            five=self._series(ticker, CandleMinutes.FIVE),
            fifteen=fifteen,
            hours=Series(candles=hours, missing=fifteen.missing),
            daily=daily,
        )

    def _series(self, symbol: str, minutes: CandleMinutes) -> Series:
        nothing: list[Candle] = []
        read, missing = self._ask(lambda: self._reader.candles(symbol, minutes, self._at), nothing)
        return Series(candles=read, missing=missing)

    def _closes(self, symbol: str) -> Closes:
        read, missing = self._ask(lambda: self._reader.closes(symbol, self._at), Closes())
        return read if missing is None else Closes(missing=missing)

    def _level(self, symbol: str, watched: list[str]) -> Level:
        """Return the price at the entry: the quote of that moment, else the last candle before it.

        Where there are no candles (of an index, say), the quote of the minutes after has to do.
        """
        quote, missing = self._ask(lambda: self._reader.quote(symbol, watched), None)
        if quote is not None and self._is_of_entry(quote, _QUOTE_AFTER_MAX):
            return Level(price=quote.last, pct_change=quote.change_pct)
        series = self._series(symbol, CandleMinutes.ONE)
        if (
            not series.candles
            and quote is not None
            and self._is_of_entry(quote, _QUOTE_AFTER_WITHOUT_CANDLES)
        ):
            return Level(price=quote.last, pct_change=quote.change_pct)
        if not series.candles:
            return Level(missing=series.missing or missing or capsule.NO_TRADES)
        price = series.candles[-1].close
        before = self._close_before(symbol, quote)
        return Level(price=price, pct_change=None if before is None else percent(price - before, before))

    def _is_of_entry(self, quote: UnderlyingQuote, after_max: timedelta) -> bool:
        if quote.as_of is None or quote.last is None:
            return False
        earliest = self._at - _QUOTE_BEFORE_MAX - timedelta(seconds=self._reader.source.delay_seconds)
        return earliest <= quote.as_of <= self._at + after_max

    def _close_before(self, symbol: str, quote: UnderlyingQuote | None) -> Decimal | None:
        """Return the close before the entry's day: what a quote of that day counts its change from."""
        if quote is None or quote.last is None or quote.change_pct is None or quote.as_of is None:
            return self._closes(symbol).last
        if new_york_date(quote.as_of) != new_york_date(self._at) or quote.change_pct <= -100:
            return self._closes(symbol).last
        return quote.last / (1 + quote.change_pct / 100)

    def _ask(self, question: Callable[[], T], nothing: T) -> tuple[T, str | None]:
        """Return the answer, or `nothing` and why; raises MarketDataError while asking later may help."""
        try:
            return question(), None
        except NoHistory as error:
            return nothing, error.reason
        except MarketDataError as error:
            if not self._gives_up:
                raise
            return nothing, error.reason
