"""Price ticks of US options (A-07): by class and price, and prices put on them.

SPY, QQQ and IWM trade in cents throughout, other classes of the Penny Interval Program in cents under 3
dollars and nickels from there on, all others in nickels and dimes. A class that we do not know counts as
0.01: the broker decides.
"""

from decimal import ROUND_CEILING, Decimal
from typing import Final

from chalicelib.domain.instruments.penny_classes import NICKEL_CLASSES, PENNY_CLASSES

_PENNY: Final = Decimal("0.01")
_NICKEL: Final = Decimal("0.05")
_DIME: Final = Decimal("0.10")
_THREE: Final = Decimal(3)


def tick_size(underlying: str, price: Decimal) -> Decimal:
    """Return the smallest price step of this class at this price, in dollars per share."""
    if underlying in PENNY_CLASSES:
        return _PENNY if price < _THREE else _NICKEL
    if underlying in NICKEL_CLASSES:
        return _NICKEL if price < _THREE else _DIME
    return _PENNY


def is_on_tick(underlying: str, price: Decimal) -> bool:
    """Say whether `price` may be quoted in this class."""
    return price % tick_size(underlying, price) == 0


def floor_to_tick(underlying: str, price: Decimal) -> Decimal:
    """Return the highest quotable price not above `price`, at least one tick."""
    tick = tick_size(underlying, price)
    return max(price // tick * tick, tick)


def ceil_to_tick(underlying: str, price: Decimal) -> Decimal:
    """Return the lowest quotable price not below `price`, at least one tick."""
    tick = tick_size(underlying, price)
    return max((price / tick).to_integral_value(ROUND_CEILING) * tick, tick)


def least_price(underlying: str) -> Decimal:
    """Return the lowest price above nothing that may be quoted in this class."""
    return tick_size(underlying, Decimal(0))
