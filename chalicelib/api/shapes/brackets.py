"""The grid of the bracket explorer (issue 14)."""

from collections.abc import Sequence
from math import inf

from chalicelib.domain.json_value import JsonValue
from chalicelib.services.analysis.brackets import Explored, Point

#: Sums of dollars; what is beyond is the noise of floats.
_DIGITS = 6


def shape_brackets(found: Explored) -> dict[str, JsonValue]:
    """Write the grid, a list for each stop; no level is null."""
    grid = found.grid
    return {
        "trades": found.trades,
        "unseen": found.unseen,
        "is_cut": found.is_cut,
        "actual_pnl": round(found.actual, _DIGITS),
        "sl": _levels(found.stops),
        "tp": _levels(found.targets),
        "pnl": [[round(cell, _DIGITS) for cell in row] for row in grid.pnl.tolist()],
        "stopped": grid.stopped.tolist(),
        "reached": grid.reached.tolist(),
        "ambiguous": grid.ambiguous.tolist(),
        "chosen": _point(found.chosen),
        "best": _point(found.best),
    }


def _levels(levels: Sequence[float]) -> list[JsonValue]:
    return [None if one == inf else one for one in levels]


def _point(point: Point | None) -> JsonValue:
    if point is None:
        return None
    return {
        "sl": point.stop,
        "tp": point.target,
        "row": point.row,
        "column": point.column,
        "pnl": round(point.pnl, _DIGITS),
        "win_rate": point.win_rate,
        "stopped": point.stopped,
        "reached": point.reached,
        "ambiguous": point.ambiguous,
    }
