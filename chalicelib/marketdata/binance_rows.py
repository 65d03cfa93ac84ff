"""Binance's candles, prices and filters in papertape's words (wire/binance.md, 4 and 5); pure."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Final

from chalicelib.brokers.binance.symbols import parse_symbols
from chalicelib.domain.coins.terms import SymbolFilters
from chalicelib.domain.market.coins import CoinCandle
from chalicelib.vendors.wire import Node, UnreadablePayload, as_list, as_node, as_number, text

_OPEN_TIME, _OPEN, _HIGH, _LOW, _CLOSE, _VOLUME = range(6)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)


def milliseconds(at: datetime) -> str:
    """Write an instant as the exchange takes it."""
    return str((at - _EPOCH) // _MILLISECOND)


def parse_candles(body: object, length: timedelta) -> tuple[CoinCandle, ...]:
    """Return candles, oldest first; raises UnreadablePayload where they are none or out of order."""
    if not isinstance(body, list):
        raise UnreadablePayload("the candles are not a list")
    found = tuple(_candle(row, length) for row in body)
    if any(later.starts_at < one.ends_at for one, later in pairwise(found)):
        raise UnreadablePayload("the candles are not in order")
    return found


def _candle(row: object, length: timedelta) -> CoinCandle:
    if not isinstance(row, list) or len(row) <= _VOLUME or not isinstance(row[_OPEN_TIME], int):
        raise UnreadablePayload("a candle is not a row")
    opening, high, low, closing = (_price(row[place]) for place in (_OPEN, _HIGH, _LOW, _CLOSE))
    volume = as_number(row[_VOLUME], "volume")
    if not low <= min(opening, closing) <= max(opening, closing) <= high:
        raise UnreadablePayload("a candle's prices contradict one another")
    if volume is None or volume < 0:
        raise UnreadablePayload("a candle has no volume")
    starts_at = _instant(row[_OPEN_TIME])
    if (starts_at - _EPOCH) % length:
        raise UnreadablePayload("a candle begins between two")
    return CoinCandle(
        starts_at=starts_at,
        ends_at=starts_at + length,
        opening=opening,
        high=high,
        low=low,
        closing=closing,
        volume=volume,
    )


def _price(value: object) -> Decimal:
    read = as_number(value, "price")
    if read is None or read <= 0:
        raise UnreadablePayload("a price is missing")
    return read


def _instant(value: int) -> datetime:
    try:
        return _EPOCH + value * _MILLISECOND
    except OverflowError as error:
        raise UnreadablePayload("a time is out of reach") from error


def parse_prices(body: object) -> Mapping[str, Decimal]:
    """Return last prices by pair."""
    rows = (as_node(row, "a price") for row in as_list(body))
    return {_symbol(row): _price(row.get("price")) for row in rows}


def parse_filters(body: object) -> Mapping[str, SymbolFilters]:
    """Return the filters of pairs that trade now; one without steps of prices or quantities is left out."""
    return {symbol: rules.filters for symbol, rules in parse_symbols(body).items()}


def _symbol(row: Node) -> str:
    symbol = text(row, "symbol")
    if symbol is None:
        raise UnreadablePayload("a pair has no name")
    return symbol
