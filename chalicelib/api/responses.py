"""What calls answer, as models: OpenAPI is made of them and the tests hold every answer against them.

Answers themselves are built by the services; nothing is validated on the way out.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

BrokerModeWord = Literal["PAPER", "TRADIER_SANDBOX", "TRADIER_LIVE", "IMPORTED"]
StatusWord = Literal["PENDING", "PARTIALLY_FILLED", "OPEN", "CLOSING", "CLOSED", "EXPIRED", "CANCELED"]
CloseReasonWord = Literal[
    "TP_HIT",
    "SL_HIT",
    "MANUAL_CLOSE",
    "EXPIRED_OTM",
    "EXPIRED_ITM",
    "EXERCISED",
    "LIQUIDATED_BY_BROKER",
    "BROKER_RESET",
    "KILL_SWITCH",
    "STRATEGY_EXIT",
    "REJECTED",
    "CANCELED",
    "UNFILLED",
    "NOT_PLACED",
]
OrderStatusWord = Literal[
    "INTENT",
    "SENT",
    "UNKNOWN",
    "PENDING",
    "OPEN",
    "PARTIALLY_FILLED",
    "FILLED",
    "CANCELED",
    "REJECTED",
    "EXPIRED",
]
OptionTypeWord = Literal["CALL", "PUT"]
Number = int | float
Id = Annotated[
    str, Field(json_schema_extra={"format": "uuid"}, pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
]
InstantText = Annotated[
    str,
    Field(json_schema_extra={"format": "date-time"}, pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$"),
]
DateText = Annotated[str, Field(json_schema_extra={"format": "date"}, pattern=r"^\d{4}-\d\d-\d\d$")]
FreeObject = dict[str, Any]  # Any: JSON as a caller sent it


class ResponseModel(BaseModel):
    """Base of what is answered: exactly these fields."""

    model_config = ConfigDict(extra="forbid", strict=True, defer_build=True)


class Leg(ResponseModel):
    """One leg of a trade."""

    instrument: Literal["OPTION", "EQUITY", "CRYPTO"]
    symbol: str
    multiplier: Number
    side: Literal["LONG", "SHORT"]
    ratio: int
    quantity: Number
    option_type: OptionTypeWord | None
    strike: Number | None
    expiry: DateText | None
    entry_price: Number | None
    close_price: Number | None


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
    submitted_at: InstantText | None


class Change(ResponseModel):
    """One change of stop or target, or another change that its owner decided."""

    id: Id
    at: InstantText
    triggered_by: Literal["USER_MANUAL", "RULE_ENGINE", "AI_ANALYSIS"]
    kind: str
    reason: str | None
    before: FreeObject | Number | None
    after: FreeObject | Number | None
    state: Literal["PENDING", "APPLIED", "VETOED", "SUPERSEDED", "FAILED"]
    error: str | None


class Trade(ResponseModel):
    """A trade."""

    id: Id
    version: int
    originator: Literal["PERSON", "DESK", "AI"]
    originator_id: str | None
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
    qty: Number
    filled_qty: Number
    open_qty: Number
    order_type: Literal["market", "limit"]
    limit_price: Number | None
    entry_price: Number | None
    entry_date: InstantText | None
    delta_at_entry: Number | None
    iv_at_entry: Number | None
    sl_price: Number | None
    tp_price: Number | None
    targets: list[Target]
    override_count: int
    close_requested_at: InstantText | None
    current_price: Number | None
    mark_at: InstantText | None
    delayed: bool
    unrealized_pnl: Number | None
    max_gain: Number | None
    max_drawdown: Number | None
    close_price: Number | None
    close_date: InstantText | None
    close_reason: CloseReasonWord | None
    realized_pnl: Number | None
    realized_pnl_pct: Number | None
    fees: Number | None
    hold_duration_h: Number | None
    broker_mode: BrokerModeWord
    trigger_precision: Literal["BROKER_FILL", "SNAPSHOT"]
    card_score: Number | None
    ai_score: Number | None
    ai_verdict: str | None
    gate_verdict: str | None
    technical_score: Number | None
    sentiment_score: Number | None
    orders: list[Order]


class TradeDetail(Trade):
    """A trade with its detail."""

    signals_snapshot: FreeObject | None
    signals_given: FreeObject | None
    market_regime: FreeObject | None
    order_book_state: FreeObject | None
    ai_reasoning_log: Any  # Any: as the caller sent it
    target_pnl_15m: Number | None
    target_pnl_1h: Number | None
    target_mfe_pct: Number | None
    target_mae_pct: Number | None
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


class LimitBreak(ResponseModel):
    """A limit that the previewed trade would pass."""

    limit: Literal["max_positions", "daily_loss_limit", "heat_limit_pct"]
    value: Number
    allowed: Number


class Preview(ResponseModel):
    """What a trade would cost and risk."""

    cost: Number | None
    max_loss: Number | None
    max_reward: Number | None
    risk_reward: Number | None
    heat_after: Number | None
    heat_after_pct: Number | None
    bid: Number | None
    ask: Number | None
    as_of: InstantText | None
    delayed: bool
    breaks: list[LimitBreak]
    warnings: list[str]


class Quote(ResponseModel):
    """An underlying's quote."""

    symbol: str
    last: Number | None
    bid: Number | None
    ask: Number | None
    change_pct: Number | None
    as_of: InstantText | None
    delayed: bool


class ChainItem(ResponseModel):
    """One contract's quote; Greeks per share, IV a fraction."""

    symbol: str
    option_type: OptionTypeWord
    strike: Number
    bid: Number | None
    ask: Number | None
    mid: Number | None
    last: Number | None
    volume: int | None
    open_interest: int | None
    delta: Number | None
    gamma: Number | None
    theta: Number | None
    vega: Number | None
    iv: Number | None


class Account(ResponseModel):
    """Money as the broker says; heat, positions and today's result as we compute."""

    broker_mode: BrokerModeWord
    account_id: str | None
    equity: Number | None
    cash: Number | None
    buying_power: Number | None
    day_pnl: Number | None
    as_of: InstantText | None
    heat: Number
    heat_pct: Number | None
    open_positions: int
    realized_today: Number


class SecretShown(ResponseModel):
    """All that is ever shown of a secret."""

    set: bool
    last4: str | None


class AlertChannel(ResponseModel):
    """Where alerts go; a secret target is masked."""

    kind: Literal["telegram", "discord", "mail"]
    target: str | SecretShown
    min_severity: Literal["info", "warning", "critical"]


class Settings(ResponseModel):
    """A user's settings."""

    broker_mode: Literal["PAPER", "TRADIER_SANDBOX", "TRADIER_LIVE"]
    tradier_sandbox_token: SecretShown
    tradier_sandbox_account_id: str | None
    tradier_live_token: SecretShown
    tradier_live_account_id: str | None
    account_balance: Number
    max_positions: int
    daily_loss_limit: Number
    heat_limit_pct: Number
    allow_market_live: bool
    close_before_expiry: bool
    auto_refresh: bool
    sounds: bool
    alert_channels: list[AlertChannel]
    version: int
    created_at: InstantText
    updated_at: InstantText


class Connection(ResponseModel):
    """What a broker says of token and account."""

    ok: bool
    account_id: str | None
    account_type: str | None
    status: str | None
    options_level: int | None
    reason: str | None


class Token(ResponseModel):
    """A personal access token, without its secret."""

    id: Id
    name: str
    scope: Literal["read", "trade"]
    last4: str
    created_at: InstantText
    expires_at: InstantText | None
    last_used_at: InstantText | None


class NewToken(Token):
    """A personal access token just made; `token` is shown this once."""

    token: str


class Alert(ResponseModel):
    """Something its owner should know, or be asked."""

    id: Id
    at: InstantText
    severity: Literal["info", "warning", "critical"]
    kind: str
    trade_id: Id | None
    text: str
    question: str | None
    resolved_at: InstantText | None
    acked_at: InstantText | None


class Limits(ResponseModel):
    """The caller's limits."""

    max_positions: int
    daily_loss_limit: Number
    heat_limit_pct: Number


class Market(ResponseModel):
    """Where the market stands; `holiday` and `early_close` are about today."""

    now: InstantText
    open: bool
    next_open: InstantText
    next_close: InstantText
    holiday: str | None
    early_close: bool


class Me(ResponseModel):
    """Who is signed in."""

    username: str
    operator: bool
    tier: str
    broker_mode: Literal["PAPER", "TRADIER_SANDBOX", "TRADIER_LIVE"]
    limits: Limits
    market: Market


class Check(ResponseModel):
    """One thing that was looked at."""

    ok: bool
    detail: str
    age_s: Number | None


class Health(ResponseModel):
    """How the product is."""

    status: Literal["ok", "degraded", "down"]
    checks: dict[str, Check]


class Session(ResponseModel):
    """A session's access token; the refresh token is in the cookie."""

    access_token: str
    expires_in: int


class FieldFault(ResponseModel):
    """One fault in the request's data."""

    field: str
    message: str


class Problem(BaseModel):
    """A refusal (RFC 9457); which further members there are depends on `type`."""

    model_config = ConfigDict(extra="allow", strict=True, defer_build=True)

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldFault] | None = None
    current: FreeObject | None = None
    limit: str | None = None
    value: Number | None = None
    allowed: Number | None = None
    reason: str | None = None
    challenge: str | None = None


class Page(ResponseModel):
    """A page of a list; `next_cursor` is null at the end."""

    next_cursor: str | None
    as_of: InstantText


class TradePage(Page):
    """Trades."""

    items: list[Trade]


class SnapshotPage(Page):
    """Snapshots."""

    items: list[Snapshot]


class TransitionPage(Page):
    """Transitions."""

    items: list[Transition]


class ChangePage(Page):
    """Changes."""

    items: list[Change]


class AlertPage(Page):
    """Alerts."""

    items: list[Alert]


class TokenPage(Page):
    """Tokens."""

    items: list[Token]


class QuotePage(Page):
    """Quotes."""

    items: list[Quote]


class ExpirationPage(Page):
    """Expiries, nearest first."""

    items: list[DateText]


class Chain(Page):
    """One expiry's chain."""

    underlying: str
    underlying_price: Number | None
    expiry: DateText
    items: list[ChainItem]


class Refreshed(Page):
    """The caller's open trades after the sync."""

    items: list[Trade]


class OpenApi(BaseModel):
    """An OpenAPI 3.1 document."""

    model_config = ConfigDict(extra="allow", defer_build=True)

    openapi: str
