"""Rows on their way: files come in any order, parts are sorted, and memory holds neither (B-12)."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from chalicelib.domain.clocks.calendar import new_york_date
from infra.history.rows import ROW, Rows

_BUFFER_BYTES: Final = 64 * 1024 * 1024


class Spool:
    """Gathers rows by underlying and day in a scratch directory.

    Of timed rows `at` are seconds, of others the day's ordinal.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._symbols: list[str] = []
        self._waiting: dict[tuple[str, int], list[Rows]] = {}
        self._bytes = 0
        self._known: set[tuple[str, int]] = set()

    def add(self, symbol: str, rows: Rows, *, is_timed: bool) -> None:
        """Take rows of one underlying."""
        days = _days(rows["at"]) if is_timed else rows["at"]
        for day in np.unique(days).tolist():
            self._waiting.setdefault((symbol, day), []).append(rows[days == day])
        self._bytes += rows.nbytes
        if self._bytes > _BUFFER_BYTES:
            self._write()

    def symbols(self) -> list[str]:
        """Return what it has rows of, sorted."""
        self._write()
        return sorted({symbol for symbol, _ in self._known})

    def days(self, symbol: str) -> list[int]:
        """Return an underlying's days as ordinals, ascending."""
        self._write()
        return sorted(day for name, day in self._known if name == symbol)

    def read(self, symbol: str, day: int) -> Rows:
        """Return a day's rows as they came."""
        return np.fromfile(self._path(symbol, day), dtype=ROW)

    def _write(self) -> None:
        for (symbol, day), parts in self._waiting.items():
            path = self._path(symbol, day)
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("ab") as file:
                for rows in parts:
                    rows.tofile(file)
            self._known.add((symbol, day))
        self._waiting.clear()
        self._bytes = 0

    def _path(self, symbol: str, day: int) -> Path:
        if symbol not in self._symbols:
            self._symbols.append(symbol)
        return self._directory / str(self._symbols.index(symbol)) / f"{day}.rows"


def months_of(days: list[int]) -> Iterator[tuple[str, list[int]]]:
    """Group ascending days by month, `2024-01`."""
    found: dict[str, list[int]] = {}
    for day in days:
        found.setdefault(f"{date.fromordinal(day):%Y-%m}", []).append(day)
    yield from found.items()


def _days(at: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the New York day of each instant."""
    moments, of_row = np.unique(at, return_inverse=True)
    days = [new_york_date(datetime.fromtimestamp(one, UTC)).toordinal() for one in moments.tolist()]
    return np.array(days, dtype=np.int64)[of_row]
