"""What any stop and any target would have made of the same entries (issue 14): a grid of P&L.

Only what was seen counts. A stop is left at the mark that shows it passed, which is at the level or beyond;
a target brings its level, whatever the mark beyond it. What no level ends, ends as it did. Where what was
seen cannot tell which level came first, the stop did: at a mark beyond the target after a gap in the marks,
and where the worst price of the minutes is beyond a stop that no mark shows.

Per cents are of a trade's risk basis, as everywhere. Columns are in the order of time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]

#: Snapshots come every two minutes at worst, and old ones are kept by five minutes: what lies further apart
#: in open market was not looked at.
GAP_SECONDS: Final = 360.0
_PER_CENT: Final = 100.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Path:
    """One ended trade as it was seen: `results` in per cent of `basis` before fees, from 0 at its entry on.

    The last result is the one that it ended with. `clock` are the seconds of open market at each of them.
    `basis` and `fees` are dollars; `worst` is the worst result that minutes showed, None: none were read.
    `is_unseen`: it has no marks, so that nothing says what a level would have done; it ends as it did.
    """

    results: Array
    clock: Array
    basis: float
    fees: float
    worst: float | None = None
    is_unseen: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Grid:
    """A row for each stop, a column for each target: P&L in dollars net of fees, and counts of trades.

    `ambiguous` of those that were `stopped` are so for want of better knowledge.
    """

    pnl: Array
    wins: Counts
    stopped: Counts
    reached: Counts
    ambiguous: Counts


def explore(paths: Sequence[Path], stops: Sequence[float], targets: Sequence[float]) -> Grid:
    """Return what stops (per cent lost) and targets (per cent gained) would have made; infinite is none."""
    lost, gained = np.asarray(stops, dtype=np.float64), np.asarray(targets, dtype=np.float64)
    shape = (len(lost), len(gained))
    pnl = np.zeros(shape)
    wins, stopped, reached, ambiguous = (np.zeros(shape, dtype=np.int64) for _ in range(4))
    for path in paths:
        found = _of_one(path, lost, gained)
        pnl += found.pnl
        wins += found.wins
        stopped += found.stopped
        reached += found.reached
        ambiguous += found.ambiguous
    return Grid(pnl=pnl, wins=wins, stopped=stopped, reached=reached, ambiguous=ambiguous)


def _of_one(path: Path, lost: Array, gained: Array) -> Grid:
    if path.is_unseen:
        return _as_it_was(path, (len(lost), len(gained)))
    results = path.results
    last = len(results) - 1
    # The lowest and the highest so far never turn round, so that the first at a level is searched for.
    fallen = np.searchsorted(-np.minimum.accumulate(results), lost, side="left")
    risen = np.searchsorted(np.maximum.accumulate(results), gained, side="left")
    stop_at, target_at = fallen[:, None], risen[None, :]
    is_stopped = (stop_at <= last) & (stop_at < target_at)
    is_reached = (target_at <= last) & ~is_stopped
    is_doubtful = _doubtful(path, lost, risen, last) & ~is_stopped & np.isfinite(lost)[:, None]
    at_stop = results[np.minimum(fallen, last)][:, None]
    ended = np.where(is_reached, gained[None, :], results[last])
    ended = np.where(is_stopped, at_stop, ended)
    ended = np.where(is_doubtful, np.where(np.isfinite(lost), -lost, 0.0)[:, None], ended)
    pnl = ended / _PER_CENT * path.basis - path.fees
    return Grid(
        pnl=pnl,
        wins=(pnl > 0).astype(np.int64),
        stopped=(is_stopped | is_doubtful).astype(np.int64),
        reached=(is_reached & ~is_doubtful).astype(np.int64),
        ambiguous=is_doubtful.astype(np.int64),
    )


def _as_it_was(path: Path, shape: tuple[int, int]) -> Grid:
    pnl = np.full(shape, path.results[-1] / _PER_CENT * path.basis - path.fees)
    nothing = np.zeros(shape, dtype=np.int64)
    wins = (pnl > 0).astype(np.int64)
    return Grid(pnl=pnl, wins=wins, stopped=nothing, reached=nothing, ambiguous=nothing)


def _doubtful(path: Path, lost: Array, risen: Counts, last: int) -> npt.NDArray[np.bool_]:
    """Say where the stop may have come first though no mark shows it: a row a stop, a column a target."""
    after_gap = np.concatenate(([False], np.diff(path.clock) > GAP_SECONDS))
    by_gap = np.where(risen <= last, after_gap[np.minimum(risen, last)], False)
    unseen = np.zeros(len(lost), dtype=bool)
    if path.worst is not None:
        unseen = (path.worst <= -lost) & (path.results.min() > -lost)
    found: npt.NDArray[np.bool_] = by_gap[None, :] | unseen[:, None]
    return found


def open_seconds(instants: Array, opens: Array, closes: Array) -> Array:
    """Return how much open market lay before each instant; sessions in their order, all in seconds."""
    if not len(opens):
        return np.zeros(instants.shape)
    before = np.concatenate(([0.0], np.cumsum(closes - opens)))
    session = np.searchsorted(opens, instants, side="right") - 1
    inside = np.minimum(instants, closes[session]) - opens[session]
    found: Array = np.where(session < 0, 0.0, before[session] + inside)
    return found
