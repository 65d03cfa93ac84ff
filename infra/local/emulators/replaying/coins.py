"""Coins that play recorded minutes again: LEAN's zips by day, and CSV files of minutes (shared data).

A minute goes from its open over its low and high (the high first where it fell) to its close, so that candles
made of its seconds are those recorded. A minute that was not recorded between two that were has no trades
and stands at the close before, as exchanges have it. Of days without a recording nothing is known.
"""

import csv
import gzip
import io
import zipfile
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from re import search
from typing import Final

import numpy as np

from infra.local.emulators.market.black_scholes import Array
from infra.local.emulators.market.coins import DAY_SECONDS, CoinPrices, Pair
from infra.local.emulators.serving.kept import Kept

MINUTES_A_DAY: Final = 1440
_MINUTE: Final = 60
_DAYS_KEPT: Final = 16
#: Seconds of a minute at which it stands at its open, its first extreme, its second, its close.
_CORNERS: Final = np.array([0.0, 20.0, 40.0, 59.0])
Rows = dict[date, Array]


class RecordedCoins(CoinPrices):
    """The pairs recorded under `root`; nobody can move them."""

    def __init__(self, root: Path) -> None:
        """Read every recording under `root`; of a pair that is recorded twice the first by name counts."""
        super().__init__()
        self._days: dict[str, Rows] = {}
        for symbol, path in sorted(_recordings(root)):
            known = self._days.setdefault(symbol, {})
            for day, rows in _read(path).items():
                known.setdefault(day, rows)
        self._pairs = {symbol: _pair(symbol, days) for symbol, days in self._days.items()}
        self._grids: Kept[tuple[str, date], Array] = Kept(_DAYS_KEPT)

    @property
    def revision(self) -> int:
        """Always 0: what is recorded does not change."""
        return 0

    def pairs(self) -> Sequence[Pair]:
        """Return every pair recorded."""
        return tuple(self._pairs.values())

    def pair(self, symbol: str) -> Pair:
        """Return one pair; KeyError for one that is not recorded."""
        return self._pairs[symbol]

    def days(self, symbol: str) -> Sequence[date]:
        """Return the UTC days of which something is recorded, oldest first."""
        return sorted(self._days[symbol])

    def grid(self, symbol: str, day: date) -> Array | None:
        """Return a day's prices, one a second; None where it was not recorded."""
        rows = self._days[symbol].get(day)
        if rows is None:
            return None
        known = self._grids.get((symbol, day))
        return (
            known
            if known is not None
            else self._grids.keep((symbol, day), np.round(_seconds(rows), self._pairs[symbol].decimals))
        )

    def volumes(self, symbol: str, day: date, span: int) -> Array:
        """Return the recorded volumes; of less than a minute an even part of its minute's."""
        minutes = np.nan_to_num(self._days[symbol][day][:, 4])
        if span % _MINUTE == 0:
            summed: Array = minutes.reshape(-1, span // _MINUTE).sum(axis=1)
            return summed
        return np.repeat(minutes, _MINUTE // span) * span / _MINUTE


def _seconds(rows: Array) -> Array:
    opens, highs, lows, closes = (rows[:, column] for column in range(4))
    fell = closes < opens
    corners = np.column_stack((opens, np.where(fell, highs, lows), np.where(fell, lows, highs), closes))
    seconds = np.arange(_MINUTE, dtype=np.float64)
    places = np.clip(np.searchsorted(_CORNERS, seconds, side="right") - 1, 0, 2)
    share = (seconds - _CORNERS[places]) / (_CORNERS[places + 1] - _CORNERS[places])
    grid: Array = (corners[:, places] * (1 - share) + corners[:, places + 1] * share).reshape(DAY_SECONDS)
    return grid


def _pair(symbol: str, days: Rows) -> Pair:
    """Describe a pair by its recording; decimals are those that its prices are written with, 8 at most."""
    rows = days[min(days)]
    prices = np.concatenate([one[:, :4] for one in days.values()])
    decimals = next(
        (count for count in range(8) if np.allclose(prices, np.round(prices, count), rtol=0, atol=1e-10)), 8
    )
    base = symbol.removesuffix("USDT") if symbol.endswith("USDT") else symbol[:3]
    return Pair(
        symbol=symbol,
        base=base,
        base_price=float(rows[-1, 3]),
        volatility=0.0,
        correlation=0.0,
        decimals=decimals,
        average_volume=max(1.0, float(np.nansum(rows[:, 4]))),
    )


def _recordings(root: Path) -> Iterator[tuple[str, Path]]:
    for path in root.rglob("*_trade.zip"):
        if path.parent.parent.name == "minute" and "crypto" in path.parts:
            yield path.parent.name.upper(), path
    for path in [*root.rglob("*1m.csv.gz"), *root.rglob("*1m.csv")]:
        named = search(r"^([a-zA-Z]+)[_-]([a-zA-Z]+)[_-]", path.name)
        if named is not None:
            quote = "USDT" if named[2].lower() == "perp" else named[2].upper()
            yield named[1].upper() + quote, path


def _read(path: Path) -> Rows:
    """Return the minutes of a file by UTC day: shape (1440, 5), open, high, low, close, volume."""
    found: dict[date, Array] = {}
    for at, values in _lines(path):
        day = at.date()
        if day not in found:
            found[day] = np.full((MINUTES_A_DAY, 5), np.nan)
        found[day][at.hour * 60 + at.minute] = values
    last = np.nan
    for day in sorted(found):
        last = _fill(found[day], last)
    return found


def _fill(rows: Array, before: float) -> float:
    """Let minutes without a trade stand at the close before them; those before the first at its open."""
    known = np.flatnonzero(~np.isnan(rows[:, 3]))
    if np.isnan(before):
        before = float(rows[known[0], 0])
    closes = np.concatenate(([before], rows[known, 3]))
    standing = closes[np.searchsorted(known, np.arange(MINUTES_A_DAY), side="right")]
    missing = np.isnan(rows[:, 3])
    rows[missing, :4] = standing[missing, None]
    rows[missing, 4] = 0.0
    return float(rows[-1, 3])


def _lines(path: Path) -> Iterator[tuple[datetime, list[float]]]:
    """Yield each recorded minute with its open, high, low, close and volume."""
    if path.suffix == ".zip":
        day = datetime.strptime(path.name[:8], "%Y%m%d").replace(tzinfo=UTC)
        with zipfile.ZipFile(path) as packed:
            text = packed.read(packed.namelist()[0]).decode()
        for row in csv.reader(io.StringIO(text)):
            yield day + timedelta(milliseconds=int(row[0])), [float(value) for value in row[1:6]]
        return
    raw = path.read_bytes()
    text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode()
    for row in csv.reader(io.StringIO(text)):
        if row and row[0][:1].isdigit():
            yield _instant(row[0]), [float(value) for value in row[1:6]]


def _instant(text: str) -> datetime:
    """Read milliseconds since 1970, or a date and a time in UTC."""
    if text.isdigit():
        return datetime.fromtimestamp(int(text) / 1000, UTC)
    read = datetime.fromisoformat(text)
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
