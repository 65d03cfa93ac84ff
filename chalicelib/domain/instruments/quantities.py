"""Quantities by instrument: what one of them can be cut into, and parts of a holding (W-01, W-04)."""

from collections.abc import Sequence
from decimal import ROUND_CEILING, Decimal
from fractions import Fraction
from math import floor
from typing import Final

from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.money import ZERO

#: Coins have 8 decimals; contracts and shares are whole.
_COIN_STEP: Final = Decimal("0.00000001")
_WHOLE: Final = Decimal(1)


def quantity_step(instrument: Instrument) -> Decimal:
    """Return the smallest quantity that can be traded of an instrument; exchanges of coins may want more."""
    return _COIN_STEP if instrument is Instrument.CRYPTO else _WHOLE


def is_on_step(quantity: Decimal, step: Decimal) -> bool:
    """Say whether so many can be traded: 1.5 contracts cannot."""
    return quantity > 0 and quantity % step == 0


def split(
    quantity: Decimal, shares: Sequence[Decimal], step: Decimal, *, of: Decimal = _WHOLE
) -> tuple[Decimal, ...]:
    """Cut a holding into shares of it, each whole steps, in their order; together never more than it.

    The shares are parts `of` one, or of what is left of it once others are done. What rounding leaves goes by
    whole steps to the shares that lost most by it, the earlier first; shares that add up to all use all of
    the holding. A share may come to 0: there is nothing to cut it from. Raises ValueError for shares that are
    not above 0 or together above all.
    """
    total = sum(shares, ZERO)
    if total > of or any(share <= 0 for share in shares):
        raise ValueError(f"shares are above 0 and together at most {of}")
    in_steps = Fraction(quantity) / Fraction(step) / Fraction(of)
    exact = [in_steps * Fraction(share) for share in shares]
    steps = [floor(part) for part in exact]
    whole = floor(in_steps * Fraction(total))
    lost = sorted(range(len(shares)), key=lambda i: steps[i] - exact[i])
    for i in lost[: whole - sum(steps)]:
        steps[i] += 1
    return tuple(count * step for count in steps)


def structures_for(quantity: Decimal, ratio: int) -> Decimal:
    """Return how many structures so much of a leg takes, the last one in part counted whole."""
    # Decimal's // cuts towards zero, so that no negation of it rounds up.
    return (quantity / ratio).to_integral_value(ROUND_CEILING)
