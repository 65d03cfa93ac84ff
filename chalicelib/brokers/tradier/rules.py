"""The forms in which orders travel to Tradier; pure. What cannot be sent as it stands raises Unsupported."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from chalicelib.brokers.checks import check_oco, check_order
from chalicelib.brokers.errors import Unsupported
from chalicelib.brokers.interface import OcoRequest, OrderRequest
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
