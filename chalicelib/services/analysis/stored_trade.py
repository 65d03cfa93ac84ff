"""A trade as the database wrote it for its owner (api.md, trade), its numbers exact: read by name."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TypeAlias

from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.structures.prices import structure_sign, unit_multiplier
from chalicelib.domain.structures.terms import LegTerms

Stored: TypeAlias = Mapping[str, object]


def number(stored: Stored, name: str) -> Decimal | None:
    """Return a field that is a number; None for anything else."""
    value = stored.get(name)
    if isinstance(value, float):
        return Decimal(str(value))
    return Decimal(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else None


def rows(stored: Stored, name: str) -> Sequence[Stored]:
    """Return a field that is a list; nothing for anything else."""
    value = stored.get(name)
    return value if isinstance(value, list) else []


def dollars_per_point(legs: Sequence[Stored]) -> Decimal:
    """Return what a dollar of these legs' price is worth for one unit of them, below 0 if it is lost (W-02).

    Of one leg a unit is a contract, or a share. Without a leg a price is of what it says.
    """
    if len(legs) == 1:
        (leg,) = legs
        return LegSide(str(leg["side"])).sign * (number(leg, "multiplier") or Decimal(1))
    terms = [terms_of(leg) for leg in legs]
    return structure_sign(terms) * unit_multiplier(terms) if terms else Decimal(1)


def terms_of(leg: Stored) -> LegTerms:
    """Return what one structure holds through a leg; strike and expiry are not asked for here."""
    return LegTerms(
        instrument=Instrument(str(leg["instrument"])),
        side=LegSide(str(leg["side"])),
        ratio=int(number(leg, "ratio") or 1),
        multiplier=number(leg, "multiplier") or Decimal(1),
    )
