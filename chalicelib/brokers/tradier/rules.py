"""Which orders Tradier takes, and the forms they travel in; pure.

What cannot be sent as it stands is refused here as Unsupported, before anything leaves us.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from chalicelib.brokers.errors import Unsupported
from chalicelib.brokers.interface import OcoRequest, OrderRequest
from chalicelib.brokers.tradier.capabilities import OCO_DISTANCE_MIN
from chalicelib.domain.orders import Duration, OrderType

#: Measured on the sandbox (wire, 7.1): anything else is refused with a 400, never truncated.
_TAG: Final = re.compile(r"^[A-Za-z0-9-]{1,255}$")
_QUANTITY_MAX: Final = 10_000_000
_PRICE_DECIMALS: Final = Decimal("0.01")


def order_form(request: OrderRequest) -> Mapping[str, str]:
    """Return the form of one option order; raises Unsupported."""
    _check_tag(request.tag)
    _check_quantity(request.quantity)
    form = {
        "class": "option",
        "symbol": request.underlying,
        "option_symbol": request.symbol,
        "side": request.side.value,
        "quantity": str(int(request.quantity)),
        "type": request.type.value,
        "duration": request.duration.value,
        "tag": request.tag,
    }
    match request.type:
        case OrderType.MARKET:
            if request.duration is not Duration.DAY:
                raise Unsupported("market orders are for the day only")
        case OrderType.LIMIT:
            form["price"] = _price(request.limit_price, "a limit order needs its price")
        case OrderType.STOP:
            form["stop"] = _price(request.stop_price, "a stop order needs its stop")
    return form


def oco_form(request: OcoRequest) -> Mapping[str, str]:
    """Return the form of a target (order 0) and a stop (order 1) that cancel each other.

    Every field of an order is indexed; both orders name the same contract and one duration serves both.
    """
    _check_tag(request.tag)
    _check_quantity(request.quantity)
    if abs(request.target_price - request.stop_price) < OCO_DISTANCE_MIN:
        raise Unsupported(f"stop and target must be {OCO_DISTANCE_MIN} apart")
    form = {"class": "oco", "duration": Duration.GTC.value, "tag": request.tag}
    for index, kind in enumerate((OrderType.LIMIT, OrderType.STOP)):
        form[f"symbol[{index}]"] = request.underlying
        form[f"option_symbol[{index}]"] = request.symbol
        form[f"side[{index}]"] = request.side.value
        form[f"quantity[{index}]"] = str(int(request.quantity))
        form[f"type[{index}]"] = kind.value
    form["price[0]"] = _price(request.target_price, "a target needs its price")
    form["stop[1]"] = _price(request.stop_price, "a stop needs its price")
    return form


def _check_tag(tag: str) -> None:
    if _TAG.match(tag) is None:
        raise Unsupported("a tag has 1 to 255 letters, digits or hyphens")


def _check_quantity(quantity: Decimal) -> None:
    if quantity % 1 or not 1 <= quantity <= _QUANTITY_MAX:
        raise Unsupported(f"a quantity is a whole number from 1 to {_QUANTITY_MAX:,}")


def _price(price: Decimal | None, missing: str) -> str:
    if price is None or price <= 0:
        raise Unsupported(missing)
    if price % _PRICE_DECIMALS:
        raise Unsupported("prices have at most two decimals")
    return str(price.quantize(_PRICE_DECIMALS))
