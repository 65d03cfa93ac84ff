"""Cells of a spreadsheet by their column: prices, fees, days, times, words. Pure.

Each reader takes a row and a column, and raises UnreadableCell.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from chalicelib.domain.importing import days, numbers
from chalicelib.domain.trading.trades import CloseReason


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How a file writes what can be read in two ways, as far as its own cells show it."""

    decimal_marks: frozenset[numbers.DecimalMark]
    day_orders: frozenset[days.DayOrder]
    has_positive_fees: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row's filled cells by our column, in a file of this style."""

    number: int
    cells: Mapping[str, str]
    style: Style


_REASONS: Final = frozenset(CloseReason) - {
    CloseReason.REJECTED,
    CloseReason.CANCELED,
    CloseReason.UNFILLED,
    CloseReason.NOT_PLACED,
}
#: Between these a return in per cent stays within NUMERIC(20,8).
_PRICE_MIN: Final = Decimal("0.0001")
_PRICE_MAX: Final = Decimal(1_000_000)
#: The largest figure that NUMERIC(20,8) holds.
_FIGURE_MAX: Final = Decimal(999_999_999_999)
_DECIMALS_MAX: Final = 8
_QUANTITY_MAX: Final = 1_000
_SCORE_MAX: Final = 1_000
_WORD_CHARACTERS_MAX: Final = 20
_NOTE_CHARACTERS_MAX: Final = 2_000


class UnreadableCell(Exception):
    """A cell that means nothing to us: its column and why."""

    def __init__(self, column: str, message: str) -> None:
        super().__init__(message)
        self.column = column


def read_required(row: Row, column: str) -> str:
    """Return a cell's text, which must be there."""
    if column not in row.cells:
        raise UnreadableCell(column, "is missing")
    return row.cells[column]


def read_optional(row: Row, column: str, read: Callable[[Row, str], Decimal]) -> Decimal | None:
    """Read a cell by this reader, None without one."""
    return read(row, column) if column in row.cells else None


def read_quantity(row: Row, column: str) -> Decimal:
    """Read a number of contracts, 1 to 1,000."""
    return _whole(row, column, _QUANTITY_MAX)


def read_whole(row: Row, column: str) -> Decimal:
    """Read a number of contracts or shares that were held in all, 1 to 1,000,000."""
    return _whole(row, column, int(_PRICE_MAX))


def _whole(row: Row, column: str, most: int) -> Decimal:
    number = read_number(row, column)
    if number != number.to_integral_value() or not 1 <= number <= most:
        raise UnreadableCell(column, f"must be a whole number from 1 to {most:,}")
    return number.quantize(Decimal(1))


def read_price(row: Row, column: str) -> Decimal:
    """Read a price per share that somebody paid."""
    return _read_bounded(row, column, _PRICE_MIN, _PRICE_MAX)


def read_amount(row: Row, column: str) -> Decimal:
    """Read fees, or the price of what may have become worthless."""
    return _read_bounded(row, column, Decimal(0), _PRICE_MAX)


def _read_bounded(row: Row, column: str, least: Decimal, most: Decimal) -> Decimal:
    return _bounded(column, read_number(row, column), least, most)


def _bounded(column: str, number: Decimal, least: Decimal, most: Decimal) -> Decimal:
    if not least <= number <= most:
        raise UnreadableCell(column, f"must be from {least} to {most:,}")
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -_DECIMALS_MAX:
        raise UnreadableCell(column, f"may have {_DECIMALS_MAX} decimals")
    return number


def read_cost(row: Row, column: str) -> Decimal:
    """Read fees of our own writing: a cost is positive, none is blank, and a rebate negative."""
    if column not in row.cells:
        return Decimal(0)
    return _read_bounded(row, column, -_PRICE_MAX, _PRICE_MAX)


def read_finite(row: Row, column: str) -> Decimal:
    """Read a figure of either sign."""
    return _read_bounded(row, column, -_FIGURE_MAX, _FIGURE_MAX)


def read_score(row: Row, column: str) -> Decimal | None:
    """Read a score, None without one."""
    if column not in row.cells:
        return None
    score = read_number(row, column)
    if abs(score) > _SCORE_MAX:
        raise UnreadableCell(column, f"must be from -{_SCORE_MAX:,} to {_SCORE_MAX:,}")
    return score


def read_number(row: Row, column: str) -> Decimal:
    """Read a number as the file writes them (`numbers.py`)."""
    try:
        return numbers.read_number(read_required(row, column), row.style.decimal_marks)
    except numbers.NotANumber as error:
        raise UnreadableCell(column, str(error)) from error


def read_fees(row: Row, columns: Sequence[str]) -> Decimal:
    """Add up what a trade cost; brokers write a cost as a negative number, and a rebate the other way round.

    A file that has both signs does not say which is which: its negative ones are refused.
    """
    total = Decimal(0)
    for column in columns:
        if column not in row.cells:
            continue
        number = read_number(row, column)
        if number < 0 and row.style.has_positive_fees:
            raise UnreadableCell(column, "is negative where other fees are positive: a cost or a rebate?")
        total += abs(number)
    return _bounded("fees", total, Decimal(0), _PRICE_MAX)


def read_day(row: Row, column: str) -> date:
    """Read a day as the file writes them (`days.py`)."""
    try:
        return days.read_day(read_required(row, column), row.style.day_orders)
    except days.NotADay as error:
        raise UnreadableCell(column, str(error)) from error


def read_instant(row: Row, column: str) -> datetime:
    """Read a time, returned in UTC; without an offset it is New York's, a day alone its noon."""
    try:
        return days.read_instant(read_required(row, column), row.style.day_orders)
    except days.NotADay as error:
        raise UnreadableCell(column, str(error)) from error


def read_reason(row: Row, column: str, close_price: Decimal) -> CloseReason:
    """Read why a trade ended; without a word it was closed by hand, or expired worthless at a price of 0."""
    if column not in row.cells:
        return CloseReason.EXPIRED_OTM if close_price == 0 else CloseReason.MANUAL_CLOSE
    return read_ended_reason(row, column)


def read_ended_reason(row: Row, column: str) -> CloseReason:
    """Read the word for why a trade that was held ended."""
    text = read_required(row, column).upper().replace(" ", "_")
    if text not in _REASONS:
        raise UnreadableCell(column, "must be one of " + ", ".join(sorted(_REASONS)))
    return CloseReason(text)


def read_word(row: Row, column: str) -> str | None:
    """Read a name of up to 20 characters, None without one."""
    return _text(row, column, _WORD_CHARACTERS_MAX)


def read_note(row: Row, column: str) -> str | None:
    """Read a free text of up to 2,000 characters, None without one."""
    return _text(row, column, _NOTE_CHARACTERS_MAX)


def _text(row: Row, column: str, characters_max: int) -> str | None:
    text = row.cells.get(column)
    if text is not None and (len(text) > characters_max or "\x00" in text):
        raise UnreadableCell(column, f"may have {characters_max} characters, without NUL")
    return text
