"""What a structure would have won or lost now, by the underlying's price: its payoff before the end (B-14).

Each option is worth its Black-Scholes value under its own implied volatility, without drift; the curve is
laid through what the legs' quotes say at the present price: a vendor's rate or dividend does not lift it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.money import to_cents, to_price
from chalicelib.domain.options.black_scholes import Conditions, value
from chalicelib.domain.structures.terms import LegTerms

#: So many prices make a curve that looks like one.
_STEPS: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class LegNow:
    """One leg at present: the years to its end, its yearly IV, and its mark per share; None: not known."""

    terms: LegTerms
    years: float = 0.0
    volatility: float | None = None
    mark: float | None = None

    @property
    def is_known(self) -> bool:
        """Say whether it can be valued at other prices."""
        return self.terms.instrument is not Instrument.OPTION or bool(self.volatility)

    def worth(self, spot: float) -> float:
        """Return its value per share at a price of the underlying."""
        if self.terms.instrument is not Instrument.OPTION:
            return spot
        assert self.terms.option_type is not None
        assert self.terms.strike is not None
        at = Conditions(spot=spot, years=self.years, rate=0.0, volatility=self.volatility or 0.0)
        return value(self.terms.option_type, float(self.terms.strike), at)


def results_now(
    legs: Sequence[LegNow], *, cost: Decimal, qty: Decimal, spot: float, prices: Iterable[Decimal]
) -> list[tuple[Decimal, Decimal]]:
    """Return the dollars that `qty` structures entered for `cost` have made at each of these prices.

    Empty where a leg's volatility is not known: then the curve is not.
    """
    if not all(leg.is_known for leg in legs):
        return []
    units = [float(leg.terms.units * qty) for leg in legs]
    lifts = sum(
        held * (leg.mark - leg.worth(spot))
        for held, leg in zip(units, legs, strict=True)
        if leg.mark is not None
    )
    return [(price, to_cents(Decimal(_worth(legs, units, float(price)) + lifts) - cost)) for price in prices]


def _worth(legs: Sequence[LegNow], units: Sequence[float], spot: float) -> float:
    return sum(held * leg.worth(spot) for held, leg in zip(units, legs, strict=True))


def spread_over(low: Decimal, high: Decimal, *also: Decimal) -> list[Decimal]:
    """Return prices from `low` to `high`, ascending and evenly spaced, with `also` among them."""
    step = (high - low) / _STEPS
    even = {to_price(low + step * number) for number in range(_STEPS + 1)}
    return sorted(even | {one for one in also if low <= one <= high})
