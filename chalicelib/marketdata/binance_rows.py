"""Binance's candles, prices and filters in papertape's words (wire/binance.md, 4 and 5); pure."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from itertools import pairwise
from typing import Final

from chalicelib.domain.coins.terms import SymbolFilters
from chalicelib.domain.market.coins import CoinCandle
from chalicelib.vendors.wire import Node, UnreadablePayload, as_list, as_node, as_number, number, text

_OPEN_TIME, _OPEN, _HIGH, _LOW, _CLOSE, _VOLUME = range(6)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
#: A filter that is switched off: more than there are coins of any kind.
_NO_MOST: Final = Decimal(10) ** 15
_TRADING: Final = "TRADING"


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
    rows = [as_node(row, "a pair") for row in as_list(as_node(body, "the answer").get("symbols"))]
    found = {_symbol(row): _filters(row) for row in rows if row.get("status") == _TRADING}
    return {symbol: filters for symbol, filters in found.items() if filters is not None}


def _symbol(row: Node) -> str:
    symbol = text(row, "symbol")
    if symbol is None:
        raise UnreadablePayload("a pair has no name")
    return symbol


def _filters(row: Node) -> SymbolFilters | None:
    """Join the filters of one pair: what holds for a market order holds for all, exits go out as such."""
    by_kind = {text(one, "filterType"): one for one in _nodes(row)}
    prices, lots = by_kind.get("PRICE_FILTER"), by_kind.get("LOT_SIZE")
    if prices is None or lots is None:
        return None
    at_market = by_kind.get("MARKET_LOT_SIZE", {})
    least = by_kind.get("NOTIONAL") or by_kind.get("MIN_NOTIONAL") or {}
    step = max(_or(lots, "stepSize", _last_place(row, "baseAssetPrecision")), _or(at_market, "stepSize", 0))
    most = min(_or(lots, "maxQty", _NO_MOST), _or(at_market, "maxQty", _NO_MOST))
    return SymbolFilters(
        tick=_or(prices, "tickSize", _last_place(row, "quoteAssetPrecision")),
        lot=step,
        least_quantity=max(_or(lots, "minQty", 0), _or(at_market, "minQty", 0)),
        most_quantity=(most / step).to_integral_value(ROUND_DOWN) * step,
        least_notional=_or(least, "minNotional", 0),
    )


def _nodes(row: Node) -> Sequence[Node]:
    return [as_node(one, "a filter") for one in as_list(row.get("filters"))]


def _or(node: Node, key: str, off: Decimal | int) -> Decimal:
    """Read a number of which 0 means that the rule is off."""
    return number(node, key) or Decimal(off)


def _last_place(row: Node, key: str) -> Decimal:
    places = row.get(key)
    if not isinstance(places, int) or not 0 <= places <= 18:
        raise UnreadablePayload(f"{key} is not a count of places")
    return Decimal(1).scaleb(-places)
