"""What a structure has won or lost when its first expiry has come, by the underlying's price (W-01, B-16).

Worked out from the legs, never looked up by a shape's name. Legs of one expiry make a function that is
straight between strikes: its extremes lie at 0, at a strike or in the slope beyond the last one, and its
zeros are solved exactly. Legs of a later expiry are alive then and worth their Black-Scholes value: the
function is curved, and extremes and zeros are searched between points that lie close.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from math import exp, sqrt
from typing import Final

from chalicelib.domain.money import ZERO, to_cents, to_price
from chalicelib.domain.options.black_scholes import Conditions, value
from chalicelib.domain.structures.exposure import first_expiry, intrinsic, is_unlimited, rising_units
from chalicelib.domain.structures.prices import structure_sign, unit_multiplier
from chalicelib.domain.structures.searching import top_between, zero_between
from chalicelib.domain.structures.terms import LegTerms

_DAYS_A_YEAR: Final = 365
#: How a curved payoff is searched: to so many deviations around each strike, in so many steps each.
_DEVIATIONS: Final = 6
_STEPS_A_DEVIATION: Final = 5
_BEYOND_SHARE: Final = Decimal("0.1")


class LaterLegUnpriced(ValueError):
    """A leg that outlives the first expiry has no volatility to be valued with."""

    def __init__(self, leg: int) -> None:
        super().__init__(f"leg {leg} outlives the first expiry and has no implied volatility")
        self.leg = leg


@dataclass(frozen=True, slots=True, kw_only=True)
class Volatilities:
    """How legs that outlive the first expiry are valued: yearly, in the legs' order; None: not known.

    `rate` is continuous and yearly. What may be exercised early is worth its intrinsic value at least.
    """

    of_legs: tuple[Decimal | None, ...]
    rate: Decimal = ZERO
    is_european: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """The best and the worst result in signed dollars; None: without end."""

    best: Decimal | None
    worst: Decimal | None

    @property
    def max_profit(self) -> Decimal | None:
        """Return the most that can be won, 0 or more; None: unlimited."""
        return None if self.best is None else max(self.best, ZERO)

    @property
    def max_loss(self) -> Decimal | None:
        """Return the most that can be lost as a positive amount; None: unlimited."""
        return None if self.worst is None else max(-self.worst, ZERO)


@dataclass(frozen=True, slots=True, kw_only=True)
class Payoff:
    """A structure of `qty` entered at `price` (W-02's, per share); results are dollars before fees."""

    legs: tuple[LegTerms, ...]
    price: Decimal
    qty: Decimal
    volatilities: Volatilities | None = None

    def __post_init__(self) -> None:
        for number, leg in enumerate(self.legs):
            if self._outlives(leg) and self._volatility(number) is None:
                raise LaterLegUnpriced(number)

    @property
    def cost(self) -> Decimal:
        """Return the dollars that entering took; below 0 when it brought some."""
        return structure_sign(self.legs) * self.price * unit_multiplier(self.legs) * self.qty

    def at(self, spot: Decimal) -> Decimal:
        """Return the result at this price of the underlying, exact for legs of one expiry."""
        worth = sum((leg.units * self._worth(i, leg, spot) for i, leg in enumerate(self.legs)), ZERO)
        return worth * self.qty - self.cost

    def bounds(self) -> Bounds:
        """Return the best and the worst result over all prices, to the cent."""
        results = [self.at(spot) for spot in self._turning_points()]
        return Bounds(
            best=None if rising_units(self.legs) > 0 else to_cents(max(results)),
            worst=None if is_unlimited(self.legs) else to_cents(min(results)),
        )

    def break_evens(self) -> tuple[Decimal, ...]:
        """Return the prices above 0 that bring nothing, ascending; of a flat nothing both ends."""
        return tuple(sorted({to_price(spot) for spot in self._zeros() if spot > 0}))

    def points(self, *also: Decimal) -> list[tuple[Decimal, Decimal]]:
        """Return the picture: prices, ascending, and results to the cent.

        Each strike and break-even is in it, `also` (the present price) and a point beyond either end;
        straight lines between them are the payoff, or close to it where legs live on.
        """
        marked = {*self._strikes(), *self.break_evens(), *also} or {abs(self.price)}
        low, high = min(marked), max(marked)
        beyond = max(high - low, high * _BEYOND_SHARE)
        ends = {max(low - beyond, ZERO), high + beyond}
        between = {spot for spot in self._close_points() if min(ends) < spot < max(ends)}
        return [(spot, to_cents(self.at(spot))) for spot in sorted(marked | ends | between)]

    def _strikes(self) -> list[Decimal]:
        return sorted({leg.strike for leg in self.legs if leg.strike is not None})

    def _outlives(self, leg: LegTerms) -> bool:
        first = first_expiry(self.legs)
        return first is not None and leg.expiry is not None and leg.expiry > first

    def _volatility(self, number: int) -> Decimal | None:
        return None if self.volatilities is None else self.volatilities.of_legs[number]

    def _worth(self, number: int, leg: LegTerms, spot: Decimal) -> Decimal:
        volatility = self._volatility(number)
        if not self._outlives(leg) or volatility is None or self.volatilities is None:
            return intrinsic(leg, spot)
        assert leg.option_type is not None
        assert leg.strike is not None
        conditions = Conditions(
            spot=float(spot),
            years=self._years(leg.expiry),
            rate=float(self.volatilities.rate),
            volatility=float(volatility),
        )
        modelled = to_price(Decimal(value(leg.option_type, float(leg.strike), conditions)))
        return modelled if self.volatilities.is_european else max(modelled, intrinsic(leg, spot))

    def _years(self, expiry: date | None) -> float:
        first = first_expiry(self.legs)
        assert expiry is not None
        assert first is not None
        return (expiry - first).days / _DAYS_A_YEAR

    def _close_points(self) -> Iterator[Decimal]:
        """Yield close prices around each strike, as far as a later leg's curve is bent; none without."""
        for number, leg in enumerate(self.legs):
            volatility = self._volatility(number)
            if not self._outlives(leg) or volatility is None:
                continue
            deviation = float(volatility) * sqrt(self._years(leg.expiry))
            for strike in self._strikes():
                for step in range(-_DEVIATIONS * _STEPS_A_DEVIATION, _DEVIATIONS * _STEPS_A_DEVIATION + 1):
                    yield to_price(strike * Decimal(exp(deviation * step / _STEPS_A_DEVIATION)))

    def _knots(self) -> list[Decimal]:
        return sorted({ZERO, *self._strikes(), *self._close_points()})

    def _turning_points(self) -> Iterable[Decimal]:
        """Return prices among which the extremes are: the knots, and of a curve its tops as well."""
        knots = self._knots()
        if not any(self._outlives(leg) for leg in self.legs):
            return knots
        return [*knots, *self._tops(knots, 1), *self._tops(knots, -1)]

    def _tops(self, knots: Sequence[Decimal], sign: int) -> Iterator[Decimal]:
        """Yield the prices of the highest points (sign 1) or the lowest (-1) between close knots."""

        def curve(spot: Decimal) -> Decimal:
            return sign * self.at(spot)

        heights = [curve(spot) for spot in knots]
        for i in range(1, len(knots) - 1):
            if heights[i] >= heights[i - 1] and heights[i] >= heights[i + 1]:
                yield top_between(curve, knots[i - 1], knots[i + 1])

    def _zeros(self) -> Iterator[Decimal]:
        knots = self._knots()
        results = [self.at(spot) for spot in knots]
        yield from (spot for spot, result in zip(knots, results, strict=True) if result == 0)
        for (low, below), (high, above) in pairwise(zip(knots, results, strict=True)):
            if below * above < 0:
                yield zero_between(self.at, low, high)
        slope = rising_units(self.legs) * self.qty
        if results[-1] * slope < 0:
            yield knots[-1] - results[-1] / slope
