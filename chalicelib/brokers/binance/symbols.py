"""What Binance tells of a pair: its coins, its types of orders, its filters (wire, 4 and 5); pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from typing import Final

from chalicelib.domain.coins.terms import SymbolFilters
from chalicelib.vendors.wire import Node, UnreadablePayload, as_list, as_node, number, text

_TRADING: Final = "TRADING"
#: A filter that is switched off: more than there are coins of any kind.
_NO_MOST: Final = Decimal(10) ** 15


@dataclass(frozen=True, slots=True, kw_only=True)
class SymbolRules:
    """One pair that trades now. `order_types` are the exchange's own words."""

    symbol: str
    base: str
    quote: str
    filters: SymbolFilters
    order_types: frozenset[str]
    has_oco: bool


def parse_symbols(body: object) -> Mapping[str, SymbolRules]:
    """Return the pairs that trade now; one without steps of prices or quantities is left out."""
    rows = [as_node(row, "a pair") for row in as_list(as_node(body, "the answer").get("symbols"))]
    found = {_symbol(row): _rules(row) for row in rows if row.get("status") == _TRADING}
    return {symbol: rules for symbol, rules in found.items() if rules is not None}


def _rules(row: Node) -> SymbolRules | None:
    filters = _filters(row)
    if filters is None:
        return None
    return SymbolRules(
        symbol=_symbol(row),
        base=text(row, "baseAsset") or "",
        quote=text(row, "quoteAsset") or "",
        filters=filters,
        order_types=frozenset(str(one) for one in as_list(row.get("orderTypes"))),
        has_oco=row.get("ocoAllowed") is True,
    )


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
