"""Structures side by side as arrays, ranked by EV_net (B-04).

Ties go to the higher POP. What brings less than the least credit at the mid, more than its wing (quotes that
cannot be), or loses more by gamma in a one per cent move than is allowed, is no candidate.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from chalicelib.domain.desk.selection.economics import ev_net, gamma_loss
from chalicelib.domain.desk.selection.legs import LegQuote
from chalicelib.domain.desk.selection.view import View

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

#: Less than any price step: sums of floats miss a limit by as much.
_NOTHING = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Demands:
    """What every candidate must meet: dollars per share, dollars of one structure (None: its max profit)."""

    view: View
    multiplier: float
    friction: float
    min_credit: float = 0.0
    gamma_loss_max: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """The best structure of an expiry, how many there were, the best credit seen.

    `make_legs` None: no candidate. Legs are made of the first of all expiries alone.
    """

    candidates: int = 0
    best_credit: float | None = None
    ev_net: float = 0.0
    pop: float = 0.0
    make_legs: Callable[[], tuple[LegQuote, ...]] | None = None

    @property
    def is_found(self) -> bool:
        """Say whether there is a candidate."""
        return self.make_legs is not None

    @property
    def legs(self) -> tuple[LegQuote, ...]:
        """Return the legs of the best structure, none without a candidate."""
        return () if self.make_legs is None else self.make_legs()

    def order(self, dte: int) -> tuple[float, float, int]:
        """Return what expiries are compared by: EV, POP, the shorter DTE."""
        return self.ev_net, self.pop, -dte


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Figures:
    """Structures side by side, each array of one shape; profits and losses in dollars."""

    credit: Array
    pop: Array
    max_profit: Array
    max_loss: Array
    gamma: Array
    fits: Mask


@dataclass(frozen=True, slots=True, kw_only=True)
class Best:
    """The best of some structures by its flat index, and what was seen of all of them."""

    index: int | None
    ev_net: float
    pop: float
    candidates: int
    best_credit: float | None


def best_of(figures: Figures, demands: Demands) -> Best:
    """Rank structures and return the first."""
    credit = float(np.max(figures.credit, where=figures.fits, initial=-np.inf))
    limit = figures.max_profit if demands.gamma_loss_max is None else demands.gamma_loss_max
    fits = figures.fits & (figures.credit >= demands.min_credit - _NOTHING) & (figures.max_loss >= 0)
    fits &= gamma_loss(figures.gamma, demands.view.spot) <= limit / demands.multiplier
    count = int(np.count_nonzero(fits))
    seen = credit if np.isfinite(credit) else None
    if not count:
        return Best(index=None, ev_net=0.0, pop=0.0, candidates=0, best_credit=seen)
    ranked = ev_net(figures.pop, figures.max_profit, figures.max_loss, demands.friction)
    ranked[~fits] = -np.inf
    index = _first(ranked, figures.pop)
    return Best(
        index=index,
        ev_net=float(ranked.flat[index]),
        pop=float(figures.pop.flat[index]),
        candidates=count,
        best_credit=seen,
    )


def _first(ranked: Array, pop: Array) -> int:
    """Return where the highest value is; of equals, where the probability is higher."""
    index = int(ranked.argmax())
    is_top = ranked == ranked.flat[index]
    if np.count_nonzero(is_top) == 1:
        return index
    return int(np.argmax(np.where(is_top, pop, -1.0)))


def better(found: Ranked, best: Best, legs_of: Callable[[int], tuple[LegQuote, ...]]) -> Ranked:
    """Return the better of what was found and some more structures; counts add up."""
    seen = [credit for credit in (found.best_credit, best.best_credit) if credit is not None]
    is_first = not found.is_found or (best.ev_net, best.pop) > (found.ev_net, found.pop)
    is_better = best.index is not None and is_first
    return Ranked(
        candidates=found.candidates + best.candidates,
        best_credit=max(seen, default=None),
        ev_net=best.ev_net if is_better else found.ev_net,
        pop=best.pop if is_better else found.pop,
        make_legs=partial(legs_of, best.index) if best.index is not None and is_first else found.make_legs,
    )
