"""Trades as CSV: one row for each tax lot, safe to open in a spreadsheet.

A trade that was bought once and sold once is one row; sold in parts, a row each; what is still held, or never
filled, a row whose sale is blank. Each leg of a structure has lots of its own, and so have shares that came
of one, with the strike as their price. The columns before `symbol` and the last, `structure`, are the trade's
and stand on each of its rows, those between are the lot's own and add up. RFC 4180, UTF-8.
"""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from chalicelib.domain.clocks.calendar import new_york_date
from chalicelib.domain.instants import rfc3339
from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.trading.legs import Leg
from chalicelib.domain.trading.lots import Execution, Lot, match_lots
from chalicelib.store.trades.exports import BookedLeg, BookedTrade, Row

#: A cell that begins so is taken for a formula by some spreadsheet (OWASP, CSV Injection).
FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
#: Where a spreadsheet of another locale, or an import by tabs or lines, would begin a cell within a text.
_AFTER_SEPARATOR: Final = re.compile(r"([;\t\r\n])([=+\-@＝＋－＠])")
TRADE_COLUMNS: Final = (
    *("id", "ticker", "option_type", "strike", "expiry", "status", "close_reason", "strategy", "originator"),
    *("broker_mode", "qty", "filled_qty", "open_qty", "order_type", "limit_price", "sl_price", "tp_price"),
    *("override_count", "realized_pnl_pct", "hold_duration_h", "max_gain", "max_drawdown"),
    *("delta_at_entry", "iv_at_entry", "card_score", "ai_score", "ai_verdict", "gate_verdict"),
    *("technical_score", "sentiment_score", "target_pnl_15m", "target_pnl_1h", "target_mfe_pct"),
    *("target_mae_pct", "created_at", "trade_context"),
)
_LOT_COLUMNS: Final = (
    *("symbol", "lot", "side", "quantity", "entry_date", "entry_price", "close_date", "close_price"),
    *("fees", "realized_pnl", "description", "date_acquired", "date_sold", "proceeds", "cost_basis", "gain"),
    "term",
)
OUTCOME_COLUMNS: Final = ("entry_date", "entry_price", "close_date", "close_price", "fees", "realized_pnl")
#: What came later stands last: a lot's leg, what brought it where nobody asked, and the structure's name.
_LEG_COLUMNS: Final = ("leg_no", "origin", "structure")
#: What the rows are made of: the trade's own columns, and what it tells where there are no executions.
READ_COLUMNS: Final = (*TRADE_COLUMNS, *OUTCOME_COLUMNS, "is_locked", "structure")
COLUMNS: Final = (*TRADE_COLUMNS, *_LOT_COLUMNS, *_LEG_COLUMNS)

_Cell = str | int | Decimal | date | datetime | Mapping[str, object] | None


def header() -> str:
    """Return the line of the columns' names."""
    return lines([COLUMNS])


def rows(trades: Iterable[BookedTrade]) -> str:
    """Write the lots of these trades."""
    return lines(line for trade in trades for line in _tradelines(trade))


def _tradelines(trade: BookedTrade) -> Iterator[Sequence[str]]:
    own = [cell(trade.row[name]) for name in TRADE_COLUMNS]
    for cells in _cells_of_lots(trade) or [_cells_without_lot(trade)]:
        told = {**cells, "structure": trade.row["structure"]}
        yield [*own, *(cell(told.get(name)) for name in (*_LOT_COLUMNS, *_LEG_COLUMNS))]


def _cells_of_lots(trade: BookedTrade) -> list[Mapping[str, _Cell]]:
    lots = [
        (one.leg, lot)
        for one in trade.legs
        for lot in match_lots(
            one.executions or _told(trade.row, trade.legs), one.leg.multiplier, one.leg.side
        )
    ]
    return [_lot_cells(leg, number, lot) for number, (leg, lot) in enumerate(lots, start=1)]


def _cells_without_lot(trade: BookedTrade) -> Mapping[str, _Cell]:
    """Return what the trade itself tells where no lot can be made of it; all blank while it waits."""
    symbol = trade.legs[0].leg.symbol if len(trade.legs) == 1 else trade.row["ticker"] if trade.legs else None
    if not trade.row["is_locked"]:
        return {"symbol": symbol}
    return {"symbol": symbol, **{name: trade.row[name] for name in OUTCOME_COLUMNS}}


def _told(row: Row, legs: Sequence[BookedLeg]) -> list[Execution]:
    """Make executions of what the trade itself tells of its one leg, where none are stored."""
    if len(legs) > 1:
        return []
    is_long = legs[0].leg.side is LegSide.LONG
    told = []
    if row["entry_date"] is not None and row["entry_price"] is not None and row["filled_qty"] > 0:
        told.append(_execution(row, "entry", is_buy=is_long, fees=Decimal(0)))
        if row["close_date"] is not None and row["close_price"] is not None:
            told.append(_execution(row, "close", is_buy=not is_long, fees=row["fees"]))
    return told


def _execution(row: Row, which: str, *, is_buy: bool, fees: Decimal) -> Execution:
    return Execution(
        at=row[f"{which}_date"],
        is_buy=is_buy,
        quantity=row["filled_qty"],
        price=row[f"{which}_price"],
        fees=fees,
    )


def _lot_cells(leg: Leg, number: int, lot: Lot) -> Mapping[str, _Cell]:
    """Return the lot's cells by column."""
    is_long = lot.side is LegSide.LONG
    bought, sold = (lot.acquired_at, lot.buy_price), (lot.sold_at, lot.sell_price)
    (opened_at, open_price), (closed_at, close_price) = (bought, sold) if is_long else (sold, bought)
    return {
        "symbol": leg.symbol,
        "lot": number,
        "side": lot.side,
        "quantity": lot.quantity,
        "entry_date": opened_at,
        "entry_price": open_price,
        "close_date": closed_at,
        "close_price": close_price,
        "fees": lot.fees,
        "realized_pnl": lot.gain,
        "description": describe(leg, lot.quantity),
        "date_acquired": None if lot.acquired_at is None else new_york_date(lot.acquired_at),
        "date_sold": None if lot.sold_at is None else new_york_date(lot.sold_at),
        "proceeds": lot.proceeds,
        "cost_basis": lot.cost_basis,
        "gain": lot.gain,
        "term": lot.term,
        "leg_no": leg.leg_no,
        "origin": leg.origin,
    }


def describe(leg: Leg, quantity: Decimal) -> str:
    """Name a lot as Form 8949 wants it (column a): `2 SPY 03/20/2026 CALL 580`, `100 sh. SPY`."""
    if leg.instrument is not Instrument.OPTION or leg.expiry is None or leg.strike is None:
        unit = "sh. " if leg.instrument is Instrument.EQUITY else ""
        return f"{_plain(quantity)} {unit}{leg.symbol}"
    root = leg.symbol[:-15].strip() or leg.symbol
    return f"{_plain(quantity)} {root} {leg.expiry:%m/%d/%Y} {leg.option_type} {_plain(leg.strike)}"


def cell(value: _Cell) -> str:
    """Write one cell: numbers plainly, and no text that a spreadsheet would run."""
    match value:
        case None:
            return ""
        case Decimal():
            return _plain(value)
        case datetime():
            return rfc3339(value)
        case int() | date():
            return str(value)
        case Mapping():
            text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
            return _AFTER_SEPARATOR.sub(_escaped, text)  # the same JSON, read by whoever reads JSON
    text = _AFTER_SEPARATOR.sub(r"\1'\2", str(value))
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _escaped(found: re.Match[str]) -> str:
    return f"{found[1]}\\u{ord(found[2]):04x}"


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"


def lines(rows_of_cells: Iterable[Sequence[str]]) -> str:
    """Write rows of cells."""
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerows(rows_of_cells)
    return written.getvalue()
