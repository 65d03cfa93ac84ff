"""Short strikes and their wings in one expiry and right: what spreads, condors and flies are made of."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from chalicelib.domain.desk.selection.chains import ExpiryChain
from chalicelib.domain.desk.strategies.strategy import Between
from chalicelib.domain.instruments.symbols import OptionType

Array = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]

#: Of two strikes as near as one another the narrower wing is taken.
_NARROWER: Final = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Verticals:
    """Pairs of one right as indices of strikes; `credit` at the mid and `gamma`, both per share of a pair."""

    right: OptionType
    short: Indices
    far: Indices
    credit: Array
    width: Array
    gamma: Array

    def __len__(self) -> int:
        return len(self.short)

    def chosen(self, rows: "Indices | npt.NDArray[np.bool_]") -> "Verticals":
        """Return some of the pairs."""
        return Verticals(
            right=self.right,
            short=self.short[rows],
            far=self.far[rows],
            credit=self.credit[rows],
            width=self.width[rows],
            gamma=self.gamma[rows],
        )


def shorts_by_delta(chain: ExpiryChain, right: OptionType, wanted: Between) -> Indices:
    """Return the strikes whose delta lies in a range, or the one nearest to a target.

    Of two as near the one further out. A strike without a delta is none.
    """
    side = chain.side(right)
    sizes = np.where(side.is_listed, np.abs(side.delta), np.nan)
    known = np.flatnonzero(~np.isnan(sizes))
    if not wanted.is_target:
        return known[(sizes[known] >= float(wanted.low)) & (sizes[known] <= float(wanted.high))]
    if not len(known):
        return known
    apart = np.abs(sizes[known] - float(wanted.low)) + _NARROWER * sizes[known]
    return known[[int(np.argmin(apart))]]


def verticals(chain: ExpiryChain, right: OptionType, shorts: Indices, width: Between) -> Verticals:
    """Return each short strike with its wings further out: those in the range, or the nearest to a target."""
    strikes = chain.strikes
    outwards = -1.0 if right is OptionType.PUT else 1.0
    distance = outwards * (strikes[None, :] - strikes[shorts][:, None])
    is_wing = (distance > 0) & chain.side(right).is_listed[None, :]
    if width.is_target:
        apart = np.where(is_wing, np.abs(distance - float(width.low)) + _NARROWER * distance, np.inf)
        rows = np.flatnonzero(is_wing.any(axis=1))
        columns = np.argmin(apart[rows], axis=1) if len(rows) else rows
    else:
        inside = is_wing & (distance >= float(width.low)) & (distance <= float(width.high))
        rows, columns = np.nonzero(inside)
    return _pairs(chain, right, shorts[rows], columns, distance[rows, columns])


def _pairs(chain: ExpiryChain, right: OptionType, short: Indices, far: Indices, width: Array) -> Verticals:
    side = chain.side(right)
    mid = side.mid
    return Verticals(
        right=right,
        short=short,
        far=far,
        credit=mid[short] - mid[far],
        width=width,
        gamma=side.gamma[far] - side.gamma[short],
    )
