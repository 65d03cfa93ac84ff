"""The facts around one losing trade, put side by side (A-16): rows and sums, nobody's opinion."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.domain.analysis import loss
from chalicelib.domain.json_value import JsonValue
from chalicelib.domain.money import to_cents
from chalicelib.services.environment import Environment
from chalicelib.services.errors import FieldError, Invalid, NotFound
from chalicelib.services.reading.read_trades import transitions_in
from chalicelib.services.reading.trade_view import changes
from chalicelib.services.shapes import instant, number
from chalicelib.store.market.held_marks import HeldMark, HeldMarks, read_held_marks
from chalicelib.store.trades.trade_json import read_whole

Stored = Mapping[str, object]
_DAY_SECONDS: Final = Decimal(86_400)
_DAYS_SHOWN: Final = Decimal("0.000001")
_SHOWN: Final = (
    "id",
    "ticker",
    "strategy",
    "option_type",
    "strike",
    "expiry",
    "qty",
    "filled_qty",
    "entry_price",
    "entry_date",
    "close_price",
    "close_date",
    "close_reason",
    "realized_pnl",
    "realized_pnl_pct",
    "fees",
    "hold_duration_h",
    "broker_mode",
    "trigger_precision",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """One trade's rows, read once; `stored` is the shape of api.md with exact numbers."""

    stored: Stored
    changes: Sequence[Mapping[str, JsonValue]]
    transitions: Sequence[JsonValue]
    marks: HeldMarks
    entry_price: Decimal
    shares: Decimal
    gross: Decimal


def explain_loss(env: Environment, username: str, trade_id: UUID) -> dict[str, JsonValue]:
    """Put the facts of a loss together; raises NotFound, and Invalid for a trade that did not lose."""

    def work(connection: Connection) -> dict[str, JsonValue]:
        case = _read(connection, trade_id)
        return {
            "trade": {name: _plain(case.stored[name]) for name in _SHOWN},
            "plan": _plan(case),
            "changes": [dict(change) for change in case.changes],
            "exit": _exit(case),
            "excursion": _excursion(case),
            "market": _market(case),
            "what_could_have_been": _alternatives(case),
            "marks": {
                "snapshots": case.marks.snapshots,
                "without_mark": case.marks.without_mark,
                "delayed": case.marks.delayed,
            },
            "timeline": list(case.transitions),
        }

    return env.database.run(work, username=username)


def _read(connection: Connection, trade_id: UUID) -> _Case:
    text = read_whole(connection, trade_id)
    if text is None:
        raise NotFound("trade")
    stored: Stored = json.loads(text, parse_float=Decimal)
    pnl, entry_price = _number(stored, "realized_pnl"), _number(stored, "entry_price")
    if pnl is None or entry_price is None or pnl >= 0:
        raise Invalid([FieldError(field="trade_id", message="this trade has not ended with a loss")])
    leg = next(iter(_list(stored, "legs")), {"side": "LONG"})
    multiplier = _number(leg, "multiplier") or Decimal(1)
    sign = -1 if leg["side"] == "SHORT" else 1
    return _Case(
        stored=stored,
        changes=changes(connection, trade_id),
        transitions=transitions_in(connection, trade_id),
        marks=read_held_marks(connection, trade_id),
        entry_price=entry_price,
        shares=(_number(stored, "filled_qty") or Decimal(0)) * multiplier * sign,
        gross=pnl + (_number(stored, "fees") or Decimal(0)),
    )


def _plan(case: _Case) -> JsonValue:
    """The first stop and target: those before the first change, else those that stand."""
    before = case.changes[0]["before"] if case.changes else None
    first = before if isinstance(before, dict) else case.stored
    planned = loss.plan(
        entry_price=case.entry_price,
        stop_price=_number(first, "sl_price"),
        target_price=_number(first, "tp_price"),
        shares=case.shares,
    )
    beyond = None if planned.at_stop is None else to_cents(case.gross - planned.at_stop)
    return {**_numbers(asdict(planned)), "beyond_the_stop": number(beyond)}


def _exit(case: _Case) -> JsonValue:
    """The orders that sold, and what a stop lost against its own price."""
    exits = [order for order in _list(case.stored, "orders") if order["role"] != "ENTRY"]
    sold = [order for order in exits if (_number(order, "filled_quantity") or 0) > 0]
    return {
        "reason": _plain(case.stored["close_reason"]),
        "orders": [_exit_order(case, order) for order in sold],
        "bracket_orders": len([o for o in exits if o["role"] in {"STOP_LOSS", "TAKE_PROFIT"}]),
    }


def _exit_order(case: _Case, order: Stored) -> JsonValue:
    asked = _number(order, "stop_price") or _number(order, "limit_price")
    filled = _number(order, "filled_quantity") or Decimal(0)
    whole = _number(case.stored, "filled_qty") or Decimal(1)
    shares = case.shares * filled / whole
    average = _number(order, "avg_fill_price")
    return {
        "role": _plain(order["role"]),
        "type": _plain(order["type"]),
        "asked_price": number(asked),
        "filled_price": number(average),
        "slippage": number(loss.slippage(asked, average, shares)),
    }


def _excursion(case: _Case) -> JsonValue:
    best, worst = _number(case.stored, "max_gain"), _number(case.stored, "max_drawdown")
    return {
        "best": number(best),
        "best_at": _at(case.marks.best),
        "worst": number(worst),
        "worst_at": _at(case.marks.worst),
        "given_back": None if best is None else number(to_cents(best - case.gross)),
        "mfe_pct": _plain(case.stored["target_mfe_pct"]),
        "mae_pct": _plain(case.stored["target_mae_pct"]),
    }


def _market(case: _Case) -> JsonValue:
    first, last = case.marks.first, case.marks.last
    move = loss.Move(
        underlying=_difference(first, last, "underlying"),
        iv=_difference(first, last, "iv"),
        days=_days(case.stored),
    )
    parts = loss.split(case.gross, _greeks(case), move, case.shares)
    return {
        "underlying_at_entry": None if first is None else number(first.underlying),
        "underlying_at_exit": None if last is None else number(last.underlying),
        "underlying_change_pct": number(_change(first, last, "underlying")),
        "iv_at_entry": None if first is None else number(first.iv),
        "iv_at_exit": None if last is None else number(last.iv),
        "days_held": number(move.days),
        "gross_result": number(case.gross),
        "first_order_parts": _numbers(asdict(parts)),
    }


def _greeks(case: _Case) -> loss.Greeks:
    """Those captured with the order, else those of the first snapshot while held."""
    book = case.stored.get("order_book_state")
    captured = book.get("greeks") if isinstance(book, dict) else None
    if isinstance(captured, dict) and captured.get("delta") is not None:
        return loss.Greeks(**{name: _number(captured, name) for name in ("delta", "theta", "vega")})
    first = case.marks.first
    if first is None:
        return loss.Greeks(delta=None, theta=None, vega=None)
    return loss.Greeks(delta=first.delta, theta=first.theta, vega=first.vega)


def _alternatives(case: _Case) -> JsonValue:
    """Results of other exits, gross but for those of forensics, which are as A-09 defines them."""
    best = case.marks.best
    at_best = None
    if best is not None and best.mark_price is not None:
        at_best = number(to_cents((best.mark_price - case.entry_price) * case.shares))
    return {
        "after_15_minutes": _plain(case.stored["target_pnl_15m"]),
        "after_1_hour": _plain(case.stored["target_pnl_1h"]),
        "at_the_best_mark": at_best,
        "at_the_best_mark_at": _at(best),
        "analysed": case.stored["target_mfe_pct"] is not None,
    }


def _difference(first: HeldMark | None, last: HeldMark | None, name: str) -> Decimal | None:
    before, after = getattr(first, name, None), getattr(last, name, None)
    return None if before is None or after is None else Decimal(after) - Decimal(before)


def _change(first: HeldMark | None, last: HeldMark | None, name: str) -> Decimal | None:
    return loss.change_pct(getattr(first, name, None), getattr(last, name, None))


def _days(stored: Stored) -> Decimal | None:
    """Calendar days held, as theta counts them; None for an imported trade that does not say."""
    began, ended = stored["entry_date"], stored["close_date"]
    if not isinstance(began, str) or not isinstance(ended, str):
        return None
    held = datetime.fromisoformat(ended) - datetime.fromisoformat(began)
    return (Decimal(held.total_seconds()) / _DAY_SECONDS).quantize(_DAYS_SHOWN)


def _at(mark: HeldMark | None) -> str | None:
    return None if mark is None else instant(mark.at)


def _number(stored: Mapping[str, object], name: str) -> Decimal | None:
    value = stored.get(name)
    if isinstance(value, float):
        return Decimal(str(value))
    return Decimal(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else None


def _list(stored: Stored, name: str) -> Sequence[Stored]:
    value = stored[name]
    return value if isinstance(value, list) else []


def _plain(value: object) -> JsonValue:
    if isinstance(value, Decimal):
        return number(value)
    assert value is None or isinstance(value, bool | int | float | str)
    return value


def _numbers(values: Mapping[str, Decimal | None]) -> dict[str, JsonValue]:
    return {name: number(value) for name, value in values.items()}
