"""The documents in which orders travel to tastytrade; pure. What cannot be sent raises Unsupported."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from chalicelib.brokers.checks import check_combined, check_oco, check_order
from chalicelib.brokers.errors import Unsupported
from chalicelib.brokers.interface import CombinedRequest, OcoRequest, OrderRequest, RequestLeg
from chalicelib.brokers.padded_symbols import to_padded
from chalicelib.brokers.tastytrade.capabilities import OCO_DISTANCE_MIN
from chalicelib.brokers.tastytrade.payloads import ACTIONS, CREDIT, DEBIT, EQUITY, EQUITY_OPTION
from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.json_value import JsonValue
from chalicelib.domain.trading.orders import Duration, OrderType

_CENT: Final = Decimal("0.01")
_TYPES: Final = {OrderType.MARKET: "Market", OrderType.LIMIT: "Limit", OrderType.STOP: "Stop"}
_DURATIONS: Final = {Duration.DAY: "Day", Duration.GTC: "GTC"}
#: A close without a position would open one instead of being refused (wire, 7.2).
_STRICT: Final[dict[str, JsonValue]] = {"strict-position-effect-validation": True}

Document = dict[str, JsonValue]


def order_document(request: OrderRequest) -> Document:
    """Return the document of one order, for an option or for shares; raises Unsupported."""
    check_order(request)
    leg = RequestLeg(symbol=request.symbol, side=request.side, ratio=1, instrument=request.instrument)
    document = _document(request.tag, request.type, request.duration, (leg,), request.quantity)
    if request.type is OrderType.LIMIT and request.limit_price is not None:
        document |= _priced(request.limit_price if request.side.is_buy else -request.limit_price)
    if request.type is OrderType.STOP and request.stop_price is not None:
        document["stop-trigger"] = _cents(request.stop_price)
    return document


def oco_document(request: OcoRequest) -> Document:
    """Return the document of a target and a stop that cancel each other; raises Unsupported.

    A complex order has no identifier of ours: both of its orders bear the tag.
    """
    check_oco(request, OCO_DISTANCE_MIN)
    leg = RequestLeg(symbol=request.symbol, side=request.side, ratio=1)
    target = _document(request.tag, OrderType.LIMIT, Duration.GTC, (leg,), request.quantity)
    target |= _priced(request.target_price if request.side.is_buy else -request.target_price)
    stop = _document(request.tag, OrderType.STOP, Duration.GTC, (leg,), request.quantity)
    stop["stop-trigger"] = _cents(request.stop_price)
    return {"type": "OCO", "orders": [target, stop]}


def combined_document(request: CombinedRequest) -> Document:
    """Return the document of several legs at one net price; raises Unsupported.

    tastytrade has no market orders of several legs. An even price goes as 0 without an effect, as the client
    in daily use sends it (unconfirmed).
    """
    check_combined(request)
    if request.net_price is None:
        raise Unsupported("tastytrade takes several legs at a limit alone")
    if sum(leg.instrument is Instrument.EQUITY for leg in request.legs) > 1:
        raise Unsupported("tastytrade takes one leg of shares in an order")
    document = _document(request.tag, OrderType.LIMIT, request.duration, request.legs, request.quantity)
    return document | _priced(request.net_price)


def _document(
    tag: str, kind: OrderType, duration: Duration, legs: Sequence[RequestLeg], units: Decimal
) -> Document:
    return {
        "time-in-force": _DURATIONS[duration],
        "order-type": _TYPES[kind],
        "external-identifier": tag,
        "advanced-instructions": _STRICT,
        "legs": [_leg(leg, units) for leg in legs],
    }


def _leg(leg: RequestLeg, units: Decimal) -> Document:
    match leg.instrument:
        case Instrument.OPTION:
            kind, symbol = EQUITY_OPTION, to_padded(leg.symbol)
        case Instrument.EQUITY:
            kind, symbol = EQUITY, leg.symbol
        case Instrument.CRYPTO:
            raise Unsupported("coins are not traded at tastytrade from here")
    return {
        "instrument-type": kind,
        "symbol": symbol,
        "quantity": int(units) * leg.ratio,
        "action": ACTIONS[leg.side],
    }


def _priced(net: Decimal) -> Document:
    """Return price and effect: what the account pays per unit is above 0, what it receives below."""
    price: Document = {"price": _cents(abs(net))}
    if net:
        price["price-effect"] = DEBIT if net > 0 else CREDIT
    return price


def _cents(price: Decimal) -> str:
    return str(price.quantize(_CENT))
