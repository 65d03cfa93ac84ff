"""A book over moves of price and volatility at once (B-14): every leg valued anew at each crossing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from chalicelib.domain.desk.risk.holdings import Holdings

#: Shares of each underlying's price, and volatility points added to each leg's own.
MOVES: Final = (-0.10, -0.05, -0.03, -0.02, -0.01, 0.0, 0.01, 0.02, 0.03, 0.05, 0.10)
POINTS: Final = (-5.0, 0.0, 5.0, 10.0, 20.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surface:
    """The P&L in dollars against now: a row for each move, a column for each shift of volatility."""

    moves: tuple[float, ...]
    points: tuple[float, ...]
    dollars: tuple[tuple[float, ...], ...]


def surface(book: Sequence[Holdings], days: float = 0.0) -> Surface:
    """Return what a book would have made where every underlying moves alike, `days` calendar days on.

    A leg that ends in these days is worth what it pays at the price that stands then.
    """
    total = np.zeros((len(MOVES), len(POINTS)))
    for one in book:
        prices = one.price * (1 + np.array(MOVES))
        before = one.worth(np.array([one.price]), np.zeros(1), 0.0)[0, 0]
        total += one.worth(prices, np.array(POINTS), days) - before
    return Surface(
        moves=MOVES, points=POINTS, dollars=tuple(tuple(float(one) for one in row) for row in total)
    )
