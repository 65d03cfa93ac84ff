"""Schwab's quotes, chains and expirations in papertape's words (wire/schwab.md, 4 and 5); pure."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from chalicelib.brokers.padded_symbols import from_padded
from chalicelib.domain.instruments.kinds import UnderlyingKind, kind_of
from chalicelib.domain.instruments.symbols import OPTION_MULTIPLIER
from chalicelib.domain.market.quotes import OptionQuote
from chalicelib.domain.money import to_price
from chalicelib.marketdata.interface import UnderlyingQuote
from chalicelib.vendors.wire import (
    Node,
    UnreadablePayload,
    as_date,
    as_list,
    as_node,
    epoch_milliseconds,
    number,
    text,
    whole,
)

SOURCE: Final = "schwab"
#: What a delayed quote is behind, as every US exchange's are.
DELAYED_SECONDS: Final = 900
_SIDES: Final = ("callExpDateMap", "putExpDateMap")
_OPTION: Final = "OPTION"
_INDEX: Final = "INDEX"
_FUND: Final = "ETF"
#: What stands where a Greek, or a volatility, has no value.
_NO_VALUE: Final = Decimal(-999)
_PER_CENT: Final = Decimal(100)
_GREEKS: Final = ("delta", "gamma", "theta", "vega")
_OF_QUOTE: Final = MappingProxyType(
    {"bid": "bidPrice", "ask": "askPrice", "last": "lastPrice", "at": "quoteTime"}
)
_OF_CHAIN: Final = MappingProxyType({"bid": "bid", "ask": "ask", "last": "last", "at": "quoteTimeInLong"})
#: As published, and not as captured (wire, 5.3).
_OF_PUBLISHED_CHAIN: Final = MappingProxyType({**_OF_QUOTE, "at": "quoteTimeInLong"})


def parse_chain(body: object) -> dict[str, OptionQuote]:
    """Return the quotes of a chain, keyed by OCC symbol; where adjusted contracts share a strike, both.

    What is cut short, or shows neither calls nor puts, is no chain (I-06).
    """
    chain = as_node(body, "a chain")
    if chain.get("isChainTruncated") is True or not {*_SIDES} & chain.keys():
        raise UnreadablePayload("a chain that is not whole")
    delay = DELAYED_SECONDS if chain.get("isDelayed") is True else 0
    rows = [row for side in _SIDES for row in _rows(chain, side)]
    quotes = [_of_chain(row, delay) for row in rows]
    return {quote.symbol: quote for quote in quotes}


def underlying_price(body: object) -> Decimal | None:
    """Return the underlying's price that comes with a chain."""
    return number(as_node(body, "a chain"), "underlyingPrice") or None


def _rows(chain: Node, side: str) -> Iterator[Node]:
    """Yield the contracts of one side: by expiry and strike, a list each."""
    for by_strike in as_node(chain.get(side) or {}, side).values():
        for listed in as_node(by_strike, "an expiry").values():
            for row in as_list(listed):
                yield as_node(row, "a contract")


def _of_chain(row: Node, delay: int) -> OptionQuote:
    names = _OF_PUBLISHED_CHAIN if "bid" not in row and "bidPrice" in row else _OF_CHAIN
    return _quote(row, _symbol(row), names, delay, number(row, "multiplier"))


def parse_option_quotes(body: object) -> dict[str, OptionQuote]:
    """Return the quotes of the options among those asked for, keyed by OCC symbol."""
    found = {}
    for entry in _entries(body):
        if text(entry, "assetMainType") == _OPTION:
            told, terms = _part(entry, "quote"), _part(entry, "reference")
            quote = _quote(told, _symbol(entry), _OF_QUOTE, _delay(entry), number(terms, "multiplier"))
            found[quote.symbol] = quote
    return found


def _quote(
    row: Node, symbol: str, names: Mapping[str, str], delay: int, multiplier: Decimal | None
) -> OptionQuote:
    bid, ask = number(row, names["bid"]), number(row, names["ask"])
    greeks = {name: _told(row, name) for name in _GREEKS}
    if not bid and not ask and not any(greeks.values()):
        greeks = dict.fromkeys(_GREEKS)  # zeros off hours say nothing
    volatility = _told(row, "volatility")
    return OptionQuote(
        symbol=symbol,
        bid=bid,
        ask=ask,
        bid_size=whole(row, "bidSize"),
        ask_size=whole(row, "askSize"),
        last=number(row, names["last"]) or None,
        quoted_at=epoch_milliseconds(row, names["at"]),
        source=SOURCE,
        delay_seconds=delay,
        multiplier=multiplier or OPTION_MULTIPLIER,
        volume=whole(row, "totalVolume"),
        open_interest=whole(row, "openInterest"),
        iv=to_price(volatility / _PER_CENT) if volatility else None,
        **greeks,
    )


def parse_underlyings(body: object) -> list[UnderlyingQuote]:
    """Return the quotes of what is no option: stocks, funds, indices, by our own names for them."""
    return [_underlying(entry) for entry in _entries(body) if text(entry, "assetMainType") != _OPTION]


def _underlying(entry: Node) -> UnderlyingQuote:
    told = _part(entry, "quote")
    instants = [
        at for name in ("tradeTime", "quoteTime") if (at := epoch_milliseconds(told, name)) is not None
    ]
    return UnderlyingQuote(
        symbol=from_vendor(_symbol(entry)),
        last=number(told, "lastPrice"),
        bid=number(told, "bidPrice") or None,
        ask=number(told, "askPrice") or None,
        change_pct=number(told, "netPercentChange"),
        as_of=max(instants, default=None),
        source=SOURCE,
        delay_seconds=_delay(entry),
        kind=_kind(entry),
    )


def parse_previous_close(body: object, symbol: str) -> Decimal | None:
    """Return the close of the session before the quote's: that is what `closePrice` is while one lasts."""
    for entry in _entries(body):
        if from_vendor(_symbol(entry)) == symbol:
            return number(_part(entry, "quote"), "closePrice") or None
    return None


def parse_expirations(body: object) -> tuple[date, ...]:
    """Return the listed expiries of all roots, nearest first."""
    answer = as_node(body, "expirations")
    if "expirationList" not in answer:
        raise UnreadablePayload("no list of expirations")
    rows = as_list(answer["expirationList"])
    listed = (as_node(row, "an expiration").get("expirationDate") for row in rows)
    return tuple(sorted({as_date(day, "expirationDate") for day in listed}))


def to_vendor(symbol: str) -> str:
    """Write an underlying as Schwab reads it: indices bear a dollar sign."""
    return f"${symbol}" if kind_of(symbol) is UnderlyingKind.INDEX else symbol


def from_vendor(symbol: str) -> str:
    """Write an underlying as papertape has it."""
    return symbol.removeprefix("$")


def _entries(body: object) -> Iterable[Node]:
    """Return the entries of symbols that are known; those that are not stand under `errors`."""
    answer = as_node(body, "quotes")
    return [as_node(entry, "a quote") for name, entry in answer.items() if name != "errors"]


def _part(entry: Node, name: str) -> Node:
    return as_node(entry.get(name) or {}, name)


def _symbol(row: Node) -> str:
    symbol = text(row, "symbol")
    if symbol is None:
        raise UnreadablePayload("a quote without its symbol")
    return from_padded(symbol)


def _delay(entry: Node) -> int:
    return DELAYED_SECONDS if entry.get("realtime") is False else 0


def _kind(entry: Node) -> UnderlyingKind | None:
    if text(entry, "assetMainType") == _INDEX:
        return UnderlyingKind.INDEX
    kind = text(entry, "assetSubType")
    if kind is None:
        return None
    return UnderlyingKind.FUND if kind == _FUND else UnderlyingKind.SHARE


def _told(row: Node, name: str) -> Decimal | None:
    """Return a number rounded to what is kept, None for the vendor's word for "no value"."""
    read = number(row, name)
    return None if read is None or read == _NO_VALUE else to_price(read)
