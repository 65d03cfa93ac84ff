"""The bracket explorer (issue 14): any stop and any target over the entries that a user made."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from math import inf
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection

from chalicelib.domain.clocks.calendar import MarketCalendar, new_york_date
from chalicelib.services.environment import Environment
from chalicelib.services.market_hours import calendar_of
from chalicelib.store.analysis.bracket_paths import StoredPath, read_paths
from chalicelib.store.analysis.outcomes import OutcomeFilter

if TYPE_CHECKING:
    from chalicelib.domain.analysis.brackets import Array, Grid, Path

#: Each trade brings a mark a minute or more: the newest so many are looked at.
TRADES_MAX: Final = 2_000
#: Per cents of the risk basis; infinite is none.
STOPS: Final = (5.0, 10.0, 15.0, 20.0, 25.0, 30.0, 40.0, 50.0, 75.0, 100.0, inf)
TARGETS: Final = (5.0, 10.0, 15.0, 20.0, 25.0, 30.0, 40.0, 50.0, 75.0, 100.0, 150.0, 200.0, inf)


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One stop and one target, None for none, and what they would have made: dollars net of fees."""

    stop: float | None
    target: float | None
    row: int
    column: int
    pnl: float
    win_rate: float | None
    stopped: int
    reached: int
    ambiguous: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Explored:
    """The grid: rows are `stops`, columns `targets`, infinite for none; `actual` is how it was.

    `unseen` trades had no marks: they end as they did, whatever the levels. `is_cut`: there are more trades
    than the newest `trades`.
    """

    stops: Sequence[float]
    targets: Sequence[float]
    grid: "Grid"
    trades: int
    unseen: int
    is_cut: bool
    actual: float
    chosen: Point | None
    best: Point | None


def explore_brackets(
    env: Environment, username: str, wanted: OutcomeFilter, stop: float | None, target: float | None
) -> Explored:
    """Work out the grid, with a stop and a target that are asked for among its lines."""
    from chalicelib.domain.analysis.brackets import explore

    def read(connection: Connection) -> tuple[list[StoredPath], MarketCalendar]:
        return read_paths(connection, username, wanted, TRADES_MAX + 1), calendar_of(env, connection)

    found, calendar = env.database.run(read, username=username)
    kept = found[:TRADES_MAX]
    stops = sorted({*STOPS, *([] if stop is None else [stop])})
    targets = sorted({*TARGETS, *([] if target is None else [target])})
    grid = explore(_paths(kept, calendar), stops, targets)
    explored = Explored(
        stops=stops,
        targets=targets,
        grid=grid,
        trades=len(kept),
        unseen=sum(not one.prices for one in kept),
        is_cut=len(found) > len(kept),
        actual=float(sum(one.gross - one.fees for one in kept)),
        chosen=None,
        best=None,
    )
    return _pointed(explored, stop, target)


def _pointed(explored: Explored, stop: float | None, target: float | None) -> Explored:
    """Mark the point that is asked for, and the best of all."""
    chosen = None
    if stop is not None or target is not None:
        row = explored.stops.index(inf if stop is None else stop)
        chosen = _point(explored, row, explored.targets.index(inf if target is None else target))
    if not explored.trades:
        return replace(explored, chosen=chosen)
    row, column = divmod(int(explored.grid.pnl.argmax()), len(explored.targets))
    return replace(explored, chosen=chosen, best=_point(explored, row, column))


def _point(explored: Explored, row: int, column: int) -> Point:
    grid, stop, target = explored.grid, explored.stops[row], explored.targets[column]
    return Point(
        stop=None if stop == inf else stop,
        target=None if target == inf else target,
        row=row,
        column=column,
        pnl=float(grid.pnl[row, column]),
        win_rate=float(grid.wins[row, column]) / explored.trades if explored.trades else None,
        stopped=int(grid.stopped[row, column]),
        reached=int(grid.reached[row, column]),
        ambiguous=int(grid.ambiguous[row, column]),
    )


def _paths(stored: Sequence[StoredPath], calendar: MarketCalendar) -> "list[Path]":
    if not stored:
        return []
    opens, closes = _sessions(stored, calendar)
    return [_path(one, opens, closes) for one in stored]


def _path(one: StoredPath, opens: "Array", closes: "Array") -> "Path":
    import numpy as np

    from chalicelib.domain.analysis.brackets import Path, open_seconds

    basis = float(one.basis)
    prices = np.array(one.prices or (), dtype=np.float64)
    seen = (prices - float(one.entry_price)) * float(one.shares) / basis * 100
    ended = float(one.gross) / basis * 100
    instants = np.array([one.entry_at.timestamp(), *(one.instants or ()), one.ended_at.timestamp()])
    return Path(
        results=np.concatenate(([0.0], seen, [ended])),
        clock=instants if one.is_coin else open_seconds(instants, opens, closes),
        basis=basis,
        fees=float(one.fees),
        worst=None if one.worst_pct is None else float(one.worst_pct),
        is_unseen=not one.prices,
    )


def _sessions(stored: Sequence[StoredPath], calendar: MarketCalendar) -> "tuple[Array, Array]":
    """Return when the sessions of all these trades open and close, in seconds since 1970."""
    import numpy as np

    first = new_york_date(min(one.entry_at for one in stored))
    last = new_york_date(max(one.ended_at for one in stored))
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    sessions = [found for day in days if (found := calendar.session(day)) is not None]
    return (
        np.array([one.opens_at.timestamp() for one in sessions]),
        np.array([one.closes_at.timestamp() for one in sessions]),
    )
