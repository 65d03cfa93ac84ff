"""Short strikes and their wings in one expiry and right: what spreads, condors and flies are made of."""

from bisect import bisect_left
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

    def chosen(self, rows: "Indices | npt.NDArray[np.bool_] | slice") -> "Verticals":
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
    known, sizes = chain.side(right).sizes
    if not wanted.is_target:
        return known[(sizes >= float(wanted.low)) & (sizes <= float(wanted.high))]
    if not len(known):
        return known
    return known[[(np.abs(sizes - float(wanted.low)) + _NARROWER * sizes).argmin()]]


def verticals(chain: ExpiryChain, right: OptionType, shorts: Indices, width: Between) -> Verticals:
    """Return each short strike with its wings further out: those in the range, or the nearest to a target."""
    if width.is_target:
        return _nearest_wings(chain, right, shorts, float(width.low))
    strikes = chain.strikes
    distance = _outwards(right) * (strikes[None, :] - strikes[shorts][:, None])
    is_wing = (distance > 0) & chain.side(right).is_listed[None, :]
    inside = is_wing & (distance >= float(width.low)) & (distance <= float(width.high))
    rows, columns = np.nonzero(inside)
    return _pairs(chain, right, shorts[rows], columns, distance[rows, columns])


def _nearest_wings(chain: ExpiryChain, right: OptionType, shorts: Indices, width: float) -> Verticals:
    """Return each short strike that has one with the wing nearest to a width.

    Strikes ascend, so that the nearest is one of the two listed around the width.
    """
    outwards = _outwards(right)
    places, strikes = chain.listed[right]
    found: list[tuple[int, int, float]] = []
    for short, strike in zip(shorts.tolist(), chain.strikes[shorts].tolist(), strict=True):
        around = bisect_left(strikes, strike + outwards * width)
        wings = [
            (abs(distance - width) + _NARROWER * distance, place, distance)
            for place in range(max(around - 1, 0), min(around + 2, len(strikes)))
            if (distance := outwards * (strikes[place] - strike)) > 0
        ]
        if wings:
            _, nearest, distance = min(wings)
            found.append((short, places[nearest], distance))
    rows, far = (np.array([one[which] for one in found], dtype=np.intp) for which in (0, 1))
    return _pairs(chain, right, rows, far, np.array([distance for _, _, distance in found]))


def _outwards(right: OptionType) -> float:
    return -1.0 if right is OptionType.PUT else 1.0


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
