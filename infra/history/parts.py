"""From gathered rows to parts: sorted, one row a contract and moment, at the day's close (B-12)."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Final, cast

import numpy as np
import numpy.typing as npt

from chalicelib.domain.backtest.loading.packed import COUNTS, FRACTIONS, PRICE_UNITS, PRICES, UNKNOWN, Part
from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.domain.instruments.index_classes import settles_on_open
from infra.history.faults import Faults
from infra.history.rows import Rows

#: Options on indices and broad funds trade a quarter of an hour longer than shares.
_AFTER_CLOSE: Final = timedelta(minutes=15)
#: How many old shares became one new, or the other way round.
_SPLITS: Final = (2, 3, 4, 5, 6, 7, 8, 10, 15, 20, 25, 50)
_SPLIT_TOLERANCE: Final = 0.08
_CONTRACT: Final = ("at", "expiry", "strike", "is_call")


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstOfDay:
    """Where a day begins in its file, and the underlying's price of its first moment."""

    day: date
    file: str
    row: int
    spot: float | None


class PartMaker:
    """Makes an underlying's parts; `files` are their names by number, `roots` those of roots."""

    def __init__(self, files: list[str], roots: list[str], faults: Faults, calendar: MarketCalendar) -> None:
        self._files, self._roots = files, roots
        self._faults, self.calendar = faults, calendar
        self.firsts: list[FirstOfDay] = []

    def make(self, rows: Rows, *, is_end_of_day: bool) -> Part | None:
        """Make one part of some days; None when nothing of them can be used."""
        rows = self._on_sessions(rows, is_end_of_day=is_end_of_day)
        rows = self._of_one_class(rows)
        rows = self._once(rows)
        if not len(rows):
            return None
        at, starts = np.unique(rows["at"], return_index=True)
        spot = _spots(rows, starts)
        self._note_days(rows, at, starts, spot)
        return Part(
            root=self._roots[int(rows["root"][0])],
            is_end_of_day=is_end_of_day,
            at=at,
            starts=np.array([*starts, len(rows)], dtype=np.int64),
            spot=spot,
            expiry=np.ascontiguousarray(rows["expiry"]),
            strike=np.ascontiguousarray(rows["strike"]),
            is_call=np.ascontiguousarray(rows["is_call"]),
            numbers={name: np.ascontiguousarray(rows[name]) for name in (*PRICES, *COUNTS)},
            fractions={name: np.ascontiguousarray(rows[name]) for name in FRACTIONS},
        )

    def _leave(self, kind: str, rows: Rows, text: str) -> None:
        for number in np.unique(rows["file"]).tolist():
            of_file = rows["row"][rows["file"] == number].astype(np.int64)
            self._faults.add(kind, self._files[number], np.sort(of_file), text)

    def _on_sessions(self, rows: Rows, *, is_end_of_day: bool) -> Rows:
        """Put the day's close in place of its ordinal; leave out what lies outside the session."""
        keep = np.ones(len(rows), dtype=np.bool_)
        at = rows["at"].copy()
        for moment in np.unique(at).tolist():
            here = rows["at"] == moment
            day = date.fromordinal(moment) if is_end_of_day else self.calendar.day_of(_instant(moment))
            session = self.calendar.session(day)
            if session is None:
                self._leave("not a trading day", rows[here], day.isoformat())
                keep &= ~here
            elif is_end_of_day:
                at[here] = int(session.closes_at.timestamp())
            elif not session.opens_at <= _instant(moment) <= session.closes_at + _AFTER_CLOSE:
                self._leave("outside the session", rows[here], _instant(moment).isoformat())
                keep &= ~here
        rows = rows.copy()
        rows["at"] = at
        return rows[keep]

    def _of_one_class(self, rows: Rows) -> Rows:
        """Keep an index's class that settles on the close where there is one, as the desk does (B-16)."""
        numbers = np.unique(rows["root"]).tolist()
        if len(numbers) < 2:
            return rows
        on_open = [one for one in numbers if settles_on_open(self._roots[one])]
        meant = next((one for one in numbers if one not in on_open), numbers[0])
        other = rows["root"] != meant
        self._leave("another class than the one that settles on the close", rows[other], "")
        return cast(Rows, rows[~other])

    def _once(self, rows: Rows) -> Rows:
        """Sort, and of several rows of a contract and moment keep the one with most volume."""
        order = np.lexsort(
            (rows["row"], rows["file"], -rows["volume"], *(rows[name] for name in reversed(_CONTRACT)))
        )
        rows = rows[order]
        same = np.zeros(len(rows), dtype=np.bool_)
        if len(rows):
            same[1:] = np.logical_and.reduce([rows[name][1:] == rows[name][:-1] for name in _CONTRACT])
        self._leave("told twice", rows[same], "the row with more volume is taken, else the first")
        return rows[~same]

    def _note_days(
        self,
        rows: Rows,
        at: npt.NDArray[np.int64],
        starts: npt.NDArray[np.int64],
        spot: npt.NDArray[np.int32],
    ) -> None:
        for index, moment in enumerate(at.tolist()):
            day = self.calendar.day_of(_instant(moment))
            if self.firsts and self.firsts[-1].day == day:
                continue
            end = int(starts[index + 1]) if index + 1 < len(starts) else len(rows)
            of_moment = rows[int(starts[index]) : end]
            first = of_moment[int(np.lexsort((of_moment["row"], of_moment["file"]))[0])]
            told = None if spot[index] == UNKNOWN else float(spot[index]) / PRICE_UNITS
            self.firsts.append(
                FirstOfDay(day=day, file=self._files[first["file"]], row=int(first["row"]), spot=told)
            )

    def look_between_days(self, symbol: str) -> None:
        """Name what no single row shows: sessions without rows, and splits."""
        for before, after in pairwise(self.firsts):
            missing = self._sessions_between(before.day, after.day)
            if missing:
                span = f"{missing[0]} to {missing[-1]}, {len(missing)} sessions"
                words = f"{symbol} has no rows of {span}"
                self._faults.one("a gap before this row", after.file, after.row, words, is_left_out=False)
            ratio = _split(before.spot, after.spot)
            if ratio is not None:
                text = f"{symbol} fell from {before.spot:g} to {after.spot:g} on {after.day}: {ratio}"
                kind = "looks like a split: positions held over it are not adjusted"
                self._faults.one(kind, after.file, after.row, text, is_left_out=False)

    def _sessions_between(self, first: date, last: date) -> list[date]:
        days = (date.fromordinal(one) for one in range(first.toordinal() + 1, last.toordinal()))
        return [day for day in days if self.calendar.is_trading_day(day)]


def _split(before: float | None, after: float | None) -> str | None:
    if not before or not after:
        return None
    ratio = before / after
    for shares in _SPLITS:
        if abs(ratio / shares - 1) < _SPLIT_TOLERANCE:
            return f"{shares} for 1"
        if abs(ratio * shares - 1) < _SPLIT_TOLERANCE:
            return f"1 for {shares}"
    return None


def _spots(rows: Rows, starts: npt.NDArray[np.int64]) -> npt.NDArray[np.int32]:
    """Return each moment's price of the underlying: that of the nearest expiry's rows.

    Vendors write an index's forward beside each expiry, and of all that of the nearest is closest to it.
    """
    found = np.full(len(starts), UNKNOWN, dtype=np.int32)
    ends = [*starts[1:].tolist(), len(rows)]
    for index, (start, end) in enumerate(zip(starts.tolist(), ends, strict=True)):
        told = np.flatnonzero(rows["spot"][start:end] != UNKNOWN)
        if len(told):
            found[index] = rows["spot"][start + int(told[0])]
    return found


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
