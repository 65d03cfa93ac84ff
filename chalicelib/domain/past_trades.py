"""A spreadsheet of past trades, read row by row: what has a meaning is taken, what has none is named.

Pure: text in, trades and faults out. A row is one closed trade of a single long option.
"""

import csv
import hashlib
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from chalicelib.domain.money import ZERO, to_cents
from chalicelib.domain.past_trade_cells import (
    Cells,
    UnreadableCell,
    read_amount,
    read_day,
    read_instant,
    read_note,
    read_number,
    read_price,
    read_quantity,
    read_reason,
    read_required,
    read_score,
    read_word,
)
from chalicelib.domain.symbols import OPTION_MULTIPLIER, NotAnOptionSymbol, OptionContract, OptionType
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
_TICKER: Final = re.compile(r"[A-Z0-9./-]{1,10}")
_ROOT_CHARACTERS_MAX: Final = 6


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

    @property
    def gross_pnl(self) -> Decimal:
        """Return dollars, before fees."""
        return to_cents((self.close_price - self.entry_price) * self.qty * OPTION_MULTIPLIER)

    @property
    def net_pnl(self) -> Decimal:
        """Return dollars, after fees."""
        return self.gross_pnl - to_cents(self.fees)


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
        filled = {name: cell.strip() for name, cell in named if name and cell.strip()}
        try:
            trade = _read_row(number, filled, now, occurrences=seen)
        except UnreadableCell as error:
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


def _read_row(number: int, cells: Cells, now: datetime, *, occurrences: dict[str, int]) -> PastTrade:
    """Read one row; `occurrences` counts equal rows of the file, for their fingerprints."""
    contract = _read_contract(cells)
    entry_at, closed_at = _read_times(cells, now)
    entry_price, close_price = read_price(cells, "entry_price"), read_amount(cells, "close_price")
    qty = read_quantity(cells, "qty")
    # However its numbers are written: spreadsheets drop trailing zeros when they save.
    entry = f"{entry_at.isoformat()}|{entry_price.normalize()}"
    key = f"{contract.to_occ()}|{qty}|{entry}|{closed_at.isoformat()}|{close_price.normalize()}"
    occurrences[key] = occurrences.get(key, 0) + 1
    return PastTrade(
        row=number,
        contract=contract,
        ticker=_read_ticker(cells, contract),
        qty=qty,
        entry_at=entry_at,
        entry_price=entry_price,
        closed_at=closed_at,
        close_price=close_price,
        fees=read_amount(cells, "fees") if "fees" in cells else ZERO,
        close_reason=read_reason(cells, "close_reason", close_price),
        strategy=read_word(cells, "strategy"),
        sl_price=read_price(cells, "sl_price") if "sl_price" in cells else None,
        tp_price=read_price(cells, "tp_price") if "tp_price" in cells else None,
        ai_verdict=read_word(cells, "ai_verdict"),
        card_score=read_score(cells, "card_score"),
        notes=read_note(cells, "notes"),
        # Two equal rows of one file are two trades; the file given again is none.
        fingerprint=hashlib.sha256(f"{key}|{occurrences[key]}".encode()).hexdigest(),
    )


def _read_times(cells: Cells, now: datetime) -> tuple[datetime, datetime]:
    entry_at, closed_at = read_instant(cells, "entry_date"), read_instant(cells, "close_date")
    if closed_at < entry_at:
        raise UnreadableCell("close_date", "lies before the entry")
    if closed_at > now:
        raise UnreadableCell("close_date", "lies in the future")
    return entry_at, closed_at


def _read_ticker(cells: Cells, contract: OptionContract) -> str:
    ticker = cells.get("ticker", contract.underlying).upper()
    if not _TICKER.fullmatch(ticker):
        raise UnreadableCell("ticker", "1 to 10 of A-Z 0-9 . / -")
    return ticker


def _read_contract(cells: Cells) -> OptionContract:
    if "symbol" in cells:
        try:
            return OptionContract.parse_occ(cells["symbol"].upper())
        except NotAnOptionSymbol as error:
            why = "is not an OCC option symbol, such as SPY260115C00580000"
            raise UnreadableCell("symbol", why) from error
    kind = _TYPES.get(read_required(cells, "option_type").lower())
    if kind is None:
        raise UnreadableCell("option_type", "must be CALL or PUT")
    root = re.sub(r"[^A-Z0-9]", "", read_required(cells, "ticker").upper())
    if not 1 <= len(root) <= _ROOT_CHARACTERS_MAX:
        raise UnreadableCell("ticker", "is no root of an option")
    expiry, strike = read_day(cells, "expiry"), read_number(cells, "strike")
    try:
        return OptionContract(root=root, expiry=expiry, option_type=kind, strike=strike)
    except ValueError as error:
        why = "must be above 0 and below 100,000, with 3 decimals at most"
        raise UnreadableCell("strike", why) from error
