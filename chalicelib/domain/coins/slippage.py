"""How far against us a market order fills on paper: by how wild the symbol is at present (C-05)."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

CALMEST: Final = Decimal("0.0005")
WILDEST: Final = Decimal("0.001")
#: Thirty days of hours, the least of them that says anything.
HOURS_MIN: Final = 24 * 7
_DECILES: Final = 10


def slippage(hourly_ranges: Sequence[Decimal]) -> Decimal:
    """Return a fraction of the price from 0.05 % in the calmest decile to 0.1 % in the wildest, linear.

    `hourly_ranges` are (high - low) / open of the last 30 days, oldest first; the last is judged against all.
    Too few are not known: the wildest.
    """
    if len(hourly_ranges) < HOURS_MIN:
        return WILDEST
    calmer = sum(one < hourly_ranges[-1] for one in hourly_ranges)
    decile = min(calmer * _DECILES // len(hourly_ranges), _DECILES - 1)
    return CALMEST + (WILDEST - CALMEST) * decile / (_DECILES - 1)


def slipped(price: Decimal, share: Decimal, *, is_buy: bool) -> Decimal:
    """Return the price of a market order."""
    return price * (1 + share) if is_buy else price * (1 - share)
