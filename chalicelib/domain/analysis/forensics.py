"""What a trade's market did while it was held (A-09): pure, so that the same marks give the same figures.

A mark is what a minute or a snapshot showed. Times inside `Marks` are microseconds since 1970, so that numpy
can search them; money is exact: numpy chooses the price, Decimal does the sum.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from chalicelib.domain.clocks.sessions import Calendar
from chalicelib.domain.market.candles import Candle
from chalicelib.domain.money import ZERO, percent, to_cents
from chalicelib.domain.trading.excursions import Excursions

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

#: The instants after the entry, in session time, at which a trade's P&L is looked at.
FIRST_LOOK: Final = timedelta(minutes=15)
SECOND_LOOK: Final = timedelta(hours=1)
#: A-09: the first mark at or after an instant counts if it comes this soon.
MARK_WITHIN: Final = timedelta(minutes=5)
_SESSIONS_MAX: Final = 30
_MICROSECOND: Final = timedelta(microseconds=1)


class ForensicsSource(StrEnum):
    """Where a trade's marks came from."""

    HISTORY = "HISTORY"
    SNAPSHOTS = "SNAPSHOTS"


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """What is known of an ended trade. Prices per share, `realized_pnl` in dollars net of fees.

    `risk_basis` is the dollars that per cents are of, None for what the entry cost. `seen` is the best and
    worst that snapshots showed of several legs, None where marks of one contract tell.
    `first_look_at` and `second_look_at` are the instants of the two P&L targets (`session_time_after`).
    """

    entry_at: datetime
    ended_at: datetime
    entry_price: Decimal
    quantity: Decimal
    multiplier: Decimal
    is_long: bool
    realized_pnl: Decimal | None
    fill_prices: Sequence[Decimal]
    first_look_at: datetime
    second_look_at: datetime
    risk_basis: Decimal | None = None
    seen: Excursions | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """Marks of one contract, or of several legs together, ascending: each stretch's first price and its ends.

    A snapshot is a stretch of no length with one price.
    """

    starts: "npt.NDArray[np.int64]"
    ends: "npt.NDArray[np.int64]"
    first: "npt.NDArray[np.float64]"
    high: "npt.NDArray[np.float64]"
    low: "npt.NDArray[np.float64]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """The four figures of A-09; P&L in dollars gross of fees (realised: net), excursions in per cent."""

    pnl_15m: Decimal | None
    pnl_1h: Decimal | None
    mfe_pct: Decimal | None
    mae_pct: Decimal | None


def session_time_after(calendar: Calendar, at: datetime, length: timedelta) -> datetime:
    """Return the instant that lies `length` of session time after `at`; the next session counts on.

    A session ends before its closing instant, so what falls on the close falls on the next open. Raises
    ValueError when there is no such session within a month.
    """
    day = calendar.day_of(at)
    left = length
    for offset in range(_SESSIONS_MAX):
        session = calendar.session(day + timedelta(days=offset))
        if session is None or session.closes_at <= at:
            continue
        begins = max(at, session.opens_at)
        if begins + left < session.closes_at:
            return begins + left
        left -= session.closes_at - begins
    raise ValueError(f"no session within {_SESSIONS_MAX} days of {at.isoformat()}")


def marks_of_candles(candles: Sequence[Candle]) -> Marks:
    """Return a session's candles, oldest first, as marks."""
    return _marks(
        starts=[_microseconds(one.starts_at) for one in candles],
        ends=[_microseconds(one.ends_at) for one in candles],
        first=[float(one.open) for one in candles],
        high=[float(one.high) for one in candles],
        low=[float(one.low) for one in candles],
    )


def marks_of_snapshots(snapshots: Iterable[tuple[datetime, Decimal]]) -> Marks:
    """Return snapshots' marks, oldest first, as marks."""
    rows = list(snapshots)
    instants = [_microseconds(at) for at, _ in rows]
    prices = [float(price) for _, price in rows]
    return _marks(starts=instants, ends=instants, first=prices, high=prices, low=prices)


def _marks(
    *, starts: list[int], ends: list[int], first: list[float], high: list[float], low: list[float]
) -> Marks:
    import numpy as np

    return Marks(
        starts=np.asarray(starts, dtype=np.int64),
        ends=np.asarray(ends, dtype=np.int64),
        first=np.asarray(first, dtype=np.float64),
        high=np.asarray(high, dtype=np.float64),
        low=np.asarray(low, dtype=np.float64),
    )


def examine(holding: Holding, marks: Marks) -> Findings:
    """Return a trade's figures; a stretch counts as held when it lies whole between entry and end.

    The fills count as marks of their own, so the best excursion is never below 0 nor the worst above it. Of
    several legs, and of shares that came of one, the excursions are those of the result that snapshots saw.
    """
    best, worst = _of_marks(holding, marks) if holding.seen is None else _of_result(holding, holding.seen)
    return Findings(
        pnl_15m=_pnl_at(holding, marks, holding.first_look_at),
        pnl_1h=_pnl_at(holding, marks, holding.second_look_at),
        mfe_pct=best,
        mae_pct=worst,
    )


def _of_marks(holding: Holding, marks: Marks) -> tuple[Decimal | None, Decimal | None]:
    begin = int(marks.starts.searchsorted(_microseconds(holding.entry_at), side="left"))
    end = int(marks.ends.searchsorted(_microseconds(holding.ended_at), side="right"))
    prices = [holding.entry_price, *holding.fill_prices]
    if begin < end:
        prices += [_exact(marks.high[begin:end].max()), _exact(marks.low[begin:end].min())]
    basis = holding.entry_price
    if holding.risk_basis is not None:
        basis = holding.risk_basis / (holding.quantity * holding.multiplier)
    up = percent(max(prices) - holding.entry_price, basis)
    down = percent(min(prices) - holding.entry_price, basis)
    return (up, down) if holding.is_long else (_negated(down), _negated(up))


def _of_result(holding: Holding, seen: Excursions) -> tuple[Decimal | None, Decimal | None]:
    basis = holding.risk_basis
    if basis is None:
        basis = abs(holding.entry_price) * holding.quantity * holding.multiplier
    return percent(seen.best, basis), percent(seen.worst, basis)


def _pnl_at(holding: Holding, marks: Marks, at: datetime) -> Decimal | None:
    """Return the whole quantity's P&L at the first mark from `at` on; the realised one if it had ended."""
    if holding.ended_at <= at:
        return holding.realized_pnl
    instant = _microseconds(at)
    index = int(marks.starts.searchsorted(instant, side="left"))
    if index == len(marks.starts) or marks.starts[index] - instant > MARK_WITHIN // _MICROSECOND:
        return None
    moved = _exact(marks.first[index]) - holding.entry_price
    sign = 1 if holding.is_long else -1
    return to_cents(sign * moved * holding.quantity * holding.multiplier)


def _exact(price: "np.float64") -> Decimal:
    """Return the shortest decimal that reads as this price: the text that the vendor sent."""
    return Decimal(repr(float(price)))


def _negated(value: Decimal | None) -> Decimal | None:
    return None if value is None else ZERO - value


def _microseconds(at: datetime) -> int:
    return int(at.timestamp()) * 1_000_000 + at.microsecond
