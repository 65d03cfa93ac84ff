"""The best and the worst that a trade was worth while it was held (I-14). Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from chalicelib.domain.money import ZERO, to_cents
from chalicelib.domain.structures.prices import structure_sign, unit_multiplier
from chalicelib.domain.trading.legs import Leg
from chalicelib.domain.trading.orders import Fill


@dataclass(frozen=True, slots=True, kw_only=True)
class Excursions:
    """Best and worst result that was ever shown while held, dollars gross of fees; 0 at the entry."""

    best: Decimal
    worst: Decimal


def excursions_of(
    marks: Iterable[tuple[datetime, Decimal]], fills: Sequence[Fill], legs: Sequence[Leg]
) -> Excursions:
    """Value what was held at each mark (instant, the trade's own price), together with what had been sold."""
    best = worst = ZERO
    for at, price in marks:
        result = gain_at(price, [fill for fill in fills if fill.filled_at <= at], legs)
        best, worst = max(best, result), min(worst, result)
    return Excursions(best=best, worst=worst)


def gain_at(price: Decimal, fills: Iterable[Fill], legs: Sequence[Leg]) -> Decimal:
    """Return what these fills made, and what they leave held would at this price; dollars gross of fees.

    What is held is counted by the first leg: a structure is held and left as one.
    """
    terms = [leg.terms for leg in legs]
    multipliers = {leg.leg_no: leg.multiplier for leg in legs}
    first = legs[0]
    held = value = ZERO
    for fill in fills:
        moved = fill.quantity if fill.is_buy else -fill.quantity
        value -= moved * fill.price * multipliers[fill.leg_no]
        held += moved if fill.leg_no == first.leg_no else ZERO
    structures = held * first.side.sign / first.ratio
    worth = price * structures * structure_sign(terms) * unit_multiplier(terms)
    return to_cents(value + worth)
