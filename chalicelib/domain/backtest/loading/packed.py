"""A part of a loaded history as one object: a month of end-of-day chains or a day of minutes, as columns.

The object is an .npz of numpy's: `at` (epoch seconds) and `starts` tell the moments, every other column has
one row a contract, sorted within its moment by (expiry, strike, is_call). Prices are whole ten-thousandths of
a dollar, strikes whole thousandths, so that a double read is the one nearest to the decimal; -1: not known.
"""

import io
import zipfile
from bisect import bisect_left
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

import numpy as np
import numpy.typing as npt

from chalicelib.domain.backtest.history import ChainRows
from chalicelib.domain.clocks.calendar import new_york_date

PRICE_UNITS: Final = 10_000
STRIKE_UNITS: Final = 1_000
UNKNOWN: Final = -1
#: Whole numbers of one row, by column.
PRICES: Final = ("bid", "ask")
COUNTS: Final = ("bid_size", "ask_size", "volume", "open_interest")
FRACTIONS: Final = ("iv", "delta", "gamma", "vega")

Ints = npt.NDArray[np.int32]


class DamagedPart(Exception):
    """An object of a history is not what was written; the text says what it lacks."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Part:
    """Contracts of some moments: `expiry` as ordinals, whole numbers with -1 for not known, NaN in fractions.

    `spot` has one value a moment. `starts` has one more than there are moments: rows of moment i are
    [starts[i], starts[i + 1]).
    """

    root: str
    is_end_of_day: bool
    at: npt.NDArray[np.int64]
    starts: npt.NDArray[np.int64]
    spot: Ints
    expiry: Ints
    strike: Ints
    is_call: npt.NDArray[np.bool_]
    numbers: dict[str, Ints]
    fractions: dict[str, npt.NDArray[np.float32]]


def pack(part: Part) -> bytes:
    """Write a part as bytes, the same for the same rows."""
    columns: dict[str, npt.NDArray[np.generic]] = {
        "root": np.array(part.root),
        "is_end_of_day": np.array(part.is_end_of_day),
        "at": part.at,
        "starts": part.starts,
        "spot": part.spot,
        "expiry": part.expiry,
        "strike": part.strike,
        "is_call": part.is_call,
        **part.numbers,
        **part.fractions,
    }
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, column in columns.items():
            written = io.BytesIO()
            np.lib.format.write_array(written, np.asarray(column), allow_pickle=False)
            # A fixed time: the part's hash is its rows' and nothing else's.
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), written.getvalue(), zipfile.ZIP_DEFLATED)
    return body.getvalue()


def unpack(body: bytes) -> Part:
    """Read a part; raises DamagedPart."""
    try:
        with np.load(io.BytesIO(body), allow_pickle=False) as stored:
            found = {name: stored[name] for name in stored.files}
        part = Part(
            root=str(found["root"]),
            is_end_of_day=bool(found["is_end_of_day"]),
            at=found["at"],
            starts=found["starts"],
            spot=found["spot"],
            expiry=found["expiry"],
            strike=found["strike"],
            is_call=found["is_call"],
            numbers={name: found[name] for name in (*PRICES, *COUNTS)},
            fractions={name: found[name] for name in FRACTIONS},
        )
    except (zipfile.BadZipFile, ValueError, KeyError, EOFError, OSError) as error:
        raise DamagedPart(f"no part of a history: {error}") from error
    rows = len(part.expiry)
    if len(part.starts) != len(part.at) + 1 or part.starts[-1] != rows:
        raise DamagedPart("its moments do not add up to its rows")
    return part


class OpenPart:
    """A part laid out as the backtest reads it: moments by New York day, each a view of the columns."""

    def __init__(self, part: Part) -> None:
        self._part = part
        self._spot = _numbers(part.spot, PRICE_UNITS)
        self._strike = _numbers(part.strike, STRIKE_UNITS)
        self._columns = {name: _numbers(part.numbers[name], PRICE_UNITS) for name in PRICES}
        self._columns |= {name: _numbers(part.numbers[name], 1) for name in COUNTS}
        self._columns |= {name: part.fractions[name].astype(np.float64) for name in FRACTIONS}
        self._days = [new_york_date(_instant(at)) for at in part.at.tolist()]

    @property
    def days(self) -> tuple[date, ...]:
        """Return the days that it has moments of, ascending."""
        return tuple(dict.fromkeys(self._days))

    def moments(self, day: date) -> tuple[ChainRows, ...]:
        """Return a day's moments in their order, none for a day that it does not have."""
        first = bisect_left(self._days, day)
        found = []
        for index in range(first, len(self._days)):
            if self._days[index] != day:
                break
            found.append(self._moment(index))
        return tuple(found)

    def _moment(self, index: int) -> ChainRows:
        part = self._part
        rows = slice(int(part.starts[index]), int(part.starts[index + 1]))
        spot = float(self._spot[index])
        columns = {name: column[rows] for name, column in self._columns.items()}
        return ChainRows(
            at=_instant(int(part.at[index])),
            spot=None if np.isnan(spot) else spot,
            expiry=part.expiry[rows],
            strike=self._strike[rows],
            is_call=part.is_call[rows],
            root=part.root,
            is_end_of_day=part.is_end_of_day,
            bid=columns["bid"],
            ask=columns["ask"],
            bid_size=columns["bid_size"],
            ask_size=columns["ask_size"],
            volume=columns["volume"],
            open_interest=columns["open_interest"],
            iv=columns["iv"],
            delta=columns["delta"],
            gamma=columns["gamma"],
            vega=columns["vega"],
        )


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _numbers(whole: Ints, units: int) -> npt.NDArray[np.float64]:
    """Return what whole units tell: a quotient of whole numbers is the double nearest to the decimal."""
    numbers = whole / float(units)
    numbers[whole < 0] = np.nan
    return numbers
