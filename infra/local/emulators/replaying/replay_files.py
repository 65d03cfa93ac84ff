"""Recorded minutes in LEAN's format, read into arrays that hold what was known at each minute.

A bar is stamped with its start, so it is known one minute later: row k of each array is the state at the
open plus k minutes. Each side of a quote is carried forward; NaN means not seen yet that day.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np

from infra.local.emulators.market.black_scholes import Array
from infra.local.emulators.market.occ import Right
from infra.local.emulators.market.quotes import Integers
from infra.local.emulators.market.sessions import Session

MEMBER: Final = re.compile(r"\d{8}_\w+?_minute_\w+?_american_(call|put)_(\d+)_(\d{8})\.csv")
PRICE_SCALE: Final = 10_000
MINUTE_MS: Final = 60_000
OPEN_MINUTE: Final = 570
ASSUMED_HALF_SPREAD: Final = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedSide:
    """Calls or puts of one expiry; rows are minutes, columns strikes."""

    bid: Array
    ask: Array
    bid_size: Array
    ask_size: Array
    last: Array
    volume: Array
    open_interest: Array


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedChain:
    """One expiry as recorded on one day."""

    thousandths: Integers
    sides: dict[Right, RecordedSide]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedStock:
    """The underlying per minute: last trade, extremes so far, quotes, volume so far."""

    opening: float
    last: Array
    high: Array
    low: Array
    bid: Array
    ask: Array
    volume: Array


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedDay:
    """Everything recorded of one underlying in one session."""

    session: Session
    stock: RecordedStock
    chains: dict[date, RecordedChain]

    @property
    def minutes(self) -> int:
        """The length of the session in minutes."""
        return self.session.seconds // 60

    @property
    def official_close(self) -> float:
        """The close of the last bar that began before the session's end."""
        return float(self.stock.last[-1])


def recorded_days(root: Path) -> dict[str, list[date]]:
    """Return which days have recorded option quotes, by underlying."""
    found: dict[str, list[date]] = {}
    for path in sorted(root.glob("option/usa/minute/*/*_quote_american.zip")):
        day = datetime.strptime(path.name[:8], "%Y%m%d").date()  # noqa: DTZ007 - a date without a time
        found.setdefault(path.parent.name.upper(), []).append(day)
    return found


@lru_cache(maxsize=8)
def load_day(root: Path, symbol: str, session: Session) -> RecordedDay:
    """Read one day. Raises FileNotFoundError when the underlying's trades were not recorded."""
    options = root / "option/usa/minute" / symbol.lower()
    stamp = f"{session.day:%Y%m%d}"
    quotes = dict(_members(options / f"{stamp}_quote_american.zip"))
    trades = dict(_members(options / f"{stamp}_trade_american.zip"))
    interest = dict(_members(options / f"{stamp}_openinterest_american.zip"))
    rows = session.seconds // 60 + 1
    chains: dict[date, RecordedChain] = {}
    for expiry in sorted({key[0] for key in quotes}):
        strikes = sorted({key[1] for key in quotes if key[0] == expiry})
        sides = {right: _empty_side(rows, len(strikes)) for right in Right}
        for column, strike in enumerate(strikes):
            for right in Right:
                key = (expiry, strike, right)
                _fill_quotes(sides[right], column, quotes.get(key, []), rows)
                _fill_trades(sides[right], column, trades.get(key, []), rows)
                if interest.get(key):
                    sides[right].open_interest[column] = float(interest[key][-1][1])
        chains[expiry] = RecordedChain(thousandths=np.array(strikes, dtype=np.int64), sides=sides)
    stock = _load_stock(root / "equity/usa/minute" / symbol.lower(), stamp, rows)
    return RecordedDay(session=session, stock=stock, chains=chains)


def _members(path: Path) -> Iterator[tuple[tuple[date, int, Right], list[list[str]]]]:
    if not path.exists():
        return
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            found = MEMBER.fullmatch(name)
            if found is None:
                continue
            right, strike, expiry = found.groups()
            day = datetime.strptime(expiry, "%Y%m%d").date()  # noqa: DTZ007 - a date without a time
            with archive.open(name) as member:
                rows = list(csv.reader(io.TextIOWrapper(member, "ascii")))
            yield (day, int(strike) // 10, Right(right)), rows


def _empty_side(rows: int, columns: int) -> RecordedSide:
    blank = [np.full((rows, columns), np.nan) for _ in range(5)]
    return RecordedSide(
        bid=blank[0],
        ask=blank[1],
        bid_size=blank[2],
        ask_size=blank[3],
        last=blank[4],
        volume=np.zeros((rows, columns)),
        open_interest=np.zeros(columns),
    )


def _known_at(stamp: str, rows: int) -> int | None:
    """Return the row from which a bar is known, None for one that begins after the close."""
    row = int(stamp) // MINUTE_MS - OPEN_MINUTE + 1
    return max(row, 0) if row < rows else None


def _fill_quotes(side: RecordedSide, column: int, lines: list[list[str]], rows: int) -> None:
    for line in lines:
        row = _known_at(line[0], rows)
        if row is None:
            continue
        if line[4]:
            side.bid[row, column] = int(line[4]) / PRICE_SCALE
            side.bid_size[row, column] = float(line[5])
        if line[9]:
            side.ask[row, column] = int(line[9]) / PRICE_SCALE
            side.ask_size[row, column] = float(line[10])
    for values in (side.bid, side.ask, side.bid_size, side.ask_size):
        values[:, column] = carried_forward(values[:, column])


def _fill_trades(side: RecordedSide, column: int, lines: list[list[str]], rows: int) -> None:
    for line in lines:
        row = _known_at(line[0], rows)
        if row is not None:
            side.last[row, column] = int(line[4]) / PRICE_SCALE
            side.volume[row, column] += float(line[5])
    side.last[:, column] = carried_forward(side.last[:, column])
    side.volume[:, column] = np.cumsum(side.volume[:, column])


def carried_forward(values: Array) -> Array:
    """Replace each NaN by the value before it; those before the first value stay."""
    seen = np.where(np.isnan(values), 0, np.arange(len(values)))
    return np.asarray(values[np.maximum.accumulate(seen)])


def _load_stock(folder: Path, stamp: str, rows: int) -> RecordedStock:
    trades = _plain(folder / f"{stamp}_trade.zip")
    last, high, low = (np.full(rows, np.nan) for _ in range(3))
    volume = np.zeros(rows)
    opening = np.nan
    for line in trades:
        row = _known_at(line[0], rows)
        if row is None:
            continue
        price = [int(text) / PRICE_SCALE for text in line[1:5]]
        last[row] = price[3]
        if row > 0:
            opening = price[0] if np.isnan(opening) else opening
            high[row], low[row] = price[1], price[2]
            volume[row] += float(line[5])
    bid, ask = np.full(rows, np.nan), np.full(rows, np.nan)
    quotes = folder / f"{stamp}_quote.zip"
    for line in _plain(quotes) if quotes.exists() else ():
        row = _known_at(line[0], rows)
        if row is not None and line[4] and line[9]:
            bid[row], ask[row] = int(line[4]) / PRICE_SCALE, int(line[9]) / PRICE_SCALE
    last = carried_forward(last)
    bid, ask = carried_forward(bid), carried_forward(ask)
    return RecordedStock(
        opening=float(opening),
        last=last,
        high=np.fmax.accumulate(high),
        low=np.fmin.accumulate(low),
        bid=np.where(np.isnan(bid), np.round(last - ASSUMED_HALF_SPREAD, 2), bid),
        ask=np.where(np.isnan(ask), np.round(last + ASSUMED_HALF_SPREAD, 2), ask),
        volume=np.cumsum(volume),
    )


def _plain(path: Path) -> list[list[str]]:
    with zipfile.ZipFile(path) as archive, archive.open(archive.namelist()[0]) as member:
        return list(csv.reader(io.TextIOWrapper(member, "ascii")))
