"""Value at risk over a day, by Cornish-Fisher from the exact cumulants of the quadratic form (B-09).

P&L ≈ δΔS + ½γΔS² + vega × ΔIV + a day of theta, signs kept. With normal factors its cumulants are exact
(A. M. Mathai and S. B. Provost, Quadratic Forms in Random Variables, 1992): for P = c + a'x + x'Dx,
x ~ N(0, C) and M = DC: κ1 = c + tr M, κ2 = a'Ca + 2 tr M², κ3 = 6 a'CDCa + 8 tr M³,
κ4 = 48 a'CDCDCa + 48 tr M⁴.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist
from typing import Final

import numpy as np

from chalicelib.domain.desk.risk.factors import Group
from chalicelib.domain.options.normal import Array

#: Theta is per calendar day, and a day is what passes.
DAYS: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Cumulants:
    """The first four of a distribution of dollars."""

    mean: float
    variance: float
    third: float
    fourth: float

    def quantile(self, chance: float) -> float:
        """Return what the P&L stays under with this chance, by Cornish and Fisher's expansion (1937)."""
        if self.variance <= 0:
            return self.mean
        deviation = sqrt(self.variance)
        skew, excess = self.third / deviation**3, self.fourth / self.variance**2
        z = NormalDist().inv_cdf(chance)
        moved = (
            z + (z * z - 1) * skew / 6 + (z**3 - 3 * z) * excess / 24 - (2 * z**3 - 5 * z) * skew * skew / 36
        )
        return self.mean + deviation * moved


def cumulants(group: Group) -> Cumulants:
    """Return the cumulants of a day's P&L of underlyings that move together."""
    held = [one.holdings for one in group.movers]
    deltas, gammas, vegas, thetas = (
        np.array([float(one.units @ getattr(one, name)) for one in held])
        for name in ("delta", "gamma", "vega", "theta")
    )
    swing = np.array([one.holdings.price * one.daily for one in group.movers])
    points = np.array([one.iv_points for one in group.movers])
    rho = np.array([one.rho for one in group.movers])
    by_price = deltas * swing + vegas * points * rho
    by_itself = vegas * points * np.sqrt(1 - rho * rho)
    return _of_form(
        float(thetas.sum()) * DAYS, by_price, gammas * swing * swing / 2, group.correlation, by_itself
    )


def _of_form(constant: float, linear: Array, bent: Array, correlation: Array, own: Array) -> Cumulants:
    """Return the cumulants of c + linear'x + x' diag(bent) x + own'w, with w independent of x."""
    form = bent[:, None] * correlation
    twice = form @ form
    seen = correlation @ linear
    bent_once = bent * seen
    bent_twice = correlation @ bent_once
    return Cumulants(
        mean=constant + float(np.trace(form)),
        variance=float(linear @ seen + own @ own + 2 * np.trace(twice)),
        third=float(6 * seen @ bent_once + 8 * np.trace(twice @ form)),
        fourth=float(48 * bent_once @ bent_twice + 48 * np.trace(twice @ twice)),
    )


def approximate_var(groups: Iterable[Group], confidence: float) -> float:
    """Return the dollars that a day's loss stays under with this confidence, 0 at least; groups add up."""
    return sum(max(0.0, -cumulants(group).quantile(1 - confidence)) for group in groups)
