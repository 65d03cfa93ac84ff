"""Values of American options by a tree, many at once: what may be exercised early is worth more.

Leisen and Reimer's binomial tree (1996), whose ends are placed by the normal distribution (Peizer and Pratt's
second inversion) so that an odd number of steps converges smoothly. Where neither rate nor yield makes early
exercise pay (a call without dividends, anything at a rate of nothing) the European value is the answer.
"""

from typing import Final

import numpy as np

from chalicelib.domain.options.arrays import Contracts, Numbers, values
from chalicelib.domain.options.normal import Array

STEPS: Final = 101


def american_values(
    contracts: Contracts,
    spot: Numbers,
    volatility: Numbers,
    *,
    rate: float = 0.0,
    dividend_yield: float = 0.0,
    steps: int = STEPS,
) -> Array:
    """Return values per share; without time or volatility the better of now and the end. `steps` is odd."""
    spots, volatilities, strike = np.broadcast_arrays(
        np.asarray(spot, dtype=np.float64), np.asarray(volatility, dtype=np.float64), contracts.strike
    )
    sign = np.where(contracts.is_call, 1.0, -1.0)
    european = values(contracts, spots, volatilities, rate=rate, dividend_yield=dividend_yield)
    now = np.maximum(sign * (spots - strike), 0.0)
    pays_early = np.where(contracts.is_call, dividend_yield > 0, rate > 0)
    is_treed = pays_early & (contracts.years > 0) & (volatilities > 0)
    found = np.where(pays_early, np.maximum(european, now), european)
    if is_treed.any():
        chosen = np.flatnonzero(is_treed)
        treed = _tree(
            sign[chosen],
            strike[chosen],
            contracts.years[chosen],
            spots[chosen],
            volatilities[chosen],
            (rate, dividend_yield),
            steps,
        )
        # So far from its strike that no end lies on the other side, it is worth what it is now, or its end.
        found[chosen] = np.where(np.isfinite(treed), treed, found[chosen])
    return found


def _tree(
    sign: Array,
    strike: Array,
    years: Array,
    spot: Array,
    volatility: Array,
    rates: tuple[float, float],
    steps: int,
) -> Array:
    rate, dividend_yield = rates
    step = years / steps
    deviation = volatility * np.sqrt(years)
    d2 = (np.log(spot / strike) + (rate - dividend_yield) * years) / deviation - deviation / 2
    up_chance = _inverted(d2, steps)
    growth = np.exp((rate - dividend_yield) * step)
    with np.errstate(divide="ignore", invalid="ignore"):
        up = growth * _inverted(d2 + deviation, steps) / up_chance
        down = (growth - up_chance * up) / (1 - up_chance)
    discount = np.exp(-rate * step)
    rises = np.arange(steps + 1)
    prices = spot[:, None] * up[:, None] ** rises * down[:, None] ** (steps - rises)
    held = np.maximum(sign[:, None] * (prices - strike[:, None]), 0.0)
    rising, falling = (discount * up_chance)[:, None], (discount * (1 - up_chance))[:, None]
    for _ in range(steps):
        prices = prices[:, 1:] / up[:, None]
        held = rising * held[:, 1:] + falling * held[:, :-1]
        held = np.maximum(held, sign[:, None] * (prices - strike[:, None]))
    first: Array = held[:, 0]
    return first


def _inverted(z: Array, steps: int) -> Array:
    """Return the chance of a rise whose binomial sums follow the normal distribution at z."""
    share = z / (steps + 1 / 3 + 0.1 / (steps + 1))
    inside = -np.expm1(-share * share * (steps + 1 / 6))
    found: Array = 0.5 + np.copysign(0.5 * np.sqrt(inside), z)
    return found
