"""The fields of a trade, told once: their kind, whether they may be unknown, and who is shown them. Pure.

The JSON of a list and of one trade is made from this list; schema, described answers, export, the page's
shapes and the proofs' rows are held to it by a test. A new fact of a trade begins as a line here.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final


class Kind(Enum):
    """What a field holds."""

    ID = "id"
    TEXT = "text"
    NUMBER = "number"
    COUNT = "count"
    INSTANT = "instant"
    DATE = "date"
    FLAG = "flag"
    JSON = "json"


class Shown(Enum):
    """Where its owner reads a field: in lists and with the trade, with the trade alone, or nowhere."""

    LISTED = "listed"
    DETAILED = "detailed"
    NOWHERE = "nowhere"


@dataclass(frozen=True, slots=True)
class TradeField:
    """One field; `may_be_none` where it may be unknown or not there yet, `exported` where the CSV has it."""

    name: str
    kind: Kind
    may_be_none: bool = True
    shown: Shown = Shown.LISTED
    exported: bool = False


def _given(name: str, kind: Kind, shown: Shown = Shown.LISTED, *, exported: bool = False) -> TradeField:
    return TradeField(name, kind, may_be_none=False, shown=shown, exported=exported)


def _detail(name: str, kind: Kind, *, exported: bool = False) -> TradeField:
    return TradeField(name, kind, shown=Shown.DETAILED, exported=exported)


FIELDS: Final = (
    _given("id", Kind.ID, exported=True),
    _given("version", Kind.COUNT),
    _given("originator", Kind.TEXT, exported=True),
    TradeField("originator_id", Kind.TEXT),
    TradeField("shadow_of", Kind.ID),
    TradeField("strategy", Kind.TEXT, exported=True),
    _given("status", Kind.TEXT, exported=True),
    _given("created_at", Kind.INSTANT, exported=True),
    _given("last_updated", Kind.INSTANT),
    _given("is_locked", Kind.FLAG),
    _given("ticker", Kind.TEXT, exported=True),
    TradeField("option_type", Kind.TEXT, exported=True),
    TradeField("strike", Kind.NUMBER, exported=True),
    TradeField("expiry", Kind.DATE, exported=True),
    TradeField("structure", Kind.TEXT),
    _given("qty", Kind.NUMBER, exported=True),
    _given("filled_qty", Kind.NUMBER, exported=True),
    _given("open_qty", Kind.NUMBER, exported=True),
    _given("order_type", Kind.TEXT, exported=True),
    TradeField("limit_price", Kind.NUMBER, exported=True),
    TradeField("entry_price", Kind.NUMBER),
    TradeField("entry_date", Kind.INSTANT),
    TradeField("entry_credit", Kind.NUMBER),
    TradeField("entry_credit_usd", Kind.NUMBER),
    TradeField("delta_at_entry", Kind.NUMBER, exported=True),
    TradeField("iv_at_entry", Kind.NUMBER, exported=True),
    TradeField("sl_price", Kind.NUMBER, exported=True),
    TradeField("tp_price", Kind.NUMBER, exported=True),
    TradeField("initial_sl", Kind.NUMBER),
    TradeField("trailing_pct", Kind.NUMBER),
    _given("ai_paused", Kind.FLAG),
    _given("override_count", Kind.COUNT, exported=True),
    TradeField("close_requested_at", Kind.INSTANT),
    TradeField("current_price", Kind.NUMBER),
    TradeField("mark_at", Kind.INSTANT),
    _given("delayed", Kind.FLAG),
    TradeField("unrealized_pnl", Kind.NUMBER),
    TradeField("max_gain", Kind.NUMBER, exported=True),
    TradeField("max_drawdown", Kind.NUMBER, exported=True),
    TradeField("drawdown_from_peak", Kind.NUMBER),
    TradeField("close_price", Kind.NUMBER),
    TradeField("exit_debit", Kind.NUMBER),
    TradeField("exit_debit_usd", Kind.NUMBER),
    TradeField("close_date", Kind.INSTANT),
    TradeField("close_reason", Kind.TEXT, exported=True),
    TradeField("realized_pnl", Kind.NUMBER),
    TradeField("realized_pnl_pct", Kind.NUMBER, exported=True),
    TradeField("risk_basis", Kind.NUMBER),
    _given("fees", Kind.NUMBER),
    TradeField("hold_duration_h", Kind.NUMBER, exported=True),
    _given("broker_mode", Kind.TEXT, exported=True),
    _given("trigger_precision", Kind.TEXT),
    TradeField("card_score", Kind.NUMBER, exported=True),
    TradeField("ai_score", Kind.NUMBER, exported=True),
    TradeField("ai_verdict", Kind.TEXT, exported=True),
    TradeField("gate_verdict", Kind.TEXT, exported=True),
    TradeField("technical_score", Kind.NUMBER, exported=True),
    TradeField("sentiment_score", Kind.NUMBER, exported=True),
    # The time capsule may be large: shown with one trade, never in a list.
    _detail("signals_snapshot", Kind.JSON),
    _detail("signals_given", Kind.JSON),
    _detail("market_regime", Kind.JSON),
    _detail("order_book_state", Kind.JSON),
    _detail("ai_reasoning_log", Kind.JSON),
    _detail("target_pnl_15m", Kind.NUMBER, exported=True),
    _detail("target_pnl_1h", Kind.NUMBER, exported=True),
    _detail("target_mfe_pct", Kind.NUMBER, exported=True),
    _detail("target_mae_pct", Kind.NUMBER, exported=True),
    _detail("pnl_attribution", Kind.JSON),
    _detail("trade_context", Kind.JSON, exported=True),
    # What we need to carry a trade on, and nobody is shown.
    _given("username", Kind.TEXT, Shown.NOWHERE),
    _given("account_id", Kind.TEXT, Shown.NOWHERE),
    TradeField("idempotency_key", Kind.TEXT, shown=Shown.NOWHERE),
    TradeField("import_id", Kind.ID, shown=Shown.NOWHERE),
    _given("excess_qty", Kind.NUMBER, Shown.NOWHERE),
    _given("missing_qty", Kind.NUMBER, Shown.NOWHERE),
    _given("risk_floor", Kind.NUMBER, Shown.NOWHERE),
    TradeField("asked_price", Kind.NUMBER, shown=Shown.NOWHERE),
    TradeField("planned_exit", Kind.NUMBER, shown=Shown.NOWHERE),
    TradeField("best_price", Kind.NUMBER, shown=Shown.NOWHERE),
    TradeField("cancel_requested_at", Kind.INSTANT, shown=Shown.NOWHERE),
    TradeField("closing_reason", Kind.TEXT, shown=Shown.NOWHERE),
    TradeField("closing_limit_price", Kind.NUMBER, shown=Shown.NOWHERE),
    TradeField("closing_qty", Kind.NUMBER, shown=Shown.NOWHERE),
    TradeField("closing_buffer_pct", Kind.NUMBER, shown=Shown.NOWHERE),
    TradeField("closing_hurried_at", Kind.INSTANT, shown=Shown.NOWHERE),
    TradeField("walk_worst", Kind.NUMBER, shown=Shown.NOWHERE),
    TradeField("walk_step", Kind.NUMBER, shown=Shown.NOWHERE),
    TradeField("walk_step_seconds", Kind.COUNT, shown=Shown.NOWHERE),
    TradeField("walk_seconds", Kind.COUNT, shown=Shown.NOWHERE),
    TradeField("walk_ended_at", Kind.INSTANT, shown=Shown.NOWHERE),
    TradeField("close_detail", Kind.TEXT, shown=Shown.NOWHERE),
    _given("protection_failures", Kind.COUNT, Shown.NOWHERE),
    TradeField("protection_tried_at", Kind.INSTANT, shown=Shown.NOWHERE),
    TradeField("unprotected_since", Kind.INSTANT, shown=Shown.NOWHERE),
    TradeField("stops_max", Kind.COUNT, shown=Shown.NOWHERE),
    TradeField("analysed_at", Kind.INSTANT, shown=Shown.NOWHERE),
    TradeField("forensics_source", Kind.TEXT, shown=Shown.NOWHERE),
)


def names(shown: Shown) -> tuple[str, ...]:
    """Return the names of the fields that are shown there, in order."""
    return tuple(field.name for field in FIELDS if field.shown is shown)
