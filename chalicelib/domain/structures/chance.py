"""The chance that a structure ends with a profit, and its Greeks in sum (B-09, B-16)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from math import log
from typing import Protocol

from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.money import ZERO, to_price
from chalicelib.domain.options.black_scholes import Conditions, normal_below
from chalicelib.domain.structures.payoff import Payoff
from chalicelib.domain.structures.terms import LegTerms


class LegGreeks(Protocol):
    """Greeks of one leg per share, as a quote has them: theta per day, vega per point; None: not known."""

    @property
    def delta(self) -> Decimal | None: ...
    @property
    def gamma(self) -> Decimal | None: ...
    @property
    def vega(self) -> Decimal | None: ...
    @property
    def theta(self) -> Decimal | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class StructureGreeks:
    """Of the whole quantity: shares; shares per dollar; dollars per volatility point; dollars per day.

    None where a leg's is not known.
    """

    delta: Decimal | None
    gamma: Decimal | None
    vega: Decimal | None
    theta: Decimal | None


def chance_of_profit(payoff: Payoff, at: Conditions) -> Decimal:
    """Return the probability, a fraction, of a profit before fees at the first expiry.

    The underlying ends lognormal with the volatility, the time and the drift (`rate`) of `at`: 0 for the
    desk's zero drift, under which the mean is today's price. Between break-evens the sign of the payoff is
    one.
    """
    chance = 0.0
    edges = [ZERO, *payoff.break_evens(), None]
    for low, high in pairwise(edges):
        assert low is not None
        inside = low * 2 + 1 if high is None else (low + high) / 2
        if payoff.at(inside) > 0:
            chance += (1.0 if high is None else _ends_below(high, at)) - _ends_below(low, at)
    return Decimal(f"{chance:.6f}")


def _ends_below(price: Decimal, at: Conditions) -> float:
    if price <= 0:
        return 0.0
    moved = log(float(price) / at.spot) - at.rate * at.years
    if at.deviation <= 0:
        return 1.0 if moved > 0 else 0.0
    return normal_below(moved / at.deviation + at.deviation / 2)


def greeks_in_sum(
    legs: Sequence[LegTerms], greeks: Sequence[LegGreeks | None], qty: Decimal
) -> StructureGreeks:
    """Add up the legs' Greeks for `qty` structures; shares and coins have a delta of 1 and nothing else."""

    def total(of_shares: Decimal, of_leg: Callable[[LegGreeks], Decimal | None]) -> Decimal | None:
        known = [
            of_shares if leg.instrument is not Instrument.OPTION else None if one is None else of_leg(one)
            for leg, one in zip(legs, greeks, strict=True)
        ]
        if any(value is None for value in known):
            return None
        units = (leg.units * value for leg, value in zip(legs, known, strict=True) if value is not None)
        return to_price(sum(units, ZERO) * qty)

    return StructureGreeks(
        delta=total(Decimal(1), lambda one: one.delta),
        gamma=total(ZERO, lambda one: one.gamma),
        vega=total(ZERO, lambda one: one.vega),
        theta=total(ZERO, lambda one: one.theta),
    )
