"""The AI trader: traders, their signals, webhooks and the operator's switch."""

from typing import Literal

from pydantic import Field

from chalicelib.api.ai_queries import OutcomeWord
from chalicelib.api.responses.base import FreeObject, Id, InstantText, Number, Page, ResponseModel


class TraderAnalysis(ResponseModel):
    """Which model and prompts decide; null is what the deployment uses."""

    model: str | None
    prompt_version: str | None


class TraderFilter(ResponseModel):
    """All required rules hold: a signal."""

    required: list[FreeObject]
    optional: list[FreeObject]


class TraderTrading(ResponseModel):
    """What its owner allows it; null is off, or the default of the two sizes together."""

    enabled: bool
    mode: Literal["paper", "live"]
    sizing: Literal["fixed", "percent", "risk", "volatility"]
    position_size_usd: Number | None
    position_size_pct: Number | None
    max_positions: int
    max_risk_pct: Number
    min_confidence: Number
    require_approval: bool
    dynamic_sl: bool
    dynamic_tp: bool
    breakeven_at_pct: Number | None
    trailing_pct: Number | None
    max_daily_drawdown_pct: Number
    max_total_drawdown_pct: Number
    max_holding_minutes: int | None
    max_correlated_pct: Number
    calibrated: bool
    market_hours_only: bool
    veto_seconds: int
    exchange: Literal["PAPER", "BINANCE"]
    daily_cost_limit_usd: Number


class Trader(ResponseModel):
    """A user's bot; `state` follows from its switch, a pause and a lock."""

    id: Id
    version: int
    name: str
    symbols: list[str]
    timeframe: Literal["1m", "5m", "15m", "1h", "4h", "1d"]
    filter: TraderFilter | None
    analysis: TraderAnalysis
    trading: TraderTrading
    state: Literal["ON", "OFF", "PAUSED", "LOCKED"]


class TraderPage(Page):
    """Traders, newest first."""

    items: list[Trader]


class WebhookSecret(ResponseModel):
    """What webhooks of a trader are signed with; shown once."""

    secret: str


class Signal(ResponseModel):
    """What starts a decision; `candle` is when the candle closed that it belongs to."""

    id: Id
    at: InstantText
    trader_id: Id
    symbol: str
    source: Literal["FILTER", "WEBHOOK"]
    setup_score: Number = Field(description="The share of the filter's rules that hold, 0 to 1")
    candle: InstantText
    decision_id: Id | None


class SignalPage(Page):
    """Signals, newest first."""

    items: list[Signal]


class SignalTaken(ResponseModel):
    """The signal that a webhook raised, now or when it said the same before."""

    signal_id: Id


class ClosedAll(ResponseModel):
    """How many trades have something open or resting still; the rest is closed."""

    left: int


class EntriesSwitch(ResponseModel):
    """Whether traders may enter."""

    enabled: bool


class TakeProfitSaid(ResponseModel):
    """A target over a share of what is left."""

    price: Number
    share: Number


class ModificationSaid(ResponseModel):
    """A change of a position that a model asked for."""

    kind: Literal["MOVE_SL", "TRAIL_SL", "ADD_TP", "MODIFY_TP", "CANCEL_TP"]
    reason: str
    new_stop: Number | None
    distance_pct: Number | None
    target_id: str | None
    new_targets: list[TakeProfitSaid]


class ConstraintTold(ResponseModel):
    """One rule with its figures, in the rule's own unit."""

    name: str
    satisfied: bool
    current_value: Number | bool | str | None
    required_value: Number | bool | str | None


class ValidationTold(ResponseModel):
    """What the rules said; `offered_quantity` is the largest size, where the asked one was beyond it."""

    is_valid: bool
    errors: list[str]
    warnings: list[str]
    constraints: list[ConstraintTold]
    offered_quantity: Number | None = None


class TokensTold(ResponseModel):
    """Tokens over all tries, as the provider told them."""

    prompt: int
    answer: int


class Decision(ResponseModel):
    """What a model, or rules alone, decided, and what became of it."""

    id: Id
    at: InstantText
    version: int
    trader_id: Id
    signal_id: Id | None
    trade_id: Id | None
    symbol: str
    candle: InstantText = Field(description="When the candle closed that it was made at")
    decision: Literal["NO_TRADE", "WATCH", "LONG", "SHORT", "HOLD", "CLOSE", "PARTIAL_TP", "MODIFY"]
    confidence: Number
    reasoning: str
    entry_price: Number | None
    quantity: Number | None
    stop_loss: Number | None
    take_profits: list[TakeProfitSaid]
    exit_price: Number | None
    partial_quantity: Number | None
    modifications: list[ModificationSaid]
    risk_reward: Number | None
    max_risk_pct: Number | None
    expected_holding_minutes: int | None
    source: Literal["MODEL", "RULE_FALLBACK"]
    model: str | None
    prompt_version: str | None
    latency_ms: int | None
    tokens: TokensTold | None
    cost_usd: Number | None
    outcome: OutcomeWord
    validation: ValidationTold | None
    expires_at: InstantText | None
    settled_at: InstantText | None


class DecisionDetail(Decision):
    """A decision with what the model was told, and by what it was judged."""

    context: FreeObject | None
    context_hash: str | None
    raw_answer: str | None
    facts: FreeObject | None
    price_then: Number | None


class DecisionPage(Page):
    """Decisions, newest first."""

    items: list[Decision]


class TriedSymbol(ResponseModel):
    """What a trader's filter makes of one symbol now."""

    symbol: str
    is_signal: bool
    setup_score: Number


class TriedTrader(ResponseModel):
    """What a trader would do now: nothing of it was done, and the decision is not kept."""

    filter: list[TriedSymbol]
    decision: DecisionDetail


class AiReset(ResponseModel):
    """When the paper account began anew, and what it had."""

    at: InstantText
    equity: Number


class AiAccount(ResponseModel):
    """The account of coins, USDT; null is not known."""

    equity: Number | None
    free: Number | None
    start: Number | None = Field(description="What the paper account began with, last")
    resets: list[AiReset]
    today_pnl: Number | None = Field(description="Of all traders, realised and open, since 00:00 UTC")
    peak: Number | None
    drawdown_pct: Number | None
    ai_cost_usd_today: Number


class PromptVersion(ResponseModel):
    """A version of what models are told to do; the active one decides for traders that name none."""

    version: str
    active: bool


class PromptPage(Page):
    """Versions of the prompts, newest first."""

    items: list[PromptVersion]
