"""Implied volatilities of many prices at once.

What an option is worth above its intrinsic value is the price of its out-of-the-money twin (put-call parity),
which keeps its digits, so that one is solved for. Newton's steps start at the inflection of the price over
volatility, from where they cannot overshoot (Manaster and Koehler, 1982); below it they run on the price's
logarithm, which is the straighter there. A step out of the bounds known so far gives way to halving them.
"""

from typing import Final

import numpy as np

from chalicelib.domain.options.arrays import Contracts, Flags, Numbers, values
from chalicelib.domain.options.normal import Array, normal_density

VOLATILITY_MAX: Final = 20.0
_VOLATILITY_MIN: Final = 1e-4
_YEARS_MIN: Final = 1e-12
_STEPS: Final = 60
#: Relative to the price of the twin.
_EXACT: Final = 1e-12
#: Relative to the forward: what the distribution's own error makes of a value; nothing comes nearer.
_NOISE: Final = 1e-12
#: A price of so many times that noise has digits enough to say by itself whether a step has arrived.
_CLEAR: Final = 1e6


def implied_volatilities(
    contracts: Contracts,
    prices: Array,
    spot: Numbers,
    *,
    rate: float = 0.0,
    dividend_yield: float = 0.0,
) -> Array:
    """Return yearly volatilities; NaN where no volatility explains the price, or its option is at its end."""
    years = np.maximum(contracts.years, 0.0)
    forward = spot * np.exp((rate - dividend_yield) * years)
    discount = np.exp(-rate * years)
    twin = Contracts(is_call=contracts.strike >= forward, strike=contracts.strike, years=contracts.years)
    sign = np.where(contracts.is_call, 1.0, -1.0)
    intrinsic = np.maximum(sign * (forward - contracts.strike), 0.0) * discount
    worth = (prices - intrinsic) / discount
    limit = np.minimum(forward, contracts.strike)
    is_sound = (years > 0) & (worth > 0) & (worth < limit)
    found = _solve(twin, np.where(is_sound, worth, 0.1 * limit), forward)
    is_sound &= (found > _VOLATILITY_MIN) & (found < VOLATILITY_MAX)
    result: Array = np.where(is_sound, found, np.nan)
    return result


def _solve(twin: Contracts, worth: Array, forward: Array) -> Array:
    """Solve for undiscounted prices of options that are out of the money (or at it)."""
    sigma = np.clip(_inflection(twin, forward), _VOLATILITY_MIN, VOLATILITY_MAX)
    low, high = np.full_like(sigma, _VOLATILITY_MIN / 2), np.full_like(sigma, VOLATILITY_MAX * 2)
    is_below = values(twin, forward, sigma) > worth
    left = np.arange(len(sigma))
    for _ in range(_STEPS):
        at, tried, wanted = _only(twin, left), sigma[left], worth[left]
        price = values(at, forward[left], tried)
        low[left] = np.where(price < wanted, tried, low[left])
        high[left] = np.where(price > wanted, tried, high[left])
        moved = tried - _step(at, forward[left], tried, price, wanted, is_below[left])
        is_inside = (moved > low[left]) & (moved < high[left])
        is_open = np.abs(price - wanted) > _tolerance(wanted, forward[left])
        sigma[left] = np.where(is_open, np.where(is_inside, moved, np.sqrt(low[left] * high[left])), tried)
        left = left[is_open]
        if not len(left):
            break
    return sigma


def _inflection(twin: Contracts, forward: Array) -> Array:
    """Return where the price over volatility turns from convex to concave."""
    found: Array = np.sqrt(2 * np.abs(np.log(forward / twin.strike)) / np.maximum(twin.years, _YEARS_MIN))
    return found


def _step(
    twin: Contracts, forward: Array, sigma: Array, price: Array, worth: Array, is_below: Flags
) -> Array:
    root = np.sqrt(np.maximum(twin.years, _YEARS_MIN))
    deviation = sigma * root
    vega = forward * normal_density(np.log(forward / twin.strike) / deviation + deviation / 2) * root
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        found: Array = np.where(is_below, np.log(price / worth) * price, price - worth) / vega
    return found


def _tolerance(worth: Array, forward: Array) -> Array:
    noise = _NOISE * forward
    found: Array = np.where(worth > _CLEAR * noise, np.maximum(_EXACT * worth, noise), _EXACT * worth)
    return found


def _only(contracts: Contracts, chosen: "np.typing.NDArray[np.intp]") -> Contracts:
    return Contracts(
        is_call=contracts.is_call[chosen], strike=contracts.strike[chosen], years=contracts.years[chosen]
    )
