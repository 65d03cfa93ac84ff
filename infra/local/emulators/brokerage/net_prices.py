"""Several legs at one net price: what a unit is, what it costs, and at which prices of its legs it fills.

A net price is what the account pays for one unit, in dollars per share of 100; below 0 it receives.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from math import gcd
from typing import Final

from infra.local.emulators.brokerage.orders import (
    CENT,
    SHARES_PER_CONTRACT,
    ZERO,
    Order,
    OrderClass,
    OrderType,
)

NET: Final = frozenset({OrderClass.MULTILEG, OrderClass.COMBO})
#: Recorded legs have up to three decimals; an average of odd ratios is told as exactly as any average.
_LEG_DECIMALS: Final = 8


def unit_count(legs: Sequence[Order]) -> int:
    """Return how many units of a net order there are: the greatest common divisor of its legs."""
    return gcd(*(leg.quantity for leg in legs)) if legs else 1


def units_filled(order: Order) -> int:
    """Return how many units have filled; all legs fill together."""
    return order.legs[0].filled * unit_count(order.legs) // order.legs[0].quantity


def units_fillable(order: Order) -> int:
    """Return how many units will fill when the price is reached; `fill_cap` counts units of a net order."""
    units = unit_count(order.legs)
    limit = units if order.fill_cap is None else min(units, order.fill_cap)
    return max(0, limit - units_filled(order))


def net_limit(order: Order) -> Decimal | None:
    """Return what may be paid at most per unit (below 0: what must be received at least), None at market."""
    match order.order_type:
        case OrderType.DEBIT:
            return order.price
        case OrderType.CREDIT:
            return None if order.price is None else -order.price
        case OrderType.EVEN:
            return ZERO
        case _:
            return None


def weight(leg: Order, units: int) -> Decimal:
    """Return how much of a net price one dollar of a leg's price is, below 0 where it is sold."""
    share = Decimal(leg.quantity * leg.multiplier) / units / SHARES_PER_CONTRACT
    return share if leg.buys else -share


def net_of(legs: Sequence[Order], prices: Sequence[Decimal]) -> Decimal:
    """Return the net price of legs at these prices."""
    units = unit_count(legs)
    weighed = (weight(leg, units) * price for leg, price in zip(legs, prices, strict=True))
    return sum(weighed, ZERO)


def leg_prices(legs: Sequence[Order], touches: Sequence[tuple[Decimal, Decimal]]) -> list[Decimal] | None:
    """Return the natural prices of legs: the ask of what is bought, the bid of what is sold.

    What nobody bids for goes along in a package: its price is a cent, which what is bought pays for. None
    where the package cannot trade: no ask for what is bought, or nothing bought that could carry such a leg.
    """
    near = [ask if leg.buys else bid for leg, (bid, ask) in zip(legs, touches, strict=True)]
    if any(price <= 0 for leg, price in zip(legs, near, strict=True) if leg.buys):
        return None
    if all(price > 0 for price in near):
        return near
    return moved_to(legs, [max(price, CENT) for price in near], net_of(legs, near), bought=True)


def moved_to(
    legs: Sequence[Order], prices: Sequence[Decimal], net: Decimal, *, bought: bool = False
) -> list[Decimal] | None:
    """Change the price of the dearest leg until all make a net price; None where it would be below a cent.

    `bought`: only of a leg that is bought.
    """
    candidates = [index for index, leg in enumerate(legs) if leg.buys or not bought]
    if not candidates:
        return None
    moving = max(candidates, key=lambda index: prices[index])
    change = (net - net_of(legs, prices)) / weight(legs[moving], unit_count(legs))
    moved = list(prices)
    moved[moving] = round(moved[moving] + change, _LEG_DECIMALS)
    return moved if moved[moving] >= CENT else None


def forced_leg_prices(order: Order, touches: Mapping[str, tuple[Decimal, Decimal]]) -> list[Decimal] | None:
    """Return prices of the legs that make the order's own limit, or the natural ones at market."""
    natural = leg_prices(order.legs, [touches[leg.instrument] for leg in order.legs])
    limit = net_limit(order)
    if natural is None or limit is None:
        return natural
    return moved_to(order.legs, natural, limit)
