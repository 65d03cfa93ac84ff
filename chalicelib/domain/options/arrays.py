"""Black-Scholes for many European options at once: values and Greeks, floats that broadcast.

The same law as `black_scholes`, with a yearly yield of the underlying besides: `rate` and `dividend_yield`
are continuous, volatilities yearly (0.25 is 25 %). Source: J. C. Hull, Options, Futures, and Other
Derivatives, "Options on Stock Indices and Currencies".
"""

from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Placed:
    """Where the ends lie: the forward's and the strike's worth now, the deviation, d1 and d2."""

    asset: Array
    paid: Array
    deviation: Array
    d1: Array
    d2: Array


def values(
    contracts: Contracts,
    spot: Numbers,
    volatility: Numbers,
    *,
    rate: float = 0.0,
    dividend_yield: float = 0.0,
) -> Array:
    """Return values per share; without time or volatility the discounted intrinsic ones."""
    at = _placed(contracts, spot, volatility, rate, dividend_yield)
    sign = np.where(contracts.is_call, 1.0, -1.0)
    alive = sign * (at.asset * normal_below(sign * at.d1) - at.paid * normal_below(sign * at.d2))
    found: Array = np.where(at.deviation > 0, alive, np.maximum(sign * (at.asset - at.paid), 0.0))
    return found


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
    sign = np.where(contracts.is_call, 1.0, -1.0)
    years = np.where((at.deviation > 0) & (np.asarray(spot) > 0), contracts.years, np.nan)
    grown = np.exp(-dividend_yield * years)
    density = normal_density(at.d1) * grown
    decay = -np.asarray(spot) * density * volatility / (2 * np.sqrt(years))
    carry = sign * (
        dividend_yield * at.asset * normal_below(sign * at.d1) - rate * at.paid * normal_below(sign * at.d2)
    )
    return GreekColumns(
        delta=sign * grown * normal_below(sign * at.d1),
        gamma=density / (spot * at.deviation),
        vega=spot * density * np.sqrt(years) / _POINTS,
        theta=(decay + carry) / _DAYS_A_YEAR,
    )


def _placed(
    contracts: Contracts, spot: Numbers, volatility: Numbers, rate: float, dividend_yield: float
) -> _Placed:
    years = np.maximum(contracts.years, 0.0)
    asset = spot * np.exp(-dividend_yield * years)
    paid = contracts.strike * np.exp(-rate * years)
    deviation = np.asarray(volatility * np.sqrt(years))
    with np.errstate(divide="ignore", invalid="ignore"):
        d1 = np.log(asset / paid) / deviation + deviation / 2
    return _Placed(asset=asset, paid=paid, deviation=deviation, d1=d1, d2=d1 - deviation)
