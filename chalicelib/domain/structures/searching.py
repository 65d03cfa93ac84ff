"""Closing in on the tops and zeros of a function of a price, between two prices where one is known to be."""

from collections.abc import Callable
from decimal import Decimal
from typing import Final, TypeAlias

_ROUNDS_MAX: Final = 80
#: A hundredth of a cent of the underlying's price.
_NEAR: Final = Decimal("0.0001")

Curve: TypeAlias = Callable[[Decimal], Decimal]


def top_between(curve: Curve, low: Decimal, high: Decimal) -> Decimal:
    """Return the price of the one highest point between two prices, to a hundredth of a cent."""
    for _ in range(_ROUNDS_MAX):
        third = (high - low) / 3
        if third < _NEAR:
            break
        left, right = low + third, high - third
        if curve(left) < curve(right):
            low = left
        else:
            high = right
    return (low + high) / 2


def zero_between(curve: Curve, low: Decimal, high: Decimal) -> Decimal:
    """Return the price of a zero between two prices of unlike sign: exact on a straight line."""
    below, above = curve(low), curve(high)
    for _ in range(_ROUNDS_MAX):
        straight = low - below * (high - low) / (above - below)
        if abs(curve(straight)) < _NEAR or high - low < _NEAR:
            return straight
        middle = (low + high) / 2
        here = curve(middle)
        if here * below > 0:
            low, below = middle, here
        else:
            high, above = middle, here
    return (low + high) / 2
