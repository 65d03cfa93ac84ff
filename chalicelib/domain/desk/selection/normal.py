"""The normal distribution and lognormal ends for many prices at once."""

from math import erf, sqrt
from typing import Final

import numpy as np
import numpy.typing as npt

from chalicelib.domain.desk.selection.view import View

Array = npt.NDArray[np.float64]

#: numpy has no error function, and its own polynomial would be a second truth beside `normal_below`.
_ERF: Final = np.frompyfunc(erf, 1, 1)
_ROOT: Final = 1.0 / sqrt(2.0)


def normal_below(x: Array) -> Array:
    """Return the probabilities that a standard normal variable is below each x."""
    return (1.0 + np.asarray(_ERF(x * _ROOT), dtype=np.float64)) * 0.5


def normal_density(x: Array) -> Array:
    """Return the density of a standard normal variable at each x."""
    return np.exp(-0.5 * x * x) / sqrt(2.0 * np.pi)


def ends_below(prices: Array, view: View) -> Array:
    """Return `View.ends_below` for many prices; infinity is above everything, 0 and less below."""
    deviation = view.sigma * sqrt(max(view.years, 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        moved = np.log(np.maximum(prices, 0.0) / view.spot)
    if deviation <= 0:
        return np.where(moved > 0, 1.0, 0.0)
    return normal_below(moved / deviation + deviation / 2)


def mean_payoffs(
    strikes: Array, is_call: "npt.NDArray[np.bool_] | bool", spot: float, deviation: "Array | float"
) -> Array:
    """Return what options pay on average at their expiry, per share: zero drift, deviation above 0."""
    d1 = np.log(spot / strikes) / deviation + np.asarray(deviation) / 2
    sign = np.where(is_call, 1.0, -1.0)
    return sign * (spot * normal_below(sign * d1) - strikes * normal_below(sign * (d1 - deviation)))
