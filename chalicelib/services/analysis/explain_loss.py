"""The facts around one losing trade, put side by side (A-16): rows and sums, nobody's opinion."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final, TypeAlias
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.domain.analysis import loss
from chalicelib.domain.json_value import JsonValue
from chalicelib.domain.money import to_cents
from chalicelib.services.analysis.loss_parts import days_of, difference, parts_of
from chalicelib.services.analysis.stored_trade import Stored, dollars_per_point, number, rows
from chalicelib.services.environment import Environment
from chalicelib.services.errors import FieldError, Invalid, NotFound
from chalicelib.services.reading.trade_view import changes
from chalicelib.store.market.held_marks import HeldMark, HeldMarks, read_held_marks, read_leg_marks
from chalicelib.store.trades.trade_history import Transition, read_transitions
from chalicelib.store.trades.trade_json import read_whole

#: A value of a trade's field as the database writes it, numbers exact.
Fact: TypeAlias = Decimal | bool | int | str | None
_BRACKET: Final = frozenset({"STOP_LOSS", "TAKE_PROFIT"})
#: The fields of the trade that are told.
TRADE_FACTS: Final = (
    "id",
    "ticker",
    "strategy",
    "structure",
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
    "risk_basis",
    "fees",
    "hold_duration_h",
    "broker_mode",
    "trigger_precision",
)


#: The fields of each leg that are told.
LEG_FACTS: Final = (
    *("instrument", "symbol", "side", "ratio", "option_type", "strike", "expiry", "entry_price"),
    *("close_price", "origin"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """The first stop and target, and what the loss exceeded the planned one by, in dollars gross."""

    plan: loss.Plan
    beyond_the_stop: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitOrder:
    """An order that sold: prices per share; `slippage` is what it brought less than it asked, in dollars."""

    role: str
    type: str
    asked_price: Decimal | None
    filled_price: Decimal | None
    slippage: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Excursion:
    """The best and worst while held, in dollars gross, with their marks, and what was lost of the best."""

    best: Decimal | None
    best_mark: HeldMark | None
    worst: Decimal | None
    worst_mark: HeldMark | None
    given_back: Decimal | None
    mfe_pct: Decimal | None
    mae_pct: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenMarket:
    """How the market moved between the first and the last mark, and the gross result split by it."""

    first: HeldMark | None
    last: HeldMark | None
    underlying_change_pct: Decimal | None
    days_held: Decimal | None
    gross: Decimal
    parts: loss.Parts


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternatives:
    """Results of other exits, in dollars gross but for those of forensics, which are as A-09 defines them."""

    after_15_minutes: Decimal | None
    after_1_hour: Decimal | None
    at_best_mark: Decimal | None
    best_mark: HeldMark | None
    is_analysed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """A loss and the facts around it.

    `trade` holds the fields named in TRADE_FACTS, `legs` those in LEG_FACTS, and `changes` those of stop and
    target, as the database writes them (docs/adr/0014), numbers of the former exact; `timeline` are the
    trade's transitions.
    """

    trade: Mapping[str, Fact]
    legs: Sequence[Mapping[str, Fact]]
    plan: Planned
    changes: Sequence[Mapping[str, JsonValue]]
    sold: Sequence[ExitOrder]
    bracket_orders: int
    excursion: Excursion
    market: SeenMarket
    alternatives: Alternatives
    marks: HeldMarks
    timeline: Sequence[Transition]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """One trade's rows, read once; `stored` is the shape of api.md with exact numbers."""

    stored: Stored
    changes: Sequence[Mapping[str, JsonValue]]
    transitions: Sequence[Transition]
    marks: HeldMarks
    leg_marks: Mapping[int, tuple[HeldMark, HeldMark]]
    entry_price: Decimal
    shares: Decimal
    gross: Decimal


def explain_loss(env: Environment, username: str, trade_id: UUID) -> Explained:
    """Put the facts of a loss together; raises NotFound, and Invalid for a trade that did not lose."""
    case = env.database.run(lambda connection: _read(connection, trade_id), username=username)
    exits = [order for order in rows(case.stored, "orders") if order["role"] != "ENTRY"]
    sold = [order for order in exits if (number(order, "filled_quantity") or 0) > 0]
    return Explained(
        trade={name: _fact(case.stored[name]) for name in TRADE_FACTS},
        legs=[{name: _fact(leg[name]) for name in LEG_FACTS} for leg in rows(case.stored, "legs")],
        plan=_plan(case),
        changes=case.changes,
        sold=[_exit_order(case, order) for order in sold],
        bracket_orders=len([order for order in exits if order["role"] in _BRACKET]),
        excursion=_excursion(case),
        market=_market(case),
        alternatives=_alternatives(case),
        marks=case.marks,
        timeline=case.transitions,
    )


def _read(connection: Connection, trade_id: UUID) -> _Case:
    text = read_whole(connection, trade_id)
    if text is None:
        raise NotFound("trade")
    stored: Stored = json.loads(text, parse_float=Decimal)
    pnl, entry_price = number(stored, "realized_pnl"), number(stored, "entry_price")
    if pnl is None or entry_price is None or pnl >= 0:
        raise Invalid([FieldError(field="trade_id", message="this trade has not ended with a loss")])
    asked_for = [leg for leg in rows(stored, "legs") if leg["origin"] is None]
    return _Case(
        stored=stored,
        changes=changes(connection, trade_id),
        transitions=read_transitions(connection, trade_id),
        marks=read_held_marks(connection, trade_id),
        leg_marks=read_leg_marks(connection, trade_id) if len(asked_for) > 1 else {},
        entry_price=entry_price,
        shares=(number(stored, "filled_qty") or Decimal(0)) * dollars_per_point(asked_for),
        gross=pnl + (number(stored, "fees") or Decimal(0)),
    )


def _plan(case: _Case) -> Planned:
    """The first stop and target: those before the first change, else those that stand."""
    before = case.changes[0]["before"] if case.changes else None
    first = before if isinstance(before, dict) else case.stored
    planned = loss.plan(
        entry_price=case.entry_price,
        stop_price=number(first, "sl_price"),
        target_price=number(first, "tp_price"),
        shares=case.shares,
    )
    beyond = None if planned.at_stop is None else to_cents(case.gross - planned.at_stop)
    return Planned(plan=planned, beyond_the_stop=beyond)


def _exit_order(case: _Case, order: Stored) -> ExitOrder:
    """An order that sold, and what a stop lost against its own price."""
    asked = number(order, "stop_price") or number(order, "limit_price")
    filled = number(order, "filled_quantity") or Decimal(0)
    shares = filled * dollars_per_point(_moved(case, order))
    average = number(order, "avg_fill_price")
    return ExitOrder(
        role=str(order["role"]),
        type=str(order["type"]),
        asked_price=asked,
        filled_price=average,
        slippage=loss.slippage(asked, average, shares),
    )


def _moved(case: _Case, order: Stored) -> Sequence[Stored]:
    """Return the legs that an order moved: those that it names, else the trade's first."""
    legs = rows(case.stored, "legs")
    named = {leg["symbol"] for leg in rows(order, "legs")}
    return [leg for leg in legs if leg["symbol"] in named] or legs[:1]


def _excursion(case: _Case) -> Excursion:
    best = number(case.stored, "max_gain")
    return Excursion(
        best=best,
        best_mark=case.marks.best,
        worst=number(case.stored, "max_drawdown"),
        worst_mark=case.marks.worst,
        given_back=None if best is None else to_cents(best - case.gross),
        mfe_pct=number(case.stored, "target_mfe_pct"),
        mae_pct=number(case.stored, "target_mae_pct"),
    )


def _market(case: _Case) -> SeenMarket:
    first, last = case.marks.first, case.marks.last
    move = loss.Move(
        underlying=difference(first, last, "underlying"),
        iv=difference(first, last, "iv"),
        days=_days(case.stored),
    )
    return SeenMarket(
        first=first,
        last=last,
        underlying_change_pct=_change(first, last, "underlying"),
        days_held=move.days,
        gross=case.gross,
        parts=parts_of(case.stored, case.gross, move, case.marks.first, case.leg_marks),
    )


def _alternatives(case: _Case) -> Alternatives:
    best = case.marks.best
    at_best = None
    if best is not None and best.mark_price is not None:
        at_best = to_cents((best.mark_price - case.entry_price) * case.shares)
    return Alternatives(
        after_15_minutes=number(case.stored, "target_pnl_15m"),
        after_1_hour=number(case.stored, "target_pnl_1h"),
        at_best_mark=at_best,
        best_mark=best,
        is_analysed=case.stored["target_mfe_pct"] is not None,
    )


def _change(first: HeldMark | None, last: HeldMark | None, name: str) -> Decimal | None:
    return loss.change_pct(getattr(first, name, None), getattr(last, name, None))


def _days(stored: Stored) -> Decimal | None:
    """Calendar days held, as theta counts them; None for an imported trade that does not say."""
    began, ended = stored["entry_date"], stored["close_date"]
    if not isinstance(began, str) or not isinstance(ended, str):
        return None
    held = datetime.fromisoformat(ended) - datetime.fromisoformat(began)
    return days_of(held)


def _fact(value: object) -> Fact:
    assert value is None or isinstance(value, bool | int | str | Decimal)
    return value
