"""Small tables, read whole: a day a row, at most a few thousand; cells with the row they stand in (B-12)."""

import csv
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from infra.history.cells import members
from infra.history.faults import BadFile
from infra.history.layouts import clean

_NOTHING: Final = frozenset({"", "null", "nan", "none", "n/a"})
#: yfinance since 2024 writes three rows of header, the last one with the name of the days.
_THREE_ROWS: Final = ("price", "ticker", "date")

#: LEAN's daily bars have no header, and prices in ten-thousandths.
_LEAN: Final = re.compile(r"\d{8} 00:00")
_LEAN_HEADER: Final = ("date", "open", "high", "low", "close", "volume")
_LEAN_UNITS: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A header in lower case and rows below it; `symbol`, `is_adjusted` where the form tells them.

    Prices stand in `price_units` of a dollar.
    """

    file: str
    header: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    symbol: str | None = None
    is_adjusted: bool = False
    price_units: int = 1

    def column(self, *names: str) -> int | None:
        """Return where the first of these columns is, None when there is none."""
        return next((self.header.index(one) for one in names if one in self.header), None)

    def needed(self, *names: str) -> int:
        """Return where the first of these columns is; raises BadFile."""
        found = self.column(*names)
        if found is None:
            raise BadFile(self.file, "the column is missing", row=1, column=" or ".join(names))
        return found

    def number(self, row: int, cells: Sequence[str], at: int | None) -> float | None:
        """Read a number, None for an empty cell; raises BadFile."""
        text = cells[at].strip() if at is not None and at < len(cells) else ""
        if text.lower() in _NOTHING:
            return None
        try:
            return float(text)
        except ValueError as error:
            reason = f"{text[:40]!r} is not a number"
            raise BadFile(self.file, reason, row=row, column=self.header[at or 0]) from error


def read_tables(path: Path) -> Iterator[Table]:
    """Read a file, of an archive each member. Raises BadFile."""
    if path.suffix.lower() in {".parquet", ".pq"}:
        yield _from_parquet(path)
        return
    for name, open_text in members(path):
        with open_text() as text:
            if path.suffix.lower() == ".json":
                yield _from_chart(name, text.read())
            else:
                yield _from_csv(name, [[cell.strip() for cell in cells] for cells in csv.reader(text)])


def _from_csv(file: str, lines: list[list[str]]) -> Table:
    if not lines:
        raise BadFile(file, "is empty")
    if _LEAN.fullmatch(lines[0][0] if lines[0] else ""):
        lines, units = [list(_LEAN_HEADER), *lines], _LEAN_UNITS
        first = 0
    else:
        first, units = 1, 1
    header = tuple(clean(cell) for cell in lines[0])
    below, symbol, is_adjusted = 1, None, False
    if tuple(line[0].lower() for line in lines[:3] if line) in (_THREE_ROWS, (*_THREE_ROWS[:2], "datetime")):
        symbols = set(lines[1][1:])
        if len(symbols) != 1:
            raise BadFile(file, f"has {len(symbols)} tickers side by side: one a file is read", row=2)
        symbol, below, is_adjusted = symbols.pop(), 3, "adj close" not in header
        header = ("date", *header[1:])
    elif header and header[0] == "" and len(lines) > 1:
        # pandas writes an index of days without a name, or a count of rows before the day's own column.
        header = ("" if "date" in header else "date", *header[1:])
    doubled = [one for one in header if one and header.count(one) > 1]
    if doubled:
        raise BadFile(file, "stands in the header twice", row=1, column=doubled[0])
    rows = []
    for number, cells in enumerate(lines[below:], start=below + first):
        if not any(cells):
            continue
        if len(cells) != len(header):
            reason = f"has {len(cells)} cells where the header has {len(header)}"
            raise BadFile(file, reason, row=number)
        rows.append((number, tuple(cells)))
    return Table(
        file=file,
        header=header,
        rows=tuple(rows),
        symbol=symbol,
        is_adjusted=is_adjusted,
        price_units=units,
    )


def _from_chart(file: str, body: str) -> Table:
    """Read Yahoo's chart JSON: lists side by side, days as epoch seconds of the session's open."""
    try:
        chart: Mapping[str, Any] = json.loads(body)["chart"]  # Any: JSON of a vendor
        if chart.get("error"):
            raise BadFile(file, str(chart["error"].get("description", "the vendor's error")))
        result = chart["result"][0]
        quote = result["indicators"]["quote"][0]
        names = ("open", "high", "low", "close", "volume")
        rows = [
            (at + 1, (_day(seconds), *(_cell(quote[name][at]) for name in names)))
            for at, seconds in enumerate(result["timestamp"])
        ]
        symbol = result.get("meta", {}).get("symbol")
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise BadFile(file, f"is no chart as Yahoo writes it: {error}") from error
    return Table(file=file, header=("date", *names), rows=tuple(rows), symbol=symbol)


def _day(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()


def _cell(value: object) -> str:
    return "" if value is None else repr(value)


def _from_parquet(path: Path) -> Table:
    from fastparquet import ParquetFile

    try:
        with path.open("rb") as file:
            frame = ParquetFile(file).to_pandas()
    except (ValueError, TypeError, KeyError, OSError) as error:
        raise BadFile(path.name, f"is no Parquet file: {error}") from error
    header = tuple(clean(str(one)) for one in frame.columns)
    cells = ([*map(_text, row)] for row in frame.itertuples(index=False))
    return Table(
        file=path.name, header=header, rows=tuple((at, tuple(row)) for at, row in enumerate(cells, start=1))
    )


def _text(value: object) -> str:
    text = str(value)
    return "" if text in {"nan", "NaT", "None", "<NA>"} else text
