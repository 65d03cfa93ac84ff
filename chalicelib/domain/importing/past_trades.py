"""A spreadsheet of past trades, read row by row: what has a meaning is taken, what has none is named.

Pure: text in, trades and faults out. A row is one closed trade of a single long option; of our own export it
is one lot, and the lots of a trade are that trade again (`our_export.py`).
"""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from chalicelib.domain.clocks.calendar import new_york_date
from chalicelib.domain.importing import columns, days, numbers
from chalicelib.domain.importing.broker_files import one_table, read_executions, reader_of
from chalicelib.domain.importing.cells import (
    Row,
    Style,
    UnreadableCell,
    read_amount,
    read_day,
    read_fees,
    read_instant,
    read_note,
    read_number,
    read_optional,
    read_price,
    read_quantity,
    read_reason,
    read_required,
    read_score,
    read_word,
)
from chalicelib.domain.importing.our_export import LeftOut, Lots, read_lots
from chalicelib.domain.importing.past_trade import PastFill, PastTrade, numbered
from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.instruments.symbols import NotAnOptionSymbol, OptionContract, OptionType
from chalicelib.domain.instruments.tickers import root_of, spell_ticker
from chalicelib.domain.trading.orders import OrderRole

ROWS_MAX: Final = 2000
#: Brokers book what expired on the next business days, before 2015 from a Saturday on.
BOOKED_WITHIN: Final = timedelta(days=7)
_TYPES: Final = {"c": OptionType.CALL, "call": OptionType.CALL, "p": OptionType.PUT, "put": OptionType.PUT}
_TICKER: Final = re.compile(r"[A-Z0-9./-]{1,10}")
_ROOT_CHARACTERS_MAX: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFault:
    """Why a row was not taken; `row` counts as a spreadsheet does, the header being row 1."""

    row: int
    column: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadFile:
    """What a file holds; `left_out` are rows of our own export that are no past trade."""

    trades: tuple[PastTrade, ...] = ()
    faults: tuple[RowFault, ...] = ()
    left_out: tuple[LeftOut, ...] = ()


def read_past_trades(text: str, *, now: datetime) -> ReadFile:
    """Read a CSV with a header, separated by commas, semicolons or tabs; nothing may lie after `now`."""
    lines = text.removeprefix("\ufeff")
    header = lines.partition("\n")[0]
    separator = max((",", ";", "\t"), key=header.count)
    rows = csv.reader(io.StringIO(lines), delimiter=separator)
    try:
        return _read_rows(one_table(list(rows)), now)
    except csv.Error as error:
        return _unreadable(f"not CSV: {error}")


def _unreadable(message: str, *, row: int = 1, column: str = "") -> ReadFile:
    return ReadFile(faults=(RowFault(row=row, column=column, message=message),))


def _read_rows(lines: Sequence[Sequence[str]], now: datetime) -> ReadFile:
    if not lines or not any(cell.strip() for cell in lines[0]):
        return _unreadable("the file has no header")
    if len(lines) - 1 > ROWS_MAX:
        return _unreadable(f"a file may have {ROWS_MAX} rows", row=ROWS_MAX + 2)
    of_broker = reader_of(lines[0])
    if of_broker is not None:
        return _of_lots(read_executions(of_broker, lines[0], lines[1:], now))
    header = columns.read_header(lines[0])
    if header.faults:
        return ReadFile(
            faults=tuple(RowFault(row=1, column=name, message=text) for name, text in header.faults)
        )
    cells = [
        (number, {name: cell.strip() for name, cell in zip(header.names, line, strict=False) if name})
        for number, line in enumerate(lines[1:], start=2)
        if any(cell.strip() for cell in line)
    ]
    filled = [(number, {name: cell for name, cell in one.items() if cell}) for number, one in cells]
    style = _style_of([one for _, one in filled])
    rows = [Row(number=number, cells=one, style=style) for number, one in filled]
    return _read_our_export(rows, now) if header.is_our_export else _read_each(rows, now)


def _style_of(rows: Sequence[dict[str, str]]) -> Style:
    """Find out how the file writes its numbers, days and costs: its own cells are the only witnesses."""
    marks = numbers.marks_shown(row[name] for row in rows for name in columns.NUMBERS if name in row)
    costs = [row[name] for row in rows for name in columns.COSTS if name in row]
    return Style(
        decimal_marks=marks,
        day_orders=days.orders_left(row[name] for row in rows for name in columns.DAYS if name in row),
        has_positive_fees=any(_is_positive(text, marks) for text in costs),
    )


def _is_positive(text: str, marks: frozenset[numbers.DecimalMark]) -> bool:
    try:
        return numbers.read_number(text, marks) > 0
    except numbers.NotANumber:
        return False


def _read_each(rows: Sequence[Row], now: datetime) -> ReadFile:
    trades: list[PastTrade] = []
    faults: list[RowFault] = []
    for row in rows:
        try:
            trades.append(_read_row(row, now))
        except UnreadableCell as error:
            faults.append(RowFault(row=row.number, column=error.column, message=str(error)))
    return ReadFile(trades=numbered(trades), faults=tuple(faults))


def _read_our_export(rows: Sequence[Row], now: datetime) -> ReadFile:
    return _of_lots(read_lots(rows, now))


def _of_lots(read: Lots) -> ReadFile:
    faults = tuple(RowFault(row=row, column=error.column, message=str(error)) for row, error in read.faults)
    return ReadFile(trades=numbered(read.trades), faults=faults, left_out=read.left_out)


def _read_row(row: Row, now: datetime) -> PastTrade:
    contract = _read_contract(row)
    entry_at, closed_at = read_times(row, now)
    _check_life(contract, entry_at, closed_at)
    close_price = read_amount(row, "close_price")
    qty = read_quantity(row, "qty")
    fees = read_fees(row, columns.COSTS)
    bought = PastFill(
        role=OrderRole.ENTRY, is_buy=True, quantity=qty, price=read_price(row, "entry_price"), at=entry_at
    )
    sold = PastFill(
        role=OrderRole.EXIT, is_buy=False, quantity=qty, price=close_price, at=closed_at, fees=fees
    )
    notes = read_note(row, "notes")
    return PastTrade(
        row=row.number,
        symbol=contract.to_occ(),
        contract=contract,
        ticker=_read_ticker(row, contract),
        side=LegSide.LONG,
        fills=(bought, sold),
        close_reason=read_reason(row, "close_reason", close_price),
        strategy=read_word(row, "strategy"),
        sl_price=read_optional(row, "sl_price", read_price),
        tp_price=read_optional(row, "tp_price", read_price),
        ai_verdict=read_word(row, "ai_verdict"),
        card_score=read_score(row, "card_score"),
        context=None if notes is None else {"notes": notes},
    )


def read_times(row: Row, now: datetime) -> tuple[datetime, datetime]:
    """Read entry and close; raises UnreadableCell unless they lie in this order and before `now`."""
    entry_at, closed_at = read_instant(row, "entry_date"), read_instant(row, "close_date")
    if closed_at < entry_at:
        raise UnreadableCell("close_date", "lies before the entry")
    if closed_at > now:
        raise UnreadableCell("close_date", "lies in the future")
    return entry_at, closed_at


def _check_life(contract: OptionContract, entry_at: datetime, closed_at: datetime) -> None:
    """Raise for a contract that was bought or held when it was over; settlements may be booked days later."""
    if new_york_date(entry_at) > contract.expiry:
        raise UnreadableCell("entry_date", "lies after the contract's expiry")
    if new_york_date(closed_at) > contract.expiry + BOOKED_WITHIN:
        raise UnreadableCell("close_date", "lies too long after the contract's expiry")


def _read_ticker(row: Row, contract: OptionContract) -> str:
    """Read the ticker; what names this contract's own class, however it is spelled, becomes its one name."""
    given = row.cells.get("ticker", contract.underlying).upper()
    if root_of(given.replace(" ", "")) == contract.root:
        return contract.underlying
    ticker = spell_ticker(given)
    if not _TICKER.fullmatch(ticker):
        raise UnreadableCell("ticker", "1 to 10 of A-Z 0-9 . / -")
    return ticker


def _read_contract(row: Row) -> OptionContract:
    if "symbol" in row.cells:
        try:
            return OptionContract.parse_occ(row.cells["symbol"].upper())
        except NotAnOptionSymbol as error:
            why = "is not an OCC option symbol, such as SPY260115C00580000"
            raise UnreadableCell("symbol", why) from error
    kind = _TYPES.get(read_required(row, "option_type").lower())
    if kind is None:
        raise UnreadableCell("option_type", "must be CALL or PUT")
    root = re.sub(r"[^A-Z0-9]", "", read_required(row, "ticker").upper())
    if not 1 <= len(root) <= _ROOT_CHARACTERS_MAX:
        raise UnreadableCell("ticker", "is no root of an option")
    expiry, strike = read_day(row, "expiry"), read_number(row, "strike")
    try:
        return OptionContract(root=root, expiry=expiry, option_type=kind, strike=strike)
    except ValueError as error:
        why = "must be above 0 and below 100,000, with 3 decimals at most"
        raise UnreadableCell("strike", why) from error
