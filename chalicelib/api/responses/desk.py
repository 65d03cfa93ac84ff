"""The options desk: strategies, its settings, the bot's switch, and what was decided."""

from typing import Literal

from pydantic import Field

from chalicelib.api.responses.base import FreeObject, Id, InstantText, Number, Page, ResponseModel

# fmt: off
StageWord = Literal[
    "A", "B", "C1", "C2", "C3", "C4", "C5", "D", "E1", "E2", "E3", "F", "G1", "G2", "G3", "H",
    "FILTER", "SIZING", "BOOK", "EXECUTION",
]
# fmt: on
TypeWord = Literal[
    "iron_condor",
    "credit_put_spread",
    "credit_call_spread",
    "iron_fly",
    "iron_butterfly",
    "butterfly",
    "cash_secured_put",
    "covered_call",
    "wheel",
]


class Span(ResponseModel):
    """Both ends included."""

    min: Number
    max: Number


class LiquidityRules(ResponseModel):
    """What legs must offer (C1 to C5)."""

    max_spread_pct: Number | None
    min_volume: int
    min_open_interest: int
    min_underlying_volume_pct: Number
    max_quote_age_s: int


class EntryRules(ResponseModel):
    """When and what to enter; deltas without sign, widths and credits per share, times of New York."""

    dte_min: int
    dte_max: int
    short_delta: Number | Span | None
    wing_width: Number | Span | None
    min_credit: Number | None
    ivr_min: Number | None
    ivr_max: Number | None
    ma_rule: Literal["none", "above_sma50", "below_sma50"]
    min_premium_pct: Number | None
    entry_from: str | None
    entry_to: str | None
    adx_max: Number
    min_vrp: Number
    liquidity: LiquidityRules
    earnings_after_days: int
    max_gamma_loss_1pct: Number | None
    skew_aware: bool
    dynamic_dte: bool


class ExitRules(ResponseModel):
    """When to leave; the first that holds wins."""

    profit_target_pct: Number | None
    profit_target_usd: Number | None
    trail_from_pct: Number | None
    trail_pct: Number | None
    stop_pct: Number | None
    stop_usd: Number | None
    time_stop_dte: int | None
    time_stop_at: str | None
    vix_exit: bool


class SizingRule(ResponseModel):
    """A fixed quantity, or what may be lost in per cent of the balance."""

    kind: Literal["fixed", "risk"]
    qty: int = Field(default=1, description="Of fixed sizing")
    pct: Number = Field(default=0, description="Of sizing by risk")


class Strategy(ResponseModel):
    """A user's strategy."""

    id: Id
    name: str
    type: TypeWord
    underlying: str
    enabled: bool
    mode: Literal["paper", "shadow", "live"]
    preferred_broker: Literal["tradier", "tastytrade", "ibkr", "schwab", "paper"]
    entry_conditions: EntryRules
    exit_conditions: ExitRules
    sizing: SizingRule
    max_positions: int
    version: int


class StrategyPage(Page):
    """Strategies, newest first."""

    items: list[Strategy]


class DisabledStrategy(Strategy):
    """A strategy that was to be deleted and is disabled instead: open trades depend on it."""

    open_trades: int
    detail: str


class DeskSettings(ResponseModel):
    """Limits over all strategies of a user; a cap that is null is not set."""

    max_positions: int
    max_condors_per_expiry: int
    max_daily_loss: Number
    max_bid_ask_spread_percent: Number
    fill_price_buffer_pct: Number
    zero_dte_close_buffer_minutes: int
    portfolio_max_abs_delta_shares: Number | None
    portfolio_max_abs_gamma: Number | None
    portfolio_max_abs_vega: Number | None
    version: int


class BotSwitch(ResponseModel):
    """Whether entries are scanned for, and since when; null when it was never switched."""

    on: bool
    since: InstantText | None


class Verdict(ResponseModel):
    """What one stage said, with its figures."""

    stage: StageWord
    passed: bool
    reason: str
    numbers: FreeObject
    missing: bool = Field(default=False, description="It failed for want of data, not by what they say")


class ProposedLeg(ResponseModel):
    """One leg of an order."""

    symbol: str
    side: Literal["LONG", "SHORT"]
    ratio: int


class ProposedOrder(ResponseModel):
    """What is walked, from `limit_price` to `worst`, signed as the trade is."""

    legs: list[ProposedLeg]
    limit_price: Number
    worst: Number
    qty: int
    expiry: str
    structure: str


class Evaluation(ResponseModel):
    """A decision and what it rests on; `count` scans from `first_at` to `at` said the same."""

    id: Id
    at: InstantText
    scan_id: Id
    strategy_id: Id
    event: Literal["ENTRY_SCAN", "EXIT", "BLOCKED"]
    decision: Literal["ENTER", "REJECT", "EXIT", "WAIT", "BLOCKED"]
    reason: str
    ended_by: str | None = Field(description="The stage that ended a scan, the cause of an exit or a block")
    count: int
    first_at: InstantText
    scans: int | None = Field(description="On how many scans an exit's cause has held")
    config: FreeObject | None
    inputs: FreeObject | None
    gates: list[Verdict]
    proposed_order: ProposedOrder | None
    trade_id: Id | None


class EvaluationPage(Page):
    """Evaluations, newest first."""

    items: list[Evaluation]


class GateCount(ResponseModel):
    """How many scans a stage let pass, stopped by what data said, and stopped for want of data."""

    stage: StageWord
    passed: int
    failed: int
    missing: int


class GateCountPage(Page):
    """Every stage, in the order of judging."""

    items: list[GateCount]
