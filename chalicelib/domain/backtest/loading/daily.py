"""Daily facts from files: bars, closes of indices, IV, earnings, ex-dates, macro windows (B-12)."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from chalicelib.domain.backtest.history import Bars, Dividends, EarningsDays, Series
from chalicelib.domain.backtest.loading.manifest import Fault, SourceFile, UnreadableManifest
from chalicelib.domain.desk.pipeline.company_dates import Dividend
from chalicelib.domain.desk.pipeline.facts import MacroWindow
from chalicelib.domain.desk.stored import from_json, to_json

#: Macro windows are the market's and no symbol's.
ALL: Final = "all"


class Kind(StrEnum):
    """What one file of daily facts tells."""

    BARS = "bars"
    CLOSES = "closes"
    IV = "iv"
    EARNINGS = "earnings"
    DIVIDENDS = "dividends"
    MACRO = "macro"


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyRow:
    """One row; in `values` None is not told, and `text` names a macro release.

    `values` are open, high, low, close and volume of bars, the one value of closes and IV, the amount and the
    times a year of a dividend.
    """

    day: date
    values: tuple[float | None, ...] = ()
    text: str = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyFile:
    """All that is loaded of one kind and symbol, ascending by day."""

    kind: Kind
    symbol: str
    files: tuple[SourceFile, ...]
    rows: tuple[DailyRow, ...] = ()
    faults: tuple[Fault, ...] = ()


def write_daily(file: DailyFile) -> bytes:
    """Return the file as JSON; numbers keep all their digits, volumes have more than stored floats."""
    head = to_json(replace(file, rows=()))
    rows = [[one.day.isoformat(), list(one.values), one.text, *_span(one)] for one in file.rows]
    return json.dumps({"head": head, "rows": rows}).encode()


def read_daily(body: bytes) -> DailyFile:
    """Read it; raises UnreadableManifest."""
    try:
        stored = json.loads(body)
        return replace(from_json(DailyFile, stored["head"]), rows=tuple(map(_row, stored["rows"])))
    except (ValueError, KeyError, TypeError) as error:
        raise UnreadableManifest(f"daily facts are damaged: {error}") from error


def _span(row: DailyRow) -> list[str | None]:
    return [None if at is None else at.isoformat() for at in (row.starts_at, row.ends_at)]


def _row(stored: Sequence[Any]) -> DailyRow:  # Any: JSON of ours
    day, values, text, starts_at, ends_at = stored
    return DailyRow(
        day=date.fromisoformat(day),
        values=tuple(values),
        text=text,
        starts_at=None if starts_at is None else datetime.fromisoformat(starts_at),
        ends_at=None if ends_at is None else datetime.fromisoformat(ends_at),
    )


def bars_of(file: DailyFile) -> Bars:
    """Return bars as columns."""
    columns = _columns(file, 5)
    return Bars(
        day=_days(file),
        open=columns[0],
        high=columns[1],
        low=columns[2],
        close=columns[3],
        volume=columns[4],
    )


def series_of(file: DailyFile) -> Series:
    """Return closes or IV as columns."""
    return Series(day=_days(file), value=_columns(file, 1)[0])


def earnings_of(file: DailyFile) -> EarningsDays:
    """Return days of earnings; a file that names the symbol and no day says that it has none."""
    return EarningsDays(days=tuple(row.day for row in file.rows), has_none=not file.rows)


def dividends_of(file: DailyFile) -> Dividends:
    """Return dividends by ex-date; a file that names the symbol and no day says that it has none."""
    items = tuple(
        Dividend(ex_date=row.day, amount=float(row.values[0] or 0), times_a_year=int(row.values[1] or 0))
        for row in file.rows
    )
    return Dividends(items=items, has_none=not items)


def macro_windows_of(file: DailyFile) -> tuple[MacroWindow, ...]:
    """Return windows around releases."""
    return tuple(
        MacroWindow(name=row.text, starts_at=row.starts_at, ends_at=row.ends_at)
        for row in file.rows
        if row.starts_at is not None and row.ends_at is not None
    )


def _days(file: DailyFile) -> npt.NDArray[np.int32]:
    return np.array([row.day.toordinal() for row in file.rows], dtype=np.int32)


def _columns(file: DailyFile, count: int) -> list[npt.NDArray[np.float64]]:
    told = [[row.values[index] for row in file.rows] for index in range(count)]
    return [np.array([np.nan if one is None else one for one in column], dtype=np.float64) for column in told]
