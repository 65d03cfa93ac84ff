"""Black-Scholes for many European options at once: values and Greeks, floats that broadcast.

The same law as `black_scholes`, with a yearly yield of the underlying besides: `rate` and `dividend_yield`
are continuous, volatilities yearly (0.25 is 25 %). Source: J. C. Hull, Options, Futures, and Other
Derivatives, "Options on Stock Indices and Currencies".
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

from chalicelib.domain.options.normal import Array, normal_below, normal_density

Flags = npt.NDArray[np.bool_]
Numbers = Array | float
_DAYS_A_YEAR: Final = 365
_POINTS: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Contracts:
    """Options by column: which are calls, strikes, and years to their ends (0 and less: they are at them)."""

    is_call: Flags
    strike: Array
    years: Array


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GreekColumns:
    """Per share: delta, gamma per dollar, vega per volatility point, theta per calendar day; NaN: none."""

    delta: Array
    gamma: Array
    vega: Array
    theta: Array


@dataclass(frozen=True, kw_only=True, eq=False)
class _Placed:
    """Where the ends lie: the forward's and the strike's worth now, the deviation, d1 and d2.

    `sign` is 1 of calls and -1 of puts, `grown` what the yield leaves of a share.
    """

    sign: Array
    grown: Array
    asset: Array
    paid: Array
    deviation: Array
    d1: Array
    d2: Array

    @cached_property
    def in_shares(self) -> Array:
        """Return the probability of ending in the money as shares count it: N(±d1)."""
        return normal_below(self.sign * self.d1)

    def values(self) -> Array:
        """Return values per share."""
        alive = self.sign * (self.asset * self.in_shares - self.paid * normal_below(self.sign * self.d2))
        intrinsic = np.maximum(self.sign * (self.asset - self.paid), 0.0)
        found: Array = np.where(self.deviation > 0, alive, intrinsic)
        return found


def values(
    contracts: Contracts,
    spot: Numbers,
    volatility: Numbers,
    *,
    rate: float = 0.0,
    dividend_yield: float = 0.0,
) -> Array:
    """Return values per share; without time or volatility the discounted intrinsic ones."""
    return _placed(contracts, spot, volatility, rate, dividend_yield).values()


def greeks(
    contracts: Contracts,
    spot: Numbers,
    volatility: Numbers,
    *,
    rate: float = 0.0,
    dividend_yield: float = 0.0,
) -> GreekColumns:
    """Return Greeks; NaN without time, volatility or a price: there are none."""
    at = _placed(contracts, spot, volatility, rate, dividend_yield)
    return _greeks(at, contracts, spot, volatility, rate, dividend_yield)


def values_and_greeks(contracts: Contracts, spot: Numbers, volatility: Numbers) -> tuple[Array, GreekColumns]:
    """Return both without rate and yield, each as it is alone: what they share is worked out once."""
    at = _placed(contracts, spot, volatility, 0.0, 0.0)
    return at.values(), _greeks(at, contracts, spot, volatility, 0.0, 0.0)


def _greeks(
    at: _Placed,
    contracts: Contracts,
    spot: Numbers,
    volatility: Numbers,
    rate: float,
    dividend_yield: float,
) -> GreekColumns:
    is_alive = (at.deviation > 0) & (np.asarray(spot) > 0)
    years, grown = np.where(is_alive, contracts.years, np.nan), np.where(is_alive, at.grown, np.nan)
    root = np.sqrt(years)
    density = normal_density(at.d1) * grown
    theta = -np.asarray(spot) * density * volatility / (2 * root)
    if rate or dividend_yield:
        theta = theta + at.sign * (
            dividend_yield * at.asset * at.in_shares - rate * at.paid * normal_below(at.sign * at.d2)
        )
    return GreekColumns(
        delta=at.sign * grown * at.in_shares,
        gamma=density / (spot * at.deviation),
        vega=spot * density * root / _POINTS,
        theta=theta / _DAYS_A_YEAR,
    )


def _placed(
    contracts: Contracts, spot: Numbers, volatility: Numbers, rate: float, dividend_yield: float
) -> _Placed:
    years = np.maximum(contracts.years, 0.0)
    grown = np.exp(-dividend_yield * years)
    asset = spot * grown
    paid = contracts.strike * (grown if rate == dividend_yield else np.exp(-rate * years))
    deviation = np.asarray(volatility * np.sqrt(years))
    with np.errstate(divide="ignore", invalid="ignore"):
        d1 = np.log(asset / paid) / deviation + deviation / 2
    return _Placed(
        sign=np.where(contracts.is_call, 1.0, -1.0),
        grown=grown,
        asset=asset,
        paid=paid,
        deviation=deviation,
        d1=d1,
        d2=d1 - deviation,
    )
