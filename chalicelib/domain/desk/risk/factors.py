"""What moves a book in a day (B-09): each underlying's price, and its implied volatility with it.

A day's change of price is S × IV × √(1/252) × z; z are correlated over underlyings as their daily returns
were. Volatility moves by its own usual daily change, correlated with its price. An underlying without a
history of returns offsets nothing: its figures are added to the others'.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final

import numpy as np

from chalicelib.domain.desk.risk.holdings import Holdings
from chalicelib.domain.options.normal import Array

TRADING_DAYS: Final = 252
#: How volatility moves with price unless history says else.
RHO: Final = -0.7


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Mover:
    """One underlying's day. `iv` is the 30-day at-the-money one, yearly; `iv_points` its usual daily change.

    `returns` are its last 60 daily ones, the newest last; None: there is no history.
    """

    holdings: Holdings
    iv: float
    iv_points: float
    rho: float = RHO
    returns: Array | None = None

    @property
    def daily(self) -> float:
        """Return the deviation of a day's return."""
        return self.iv * sqrt(1 / TRADING_DAYS)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Group:
    """Underlyings that move together: the correlations of their prices."""

    movers: tuple[Mover, ...]
    correlation: Array


def groups_of(movers: Sequence[Mover]) -> tuple[Group, ...]:
    """Return those with a history together, and each of the others by itself."""
    known = tuple(one for one in movers if one.returns is not None)
    alone = tuple(one for one in movers if one.returns is None)
    together = (Group(movers=known, correlation=_correlation(known)),) if known else ()
    return together + tuple(Group(movers=(one,), correlation=np.ones((1, 1))) for one in alone)


def _correlation(movers: Sequence[Mover]) -> Array:
    """Return a correlation over the days that all have; what does not move is correlated with nothing."""
    rows = [one.returns for one in movers if one.returns is not None]
    days = min(len(row) for row in rows)
    moved = np.array([row[len(row) - days :] for row in rows])
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Array = np.nan_to_num(np.atleast_2d(np.corrcoef(moved)))
    np.fill_diagonal(found, 1.0)
    return found
