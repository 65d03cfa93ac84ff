"""Lognormal ends for many prices at once."""

from math import sqrt

import numpy as np
import numpy.typing as npt

from chalicelib.domain.desk.selection.view import View
from chalicelib.domain.options.normal import Array, normal_below


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
