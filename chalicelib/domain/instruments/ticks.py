"""Price ticks (A-07): asked of the instrument, by its class and price, and prices put on them.

Options: SPY, QQQ and IWM trade in cents throughout, other classes of the Penny Interval Program in cents
under 3 dollars and nickels from there on, all others in nickels and dimes. A class that we do not know
counts as 0.01: the broker decides. Combined orders have a net price in cents, whatever their legs' classes.
Shares trade in cents; finer steps under a
dollar (SEC Rule 612) are not used. Coins have 8 decimals, or the `step` that their exchange told.
"""

from decimal import ROUND_CEILING, Decimal
from typing import Final

from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.penny_classes import NICKEL_CLASSES, PENNY_CLASSES
from chalicelib.domain.money import PRICE_QUANTUM

#: The step of a net price of several legs, debit or credit.
COMBINED_TICK: Final = Decimal("0.01")
_PENNY: Final = Decimal("0.01")
_NICKEL: Final = Decimal("0.05")
_DIME: Final = Decimal("0.10")
_THREE: Final = Decimal(3)


def tick_size(
    underlying: str,
    price: Decimal,
    instrument: Instrument = Instrument.OPTION,
    step: Decimal | None = None,
) -> Decimal:
    """Return the smallest price step of this instrument at this price, in dollars per share."""
    if step is not None:
        return step
    if instrument is Instrument.CRYPTO:
        return PRICE_QUANTUM
    if instrument is Instrument.EQUITY:
        return _PENNY
    if underlying in PENNY_CLASSES:
        return _PENNY if price < _THREE else _NICKEL
    if underlying in NICKEL_CLASSES:
        return _NICKEL if price < _THREE else _DIME
    return _PENNY


def is_on_tick(
    underlying: str,
    price: Decimal,
    instrument: Instrument = Instrument.OPTION,
    step: Decimal | None = None,
) -> bool:
    """Say whether `price` may be quoted for this instrument."""
    return price % tick_size(underlying, price, instrument, step) == 0


def floor_to_tick(
    underlying: str,
    price: Decimal,
    instrument: Instrument = Instrument.OPTION,
    step: Decimal | None = None,
) -> Decimal:
    """Return the highest quotable price not above `price`, at least one tick."""
    tick = tick_size(underlying, price, instrument, step)
    return max(price // tick * tick, tick)


def ceil_to_tick(
    underlying: str,
    price: Decimal,
    instrument: Instrument = Instrument.OPTION,
    step: Decimal | None = None,
) -> Decimal:
    """Return the lowest quotable price not below `price`, at least one tick."""
    tick = tick_size(underlying, price, instrument, step)
    return max((price / tick).to_integral_value(ROUND_CEILING) * tick, tick)


def least_price(
    underlying: str, instrument: Instrument = Instrument.OPTION, step: Decimal | None = None
) -> Decimal:
    """Return the lowest price above nothing that may be quoted for this instrument."""
    return tick_size(underlying, Decimal(0), instrument, step)
