"""The AI trader: traders, their signals, webhooks and the operator's switch."""

from typing import Literal

from pydantic import Field

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


class EntriesSwitch(ResponseModel):
    """Whether traders may enter."""

    enabled: bool
