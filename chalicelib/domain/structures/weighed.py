"""The sign rule for many structures at once: each leg's weight in the price of one, worked out once.

What `prices` says of one structure, for a cycle that values thousands; a property holds the two together.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Final, NamedTuple

from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.money import ZERO
from chalicelib.domain.structures.prices import Touch, unit_multiplier
from chalicelib.domain.structures.terms import LegTerms

#: More different make-ups than this are no everyday book.
_KEPT: Final = 1_000


class Share(NamedTuple):
    """A leg's part in a structure as a row tells it: words of `Instrument` and `LegSide`."""

    instrument: str
    side: str
    ratio: int
    multiplier: Decimal


class Weighed(NamedTuple):
    """What one structure of several legs holds of each, over its unit multiplier: below 0 what is short."""

    weights: tuple[Decimal, ...]

    def net(self, values: Iterable[Decimal | None]) -> Decimal | None:
        """Return the price of one from its legs' prices, or a Greek per share; None while one is unknown."""
        total = ZERO
        for weight, value in zip(self.weights, values, strict=True):
            if value is None:
                return None
            total += weight * value
        return total

    def natural_entry(self, touches: Sequence[Touch | None]) -> Decimal | None:
        """Return the price at which one can be entered at once: asks are paid, bids are had."""
        total = ZERO
        for weight, touch in zip(self.weights, touches, strict=True):
            price = None if touch is None else touch.ask if weight > 0 else touch.bid
            if not price or price < 0:
                return None
            total += weight * price
        return total

    def natural_exit(self, touches: Sequence[Touch | None]) -> Decimal | None:
        """Return the price at which one can be left at once; what nobody bids for brings nothing."""
        total = ZERO
        for weight, touch in zip(self.weights, touches, strict=True):
            if touch is None:
                return None
            price = touch.bid if weight > 0 else touch.ask
            if weight > 0 and price == 0 and touch.ask is not None and touch.ask > 0:
                continue
            if not price or price < 0:
                return None
            total += weight * price
        return total


@lru_cache(maxsize=_KEPT)
def weigh(shares: tuple[Share, ...]) -> Weighed:
    """Return the weights of several legs; raises UnlikeMultipliers."""
    terms = [
        LegTerms(
            instrument=Instrument(one.instrument),
            side=LegSide(one.side),
            ratio=one.ratio,
            multiplier=one.multiplier,
        )
        for one in shares
    ]
    unit = unit_multiplier(terms)
    return Weighed(weights=tuple(leg.units / unit for leg in terms))
