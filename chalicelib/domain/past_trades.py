"""A spreadsheet of past trades, read row by row: what has a meaning is taken, what has none is named.

Pure: text in, trades and faults out. A row is one closed trade of a single long option.
"""

import csv
import hashlib
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Final

from chalicelib.domain.calendar import NEW_YORK
from chalicelib.domain.symbols import NotAnOptionSymbol, OptionContract, OptionType
from chalicelib.domain.trades import CloseReason

ROWS_MAX: Final = 2000
#: What people call our columns; names are compared in lower case, without spaces, - and _.
_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "symbol": ("symbol", "occ", "occsymbol", "contract", "description"),
    "ticker": ("ticker", "underlying", "root", "stock"),
    "option_type": ("optiontype", "type", "callput", "cp", "right", "putcall"),
    "strike": ("strike", "strikeprice"),
    "expiry": ("expiry", "expiration", "expirationdate", "expirydate", "exp"),
    "qty": ("qty", "quantity", "contracts", "size"),
    "entry_date": ("entrydate", "opened", "opendate", "entrytime", "dateacquired", "boughtat"),
    "entry_price": ("entryprice", "openprice", "buyprice", "cost", "entry"),
    "close_date": ("closedate", "closed", "exitdate", "exittime", "datesold", "soldat"),
    "close_price": ("closeprice", "exitprice", "sellprice", "exit"),
    "fees": ("fees", "fee", "commission", "commissions"),
    "strategy": ("strategy", "setup"),
    "close_reason": ("closereason", "reason", "outcome"),
    "sl_price": ("slprice", "stop", "stoploss"),
    "tp_price": ("tpprice", "target", "takeprofit"),
    "ai_verdict": ("aiverdict", "verdict"),
    "card_score": ("cardscore", "score"),
    "notes": ("notes", "note", "comment"),
}
_REQUIRED: Final = ("qty", "entry_date", "entry_price", "close_date", "close_price")
_TYPES: Final = {"c": OptionType.CALL, "call": OptionType.CALL, "p": OptionType.PUT, "put": OptionType.PUT}
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
_TICKER: Final = re.compile(r"[A-Z0-9./-]{1,10}")
_DAY_FORMATS: Final = ("%m/%d/%Y", "%m/%d/%y", "%d.%m.%Y")
_TIME_FORMATS: Final = ("%H:%M", "%H:%M:%S", "%I:%M %p", "%I:%M:%S %p")
_NOON: Final = time(12)
_PRICE_MAX: Final = Decimal(1_000_000)
_WORD_CHARACTERS_MAX: Final = 20
_NOTE_CHARACTERS_MAX: Final = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class PastTrade:
    """One closed trade of the file. Prices per share, fees in dollars for the whole, instants UTC."""

    row: int
    contract: OptionContract
    ticker: str
    qty: int
    entry_at: datetime
    entry_price: Decimal
    closed_at: datetime
    close_price: Decimal
    fees: Decimal
    close_reason: CloseReason
    strategy: str | None
    sl_price: Decimal | None
    tp_price: Decimal | None
    ai_verdict: str | None
    card_score: Decimal | None
    notes: str | None
    fingerprint: str
    """The same row again, in this file or another, has the same one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFault:
    """Why a row was not taken; `row` counts as a spreadsheet does, the header being row 1."""

    row: int
    column: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadFile:
    """What a file holds."""

    trades: tuple[PastTrade, ...]
    faults: tuple[RowFault, ...]


class _Unreadable(ValueError):
    """A cell that means nothing to us: its column and why."""

    def __init__(self, column: str, message: str) -> None:
        super().__init__(message)
        self.column = column


def read_past_trades(text: str, *, now: datetime) -> ReadFile:
    """Read a CSV with a header, separated by commas, semicolons or tabs; nothing may lie after `now`."""
    lines = text.removeprefix("\ufeff")
    header = lines.partition("\n")[0]
    separator = max((",", ";", "\t"), key=header.count)
    rows = csv.reader(io.StringIO(lines), delimiter=separator)
    try:
        return _read_rows(list(rows), now)
    except csv.Error as error:
        return ReadFile(trades=(), faults=(RowFault(row=1, column="", message=f"not CSV: {error}"),))


def _read_rows(rows: list[list[str]], now: datetime) -> ReadFile:
    if not rows or not any(cell.strip() for cell in rows[0]):
        return ReadFile(trades=(), faults=(RowFault(row=1, column="", message="the file has no header"),))
    names, faults = _read_header(rows[0])
    if len(rows) - 1 > ROWS_MAX:
        faults.append(RowFault(row=ROWS_MAX + 2, column="", message=f"a file may have {ROWS_MAX} rows"))
    if faults:
        return ReadFile(trades=(), faults=tuple(faults))
    trades: list[PastTrade] = []
    seen: dict[str, int] = {}
    for number, cells in enumerate(rows[1:], start=2):
        if not any(cell.strip() for cell in cells):
            continue
        named = zip(names, cells, strict=False)
        values = {name: cell.strip() for name, cell in named if name and cell.strip()}
        try:
            trade = _read_row(number, values, now, occurrence=seen)
        except _Unreadable as error:
            faults.append(RowFault(row=number, column=error.column, message=str(error)))
        else:
            trades.append(trade)
    return ReadFile(trades=tuple(trades), faults=tuple(faults))


def _read_header(cells: list[str]) -> tuple[list[str | None], list[RowFault]]:
    """Return which of our columns each cell names, None for those we have no use for."""
    known = {alias: name for name, aliases in _COLUMNS.items() for alias in aliases}
    names = [known.get(re.sub(r"[\s_\-/]", "", cell).lower()) for cell in cells]
    faults = [
        RowFault(row=1, column=name, message="stands in the header twice")
        for name in sorted({name for name in names if name and names.count(name) > 1})
    ]
    contract = "symbol" in names or {"ticker", "option_type", "strike", "expiry"} <= set(names)
    if not contract:
        message = "either symbol (OCC), or ticker, option_type, strike and expiry are needed"
        faults.append(RowFault(row=1, column="symbol", message=message))
    faults += [
        RowFault(row=1, column=name, message="is missing in the header")
        for name in _REQUIRED
        if name not in names
    ]
    return names, faults


def _read_row(
    number: int, values: Mapping[str, str], now: datetime, *, occurrence: dict[str, int]
) -> PastTrade:
    contract = _contract(values)
    entry_at, closed_at = _instant(values, "entry_date"), _instant(values, "close_date")
    if closed_at < entry_at:
        raise _Unreadable("close_date", "lies before the entry")
    if closed_at > now:
        raise _Unreadable("close_date", "lies in the future")
    close_price = _price(values, "close_price", zero=True)
    entry_price = _price(values, "entry_price")
    fees = _price(values, "fees", zero=True) if "fees" in values else Decimal(0)
    ticker = values.get("ticker", contract.underlying).upper()
    if not _TICKER.fullmatch(ticker):
        raise _Unreadable("ticker", "1 to 10 of A-Z 0-9 . / -")
    qty = _quantity(values)
    entry, exit_ = f"{entry_at.isoformat()}|{entry_price}", f"{closed_at.isoformat()}|{close_price}"
    key = f"{contract.to_occ()}|{qty}|{entry}|{exit_}"
    occurrence[key] = occurrence.get(key, 0) + 1
    return PastTrade(
        row=number,
        contract=contract,
        ticker=ticker,
        qty=qty,
        entry_at=entry_at,
        entry_price=entry_price,
        closed_at=closed_at,
        close_price=close_price,
        fees=fees,
        close_reason=_reason(values, close_price),
        strategy=_word(values, "strategy"),
        sl_price=_price(values, "sl_price") if "sl_price" in values else None,
        tp_price=_price(values, "tp_price") if "tp_price" in values else None,
        ai_verdict=_word(values, "ai_verdict"),
        card_score=_number(values, "card_score") if "card_score" in values else None,
        notes=_text(values, "notes", _NOTE_CHARACTERS_MAX),
        # Two equal rows of one file are two trades; the file given again is none.
        fingerprint=hashlib.sha256(f"{key}|{occurrence[key]}".encode()).hexdigest(),
    )


def _contract(values: Mapping[str, str]) -> OptionContract:
    if "symbol" in values:
        try:
            return OptionContract.parse_occ(values["symbol"].upper())
        except NotAnOptionSymbol as error:
            raise _Unreadable("symbol", "is not an OCC option symbol, such as SPY260115C00580000") from error
    kind = _TYPES.get(_required(values, "option_type").lower())
    if kind is None:
        raise _Unreadable("option_type", "must be CALL or PUT")
    root = re.sub(r"[^A-Z0-9]", "", _required(values, "ticker").upper())
    if not 1 <= len(root) <= 6:
        raise _Unreadable("ticker", "is no root of an option")
    try:
        return OptionContract(
            root=root, expiry=_day(values, "expiry"), option_type=kind, strike=_number(values, "strike")
        )
    except ValueError as error:
        if isinstance(error, _Unreadable):
            raise
        raise _Unreadable("strike", "must be above 0 and below 100,000, with 3 decimals at most") from error


def _required(values: Mapping[str, str], column: str) -> str:
    if column not in values:
        raise _Unreadable(column, "is missing")
    return values[column]


def _quantity(values: Mapping[str, str]) -> int:
    number = _number(values, "qty")
    if number != number.to_integral_value() or not 1 <= number <= 1000:
        raise _Unreadable("qty", "must be a whole number from 1 to 1,000")
    return int(number)


def _price(values: Mapping[str, str], column: str, *, zero: bool = False) -> Decimal:
    number = _number(values, column)
    if not (number > 0 or (zero and number == 0)) or number > _PRICE_MAX:
        least = "from 0" if zero else "above 0"
        raise _Unreadable(column, f"must be {least}, at most 1,000,000")
    if number.as_tuple().exponent not in range(-8, 30):
        raise _Unreadable(column, "may have 8 decimals")
    return number


def _number(values: Mapping[str, str], column: str) -> Decimal:
    """Read a number as spreadsheets write it: `$1,234.50`, `(0.35)` and `-0.35` for a negative one."""
    text = _required(values, column).replace("$", "").replace(",", "").strip()
    if text.startswith("(") and text.endswith(")"):
        text = f"-{text[1:-1]}"
    try:
        number = Decimal(text)
    except InvalidOperation as error:
        raise _Unreadable(column, "is not a number") from error
    if not number.is_finite() or len(number.as_tuple().digits) > 20:
        raise _Unreadable(column, "is not a number")
    return number


def _day(values: Mapping[str, str], column: str) -> date:
    text = _required(values, column)
    try:
        return date.fromisoformat(text)
    except ValueError:
        pass
    for form in _DAY_FORMATS:
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC).date()
        except ValueError:
            continue
    raise _Unreadable(column, "is no date (2026-03-20, 3/20/2026)")


def _instant(values: Mapping[str, str], column: str) -> datetime:
    """Read a time; without an offset it is New York's, a day alone its noon."""
    text = _required(values, column)
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        read = _american(column, text)
    if read.tzinfo is not None:
        return read.astimezone(UTC)
    if ":" not in text:
        read = datetime.combine(read.date(), _NOON)
    return read.replace(tzinfo=NEW_YORK).astimezone(UTC)


def _american(column: str, text: str) -> datetime:
    day_text, _, time_text = text.partition(" ")
    day = _day({column: day_text}, column)
    if not time_text:
        return datetime.combine(day, _NOON)
    for form in _TIME_FORMATS:
        try:
            at = datetime.strptime(time_text.strip().upper(), form).replace(tzinfo=UTC).time()
        except ValueError:
            continue
        return datetime.combine(day, at)
    raise _Unreadable(column, "is no time (2026-03-20 14:30, 3/20/2026 2:30 PM)")


def _reason(values: Mapping[str, str], close_price: Decimal) -> CloseReason:
    text = values.get("close_reason", "").upper().replace(" ", "_")
    if not text:
        return CloseReason.EXPIRED_OTM if close_price == 0 else CloseReason.MANUAL_CLOSE
    if text not in _REASONS:
        raise _Unreadable("close_reason", "must be one of " + ", ".join(sorted(_REASONS)))
    return CloseReason(text)


def _word(values: Mapping[str, str], column: str) -> str | None:
    return _text(values, column, _WORD_CHARACTERS_MAX)


def _text(values: Mapping[str, str], column: str, length_max: int) -> str | None:
    text = values.get(column)
    if text is not None and (len(text) > length_max or "\x00" in text):
        raise _Unreadable(column, f"may have {length_max} characters, without NUL")
    return text
