"""Implied volatilities of many prices at once.

What an option is worth above its intrinsic value is the price of its out-of-the-money twin (put-call parity),
which keeps its digits, so that one is solved for. Newton's steps start at the inflection of the price over
volatility, from where they cannot overshoot (Manaster and Koehler, 1982); below it they run on the price's
logarithm, which is the straighter there. What is left after a few steps is halved down.
"""

from typing import Final

import numpy as np

from chalicelib.domain.options.arrays import Contracts, Numbers, values
from chalicelib.domain.options.normal import Array, normal_density

VOLATILITY_MAX: Final = 20.0
_VOLATILITY_MIN: Final = 1e-4
_STEPS: Final = 7
_HALVINGS: Final = 60
#: Relative to the price of the twin.
_EXACT: Final = 1e-12


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
    years = np.maximum(twin.years, 1e-12)
    root = np.sqrt(years)
    moneyness = np.log(forward / twin.strike)
    sigma = np.clip(np.sqrt(2 * np.abs(moneyness) / years), 0.05, VOLATILITY_MAX)
    for _ in range(_STEPS):
        price = values(twin, forward, sigma)
        deviation = sigma * root
        vega = forward * normal_density(moneyness / deviation + deviation / 2) * root
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            straight = (price - worth) / vega
            bent = np.log(price / worth) * price / vega
        step = np.where(price > worth, bent, straight)
        moved = sigma - np.where(np.isfinite(step), step, 0.0)
        sigma = np.clip(moved, sigma / 4, np.minimum(sigma * 4, VOLATILITY_MAX))
    rough = np.abs(values(twin, forward, sigma) - worth) > _EXACT * worth
    if rough.any():
        sigma[rough] = _halved(_only(twin, rough), worth[rough], forward[rough])
    return sigma


def _only(contracts: Contracts, chosen: "np.typing.NDArray[np.bool_]") -> Contracts:
    return Contracts(
        is_call=contracts.is_call[chosen], strike=contracts.strike[chosen], years=contracts.years[chosen]
    )


def _halved(twin: Contracts, worth: Array, forward: Array) -> Array:
    low, high = np.full_like(worth, _VOLATILITY_MIN / 2), np.full_like(worth, VOLATILITY_MAX * 2)
    for _ in range(_HALVINGS):
        middle = np.sqrt(low * high)
        is_dearer = values(twin, forward, middle) > worth
        high = np.where(is_dearer, middle, high)
        low = np.where(is_dearer, low, middle)
    found: Array = np.sqrt(low * high)
    return found
