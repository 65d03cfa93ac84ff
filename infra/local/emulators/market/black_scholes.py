"""Black-Scholes prices, Greeks and implied volatilities over numpy arrays.

Units: prices in dollars per share, time in calendar years of 365 days, volatility and rates as yearly
fractions. Vega is per volatility point (0.01), theta per calendar day, rho and phi per one per cent.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Values = Array | float

YEAR_SECONDS: Final = 365 * 86_400.0
SHORTEST_YEARS: Final = 1.0 / YEAR_SECONDS
HIGHEST_VOLATILITY: Final = 5.0
BISECTIONS: Final = 40

# G. West, "Better approximations to cumulative normal functions" (2005), after Hart (1968).
_NUMERATOR: Final = (
    0.0352624965998911,
    0.700383064443688,
    6.37396220353165,
    33.912866078383,
    112.079291497871,
    221.213596169931,
    220.206867912376,
)
_DENOMINATOR: Final = (
    0.0883883476483184,
    1.75566716318264,
    16.064177579207,
    86.7807322029461,
    296.564248779674,
    637.333633378831,
    793.826512519948,
    440.413735824752,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Greeks:
    """Sensitivities per share; `delta` is the call's, the put's is one less."""

    delta: Array
    gamma: Array
    theta: Array
    vega: Array
    rho: Array
    phi: Array


@dataclass(frozen=True, slots=True, kw_only=True)
class Priced:
    """Calls and puts of the same strikes, in dollars per share, with the sensitivities of the calls."""

    call: Array
    put: Array
    greeks: Greeks


def normal_cdf(x: Array) -> Array:
    """Return the standard normal distribution function, exact to about 1e-14."""
    distance = np.minimum(np.abs(x), 7.0)
    top = _polynomial(_NUMERATOR, distance)
    bottom = _polynomial(_DENOMINATOR, distance)
    tail = np.exp(-0.5 * distance * distance) * top / bottom
    return np.asarray(np.where(x > 0, 1.0 - tail, tail), dtype=np.float64)


def _polynomial(coefficients: tuple[float, ...], x: Array) -> Array:
    """Return a polynomial, its highest power first (Horner)."""
    found = coefficients[0] * x + coefficients[1]
    for coefficient in coefficients[2:]:
        found *= x
        found += coefficient
    return np.asarray(found)


def _d1(
    spot: Values, strike: Values, years: Values, volatility: Values, rate: float, dividend: float
) -> Array:
    spread = volatility * np.sqrt(years)
    drift = (rate - dividend + 0.5 * np.square(volatility)) * years
    return np.asarray((np.log(np.divide(spot, strike)) + drift) / spread)


def call_price(
    spot: Values, strike: Values, years: Values, volatility: Values, rate: float, dividend: float
) -> Array:
    """Return the price of European calls; arguments broadcast against each other."""
    time = np.maximum(years, SHORTEST_YEARS)
    upper = _d1(spot, strike, time, volatility, rate, dividend)
    lower = upper - volatility * np.sqrt(time)
    carried = spot * np.exp(-dividend * time) * normal_cdf(upper)
    return np.asarray(carried - strike * np.exp(-rate * time) * normal_cdf(lower))


def put_price(
    spot: Values, strike: Values, years: Values, volatility: Values, rate: float, dividend: float
) -> Array:
    """Return the price of European puts, by parity with the calls."""
    time = np.maximum(years, SHORTEST_YEARS)
    call = call_price(spot, strike, time, volatility, rate, dividend)
    forward = strike * np.exp(-rate * time) - spot * np.exp(-dividend * time)
    return np.asarray(np.maximum(call + forward, 0.0), dtype=np.float64)


def greeks(
    spot: Values, strike: Array, years: Values, volatility: Array, rate: float, dividend: float
) -> Greeks:
    """Return the sensitivities of calls, in the units of the module's docstring."""
    return priced(spot, strike, years, volatility, rate, dividend).greeks


def priced(
    spot: Values, strike: Array, years: Values, volatility: Array, rate: float, dividend: float
) -> Priced:
    """Return what `call_price`, `put_price` and `greeks` do, with what they share computed once."""
    time = np.maximum(years, SHORTEST_YEARS)
    root = np.sqrt(time)
    upper = _d1(spot, strike, time, volatility, rate, dividend)
    lower = upper - volatility * root
    density = np.exp(-0.5 * upper * upper) / np.sqrt(2 * np.pi)
    carry = np.exp(-dividend * time)
    held = spot * carry
    paid = strike * np.exp(-rate * time)
    inside, exercised = normal_cdf(upper), normal_cdf(lower)
    decay = -held * density * volatility / (2 * root)
    call = np.asarray(held * inside - paid * exercised)
    sensitivities = Greeks(
        delta=np.asarray(carry * inside),
        gamma=np.asarray(carry * density / (spot * volatility * root)),
        theta=np.asarray((decay - rate * paid * exercised + dividend * held * inside) / 365),
        vega=np.asarray(held * density * root / 100),
        rho=np.asarray(paid * time * exercised / 100),
        phi=np.asarray(-held * time * inside / 100),
    )
    put = np.asarray(np.maximum(call + (paid - held), 0.0), dtype=np.float64)
    return Priced(call=call, put=put, greeks=sensitivities)


def implied_call_volatility(
    premium: Array, spot: float, strike: Array, years: float, rate: float, dividend: float
) -> Array:
    """Solve for the volatility of each call premium by bisection; 0 where no volatility fits.

    A premium at or under the discounted intrinsic value, over the spot, or NaN has no solution.
    """
    low = np.full(premium.shape, 1e-4)
    high = np.full(premium.shape, HIGHEST_VOLATILITY)
    for _ in range(BISECTIONS):
        middle = 0.5 * (low + high)
        over = call_price(spot, strike, years, middle, rate, dividend) > premium
        high = np.where(over, middle, high)
        low = np.where(over, low, middle)
    found = 0.5 * (low + high)
    solvable = np.isfinite(premium) & (premium > 0) & (found > 2e-4) & (found < HIGHEST_VOLATILITY - 1e-3)
    return np.where(solvable, found, 0.0)


def implied_put_volatility(
    premium: Array, spot: float, strike: Array, years: float, rate: float, dividend: float
) -> Array:
    """Solve for the volatility of each put premium, through the call of equal volatility."""
    parity = spot * np.exp(-dividend * years) - strike * np.exp(-rate * years)
    solved = implied_call_volatility(premium + parity, spot, strike, years, rate, dividend)
    return np.where(premium > 0, solved, 0.0)
