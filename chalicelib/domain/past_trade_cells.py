"""Cells of a spreadsheet as people write them: numbers, days, times, words. Pure.

Each reader takes a row's cells by their column and raises UnreadableCell.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Final, TypeAlias

from chalicelib.domain.calendar import NEW_YORK
from chalicelib.domain.trades import CloseReason

Cells: TypeAlias = Mapping[str, str]

_REASONS: Final = frozenset(
    {
        CloseReason.TP_HIT,
        CloseReason.SL_HIT,
        CloseReason.MANUAL_CLOSE,
        CloseReason.EXPIRED_OTM,
        CloseReason.EXPIRED_ITM,
        CloseReason.EXERCISED,
        CloseReason.STRATEGY_EXIT,
    }
)
_DAY_FORMATS: Final = ("%m/%d/%Y", "%m/%d/%y", "%d.%m.%Y")
_TIME_FORMATS: Final = ("%H:%M", "%H:%M:%S", "%I:%M %p", "%I:%M:%S %p")
_NOON: Final = time(12)
#: No option was listed before (Cboe opened in 1973), and instants near year 1 have none in another zone.
_EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
#: Between these a return in per cent stays within NUMERIC(20,8).
_PRICE_MIN: Final = Decimal("0.0001")
_PRICE_MAX: Final = Decimal(1_000_000)
_DECIMALS_MAX: Final = 8
_DIGITS_MAX: Final = 20
_QUANTITY_MAX: Final = 1_000
_SCORE_MAX: Final = 1_000
_WORD_CHARACTERS_MAX: Final = 20
_NOTE_CHARACTERS_MAX: Final = 2_000


class UnreadableCell(Exception):
    """A cell that means nothing to us: its column and why."""

    def __init__(self, column: str, message: str) -> None:
        super().__init__(message)
        self.column = column


def read_required(cells: Cells, column: str) -> str:
    """Return a cell's text, which must be there."""
    if column not in cells:
        raise UnreadableCell(column, "is missing")
    return cells[column]


def read_quantity(cells: Cells, column: str) -> int:
    """Read a number of contracts, 1 to 1,000."""
    number = read_number(cells, column)
    if number != number.to_integral_value() or not 1 <= number <= _QUANTITY_MAX:
        raise UnreadableCell(column, f"must be a whole number from 1 to {_QUANTITY_MAX:,}")
    return int(number)


def read_price(cells: Cells, column: str) -> Decimal:
    """Read a price per share that somebody paid."""
    return _read_bounded(cells, column, _PRICE_MIN, _PRICE_MAX)


def read_amount(cells: Cells, column: str) -> Decimal:
    """Read fees, or the price of what may have become worthless."""
    return _read_bounded(cells, column, Decimal(0), _PRICE_MAX)


def _read_bounded(cells: Cells, column: str, least: Decimal, most: Decimal) -> Decimal:
    number = read_number(cells, column)
    if not least <= number <= most:
        raise UnreadableCell(column, f"must be from {least} to {most:,}")
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -_DECIMALS_MAX:
        raise UnreadableCell(column, f"may have {_DECIMALS_MAX} decimals")
    return number


def read_score(cells: Cells, column: str) -> Decimal | None:
    """Read a score, None without one."""
    if column not in cells:
        return None
    score = read_number(cells, column)
    if abs(score) > _SCORE_MAX:
        raise UnreadableCell(column, f"must be from -{_SCORE_MAX:,} to {_SCORE_MAX:,}")
    return score


def read_number(cells: Cells, column: str) -> Decimal:
    """Read a number as spreadsheets write it: `$1,234.50`, `(0.35)` and `-0.35` for a negative one."""
    text = read_required(cells, column).replace("$", "").replace(",", "").strip()
    if text.startswith("(") and text.endswith(")"):
        text = f"-{text[1:-1]}"
    try:
        number = Decimal(text)
    except InvalidOperation as error:
        raise UnreadableCell(column, "is not a number") from error
    if not number.is_finite() or len(number.as_tuple().digits) > _DIGITS_MAX:
        raise UnreadableCell(column, "is not a number")
    return number


def read_day(cells: Cells, column: str) -> date:
    """Read a day, in the order of ISO, of Americans with `/`, or of Europeans with `.`."""
    return _day(column, read_required(cells, column))


def _day(column: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        pass
    for form in _DAY_FORMATS:
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC).date()
        except ValueError:
            continue
    raise UnreadableCell(column, "is no date (2026-03-20, 3/20/2026)")


def read_instant(cells: Cells, column: str) -> datetime:
    """Read a time, returned in UTC; without an offset it is New York's, a day alone its noon."""
    text = read_required(cells, column)
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        read = _american(column, text)
    if read.tzinfo is None:
        at_noon = ":" not in text
        read = (datetime.combine(read.date(), _NOON) if at_noon else read).replace(tzinfo=NEW_YORK)
    try:
        at = read.astimezone(UTC)
    except OverflowError as error:
        raise UnreadableCell(column, "lies beyond the calendar") from error
    if at < _EARLIEST:
        raise UnreadableCell(column, f"lies before {_EARLIEST.year}")
    return at


def _american(column: str, text: str) -> datetime:
    day_text, _, time_text = text.partition(" ")
    day = _day(column, day_text)
    if not time_text:
        return datetime.combine(day, _NOON)
    for form in _TIME_FORMATS:
        try:
            at = datetime.strptime(time_text.strip().upper(), form).replace(tzinfo=UTC).time()
        except ValueError:
            continue
        return datetime.combine(day, at)
    raise UnreadableCell(column, "is no time (2026-03-20 14:30, 3/20/2026 2:30 PM)")


def read_reason(cells: Cells, column: str, close_price: Decimal) -> CloseReason:
    """Read why a trade ended; without a word it was closed by hand, or expired worthless at a price of 0."""
    text = cells.get(column, "").upper().replace(" ", "_")
    if not text:
        return CloseReason.EXPIRED_OTM if close_price == 0 else CloseReason.MANUAL_CLOSE
    if text not in _REASONS:
        raise UnreadableCell(column, "must be one of " + ", ".join(sorted(_REASONS)))
    return CloseReason(text)


def read_word(cells: Cells, column: str) -> str | None:
    """Read a name of up to 20 characters, None without one."""
    return _text(cells, column, _WORD_CHARACTERS_MAX)


def read_note(cells: Cells, column: str) -> str | None:
    """Read a free text of up to 2,000 characters, None without one."""
    return _text(cells, column, _NOTE_CHARACTERS_MAX)


def _text(cells: Cells, column: str, characters_max: int) -> str | None:
    text = cells.get(column)
    if text is not None and (len(text) > characters_max or "\x00" in text):
        raise UnreadableCell(column, f"may have {characters_max} characters, without NUL")
    return text
