"""Value at risk by valuing everything anew over many days that could be (B-09), with the same factors.

All legs of an underlying move with the same two numbers, its price and the shift of its volatility. So a book
is valued on a grid of both, a day later, and read off in between: exact at the knots, cubic along the price,
straight along the shift. 10,000 days cost no more than the grid.
"""

from collections.abc import Iterable
from typing import Final

import numpy as np

from chalicelib.domain.desk.risk.factors import Group, Mover
from chalicelib.domain.desk.risk.value_at_risk import DAYS
from chalicelib.domain.options.normal import Array

PATHS: Final = 10_000
#: The days that could be are the same each time, so that a book that stands still has a figure that does.
SEED: Final = 252
_REACH: Final = 7.0
_PRICE_KNOTS: Final = 71
_SHIFT_KNOTS: Final = 11


def full_var(
    groups: Iterable[Group], confidences: tuple[float, ...], *, paths: int = PATHS, seed: int = SEED
) -> tuple[float, ...]:
    """Return for each confidence the dollars that a day's loss stays under, 0 at least; groups add up."""
    found = np.zeros(len(confidences))
    for group in groups:
        days = simulated(group, paths, seed)
        losses = -np.quantile(days, [1 - one for one in confidences])
        found += np.maximum(losses, 0.0)
    return tuple(float(one) for one in found)


def simulated(group: Group, paths: int, seed: int) -> Array:
    """Return the P&L in dollars of so many days of underlyings that move together."""
    drawn = np.random.default_rng(seed).standard_normal((2, len(group.movers), paths // 2))
    # Each day with its opposite: the mean of what is drawn is exactly nothing.
    z, w = np.concatenate([drawn, -drawn], axis=2)
    z = _root(group.correlation) @ z
    total = np.zeros(z.shape[1])
    for mover, move, own in zip(group.movers, z, w, strict=True):
        shift = mover.rho * move + np.sqrt(1 - mover.rho * mover.rho) * own
        total += _read(_surface(mover), move, shift)
    return total


def _root(correlation: Array) -> Array:
    """Return a root of a correlation, be it that it has no full rank."""
    size, turned = np.linalg.eigh(correlation)
    found: Array = turned * np.sqrt(np.maximum(size, 0.0))
    return found


def _surface(mover: Mover) -> Array:
    """Return the P&L a day later over deviations of price (rows) and of volatility (columns)."""
    held = mover.holdings
    moves = np.linspace(-_REACH, _REACH, _PRICE_KNOTS)
    shifts = np.linspace(-_REACH, _REACH, _SHIFT_KNOTS)
    prices = np.maximum(held.price * (1 + mover.daily * moves), held.price * 1e-6)
    worth = held.worth(prices, shifts * mover.iv_points, DAYS)
    before = held.worth(np.array([held.price]), np.zeros(1), 0.0)
    found: Array = worth - before[0, 0]
    return found


def _read(surface: Array, move: Array, shift: Array) -> Array:
    """Read a surface off between its knots; beyond its reach its edge stands."""
    row, t = _place(move, _PRICE_KNOTS)
    column, s = _place(shift, _SHIFT_KNOTS)
    rises = np.gradient(surface, axis=0)
    left, right = (_along(surface, rises, row, column + side, t) for side in (0, 1))
    found: Array = left + s * (right - left)
    return found


def _place(deviations: Array, knots: int) -> "tuple[np.typing.NDArray[np.intp], Array]":
    place = (np.clip(deviations, -_REACH, _REACH) + _REACH) * ((knots - 1) / (2 * _REACH))
    knot = np.minimum(place.astype(np.intp), knots - 2)
    return knot, place - knot


def _along(
    surface: Array,
    rises: Array,
    row: "np.typing.NDArray[np.intp]",
    column: "np.typing.NDArray[np.intp]",
    t: Array,
) -> Array:
    start, gain = surface[row, column], surface[row + 1, column] - surface[row, column]
    rise, next_rise = rises[row, column], rises[row + 1, column]
    bend = 3 * gain - 2 * rise - next_rise + t * (rise + next_rise - 2 * gain)
    found: Array = start + t * (rise + t * bend)
    return found
