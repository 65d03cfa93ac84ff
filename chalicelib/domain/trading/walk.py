"""A limit that walks: from a fair price towards the worst that is taken, a step at a time (B-05). Pure.

Each step is an order of its own, stored before it is sent; the next begins when the cancel of the one before
is confirmed. What was tried is read from the orders, so that a walk goes on wherever it was left.
"""

from dataclasses import dataclass
from datetime import timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Final

from chalicelib.domain.money import CENT

STEP: Final = Decimal("0.05")
SECONDS_PER_STEP: Final = timedelta(seconds=10)
SECONDS_IN_ALL: Final = timedelta(seconds=120)


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryWalk:
    """How an entry walks from its limit price: to `worst`, in the trade's own signed price, never past it.

    The seconds in all count from the first order that leaves.
    """

    worst: Decimal
    step: Decimal = STEP
    seconds_per_step: int = int(SECONDS_PER_STEP.total_seconds())
    seconds_in_all: int = int(SECONDS_IN_ALL.total_seconds())


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """From `start` to `worst`, both signed prices per share of what is bought or sold (ADR 0030)."""

    is_buy: bool
    start: Decimal
    worst: Decimal
    step: Decimal = STEP

    def price(self, tried: int) -> Decimal:
        """Return the limit of the next order after so many: never past the worst, on the cent."""
        if self.is_buy:
            asked = min(self.start + tried * self.step, self.worst)
        else:
            asked = max(self.start - tried * self.step, self.worst)
        return to_cents_not_past(asked, is_buy=self.is_buy)


def to_cents_not_past(price: Decimal, *, is_buy: bool) -> Decimal:
    """Return whole cents: no more than this where it is paid, no less where it is received."""
    return (price / CENT).to_integral_value(ROUND_FLOOR if is_buy else ROUND_CEILING) * CENT
