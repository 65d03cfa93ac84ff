"""What is wrong with a file: what stops it, and what only leaves rows out; each with its row (B-12).

    BadFile   the file cannot be read as what it is said to be; nothing of it was taken

A row that cannot be used is left out and counted with its first places; nothing is mended or guessed.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from chalicelib.domain.backtest.loading.manifest import Fault, Place

PLACES_MAX: Final = 5

Mask = npt.NDArray[np.bool_]
RowNumbers = npt.NDArray[np.int64]


class BadFile(Exception):
    """A file cannot be read; `row` is counted as an editor does, `column` named as the file does."""

    def __init__(self, file: str, reason: str, *, row: int | None = None, column: str | None = None) -> None:
        where = "".join(
            (file, "" if row is None else f" row {row}", "" if column is None else f", column {column}")
        )
        super().__init__(f"{where}: {reason}")
        self.file, self.row, self.column, self.reason = file, row, column, reason


@dataclass(slots=True)
class _Counted:
    is_left_out: bool
    count: int = 0
    places: list[Place] = field(default_factory=list)


class Faults:
    """Counts what was met, kind by kind, with the first places of each."""

    def __init__(self) -> None:
        self._found: dict[str, _Counted] = {}

    def one(self, kind: str, file: str, row: int, text: str = "", *, is_left_out: bool = True) -> None:
        """Count one row."""
        self.add(kind, file, np.array([row]), text, is_left_out=is_left_out)

    def add(
        self,
        kind: str,
        file: str,
        rows: RowNumbers,
        words: Callable[[int], str] | str = "",
        *,
        is_left_out: bool = True,
    ) -> None:
        """Count `rows` of a file; `words` are theirs, or of the one at an index of them."""
        if not len(rows):
            return
        counted = self._found.setdefault(kind, _Counted(is_left_out))
        counted.count += len(rows)
        for index in range(min(len(rows), PLACES_MAX - len(counted.places))):
            text = words if isinstance(words, str) else words(index)
            counted.places.append(Place(file=file, row=int(rows[index]), text=text))

    def all(self) -> tuple[Fault, ...]:
        """Return what was met, what left most rows out first."""
        found = sorted(self._found.items(), key=lambda one: (-one[1].count, one[0]))
        return tuple(
            Fault(kind=kind, count=one.count, is_left_out=one.is_left_out, places=tuple(one.places))
            for kind, one in found
        )
