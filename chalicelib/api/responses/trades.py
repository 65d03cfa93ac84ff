"""Trades and what belongs to them, as calls answer them."""

from typing import Any, Literal

from pydantic import Field

from chalicelib.api.fields import AnyMode
from chalicelib.api.responses.base import (
    CloseReasonWord,
    DateText,
    FreeObject,
    Id,
    InstantText,
    Number,
    OptionTypeWord,
    OrderStatusWord,
    Page,
    ResponseModel,
    StatusWord,
)
from chalicelib.api.responses.changes import Change
from chalicelib.api.responses.performance import SummaryFigures


class RowFault(ResponseModel):
    """Why a row of a file was not taken; the header is row 1."""

    row: int
    column: str
    message: str


class NearDuplicate(ResponseModel):
    """A row that may be a trade that is here, or an earlier row of the file, told differently."""

    row: int
    symbol: str
    trade_id: Id | None
    other_row: int | None


class LeftOutRow(ResponseModel):
    """A row of our own export that is no past trade."""

    row: int
    why: str


class TradeImport(ResponseModel):
    """What a file of past trades holds, and what of it was taken over; `duplicates` is `known`."""

    import_id: Id | None
    rows: int
    imported: int
    new: int
    known: int
    duplicates: int
    near_duplicates: list[NearDuplicate]
    left_out: list[LeftOutRow]
    total_pnl: Number
    figures: SummaryFigures
    errors: list[RowFault]
    trade_ids: list[Id]


class PastImport(ResponseModel):
    """One file that was taken over, and whether it was taken back."""

    id: Id
    at: InstantText
    trades: int
    total_pnl: Number
    undone_at: InstantText | None


class ImportPage(Page):
    """What was imported, newest first."""

    items: list[PastImport]


class Leg(ResponseModel):
    """One leg of a trade.

    `quantity` is what was asked for, `qty × ratio`. While a structure is held it is what is held of the leg,
    `open_qty × ratio`; of a leg that went its own way (assigned, exercised, expired, traded outside) what is
    left of it, 0 for nothing, also once the trade has ended.
    """

    instrument: Literal["OPTION", "EQUITY", "CRYPTO"]
    symbol: str
    root: str | None
    multiplier: Number
    side: Literal["LONG", "SHORT"]
    ratio: int
    quantity: Number
    option_type: OptionTypeWord | None
    strike: Number | None
    expiry: DateText | None
    entry_price: Number | None
    close_price: Number | None
    origin: Literal["ASSIGNED", "EXERCISED"] | None


class LegMark(ResponseModel):
    """The market of one leg as its newest snapshot shows it, per share; null of a trade that has ended."""

    leg_no: int
    symbol: str
    current_price: Number | None
    delta: Number | None
    gamma: Number | None
    theta: Number | None
    vega: Number | None


class OrderLeg(ResponseModel):
    """One leg of a combined order: `ratio` of it in each unit, and what of it filled."""

    symbol: str
    side: Literal["buy_to_open", "buy_to_close", "sell_to_open", "sell_to_close"]
    ratio: int
    filled_quantity: Number
    avg_fill_price: Number | None


class Target(ResponseModel):
    """One target of a trade."""

    id: Id | str
    price: Number
    share: Number
    quantity: Number
    order_id: Id | None
    state: str
    filled_at: InstantText | None


class Order(ResponseModel):
    """One order of a trade."""

    id: Id
    role: Literal["ENTRY", "STOP_LOSS", "TAKE_PROFIT", "EXIT"]
    status: OrderStatusWord
    broker_order_id: str | None
    type: Literal["market", "limit", "stop"]
    side: str
    quantity: Number
    filled_quantity: Number
    limit_price: Number | None
    stop_price: Number | None
    avg_fill_price: Number | None
    duration: Literal["day", "gtc"]
    legs: list[OrderLeg]
    submitted_at: InstantText | None


class Trade(ResponseModel):
    """A trade.

    The last four of its figures are of traders' trades alone: reward and P&L so far in units of the loss at
    the first stop, changes that were carried out, and analyses of the model while it was held.
    """

    id: Id
    version: int
    originator: Literal["PERSON", "DESK", "AI"]
    originator_id: str | None
    shadow_of: Id | None
    strategy: str | None
    status: StatusWord
    settling: bool
    created_at: InstantText
    last_updated: InstantText
    is_locked: bool
    ticker: str
    option_type: OptionTypeWord | None
    strike: Number | None
    expiry: DateText | None
    legs: list[Leg]
    structure: str | None
    qty: Number
    filled_qty: Number
    open_qty: Number
    order_type: Literal["market", "limit"]
    limit_price: Number | None
    entry_price: Number | None
    entry_date: InstantText | None
    entry_credit: Number | None
    entry_credit_usd: Number | None
    delta_at_entry: Number | None
    iv_at_entry: Number | None
    sl_price: Number | None
    tp_price: Number | None
    initial_sl: Number | None
    trailing_pct: Number | None
    ai_paused: bool
    targets: list[Target]
    override_count: int
    close_requested_at: InstantText | None
    current_price: Number | None
    mark_at: InstantText | None
    delayed: bool
    unrealized_pnl: Number | None
    max_gain: Number | None
    max_drawdown: Number | None
    drawdown_from_peak: Number | None
    close_price: Number | None
    exit_debit: Number | None
    exit_debit_usd: Number | None
    close_date: InstantText | None
    close_reason: CloseReasonWord | None
    realized_pnl: Number | None
    realized_pnl_pct: Number | None
    risk_basis: Number | None
    fees: Number
    hold_duration_h: Number | None
    broker_mode: AnyMode
    trigger_precision: Literal["BROKER_FILL", "SNAPSHOT"]
    card_score: Number | None
    ai_score: Number | None
    ai_verdict: str | None
    gate_verdict: str | None
    technical_score: Number | None
    sentiment_score: Number | None
    r_planned: Number | None
    r_achieved: Number | None
    changes_count: int | None
    analyses_count: int | None
    orders: list[Order]


class TradeDetail(Trade):
    """A trade with its detail; `leg_marks` stand in the order of its legs.

    `pnl_status` says what its result is made of: fills once it is over, marks before. `needs_reconcile`: an
    order of unknown fate, or a quantity that the broker has not explained. `close_status` is of the close
    that is asked for, REJECTED of the last one where none is. `pnl_attribution` is there once an ended trade
    was analysed: dollars by Greek, residual, fees and slippage that add up to the result, in all and by leg.
    """

    leg_marks: list[LegMark]
    pnl_status: Literal["MARK", "FILL"]
    needs_reconcile: bool
    close_status: Literal["NONE", "SUBMITTED", "PARTIAL", "CLOSED", "REJECTED"]
    signals_snapshot: FreeObject | None
    signals_given: FreeObject | None
    market_regime: FreeObject | None
    order_book_state: FreeObject | None
    ai_reasoning_log: Any  # Any: as the caller sent it
    target_pnl_15m: Number | None
    target_pnl_1h: Number | None
    target_mfe_pct: Number | None
    target_mae_pct: Number | None
    pnl_attribution: FreeObject | None
    trade_context: FreeObject | None
    changes: list[Change]


class Snapshot(ResponseModel):
    """A mark at an instant; `timestamp` of a cycle is the instant it was due."""

    timestamp: InstantText
    kind: Literal["INTRADAY", "PRE_MARKET", "POST_MARKET", "ENTRY", "EXIT"]
    mark_price: Number | None
    bid: Number | None
    ask: Number | None
    delta: Number | None
    gamma: Number | None
    theta: Number | None
    vega: Number | None
    iv: Number | None
    underlying: Number | None
    source: str | None
    stale: bool
    one_sided: bool
    delayed: bool
    reason: str | None


class Transition(ResponseModel):
    """One step of a trade's life."""

    at: InstantText
    from_status: StatusWord | None
    to_status: StatusWord
    actor: Literal["user", "broker", "system"]
    reason: str | None


class TradePage(Page):
    """Trades."""

    items: list[Trade]


class HistoryTotals(ResponseModel):
    """What all ended trades of a history amount to, in dollars net of fees."""

    trades: int
    wins: int
    losses: int
    realized_pnl: Number


class HistoryPage(TradePage):
    """Ended trades."""

    totals: HistoryTotals | None = Field(default=None, description="Only where the query asks for them")


class TradeExport(Page):
    """All trades of a file, each with its detail; `next_cursor` is null."""

    items: list[TradeDetail]


class SnapshotPage(Page):
    """Snapshots."""

    items: list[Snapshot]


class TransitionPage(Page):
    """Transitions."""

    items: list[Transition]


class Refreshed(Page):
    """The caller's open trades after the sync."""

    items: list[Trade]
