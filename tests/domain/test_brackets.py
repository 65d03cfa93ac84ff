"""The bracket explorer: against a plain walk over the marks, and by examples of each rule (issue 14)."""

from dataclasses import replace
from math import inf

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.analysis.brackets import GAP_SECONDS, Path, explore, open_seconds

STOPS = (10.0, 25.0, inf)
TARGETS = (15.0, 50.0, inf)


def path(*results: float, gaps: tuple[int, ...] = (), worst: float | None = None, fees: float = 0.0) -> Path:
    """Return a way from 0 over these results a minute apart, with gaps before some of them; basis 200 $."""
    steps = [GAP_SECONDS + 1 if number in gaps else 60.0 for number in range(1, len(results) + 1)]
    clock = np.concatenate(([0.0], np.cumsum(steps)))
    return Path(results=np.array([0.0, *results]), clock=clock, basis=200.0, fees=fees, worst=worst)


def at(found: Path, stop: float, target: float) -> tuple[float, str]:
    """Return the P&L in dollars at one point, and how the trade ended there."""
    grid = explore([found], [stop], [target])
    how = [name for name in ("stopped", "reached", "ambiguous") if getattr(grid, name)[0, 0]]
    return float(grid.pnl[0, 0]), " ".join(how) or "as it was"


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        # Left at the mark that shows the stop passed, which is beyond it; the later rise is nobody's.
        (path(5, -31, 60, 20), (-62.0, "stopped")),
        # A target brings its level, not the mark beyond it.
        (path(5, 70, -40, -40), (100.0, "reached")),
        # Neither level: as it was.
        (path(5, -10, 20), (40.0, "as it was")),
        # How it ended counts as what was seen last.
        (path(5, -40), (-80.0, "stopped")),
        (path(5, 55), (100.0, "reached")),
        # After a gap the stop may have come before the target.
        (path(5, 60, 20, gaps=(2,)), (-50.0, "stopped ambiguous")),
        # A gap that ends between the levels is nothing that was seen.
        (path(5, 10, 60, gaps=(2,)), (100.0, "reached")),
        # Minutes were below a stop that no mark shows: when, nobody knows.
        (path(5, 60, 20, worst=-26.0), (-50.0, "stopped ambiguous")),
        (path(5, 20, worst=-26.0), (-50.0, "stopped ambiguous")),
        (path(5, 60, 20, worst=-24.0), (100.0, "reached")),
        # Fees are those that were paid.
        (path(5, 60, fees=1.3), (98.7, "reached")),
    ],
)
def test_each_rule(found: Path, expected: tuple[float, str]) -> None:
    """Stop 25 %, target 50 %, of 200 $."""
    pnl, how = at(found, 25.0, 50.0)
    assert (round(pnl, 9), how) == expected


def test_without_levels_everything_ends_as_it_did() -> None:
    """The last cell of the grid is what was: gaps and unseen lows are nothing without a stop."""
    found = [path(5, -80, 7.5, gaps=(1, 3), worst=-95.0), path(-3.25)]

    assert explore(found, [inf], [inf]).pnl[0, 0] == pytest.approx(2 * (7.5 - 3.25))


def test_a_trade_without_marks_ends_as_it_did_whatever_the_levels() -> None:
    """Nothing says what a stop would have done to it: it is neither stopped nor reached anywhere."""
    found = replace(path(60, gaps=(1,), fees=1.3), is_unseen=True)

    grid = explore([found, replace(path(-40), is_unseen=True)], STOPS, TARGETS)
    assert np.allclose(grid.pnl, 2 * (60 - 40) - 1.3)
    assert (grid.wins == 1).all()
    assert not any(counts.any() for counts in (grid.stopped, grid.reached, grid.ambiguous))


_results = st.lists(st.integers(-100, 300).map(float), min_size=1, max_size=12)
_paths = st.lists(
    st.tuples(_results, st.sets(st.integers(1, 12)), st.none() | st.floats(-100, 0)), max_size=5
)


@given(_paths)
@settings(max_examples=150, deadline=None)
def test_the_grid_is_what_a_walk_over_the_marks_finds(
    drawn: list[tuple[list[float], set[int], float | None]],
) -> None:
    """Every cell, to 1e-9, beside a loop that takes one mark after the other."""
    found = [path(*results, gaps=tuple(gaps), worst=worst, fees=0.5) for results, gaps, worst in drawn]
    grid = explore(found, STOPS, TARGETS)

    for row, stop in enumerate(STOPS):
        for column, target in enumerate(TARGETS):
            ended = [_walked(one, stop, target) for one in found]
            assert grid.pnl[row, column] == pytest.approx(sum(2 * pct - 0.5 for pct, _ in ended), abs=1e-9)
            assert grid.wins[row, column] == sum(2 * pct > 0.5 for pct, _ in ended)
            for name in ("stopped", "reached", "ambiguous"):
                assert getattr(grid, name)[row, column] == sum(name in how for _, how in ended)


def _walked(found: Path, stop: float, target: float) -> tuple[float, str]:
    hidden = found.worst is not None and found.worst <= -stop < min(found.results)
    before = 0.0
    for result, now in zip(found.results, found.clock, strict=True):
        if result <= -stop:
            return result, "stopped"
        if result >= target:
            if stop < inf and (hidden or now - before > GAP_SECONDS):
                return -stop, "stopped ambiguous"
            return target, "reached"
        before = now
    return (-stop, "stopped ambiguous") if hidden and stop < inf else (found.results[-1], "as it was")


def test_open_market_is_counted_over_nights() -> None:
    """What lies between a close and an open is no time in which a level could be passed."""
    opens, closes = np.array([100.0, 1000.0]), np.array([200.0, 1100.0])
    instants = np.array([50.0, 100.0, 150.0, 200.0, 600.0, 1000.0, 1050.0, 2000.0])

    assert open_seconds(instants, opens, closes).tolist() == [0, 0, 50, 100, 100, 100, 150, 200]
    assert open_seconds(instants, np.array([]), np.array([])).tolist() == [0.0] * 8
