"""When a row's quotes were taken: the day, or the minute where a file tells times (B-12)."""

from dataclasses import dataclass
from datetime import date, time

import numpy as np
import numpy.typing as npt

from chalicelib.domain.clocks.calendar import new_york_instant
from infra.history.cells import Chunk
from infra.history.days import UNKNOWN_DAY, DayReader, first_row_of, ordinals


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Moments:
    """Of each row its day as ordinal, and `at`: epoch seconds, or the day again where no time is told."""

    day: npt.NDArray[np.int32]
    at: npt.NDArray[np.int64]
    is_timed: bool


def moments_of(chunk: Chunk, reader: DayReader) -> Moments:
    """Read when rows are of. Raises BadFile."""
    day = ordinals(chunk, "date", reader)
    if not chunk.chosen.layout.is_timed:
        return Moments(day=day, at=day.astype(np.int64), is_timed=False)
    texts = chunk.texts["date"]
    if "time" in chunk.texts:
        return _with_times(chunk, day, reader)
    told = [reader.read(value, first_row_of(chunk, texts, code)) for code, value in enumerate(texts.values)]
    if any(one.at is None for one in told):
        return Moments(day=day, at=day.astype(np.int64), is_timed=False)
    seconds = [_seconds(one.day, one.at) for one in told if one.at is not None]
    return Moments(day=day, at=np.array([*seconds, 0], dtype=np.int64)[texts.codes], is_timed=True)


def _with_times(chunk: Chunk, day: npt.NDArray[np.int32], reader: DayReader) -> Moments:
    """Put days and times of two columns together."""
    texts = chunk.texts["time"]
    times = [reader.time(value, first_row_of(chunk, texts, code)) for code, value in enumerate(texts.values)]
    if not times or (texts.codes < 0).any():
        return Moments(day=day, at=day.astype(np.int64), is_timed=False)
    days = np.unique(day[day != UNKNOWN_DAY])
    at = np.zeros(len(day), dtype=np.int64)
    for one in days.tolist():
        known = np.array([_seconds(date.fromordinal(one), each) for each in times], dtype=np.int64)
        of_day = day == one
        at[of_day] = known[texts.codes[of_day]]
    return Moments(day=day, at=at, is_timed=True)


def _seconds(day: date, at: time) -> int:
    return int(new_york_instant(day, at).timestamp())
