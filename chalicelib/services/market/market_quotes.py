"""Quotes, expiries and chains for the order ticket, read from the data source and kept for a while."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TypeVar

from chalicelib.domain.instruments.symbols import NotAnOptionSymbol, OptionContract
from chalicelib.domain.market.quotes import OptionQuote
from chalicelib.marketdata.interface import Chain, MarketData, MarketDataError, Purpose, UnderlyingQuote
from chalicelib.services.environment import Environment
from chalicelib.services.listing import Listing
from chalicelib.services.market.kept_answers import (
    DAYS_LISTS,
    OWN_ANSWERS,
    SHARED_ANSWERS,
    Kept,
    KeptAnswers,
    Question,
)
from chalicelib.services.market.market_refusals import market_refusal

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainListing(Listing[tuple[OptionContract, OptionQuote]]):
    """One expiry's contracts with their quotes, calls before puts at each strike, strikes ascending."""

    underlying: str
    underlying_price: Decimal | None
    expiry: date


def quotes(
    env: Environment, kept: KeptAnswers, username: str, symbols: tuple[str, ...]
) -> Listing[UnderlyingQuote]:
    """Quote underlyings, in the order asked for; unknown ones are left out. Raises Unavailable, TooSoon."""
    wanted = tuple(dict.fromkeys(symbols))
    read = _of_underlyings(
        env, kept, username, ("quotes", *wanted), lambda source: source.underlying_quotes(wanted)
    )
    by_symbol = {quote.symbol: quote for quote in read.answer}
    return Listing(items=[by_symbol[symbol] for symbol in wanted if symbol in by_symbol], as_of=read.read_at)


def expirations(env: Environment, kept: KeptAnswers, username: str, symbol: str) -> Listing[date]:
    """List expiries, nearest first; none for an unknown symbol. Raises Unavailable, TooSoon."""
    read = _of_underlyings(
        env,
        kept,
        username,
        ("expirations", symbol),
        lambda source: source.expirations(symbol),
        fresh_for=DAYS_LISTS,
    )
    return Listing(items=sorted(read.answer), as_of=read.read_at)


def chain(env: Environment, kept: KeptAnswers, username: str, symbol: str, expiry: date) -> ChainListing:
    """Show one expiry's calls and puts by strike. Raises Unavailable, TooSoon."""
    read = read_chain(env, kept, username, symbol, expiry)
    listed = [pair for quote in read.answer.quotes.values() for pair in _of_expiry(quote, expiry)]
    listed.sort(key=lambda pair: (pair[0].strike, pair[0].option_type))
    return ChainListing(
        items=listed,
        as_of=read.read_at,
        underlying=symbol,
        underlying_price=read.answer.underlying_price,
        expiry=expiry,
    )


def read_chain(env: Environment, kept: KeptAnswers, username: str, symbol: str, expiry: date) -> Kept[Chain]:
    """Read one expiry's chain for a page, or what was kept of it. Raises Unavailable, TooSoon."""
    return _read(
        env,
        kept,
        username,
        ("chain", symbol, expiry.isoformat()),
        lambda source: source.chain(symbol, [expiry]),
        is_shared=env.market_data.serves_all(),
    )


def _of_underlyings(
    env: Environment,
    kept: KeptAnswers,
    username: str,
    question: Question,
    ask: Callable[[MarketData], T],
    *,
    fresh_for: timedelta | None = None,
) -> Kept[T]:
    is_shared = env.market_data.serves_underlyings_to(username)
    return _read(env, kept, username, question, ask, is_shared=is_shared, fresh_for=fresh_for)


def _read(
    env: Environment,
    kept: KeptAnswers,
    username: str,
    question: Question,
    ask: Callable[[MarketData], T],
    *,
    is_shared: bool,
    fresh_for: timedelta | None = None,
) -> Kept[T]:
    """Ask as a page: an answer by the operator's token is anybody's, one by a user's own token is theirs."""
    whose = question if is_shared else (username, *question)
    try:
        return kept.answer(
            whose,
            lambda: ask(env.market_data.for_user(username, purpose=Purpose.PAGE)),
            fresh_for=fresh_for or (SHARED_ANSWERS if is_shared else OWN_ANSWERS),
        )
    except MarketDataError as error:
        raise market_refusal(error, "Quotes cannot be read at the moment") from error


def _of_expiry(quote: OptionQuote, expiry: date) -> list[tuple[OptionContract, OptionQuote]]:
    try:
        contract = OptionContract.parse_occ(quote.symbol)
    except NotAnOptionSymbol:
        return []  # a vendor's special contract that we could not place anyway
    return [(contract, quote)] if contract.expiry == expiry else []
