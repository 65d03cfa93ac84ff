"""Quotes, expiries and chains for the order ticket, read from the data source and kept for seconds."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final, TypeVar

from chalicelib.domain.ports import Clock, JsonValue
from chalicelib.domain.quotes import OptionQuote
from chalicelib.domain.symbols import NotAnOptionSymbol, OptionContract
from chalicelib.marketdata.interface import MarketDataError, UnderlyingQuote
from chalicelib.services.environment import Environment
from chalicelib.services.errors import Unavailable
from chalicelib.services.shapes import listing, number, seen_at

_FRESH_SECONDS: Final = 2.0
#: Product time may run fast, or be moved: then an answer is old before real seconds have passed.
_FRESH_PRODUCT_TIME: Final = timedelta(seconds=5)
_ENTRIES_MAX: Final = 256

T = TypeVar("T")
Answer = dict[str, JsonValue]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    answer: Answer
    read_at: datetime
    read_monotonic: float


class QuoteCache:
    """Answers of this container by question; several users' pages ask the same within seconds."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: dict[tuple[str, ...], _Kept] = {}
        self._lock = threading.Lock()

    def answer(self, question: tuple[str, ...], ask: Callable[[], Answer]) -> Answer:
        """Return the kept answer while it is fresh, else ask anew."""
        with self._lock:
            kept = self._kept.get(question)
        if kept is not None and self._is_fresh(kept):
            return kept.answer
        fresh = _Kept(answer=ask(), read_at=self._clock.now(), read_monotonic=self._clock.monotonic())
        with self._lock:
            if len(self._kept) >= _ENTRIES_MAX:
                self._kept.clear()
            self._kept[question] = fresh
        return fresh.answer

    def _is_fresh(self, kept: _Kept) -> bool:
        moved = abs(self._clock.now() - kept.read_at)
        passed = self._clock.monotonic() - kept.read_monotonic
        return passed < _FRESH_SECONDS and moved < _FRESH_PRODUCT_TIME


def quotes(env: Environment, username: str, symbols: tuple[str, ...]) -> Answer:
    """Quote underlyings, in the order asked for; unknown ones are left out. Raises Unavailable."""
    wanted = tuple(dict.fromkeys(symbols))
    by_symbol = {quote.symbol: quote for quote in _ask(lambda: _source_quotes(env, username, wanted))}
    now = env.clock.now()
    items: list[JsonValue] = [
        _shape_quote(by_symbol[symbol], now) for symbol in wanted if symbol in by_symbol
    ]
    return listing(items, as_of=now)


def expirations(env: Environment, username: str, symbol: str) -> Answer:
    """List an underlying's expiries, nearest first; none for an unknown symbol. Raises Unavailable."""
    listed = _ask(lambda: env.market_data.for_user(username).expirations(symbol))
    items: list[JsonValue] = [expiry.isoformat() for expiry in sorted(listed)]
    return listing(items, as_of=env.clock.now())


def chain(env: Environment, username: str, symbol: str, expiry: date) -> Answer:
    """Show one expiry's calls and puts by strike. Raises Unavailable."""
    read = _ask(lambda: env.market_data.for_user(username).chain(symbol, [expiry]))
    listed = [pair for quote in read.quotes.values() for pair in _of_expiry(quote, expiry)]
    listed.sort(key=lambda pair: (pair[0].strike, pair[0].option_type))
    items: list[JsonValue] = [_shape_option(contract, quote) for contract, quote in listed]
    return {
        **listing(items, as_of=env.clock.now()),
        "underlying": symbol,
        "underlying_price": number(read.underlying_price),
        "expiry": expiry.isoformat(),
    }


def _of_expiry(quote: OptionQuote, expiry: date) -> list[tuple[OptionContract, OptionQuote]]:
    try:
        contract = OptionContract.parse_occ(quote.symbol)
    except NotAnOptionSymbol:
        return []  # a vendor's special contract that we could not place anyway
    return [(contract, quote)] if contract.expiry == expiry else []


def _source_quotes(env: Environment, username: str, symbols: tuple[str, ...]) -> tuple[UnderlyingQuote, ...]:
    return env.market_data.for_user(username).underlying_quotes(symbols)


def _ask(question: Callable[[], T]) -> T:
    try:
        return question()
    except MarketDataError as error:
        wait_seconds = 5 if error.retry_after_seconds is None else int(error.retry_after_seconds) + 1
        raise Unavailable(
            f"Quotes cannot be read at the moment: {error.reason}", retry_after_seconds=wait_seconds
        ) from error


def _shape_quote(quote: UnderlyingQuote, now: datetime) -> Answer:
    return {
        "symbol": quote.symbol,
        "last": number(quote.last),
        "bid": number(quote.bid),
        "ask": number(quote.ask),
        "change_pct": number(quote.change_pct),
        "as_of": seen_at(quote.as_of, now),
        "delayed": quote.delayed,
    }


def _shape_option(contract: OptionContract, quote: OptionQuote) -> Answer:
    numbers: dict[str, Decimal | None] = {
        "bid": quote.bid,
        "ask": quote.ask,
        "mid": quote.mid,
        "last": quote.last,
    }
    greeks: dict[str, Decimal | None] = {
        "delta": quote.delta,
        "gamma": quote.gamma,
        "theta": quote.theta,
        "vega": quote.vega,
        "iv": quote.iv,
    }
    return {
        "symbol": quote.symbol,
        "option_type": contract.option_type.value,
        "strike": number(contract.strike),
        **{name: number(value) for name, value in numbers.items()},
        "volume": quote.volume,
        "open_interest": quote.open_interest,
        **{name: number(value) for name, value in greeks.items()},
    }
