"""What the desk reads of a market, there already: quotes, lists, chains, bars and calendars of many shares.

A source that takes no time, or as long as it is told to, for each answer; calls are counted by what they ask.
"""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from threading import Lock
from typing import Final, cast

from chalicelib.domain.desk.pipeline.company_dates import Dividend, EarningsCalendar
from chalicelib.domain.instruments.symbols import OptionContract, OptionType
from chalicelib.domain.market.quotes import OptionQuote
from chalicelib.marketdata.interface import Chain, DailyBar, MarketData, UnderlyingQuote
from infra.bench.canned_market import SOURCE, quote_of

_SPOTS: Final = {"VIX": Decimal(16), "VIX3M": Decimal(18)}
_SPOT: Final = Decimal(100)
_SESSIONS: Final = 275


class CannedDesk:
    """The directory and the one source in it; `expiries` days from `at` on are listed, a week apart."""

    expiries_a_call = 1_000
    source = underlyings_source = SOURCE
    delay_seconds = 0

    def __init__(self, at: datetime, *, expiries: int, strikes: int, answer_seconds: float = 0.0) -> None:
        self._at = at
        self._days = tuple(at.date() + timedelta(days=29 + 7 * number) for number in range(expiries))
        self._strikes = strikes
        self._answer_seconds = answer_seconds
        self._lock = Lock()
        self._chains: dict[str, Mapping[str, OptionQuote]] = {}
        self.asked: Counter[str] = Counter()

    def for_user(self, username: str | None, **_: object) -> MarketData:
        """Return itself, whoever asks."""
        del username
        return cast("MarketData", self)  # all of it that a scan asks for

    def serves_all(self) -> bool:
        """Say that no user's token is needed."""
        return True

    def serves_underlyings_to(self, username: str) -> bool:
        """Say that no user's token is needed for quotes of underlyings either."""
        del username
        return True

    def underlying_quotes(self, symbols: Sequence[str]) -> tuple[UnderlyingQuote, ...]:
        """Quote whatever is asked for."""
        self._answer("quotes")
        return tuple(
            UnderlyingQuote(
                symbol=symbol,
                last=_SPOTS.get(symbol, _SPOT),
                bid=None,
                ask=None,
                change_pct=None,
                as_of=self._at,
                source=SOURCE,
                delay_seconds=0,
            )
            for symbol in symbols
        )

    def expirations(self, underlying: str) -> tuple[date, ...]:
        """List the same for each."""
        del underlying
        self._answer("expirations")
        return self._days

    def bare_chain(self, underlying: str, expiries: Sequence[date]) -> Chain:
        """Return these expiries."""
        self._answer("chain")
        wanted = set(expiries)
        if underlying not in self._chains:
            self._chains[underlying] = self._quotes(underlying)
        quotes = {
            symbol: quote
            for symbol, quote in self._chains[underlying].items()
            if OptionContract.parse_occ(symbol).expiry in wanted
        }
        return Chain(underlying=underlying, underlying_price=_SPOT, quotes=quotes)

    def daily_bars(self, symbol: str, first: date, last: date) -> tuple[DailyBar, ...]:
        """Return bars that end at the last day asked for."""
        del symbol, first
        self._answer("bars")
        days = [last - timedelta(days=back) for back in reversed(range(_SESSIONS))]
        return tuple(
            DailyBar(
                day=day,
                high=_SPOT + 1 + day.day % 3,
                low=_SPOT - 1 - day.day % 2,
                close=_SPOT + day.day % 3,
                volume=1_000_000,
            )
            for day in days
        )

    def earnings(self, symbols: Sequence[str]) -> Mapping[str, EarningsCalendar]:
        """Know of none."""
        self._answer("earnings")
        return {symbol: EarningsCalendar(days=()) for symbol in symbols}

    def dividends(self, symbols: Sequence[str]) -> Mapping[str, tuple[Dividend, ...]]:
        """Know of none."""
        self._answer("dividends")
        return dict.fromkeys(symbols, ())

    def _answer(self, what: str) -> None:
        with self._lock:
            self.asked[what] += 1
        if self._answer_seconds:
            time.sleep(self._answer_seconds)

    def _quotes(self, underlying: str) -> dict[str, OptionQuote]:
        contracts = [
            OptionContract(root=underlying, expiry=day, option_type=right, strike=Decimal(50 + number))
            for day in self._days
            for number in range(self._strikes)
            for right in OptionType
        ]
        symbols = [one.to_occ() for one in contracts]
        return {symbol: quote_of(symbol, number, self._at) for number, symbol in enumerate(symbols)}
