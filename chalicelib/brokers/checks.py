"""What every broker here asks of an order before anything is sent; pure. Raises Unsupported."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import gcd
from typing import Final

from chalicelib.brokers.errors import MarketOrderDisallowed, Unsupported
from chalicelib.brokers.interface import CombinedRequest, OcoRequest, OrderRequest, RequestLeg
from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.trading.orders import Duration, OrderType
from chalicelib.domain.trading.trades import Originator

#: Tradier's alphabet, measured on its sandbox (wire, 7.1): anything else is refused there, never truncated.
_TAG: Final = re.compile(r"^[A-Za-z0-9-]{1,255}$")
QUANTITY_MAX: Final = 10_000_000
#: Every broker here takes up to four legs as one order.
LEGS_MIN: Final = 2
LEGS_MAX: Final = 4
_CENT: Final = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketOrders:
    """Who may send orders at market (B-05): a person may, the desk where it is allowed, or by an override.

    `override_allowed`: of a live account only where its owner allowed market orders (A-12). Several legs go
    out at market by an override alone, and only to close.
    """

    desk_allowed: bool = False
    override_allowed: bool = True


NO_MARKET_ORDERS: Final = MarketOrders()


def check_market(request: OrderRequest | CombinedRequest, rules: MarketOrders) -> None:
    """Refuse an order at market that may not be one; raises MarketOrderDisallowed."""
    if isinstance(request, CombinedRequest):
        is_market, is_free = request.net_price is None, False
        if is_market and not all(leg.side.is_closing for leg in request.legs):
            raise MarketOrderDisallowed("several legs are not opened at market")
    else:
        is_market = request.type is OrderType.MARKET
        is_free = request.originator is not Originator.DESK or rules.desk_allowed
    if not is_market or is_free:
        return
    if not request.market_override:
        raise MarketOrderDisallowed("market orders are disallowed")
    if not rules.override_allowed:
        raise MarketOrderDisallowed("the owner of this live account allows no market orders")


def check_order(request: OrderRequest) -> None:
    """Check one order's shape: tag, whole quantity, the price its type needs, day only at market."""
    _check_tag(request.tag)
    _check_quantity(request.quantity)
    match request.type:
        case OrderType.MARKET:
            if request.duration is not Duration.DAY:
                raise Unsupported("market orders are for the day only")
        case OrderType.LIMIT:
            _check_price(request.limit_price, "a limit order needs its price")
        case OrderType.STOP:
            _check_price(request.stop_price, "a stop order needs its stop")


def check_oco(request: OcoRequest, distance_min: Decimal) -> None:
    """Check a stop and a target: both priced, and far enough apart."""
    _check_tag(request.tag)
    _check_quantity(request.quantity)
    _check_price(request.target_price, "a target needs its price")
    _check_price(request.stop_price, "a stop needs its price")
    if abs(request.target_price - request.stop_price) < distance_min:
        raise Unsupported(f"stop and target must be {distance_min} apart")


def check_combined(request: CombinedRequest) -> None:
    """Check several legs at one net price: legs, ratios, whole units, whole cents, for the day only."""
    _check_tag(request.tag)
    _check_legs(request.legs, request.underlying)
    for leg in request.legs:
        _check_quantity(request.quantity * leg.ratio)
    _check_quantity(request.quantity)
    price = request.net_price
    if price is not None and (not price.is_finite() or price % _CENT):
        raise Unsupported("a net price has at most two decimals")
    if request.duration is not Duration.DAY:
        raise Unsupported("combined orders are for the day only")


def _check_legs(legs: Sequence[RequestLeg], underlying: str) -> None:
    """Check what is combined: two units of another size, say, would be read back as one of twice the size."""
    if not LEGS_MIN <= len(legs) <= LEGS_MAX:
        raise Unsupported(f"a combined order has {LEGS_MIN} to {LEGS_MAX} legs")
    if len({leg.symbol for leg in legs}) != len(legs):
        raise Unsupported("a combined order names each contract once")
    if any(leg.ratio < 1 for leg in legs) or gcd(*(leg.ratio for leg in legs)) != 1:
        raise Unsupported("ratios are whole numbers in their lowest terms")
    shares = [leg for leg in legs if leg.instrument is Instrument.EQUITY]
    if any(leg.symbol != underlying for leg in shares):
        raise Unsupported("shares in a combined order are its underlying")


def _check_tag(tag: str) -> None:
    if _TAG.fullmatch(tag) is None:
        raise Unsupported("a tag has 1 to 255 letters, digits or hyphens")


def _check_quantity(quantity: Decimal) -> None:
    if not quantity.is_finite() or quantity % 1 or not 1 <= quantity <= QUANTITY_MAX:
        raise Unsupported(f"a quantity is a whole number from 1 to {QUANTITY_MAX:,}")


def _check_price(price: Decimal | None, missing: str) -> None:
    if price is None or not price.is_finite() or price <= 0:
        raise Unsupported(missing)
    if price % _CENT:
        raise Unsupported("prices have at most two decimals")
