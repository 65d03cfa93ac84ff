"""Price ticks of US options (A-07).

Penny-interval classes trade in 0.01; others in 0.05 under 3 dollars and 0.10 from 3 dollars on (Cboe Rule
5.4). A class that we do not know counts as 0.01: the broker decides.
"""

from datetime import date
from decimal import Decimal
from typing import Final

#: Of the Penny Interval Program's list (Cboe, January 2026 review), the classes papertape's market lists.
PENNY_CLASSES: Final = frozenset(
    {"SPY", "QQQ", "IWM", "AAPL", "MSFT", "NVDA", "AMD", "TSLA", "GOOG", "GOOGL", "AMZN", "META"}
    | {"XLB", "XLC", "XLE", "XLF", "XLI", "XLK", "XLP", "XLRE", "XLU", "XLV", "XLY"}
)
PENNY_CLASSES_AS_OF: Final = date(2026, 1, 2)
#: Classes known to trade in nickels and dimes.
NICKEL_CLASSES: Final = frozenset({"SPX", "NDX", "RUT", "VIX"})

_PENNY: Final = Decimal("0.01")
_NICKEL: Final = Decimal("0.05")
_DIME: Final = Decimal("0.10")
_THREE: Final = Decimal(3)


def tick_size(underlying: str, price: Decimal) -> Decimal:
    """Return the smallest price step of this class at this price, in dollars per share."""
    if underlying in PENNY_CLASSES or underlying not in NICKEL_CLASSES:
        return _PENNY
    return _NICKEL if price < _THREE else _DIME


def is_on_tick(underlying: str, price: Decimal) -> bool:
    """Say whether `price` may be quoted in this class."""
    return price % tick_size(underlying, price) == 0


def floor_to_tick(underlying: str, price: Decimal) -> Decimal:
    """Return the highest quotable price not above `price`, at least one tick."""
    tick = tick_size(underlying, price)
    return max(price // tick * tick, tick)


def least_price(underlying: str) -> Decimal:
    """Return the lowest price above nothing that may be quoted in this class."""
    return tick_size(underlying, Decimal(0))
