"""Dates of files: 2024-01-03, 1/3/2024 or 20240103, one way a column and file; never guessed (B-12)."""

import re
from dataclasses import dataclass
from datetime import date, time
from typing import Final

import numpy as np
import numpy.typing as npt

from infra.history.cells import Chunk, Texts
from infra.history.faults import BadFile

_FORMS: Final = (
    ("year-month-day", re.compile(r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})(?:[T ](?P<time>.+))?")),
    ("month/day/year", re.compile(r"(?P<m>\d{1,2})/(?P<d>\d{1,2})/(?P<y>\d{4})(?: (?P<time>.+))?")),
    ("yearmonthday", re.compile(r"(?P<y>\d{4})(?P<m>\d\d)(?P<d>\d\d)(?: (?P<time>.+))?")),
)
_TIME: Final = re.compile(r"(\d{1,2}):(\d\d)(?::(\d\d)(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?")
_BARE_TIME: Final = re.compile(r"(\d{1,2})(\d\d)")
UNKNOWN_DAY: Final = 0


@dataclass(frozen=True, slots=True)
class Moment:
    """A day with the time of day that stood beside it, None where the file tells none."""

    day: date
    at: time | None


class DayReader:
    """Reads the dates of one column of one file; the first that it meets decides how they are written."""

    def __init__(self, file: str, column: str) -> None:
        self._file, self._column = file, column
        self._form: tuple[str, re.Pattern[str]] | None = None

    def read(self, text: str, row: int) -> Moment:
        """Read one; raises BadFile with the row."""
        if self._form is None:
            self._form = next((form for form in _FORMS if form[1].fullmatch(text)), None)
            if self._form is None:
                raise self._bad(text, row, "is no date as 2024-01-03, 1/3/2024 or 20240103")
        written, pattern = self._form
        match = pattern.fullmatch(text)
        if match is None:
            raise self._bad(text, row, f"is no date as {written}, as the others of this column are")
        try:
            day = date(int(match["y"]), int(match["m"]), int(match["d"]))
        except ValueError as error:
            raise self._bad(text, row, f"is no date when read as {written}") from error
        return Moment(day, self.time(match["time"], row) if match["time"] else None)

    def time(self, text: str, row: int) -> time:
        """Read a time of day, `15:45`, `15:45:00` or `1545`; raises BadFile."""
        match = _TIME.fullmatch(text.strip()) or _BARE_TIME.fullmatch(text.strip())
        if match is not None:
            hour, minute, second = (*(int(one or 0) for one in match.groups()), 0)[:3]
            try:
                return time(hour, minute, second)
            except ValueError:
                pass
        raise self._bad(text, row, "is no time of day")

    def _bad(self, text: str, row: int, reason: str) -> BadFile:
        return BadFile(self._file, f"{text[:40]!r} {reason}", row=row, column=self._column)


def first_row_of(chunk: Chunk, texts: Texts, code: int) -> int:
    """Return the first row in which a value stands."""
    return int(chunk.row[int(np.argmax(texts.codes == code))])


def ordinals(chunk: Chunk, name: str, reader: DayReader) -> npt.NDArray[np.int32]:
    """Return a column's days as ordinals, 0 for an empty cell. Raises BadFile."""
    texts = chunk.texts[name]
    read = [
        reader.read(value, first_row_of(chunk, texts, code)).day.toordinal()
        for code, value in enumerate(texts.values)
    ]
    return np.array([*read, UNKNOWN_DAY], dtype=np.int32)[texts.codes]
