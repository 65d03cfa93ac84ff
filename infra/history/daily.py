"""`dev.py history load` of daily facts: bars, closes, IV, earnings, ex-dates, macro windows (B-12)."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Final

from chalicelib.domain.backtest.loading.daily import ALL, DailyFile, DailyRow, Kind
from chalicelib.domain.backtest.loading.manifest import SourceFile
from chalicelib.domain.clocks.calendar import MarketCalendar, new_york_instant
from chalicelib.domain.desk.pipeline.facts import MacroWindow
from chalicelib.domain.instruments.tickers import spell_ticker
from infra.history.cells import sha256_of
from infra.history.days import DayReader
from infra.history.faults import BadFile, Faults
from infra.history.small_tables import Table, read_tables

#: Cboe's own names of its files.
_CBOE_FILE: Final = re.compile(r"([A-Z0-9]+)_History\.csv", re.IGNORECASE)
#: No index of volatility was ever below: less is a fraction.
_INDEX_MIN: Final = 2.0
_IV_MAX: Final = 5.0
_BAR: Final = ("open", "high", "low", "close")


@dataclass(frozen=True, slots=True)
class Found:
    """One row with where it stood."""

    row: int
    told: DailyRow


#: By day and, of macro windows, the release's name: the file and the row.
Rows = dict[tuple[date, str], tuple[str, Found]]
Reader = Callable[[Table, str | None, Faults], Iterator[tuple[str, Found]]]


def load_daily(kind: Kind, paths: Sequence[Path], symbol: str | None) -> tuple[DailyFile, ...]:
    """Read files of one kind; a file for each symbol, and its dividends where bars tell them.

    Raises BadFile.
    """
    faults, files = Faults(), []
    found: dict[tuple[Kind, str], Rows] = {}
    for path in paths:
        count = 0
        for table in read_tables(path):
            count += len(table.rows)
            for name, one in READERS[kind](table, symbol, faults):
                _keep(found.setdefault((kind, name), {}), table.file, one, faults)
            if kind is Kind.BARS:
                for name, one in _dividends_beside(table, symbol):
                    _keep(found.setdefault((Kind.DIVIDENDS, name), {}), table.file, one, faults)
        files.append(SourceFile(name=path.name, sha256=sha256_of(path), rows=count))
    if not found and symbol is not None and kind in {Kind.EARNINGS, Kind.DIVIDENDS}:
        found[kind, symbol] = {}  # a header and no row: known to have none
    if not found:
        raise BadFile(" ".join(one.name for one in files), "has no rows")
    for (each, name), rows in found.items():
        if each in {Kind.BARS, Kind.CLOSES}:
            _look_for_gaps(name, rows, faults)
    return tuple(
        DailyFile(
            kind=each,
            symbol=name,
            files=tuple(files),
            rows=tuple(one.told for _, (_, one) in sorted(rows.items())),
            faults=faults.all(),
        )
        for (each, name), rows in found.items()
    )


def _keep(rows: Rows, file: str, one: Found, faults: Faults) -> None:
    """Take one row a day and release; the same told twice is counted, told in two ways it stops the file."""
    key = (one.told.day, one.told.text)
    before = rows.get(key)
    if before is None:
        rows[key] = (file, one)
    elif before[1].told == one.told:
        faults.one("told twice", file, one.row, one.told.day.isoformat())
    else:
        reason = f"{one.told.day} is told otherwise in {before[0]} row {before[1].row}"
        raise BadFile(file, reason, row=one.row)


def _look_for_gaps(symbol: str, rows: Rows, faults: Faults) -> None:
    calendar, keys = MarketCalendar(), sorted(rows)
    for (before, _), (after, text) in pairwise(keys):
        between = (date.fromordinal(one) for one in range(before.toordinal() + 1, after.toordinal()))
        missing = [day for day in between if calendar.is_trading_day(day)]
        if missing:
            file, one = rows[after, text]
            span = f"{missing[0]} to {missing[-1]}, {len(missing)} sessions"
            words = f"{symbol} has no row of {span}"
            faults.one("a gap before this row", file, one.row, words, is_left_out=False)


def _symbol(table: Table, asked: str | None) -> str:
    told = table.symbol or asked
    if told is None:
        raise BadFile(table.file, "the file does not say whose rows it has: add --symbol")
    return spell_ticker(told)


def _days(table: Table, *names: str) -> Iterator[tuple[int, tuple[str, ...], date]]:
    at = table.needed(*names)
    reader = DayReader(table.file, table.header[at])
    for row, cells in table.rows:
        yield row, cells, reader.read(cells[at], row).day


def _sessions(table: Table, faults: Faults, *names: str) -> Iterator[tuple[int, tuple[str, ...], date]]:
    """Read days, without those on which nobody trades."""
    calendar = MarketCalendar()
    for row, cells, day in _days(table, *names):
        if calendar.is_trading_day(day):
            yield row, cells, day
        else:
            faults.one("not a trading day", table.file, row, day.isoformat())


def _bars(table: Table, asked: str | None, faults: Faults) -> Iterator[tuple[str, Found]]:
    if table.is_adjusted and not (table.symbol or "").startswith("^"):
        words = "Close is adjusted for dividends, strikes are not"
        faults.one("adjusted prices", table.file, 1, words, is_left_out=False)
    columns = [table.needed(name) for name in _BAR]
    volume, split = table.column("volume"), table.column("stock splits", "splitfactor")
    named = table.column("symbol", "ticker")
    for row, cells, day in _sessions(table, faults, "date", "datetime", "time"):
        bar = [table.number(row, cells, column) for column in columns]
        if any(one is None or one <= 0 for one in bar):
            faults.one("no bar", table.file, row, day.isoformat())
            continue
        if (table.number(row, cells, split) or 1.0) != 1.0:
            words = f"{day}: {cells[split or 0]} for 1"
            faults.one("a split", table.file, row, words, is_left_out=False)
        values = (
            *(one / table.price_units for one in bar if one is not None),
            table.number(row, cells, volume),
        )
        symbol = _symbol(table, asked) if named is None else spell_ticker(cells[named])
        yield symbol, Found(row, DailyRow(day=day, values=values))


def _dividends_beside(table: Table, asked: str | None) -> Iterator[tuple[str, Found]]:
    paid = table.column("dividends", "divcash")
    if paid is None:
        return
    named = table.column("symbol", "ticker")
    for row, cells, day in _days(table, "date", "datetime", "time"):
        amount = table.number(row, cells, paid)
        if amount:
            symbol = _symbol(table, asked) if named is None else spell_ticker(cells[named])
            yield symbol, Found(row, DailyRow(day=day, values=(amount, 0)))


def _closes(table: Table, asked: str | None, faults: Faults) -> Iterator[tuple[str, Found]]:
    """Read closes of an index: Cboe's two layouts, or anything with days and closes."""
    name = _CBOE_FILE.fullmatch(table.file.rsplit("/", 1)[-1])
    value = table.column("close")
    if value is None:
        others = [at for at, one in enumerate(table.header) if one != "date"]
        if len(others) != 1:
            raise BadFile(table.file, "the header is not one of an index: DATE,…,CLOSE or DATE,VVIX", row=1)
        value = others[0]
        by_header = table.header[value]
    else:
        by_header = None
    symbol = spell_ticker(asked or (name[1] if name else None) or by_header or _symbol(table, None))
    for row, cells, day in _sessions(table, faults, "date"):
        close = table.number(row, cells, value)
        if close is None:
            faults.one("no close", table.file, row, day.isoformat())
            continue
        if close < _INDEX_MIN:
            reason = f"{close:g} is no index in per cent points (18.65 for 18.65 %)"
            raise BadFile(table.file, reason, row=row, column=table.header[value])
        yield symbol, Found(row, DailyRow(day=day, values=(close,)))


def _iv(table: Table, asked: str | None, faults: Faults) -> Iterator[tuple[str, Found]]:
    named, value = table.column("symbol", "ticker"), table.needed("iv", "iv30", "iv30d")
    for row, cells, day in _sessions(table, faults, "date", "tradedate"):
        iv = table.number(row, cells, value)
        if iv is None or iv <= 0:
            faults.one("no IV", table.file, row, day.isoformat())
            continue
        if iv > _IV_MAX:
            reason = f"{iv:g} looks like per cent: a fraction is needed (0.1865 for 18.65 %)"
            raise BadFile(table.file, reason, row=row, column=table.header[value])
        symbol = _symbol(table, asked) if named is None else spell_ticker(cells[named])
        yield symbol, Found(row, DailyRow(day=day, values=(iv,)))


def _earnings(table: Table, asked: str | None, faults: Faults) -> Iterator[tuple[str, Found]]:
    del faults
    named = table.column("symbol", "ticker")
    for row, cells, day in _days(table, "date", "earnings_date"):
        symbol = _symbol(table, asked) if named is None else spell_ticker(cells[named])
        yield symbol, Found(row, DailyRow(day=day))


def _dividends(table: Table, asked: str | None, faults: Faults) -> Iterator[tuple[str, Found]]:
    named, paid = table.column("symbol", "ticker"), table.needed("amount", "dividends", "dividend")
    often = table.column("times_a_year", "frequency")
    for row, cells, day in _days(table, "ex_date", "exdate", "date"):
        amount = table.number(row, cells, paid)
        if amount is None or amount <= 0:
            faults.one("no amount", table.file, row, day.isoformat())
            continue
        symbol = _symbol(table, asked) if named is None else spell_ticker(cells[named])
        values = (amount, table.number(row, cells, often) or 0)
        yield symbol, Found(row, DailyRow(day=day, values=values))


def _macro(table: Table, asked: str | None, faults: Faults) -> Iterator[tuple[str, Found]]:
    """Read windows as the product keeps them, or releases, which have the usual window around them."""
    del asked, faults
    name, starts = table.needed("name", "event"), table.column("start", "starts_at")
    for row, cells in table.rows:
        if starts is not None:
            ends = table.needed("end", "ends_at")
            window = MacroWindow(
                name=cells[name],
                starts_at=_aware(table, row, cells, starts),
                ends_at=_aware(table, row, cells, ends),
            )
            if window.ends_at <= window.starts_at:
                raise BadFile(table.file, "ends before it starts", row=row)
        else:
            window = MacroWindow.around(cells[name], _release(table, row, cells))
        told = DailyRow(
            day=window.starts_at.date(),
            text=window.name,
            starts_at=window.starts_at,
            ends_at=window.ends_at,
        )
        yield f"{ALL}", Found(row, told)


def _aware(table: Table, row: int, cells: Sequence[str], at: int) -> datetime:
    try:
        told = datetime.fromisoformat(cells[at])
    except ValueError as error:
        raise BadFile(
            table.file, f"{cells[at][:40]!r} is no instant", row=row, column=table.header[at]
        ) from error
    if told.tzinfo is None:
        reason = f"{cells[at]!r} does not say its zone (2024-01-11T08:30:00-05:00)"
        raise BadFile(table.file, reason, row=row, column=table.header[at])
    return told


def _release(table: Table, row: int, cells: Sequence[str]) -> datetime:
    day_at, time_at = table.needed("date"), table.needed("time")
    reader = DayReader(table.file, table.header[day_at])
    return new_york_instant(reader.read(cells[day_at], row).day, reader.time(cells[time_at], row))


READERS: Final[Mapping[Kind, Reader]] = {
    Kind.BARS: _bars,
    Kind.CLOSES: _closes,
    Kind.IV: _iv,
    Kind.EARNINGS: _earnings,
    Kind.DIVIDENDS: _dividends,
    Kind.MACRO: _macro,
}


def words_of(files: Iterable[DailyFile]) -> Iterator[str]:
    """Say what was loaded, a line each."""
    for one in files:
        span = f", {one.rows[0].day} to {one.rows[-1].day}" if one.rows else ": known to have none"
        yield f"{one.kind} of {one.symbol}: {len(one.rows):,} rows{span}"
