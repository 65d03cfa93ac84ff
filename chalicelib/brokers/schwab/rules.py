"""The documents in which orders travel to Schwab; pure. What cannot be sent raises Unsupported."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from chalicelib.brokers.checks import check_combined, check_oco, check_order
from chalicelib.brokers.errors import Unsupported
from chalicelib.brokers.interface import CombinedRequest, OcoRequest, OrderRequest, RequestLeg
from chalicelib.brokers.padded_symbols import to_padded
from chalicelib.brokers.schwab.capabilities import OCO_DISTANCE_MIN
from chalicelib.brokers.schwab.payloads import (
    DURATIONS,
    EQUITY,
    EQUITY_INSTRUCTIONS,
    NET_CREDIT,
    NET_DEBIT,
    NET_ZERO,
    OCO,
    OPTION,
    OPTION_INSTRUCTIONS,
    SINGLE,
    TYPES,
)
from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.json_value import JsonValue
from chalicelib.domain.trading.orders import Duration, OrderType

_CENT: Final = Decimal("0.01")

Document = dict[str, JsonValue]


def order_document(request: OrderRequest) -> Document:
    """Return the document of one order, for an option or for shares; raises Unsupported."""
    check_order(request)
    leg = RequestLeg(symbol=request.symbol, side=request.side, ratio=1, instrument=request.instrument)
    document = _document(TYPES[request.type], request.duration, (leg,), request.quantity)
    if request.type is OrderType.LIMIT and request.limit_price is not None:
        document["price"] = _cents(request.limit_price)
    if request.type is OrderType.STOP and request.stop_price is not None:
        document["stopPrice"] = _cents(request.stop_price)
    return document


def oco_document(request: OcoRequest) -> Document:
    """Return the document of a target and a stop that cancel each other; raises Unsupported."""
    check_oco(request, OCO_DISTANCE_MIN)
    leg = RequestLeg(symbol=request.symbol, side=request.side, ratio=1)
    target = _document(TYPES[OrderType.LIMIT], Duration.GTC, (leg,), request.quantity)
    target["price"] = _cents(request.target_price)
    stop = _document(TYPES[OrderType.STOP], Duration.GTC, (leg,), request.quantity)
    stop["stopPrice"] = _cents(request.stop_price)
    return {"orderStrategyType": OCO, "childOrderStrategies": [target, stop]}


def combined_document(request: CombinedRequest) -> Document:
    """Return the document of several legs at one net price; raises Unsupported.

    The price is never below 0: which way the money goes is the order's type. Several legs at market are not
    among the vendor's samples, and are not sent.
    """
    check_combined(request)
    price = request.net_price
    if price is None:
        raise Unsupported("several legs go to Schwab at a limit alone")
    kind = NET_ZERO if not price else NET_DEBIT if price > 0 else NET_CREDIT
    document = _document(kind, request.duration, request.legs, request.quantity)
    return document | {"price": _cents(abs(price))}


def _document(kind: str, duration: Duration, legs: Sequence[RequestLeg], units: Decimal) -> Document:
    return {
        "orderStrategyType": SINGLE,
        "orderType": kind,
        "session": "NORMAL",
        "duration": DURATIONS[duration],
        "orderLegCollection": [_leg(leg, units) for leg in legs],
    }


def _leg(leg: RequestLeg, units: Decimal) -> Document:
    match leg.instrument:
        case Instrument.OPTION:
            asset, symbol, instruction = OPTION, to_padded(leg.symbol), OPTION_INSTRUCTIONS[leg.side]
        case Instrument.EQUITY:
            asset, symbol, instruction = EQUITY, leg.symbol, EQUITY_INSTRUCTIONS[leg.side]
        case Instrument.CRYPTO:
            raise Unsupported("coins are not traded at Schwab")
    return {
        "instruction": instruction,
        "quantity": int(units) * leg.ratio,
        "instrument": {"symbol": symbol, "assetType": asset},
    }


def _cents(price: Decimal) -> str:
    return str(price.quantize(_CENT))
