"""Black-Scholes: values and Greeks of a European option on an asset without dividends; floats throughout.

`years` and `volatility` are yearly (0.25 is 25 %), `rate` is continuous and yearly. At no time left or no
volatility the value is the discounted intrinsic value. Source: J. C. Hull, Options, Futures, and Other
Derivatives, chapters "The Black-Scholes-Merton model" and "The Greek letters", whose examples the tests hold
it to.
"""

from dataclasses import dataclass
from math import erf, exp, log, pi, sqrt
from typing import Final

from chalicelib.domain.instruments.symbols import OptionType

_DAYS_A_YEAR: Final = 365
_POINTS: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What a model needs beside strike and right: the underlying's price, and time, rate and volatility."""

    spot: float
    years: float
    rate: float
    volatility: float

    @property
    def deviation(self) -> float:
        """Return the standard deviation of the logarithm of the underlying's price at the end."""
        return self.volatility * sqrt(max(self.years, 0.0))

    @property
    def discount(self) -> float:
        """Return what a dollar at the end is worth now."""
        return exp(-self.rate * max(self.years, 0.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Greeks:
    """Per share: delta signed by right, gamma per dollar, vega per volatility point, theta per day."""

    delta: float
    gamma: float
    vega: float
    theta: float


def normal_below(x: float) -> float:
    """Return the probability that a standard normal variable is below x."""
    return (1 + erf(x / sqrt(2))) / 2


def value(right: OptionType, strike: float, at: Conditions) -> float:
    """Return the option's value per share."""
    sign = 1 if right is OptionType.CALL else -1
    forward_paid = strike * at.discount
    if at.spot <= 0 or at.deviation <= 0:
        return max(sign * (at.spot - forward_paid), 0.0)
    d1, d2 = _d1_d2(strike, at)
    return sign * (at.spot * normal_below(sign * d1) - forward_paid * normal_below(sign * d2))


def greeks(right: OptionType, strike: float, at: Conditions) -> Greeks:
    """Return the option's Greeks; raises ValueError without time, volatility or a price: there are none."""
    if at.spot <= 0 or at.deviation <= 0:
        raise ValueError("Greeks need time, volatility and a price")
    sign = 1 if right is OptionType.CALL else -1
    d1, d2 = _d1_d2(strike, at)
    density = exp(-d1 * d1 / 2) / sqrt(2 * pi)
    decay = -at.spot * density * at.volatility / (2 * sqrt(at.years))
    carry = -sign * at.rate * strike * at.discount * normal_below(sign * d2)
    return Greeks(
        delta=sign * normal_below(sign * d1),
        gamma=density / (at.spot * at.deviation),
        vega=at.spot * density * sqrt(at.years) / _POINTS,
        theta=(decay + carry) / _DAYS_A_YEAR,
    )


def _d1_d2(strike: float, at: Conditions) -> tuple[float, float]:
    d1 = (log(at.spot / strike) + at.rate * at.years) / at.deviation + at.deviation / 2
    return d1, d1 - at.deviation
