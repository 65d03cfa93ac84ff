"""The forms in which orders travel to Tradier; pure. What cannot be sent as it stands raises Unsupported."""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Final

from chalicelib.brokers.checks import check_combined, check_oco, check_order
from chalicelib.brokers.errors import Unsupported
from chalicelib.brokers.interface import CombinedRequest, OcoRequest, OrderRequest, RequestLeg
from chalicelib.brokers.tradier.capabilities import OCO_DISTANCE_MIN
from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.sides import OrderSide
from chalicelib.domain.trading.orders import Duration, OrderType

_CENT: Final = Decimal("0.01")
#: Wire, section 6.3: orders for shares have words of their own for the four sides.
EQUITY_SIDES: Final[Mapping[OrderSide, str]] = {
    OrderSide.BUY_TO_OPEN: "buy",
    OrderSide.SELL_TO_CLOSE: "sell",
    OrderSide.SELL_TO_OPEN: "sell_short",
    OrderSide.BUY_TO_CLOSE: "buy_to_cover",
}

#: Wire, section 7.3: shares and one or two options.
_COMBO_OPTIONS_MAX: Final = 2


class NetType(StrEnum):
    """Tradier's words for the sign of a net price, never below 0 itself (wire, 7.1), or for none."""

    DEBIT = "debit"
    CREDIT = "credit"
    EVEN = "even"
    MARKET = "market"


def order_form(request: OrderRequest) -> Mapping[str, str]:
    """Return the form of one order, for an option or for shares; raises Unsupported."""
    check_order(request)
    form = {
        **_instrument(request),
        "quantity": str(int(request.quantity)),
        "type": request.type.value,
        "duration": request.duration.value,
        "tag": request.tag,
    }
    if request.type is OrderType.LIMIT and request.limit_price is not None:
        form["price"] = _cents(request.limit_price)
    if request.type is OrderType.STOP and request.stop_price is not None:
        form["stop"] = _cents(request.stop_price)
    return form


def oco_form(request: OcoRequest) -> Mapping[str, str]:
    """Return the form of a target (order 0) and a stop (order 1) that cancel each other; raises Unsupported.

    Every field of an order is indexed; both orders name the same contract and one duration serves both.
    """
    check_oco(request, OCO_DISTANCE_MIN)
    form = {"class": "oco", "duration": Duration.GTC.value, "tag": request.tag}
    for index, kind in enumerate((OrderType.LIMIT, OrderType.STOP)):
        form[f"symbol[{index}]"] = request.underlying
        form[f"option_symbol[{index}]"] = request.symbol
        form[f"side[{index}]"] = request.side.value
        form[f"quantity[{index}]"] = str(int(request.quantity))
        form[f"type[{index}]"] = kind.value
    form["price[0]"] = _cents(request.target_price)
    form["stop[1]"] = _cents(request.stop_price)
    return form


def combined_form(request: CombinedRequest) -> Mapping[str, str]:
    """Return the form of several legs at one net price; raises Unsupported.

    Legs are indexed from 0, their quantities absolute; with shares among them those come first, and it is a
    combo. At market no price is sent, and none of an even one (whether it must be absent is not recorded:
    wire, section 15).
    """
    check_combined(request)
    legs = sorted(request.legs, key=lambda leg: leg.instrument is not Instrument.EQUITY)
    shares = sum(leg.instrument is Instrument.EQUITY for leg in legs)
    if any(leg.instrument is Instrument.CRYPTO for leg in legs):
        raise Unsupported("Tradier has no crypto currencies")
    if shares and len(legs) - shares > _COMBO_OPTIONS_MAX:
        raise Unsupported("Tradier takes shares together with one or two options")
    form = {
        "class": "combo" if shares else "multileg",
        "symbol": request.underlying,
        "type": _net_type(request.net_price),
        "duration": request.duration.value,
        "tag": request.tag,
    }
    if request.net_price:
        form["price"] = _cents(abs(request.net_price))
    for index, leg in enumerate(legs):
        form |= _leg_form(leg, index, request.quantity)
    return form


def _leg_form(leg: RequestLeg, index: int, units: Decimal) -> dict[str, str]:
    quantity = {f"quantity[{index}]": str(int(units) * leg.ratio)}
    if leg.instrument is Instrument.EQUITY:
        return {f"side[{index}]": EQUITY_SIDES[leg.side]} | quantity
    return {f"option_symbol[{index}]": leg.symbol, f"side[{index}]": leg.side.value} | quantity


def _net_type(net_price: Decimal | None) -> NetType:
    if net_price is None:
        return NetType.MARKET
    if not net_price:
        return NetType.EVEN
    return NetType.DEBIT if net_price > 0 else NetType.CREDIT


def _instrument(request: OrderRequest) -> dict[str, str]:
    match request.instrument:
        case Instrument.OPTION:
            return {
                "class": "option",
                "symbol": request.underlying,
                "option_symbol": request.symbol,
                "side": request.side.value,
            }
        case Instrument.EQUITY:
            return {"class": "equity", "symbol": request.underlying, "side": EQUITY_SIDES[request.side]}
        case Instrument.CRYPTO:
            raise Unsupported("Tradier has no crypto currencies")


def _cents(price: Decimal) -> str:
    return str(price.quantize(_CENT))
