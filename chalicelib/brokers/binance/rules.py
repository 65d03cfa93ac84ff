"""The parameters in which orders travel to Binance, checked against the pair's filters first; pure.

What cannot be sent as it stands raises Unsupported, what the exchange would refuse raises Refused with its
own sentence: neither costs a call.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from chalicelib.brokers.binance.ids import STOP, TARGET, client_id
from chalicelib.brokers.binance.symbols import SymbolRules
from chalicelib.brokers.errors import Refused, Unsupported
from chalicelib.brokers.interface import OcoRequest, OrderRequest
from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.sides import OrderSide
from chalicelib.domain.trading.orders import Duration, OrderType

#: How far beyond its stop the limit of a stop-limit lies (C-06, ours).
BEYOND_STOP: Final = Decimal("0.005")
SIDES: Final[Mapping[OrderSide, str]] = {OrderSide.BUY_TO_OPEN: "BUY", OrderSide.SELL_TO_CLOSE: "SELL"}
STOP_LOSS, STOP_LOSS_LIMIT = "STOP_LOSS", "STOP_LOSS_LIMIT"


def order_params(request: OrderRequest, rules: SymbolRules) -> dict[str, str]:
    """Return the parameters of one order."""
    if request.instrument is not Instrument.CRYPTO:
        raise Unsupported("Binance trades coins alone")
    side = _side(request.side)
    _check_quantity(request.quantity, rules)
    params = {
        "symbol": rules.symbol,
        "side": side,
        "quantity": plain(request.quantity),
        "newClientOrderId": client_id(request.tag),
        "newOrderRespType": "ACK",
    }
    match request.type:
        case OrderType.MARKET:
            if request.duration is not Duration.DAY:
                raise Unsupported("market orders are for the day only")
            return {**params, "type": "MARKET"}
        case OrderType.LIMIT:
            price = _price(request.limit_price, rules, "a limit order needs its price")
            _check_worth(price, request.quantity, rules)
            return {**params, "type": "LIMIT", "timeInForce": "GTC", "price": plain(price)}
        case OrderType.STOP:
            stop = _price(request.stop_price, rules, "a stop order needs its stop")
            return {**params, **_stop(stop, request.side, request.quantity, rules)}


def oco_params(request: OcoRequest, rules: SymbolRules) -> dict[str, str]:
    """Return the parameters of a target above and a stop below, which end one another."""
    if request.side is not OrderSide.SELL_TO_CLOSE:
        raise Unsupported("an OCO protects what is held, and nothing is short here")
    if not rules.has_oco:
        raise Unsupported("Binance takes no OCO of this pair")
    _check_quantity(request.quantity, rules)
    target = _price(request.target_price, rules, "a target needs its price")
    stop = _price(request.stop_price, rules, "a stop needs its price")
    _check_worth(target, request.quantity, rules)
    below = _stop(stop, request.side, request.quantity, rules)
    return {
        "symbol": rules.symbol,
        "side": SIDES[request.side],
        "quantity": plain(request.quantity),
        "listClientOrderId": client_id(request.tag),
        "newOrderRespType": "ACK",
        "aboveType": "LIMIT_MAKER",
        "abovePrice": plain(target),
        "aboveClientOrderId": client_id(request.tag, TARGET),
        "belowClientOrderId": client_id(request.tag, STOP),
        **{f"below{name[0].upper()}{name[1:]}": value for name, value in below.items()},
    }


def _stop(stop: Decimal, side: OrderSide, quantity: Decimal, rules: SymbolRules) -> dict[str, str]:
    """Return a stop at market where the pair takes one, else one with a limit beyond it."""
    if STOP_LOSS in rules.order_types:
        _check_worth(stop, quantity, rules)
        return {"type": STOP_LOSS, "stopPrice": plain(stop)}
    beyond = stop * (1 + BEYOND_STOP if side.is_buy else 1 - BEYOND_STOP)
    limit = rules.filters.to_tick(beyond, up=side.is_buy)
    _check_worth(limit, quantity, rules)
    return {
        "type": STOP_LOSS_LIMIT,
        "stopPrice": plain(stop),
        "price": plain(limit),
        "timeInForce": "GTC",
    }


def _side(side: OrderSide) -> str:
    if side not in SIDES:
        raise Unsupported("nothing is sold short at Binance's spot market")
    return SIDES[side]


def _check_quantity(quantity: Decimal, rules: SymbolRules) -> None:
    if not quantity.is_finite() or quantity <= 0:
        raise Unsupported("a quantity is more than nothing")
    if not rules.filters.is_on_lot(quantity):
        raise Refused("Filter failure: LOT_SIZE")


def _price(price: Decimal | None, rules: SymbolRules, missing: str) -> Decimal:
    if price is None or not price.is_finite() or price <= 0:
        raise Unsupported(missing)
    if not rules.filters.is_on_tick(price):
        raise Refused("Filter failure: PRICE_FILTER")
    return price


def _check_worth(price: Decimal, quantity: Decimal, rules: SymbolRules) -> None:
    if price * quantity < rules.filters.least_notional:
        raise Refused("Filter failure: NOTIONAL")


def plain(value: Decimal) -> str:
    """Write a number as the exchange takes it: no exponent, no zeros at its end."""
    return f"{value.normalize():f}"
