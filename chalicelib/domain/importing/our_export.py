"""Our own export read back: its rows are lots, and the lots of one id are that trade again.

What is still open is no past trade, and what has several legs is no single contract's: such rows are left
out, and named. Figures come back to the cent, since a lot's prices are those of the executions that it was
matched from.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from typing import Final

from chalicelib.domain.importing import columns
from chalicelib.domain.importing.cells import (
    Row,
    UnreadableCell,
    read_amount,
    read_cost,
    read_ended_reason,
    read_finite,
    read_instant,
    read_optional,
    read_price,
    read_required,
    read_score,
    read_whole,
    read_word,
)
from chalicelib.domain.importing.past_trade import PastFill, PastTrade
from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.instruments.symbols import OPTION_MULTIPLIER, NotAnOptionSymbol, OptionContract
from chalicelib.domain.json_value import JsonValue
from chalicelib.domain.money import ZERO, to_cents
from chalicelib.domain.structures.shapes import OF_ONE_LEG
from chalicelib.domain.trading.orders import OrderRole
from chalicelib.domain.trading.trades import ENDED

_CONTEXT_BYTES_MAX: Final = 16 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A row of our own export that is no past trade, and why."""

    row: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lots:
    """What the rows of our own export hold."""

    trades: tuple[PastTrade, ...]
    faults: tuple[tuple[int, UnreadableCell], ...]
    left_out: tuple[LeftOut, ...]


def read_lots(rows: Iterable[Row], now: datetime) -> Lots:
    """Read the lots of an export, trade by trade as it wrote them; nothing may lie after `now`."""
    trades: list[PastTrade] = []
    faults: list[tuple[int, UnreadableCell]] = []
    left_out: list[LeftOut] = []
    for _, group in groupby(rows, key=lambda row: row.cells.get("id")):
        lots = list(group)
        why = _why_left_out(lots)
        if why is not None:
            left_out += [LeftOut(row=row.number, why=why) for row in lots]
            continue
        try:
            trades.append(_read_trade(lots, now))
        except UnreadableCell as error:
            faults.append((lots[0].number, error))
    return Lots(trades=tuple(trades), faults=tuple(faults), left_out=tuple(left_out))


def _why_left_out(lots: Sequence[Row]) -> str | None:
    """Say why these rows are no past trade that can be taken over; None when they are one."""
    first = lots[0].cells
    if first.get("status") not in ENDED:
        return "the trade has not ended"
    structure = first.get("structure")
    if structure is not None and structure not in OF_ONE_LEG:
        return f"a trade of several legs ({structure}) is not taken over"
    if len({row.cells.get("symbol") for row in lots}) > 1:
        return "a trade of several instruments, shares that came of an option among them, is not taken over"
    if any(row.cells.get("leg_no") not in {None, "1"} for row in lots):
        return "a leg alone is not taken over"
    return None


def _read_trade(lots: Sequence[Row], now: datetime) -> PastTrade:
    first = lots[0]
    side = _read_side(first)
    fills = _joined(fill for row in lots for fill in _fills_of(row, side))
    if max(fill.at for fill in fills) > now:
        raise UnreadableCell("close_date", "lies in the future")
    symbol = read_required(first, "symbol").upper()
    return PastTrade(
        row=first.number,
        symbol=symbol,
        contract=_contract_of(symbol),
        ticker=read_required(first, "ticker").upper(),
        side=side,
        fills=fills,
        close_reason=read_ended_reason(first, "close_reason"),
        strategy=read_word(_unguarded(first, "strategy"), "strategy"),
        sl_price=read_optional(first, "sl_price", read_price),
        tp_price=read_optional(first, "tp_price", read_price),
        ai_verdict=read_word(_unguarded(first, "ai_verdict"), "ai_verdict"),
        card_score=read_score(first, "card_score"),
        context=_context_of(first),
        told={
            "gate_verdict": read_word(_unguarded(first, "gate_verdict"), "gate_verdict"),
            **{name: read_score(first, name) for name in columns.SCORES},
            **{name: read_optional(first, name, read_finite) for name in columns.FIGURES},
        },
        exported_id=first.cells.get("id"),
    )


def _contract_of(symbol: str) -> OptionContract | None:
    try:
        return OptionContract.parse_occ(symbol)
    except NotAnOptionSymbol:
        return None  # shares go by their ticker


def _read_side(row: Row) -> LegSide:
    try:
        return LegSide(read_required(row, "side"))
    except ValueError as error:
        raise UnreadableCell("side", "must be LONG or SHORT") from error


def _fills_of(row: Row, side: LegSide) -> list[PastFill]:
    """Return a lot's two executions; of one that lies against its trade's side both are exits."""
    lot_side = _read_side(row)
    opened, closed = (
        PastFill(
            role=OrderRole.ENTRY if is_opening and lot_side is side else OrderRole.EXIT,
            is_buy=is_opening is (lot_side is LegSide.LONG),
            quantity=read_whole(row, "qty"),
            price=read_amount(row, f"{which}_price"),
            at=read_instant(row, f"{which}_date"),
        )
        for which, is_opening in (("entry", True), ("close", False))
    )
    return _with_fees(row, opened, closed)


def _joined(parts: Iterable[PastFill]) -> tuple[PastFill, ...]:
    """Join what matching had cut an execution into, so that its fees are whole cents again."""
    joined: dict[tuple[OrderRole, bool, datetime, Decimal], PastFill] = {}
    for part in parts:
        key = (part.role, part.is_buy, part.at, part.price)
        before = joined.get(key)
        joined[key] = (
            part
            if before is None
            else replace(part, quantity=before.quantity + part.quantity, fees=before.fees + part.fees)
        )
    return tuple(sorted(joined.values(), key=lambda fill: fill.at))


def _with_fees(row: Row, opened: PastFill, closed: PastFill) -> list[PastFill]:
    """Share the lot's fees out as they were paid: what was paid to buy is in its cost basis."""
    fees = read_cost(row, "fees")
    bought = opened if opened.is_buy else closed
    multiplier = OPTION_MULTIPLIER if _contract_of(read_required(row, "symbol").upper()) else Decimal(1)
    basis = read_optional(row, "cost_basis", read_finite)
    to_buy = ZERO if basis is None else basis - to_cents(bought.price * bought.quantity * multiplier)
    return [replace(one, fees=to_buy if one.is_buy else fees - to_buy) for one in (opened, closed)]


def _unguarded(row: Row, column: str) -> Row:
    """Take back the apostrophe that keeps a spreadsheet from running a cell."""
    text = row.cells.get(column)
    if text is None or not text.startswith("'"):
        return row
    return replace(row, cells={**row.cells, column: text[1:]})


def _context_of(row: Row) -> dict[str, JsonValue] | None:
    text = row.cells.get("trade_context")
    if text is None:
        return None
    try:
        found = json.loads(text, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError) as error:
        raise UnreadableCell("trade_context", "is no JSON") from error
    if not isinstance(found, dict) or len(text.encode()) > _CONTEXT_BYTES_MAX or "\\u0000" in text:
        raise UnreadableCell("trade_context", "must be an object of at most 16 KB, without NUL")
    return found
