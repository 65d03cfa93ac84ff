"""What is the caller's own: account, settings, tokens, alerts, who they are; and health."""

from typing import Literal

from pydantic import Field

from chalicelib.api.fields import AnyMode, ChosenWord
from chalicelib.api.responses.base import Id, InstantText, Number, Page, ResponseModel
from chalicelib.api.responses.positions import Positions


class Unprotected(ResponseModel):
    """Positions without a stop: how many, and what they are worth."""

    count: int
    value: Number


class Account(ResponseModel):
    """Money as the broker last said, moved by our marks since; everything else as we compute."""

    broker_mode: AnyMode
    account_id: str | None
    equity: Number | None
    cash: Number | None
    buying_power: Number | None
    day_pnl: Number | None
    day_pnl_pct: Number | None
    open_pnl: Number
    risk_to_stops: Number
    unprotected: Unprotected
    unpriced: int
    as_of: InstantText | None
    heat: Number
    heat_pct: Number | None
    open_positions: int
    realized_today: Number
    positions: Positions | None = Field(default=None, description="Only where the query asks for it")


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

    broker_mode: ChosenWord
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
    alerts_off: list[str] = Field(
        default=[], description="What of the AI trader is not told, while there is any; breaches always are"
    )
    unconfirmed_addresses: list[str] = Field(default=[], description="Only while there are any")
    version: int
    created_at: InstantText
    updated_at: InstantText


class Leaving(ResponseModel):
    """What becomes of who leaves: hidden now, erased after so many days."""

    erased_after_days: int


class Connection(ResponseModel):
    """What a broker says of token and account."""

    ok: bool
    account_id: str | None
    account_type: str | None
    status: str | None
    options_level: int | None
    reason: str | None


class BrokerCapabilities(ResponseModel):
    """What a broker can do."""

    market_orders: bool
    combined_orders: bool = Field(description="Several legs as one order")
    combined_at_market: bool = Field(description="Several legs may be closed at market")
    commission_to_open: Number = Field(description="Dollars a contract, booked where no fees are told")
    commission_to_close: Number
    fractional_quantities: bool
    stop_types: list[str] = Field(description="Orders that wait for a price")
    hours: Literal["sessions", "always"]
    oco: bool
    min_oco_distance: Number = Field(description="Between stop and target, dollars")
    holds_protection: bool = Field(description="Stop and target rest there while we are away")
    trigger_precision: Literal["BROKER_FILL", "SNAPSHOT"]
    delivers_shares: bool


class BrokerConnection(ResponseModel):
    """One broker in one environment, as the caller stands there."""

    broker: Literal["paper", "tradier", "tastytrade", "schwab", "ibkr", "binance"]
    environment: Literal["paper", "live"]
    broker_mode: AnyMode
    account_id: str | None
    state: Literal["NONE", "OK", "EXPIRING", "EXPIRED", "REFUSED"]
    expires_at: InstantText | None
    last_ok_at: InstantText | None
    reason: str | None
    credentials: list[str] = Field(description="What `PUT` asks for here, by name; none: it is ours")
    in_browser: bool = Field(description="`authorize` names the page on which its user lets us in")
    capabilities: BrokerCapabilities
    live_enabled: bool


class BrokerPage(ResponseModel):
    """The broker's page on which its user lets a program in; the way back ends in the call `callback`."""

    url: str


class BrokerConnectionPage(Page):
    """All brokers that can be connected, and our own."""

    items: list[BrokerConnection]


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


class MarketSession(ResponseModel):
    """The newest session that has opened, and when the one before it closed: marks age in session time."""

    opened_at: InstantText
    closes_at: InstantText
    previous_close: InstantText


class Market(ResponseModel):
    """Where the market stands; `holiday` and `early_close` are about today."""

    now: InstantText
    open: bool
    next_open: InstantText
    next_close: InstantText
    holiday: str | None
    early_close: bool
    session: MarketSession
    cadence_s: int | None = Field(
        default=None,
        description="Seconds between marks, there only while the data plan's month has stretched them.",
    )


class Me(ResponseModel):
    """Who is signed in."""

    username: str
    operator: bool
    tier: str
    broker_mode: ChosenWord
    limits: Limits
    market: Market
    coin_stream_url: str | None = Field(
        description="Where a page hears prices of coins: a host of public market streams; null: nowhere"
    )


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


class AlertPage(Page):
    """Alerts."""

    items: list[Alert]


class TokenPage(Page):
    """Tokens."""

    items: list[Token]


class Person(ResponseModel):
    """Who may sign in, or was removed; `created_at` is null for who never signed in."""

    username: str
    groups: list[str]
    created_at: InstantText | None
    state: Literal["active", "disabled", "removed"]
    open_trades: int
    personal_tokens: int


class PersonPage(Page):
    """Everybody, for operators."""

    items: list[Person]


class NewFactor(ResponseModel):
    """What the authenticator app is given: the secret in base 32, and the address of a QR code."""

    secret: str
    otpauth: str
