"""Answers kept for a moment, for the ticket's calls: a page that opens a chain twice asks the vendor once.

An entry serves while it is young on both clocks: on product time, by which quotes age, and in real seconds,
so that a clock that stands still does not keep it for ever. Orders and marks never read from here.
"""

from collections.abc import Callable, Hashable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from threading import Lock
from typing import Final, TypeVar, cast

from chalicelib.domain.ports import Clock
from chalicelib.marketdata.interface import Chain, MarketData, UnderlyingQuote

KEPT_SECONDS: Final = 2.0
ENTRIES_MAX: Final = 64

T = TypeVar("T")


class AnswerCache:
    """The last answers of this process, whatever they are; `scope` in the keys keeps tokens apart."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = Lock()
        self._entries: dict[Hashable, tuple[datetime, float, object]] = {}

    def get(self, key: Hashable, ask: Callable[[], T]) -> T:
        """Return the answer kept under `key` while it is young, else ask; a failure is never kept."""
        with self._lock:
            entry = self._entries.get(key)
        if entry is not None and self._is_young(entry[0], entry[1]):
            return cast(T, entry[2])  # a key is only ever used with one kind of answer
        answer = ask()
        with self._lock:
            if len(self._entries) >= ENTRIES_MAX:
                del self._entries[next(iter(self._entries))]
            self._entries[key] = (self._clock.now(), self._clock.monotonic(), answer)
        return answer

    def _is_young(self, kept_at: datetime, kept_monotonic: float) -> bool:
        age = self._clock.now() - kept_at
        return (
            timedelta(0) <= age < timedelta(seconds=KEPT_SECONDS)
            and self._clock.monotonic() - kept_monotonic < KEPT_SECONDS
        )


class CachedMarketData:
    """MarketData whose answers are shared for a moment under `scope`: one vendor token, never another's."""

    def __init__(self, inner: MarketData, cache: AnswerCache, scope: str) -> None:
        self._inner = inner
        self._cache = cache
        self._scope = scope

    @property
    def source(self) -> str:
        """Name the source as snapshots record it."""
        return self._inner.source

    @property
    def delay_seconds(self) -> int:
        """Return the source's own delay."""
        return self._inner.delay_seconds

    def chain(self, underlying: str, expiries: Sequence[date]) -> Chain:
        """Read whole chains of these expiries."""
        key = (self._scope, "chain", underlying, tuple(expiries))
        return self._cache.get(key, lambda: self._inner.chain(underlying, expiries))

    def option_quotes(self, underlying: str, symbols: Sequence[str]) -> Chain:
        """Read the quotes of these contracts."""
        key = (self._scope, "options", underlying, tuple(symbols))
        return self._cache.get(key, lambda: self._inner.option_quotes(underlying, symbols))

    def expirations(self, underlying: str) -> tuple[date, ...]:
        """Return the listed expiries, nearest first."""
        key = (self._scope, "expirations", underlying)
        return self._cache.get(key, lambda: self._inner.expirations(underlying))

    def underlying_quotes(self, symbols: Sequence[str]) -> tuple[UnderlyingQuote, ...]:
        """Read the quotes of underlyings."""
        key = (self._scope, "quotes", tuple(symbols))
        return self._cache.get(key, lambda: self._inner.underlying_quotes(symbols))

    def official_close(self, symbol: str, day: date) -> Decimal | None:
        """Return the official close; never kept, since it is asked for rarely and must be right."""
        return self._inner.official_close(symbol, day)
