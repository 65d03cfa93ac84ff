"""What callers send: bodies by call, mapped onto the domain's commands."""

from typing import Annotated, Final, Literal, Self

from pydantic import (
    Field,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)

from chalicelib.api.fields import (
    ChosenWord,
    Instant,
    JsonObject,
    ModeWord,
    Money,
    PartQuantity,
    Percentage,
    PositiveMoney,
    Price,
    RequestModel,
    Share,
    SignedPrice,
    TargetPrice,
    TradeContext,
    Version,
    Whole,
)
from chalicelib.domain.trading.commands import AdjustTrade, CloseTrade, WantedTarget

#: Texts with a bound that api.md leaves to us.
ShortText = Annotated[str, Field(min_length=1, max_length=100)]
AccountId = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,40}$")]
TARGET_CHARACTERS_MAX: Final = 500
#: Each is an order of its own at the broker, and one call places them all.
TARGETS_MAX: Final = 5
EnvironmentWord = Literal["paper", "live"]
CredentialName = Annotated[str, Field(pattern=r"^[a-z_]{1,40}$")]
BrokerToken = Annotated[str, Field(pattern=r"^[\x21-\x7e]{4,256}$")]


class EmptyBody(RequestModel):
    """A call that needs no fields."""


class VersionBody(RequestModel):
    """Cancel what was seen."""

    version: Version


class CloseBody(RequestModel):
    """Close what was seen, or `qty` of it; `limit_price` is the worst price of several legs, signed."""

    version: Version
    qty: PartQuantity | None = None
    limit_price: SignedPrice | None = None

    def command(self) -> CloseTrade:
        """Return what the close service takes."""
        return CloseTrade(qty=self.qty, limit_price=self.limit_price)


class TargetBody(RequestModel):
    """A price at which a share of what is open is to be sold."""

    price: TargetPrice
    share: Share

    def wanted(self) -> WantedTarget:
        """Return what the services take."""
        return WantedTarget(price=self.price, share=self.share)


class AdjustBody(RequestModel):
    """Move or remove stop and target; null removes a leg, at least one is given.

    `targets` take the place of all targets, the shares together at most 1; `new_tp` is one of share 1.
    """

    version: Version
    new_sl: SignedPrice | None = None
    new_tp: SignedPrice | None = None
    targets: Annotated[list[TargetBody], Field(max_length=TARGETS_MAX)] | None = None

    @model_validator(mode="after")
    def _names_a_leg(self) -> Self:
        if not self.model_fields_set & {"new_sl", "new_tp", "targets"}:
            raise ValueError("new_sl: give new_sl, new_tp or targets")
        return self

    def command(self) -> AdjustTrade:
        """Return what the adjust service takes."""
        return AdjustTrade(
            changes_stop="new_sl" in self.model_fields_set,
            new_sl=self.new_sl,
            changes_target="new_tp" in self.model_fields_set,
            new_tp=self.new_tp,
            targets=self._targets(),
        )

    def _targets(self) -> tuple[WantedTarget, ...] | None:
        """Return the targets asked for; null asks for none."""
        if "targets" not in self.model_fields_set:
            return None
        return tuple(one.wanted() for one in self.targets or ())


class AnnotateBody(RequestModel):
    """Replace notes and tags."""

    version: Version
    trade_context: TradeContext | None


class KeptTargetBody(RequestModel):
    """A secret target as it was read: the stored one stays."""

    set: Literal[True]
    last4: Annotated[str, Field(max_length=4)]


def _one_fault(value: object, read: ValidatorFunctionWrapHandler) -> object:
    """Word what fits neither form once, instead of once for each form."""
    try:
        return read(value)
    except ValidationError:
        raise ValueError(
            f"must be a text of 1 to {TARGET_CHARACTERS_MAX} characters, or {{set, last4}} as it was read"
        ) from None


class AlertChannelBody(RequestModel):
    """Where alerts go; a target that is a secret is never shown again, and kept when sent as it was read.

    `code` is what was mailed to an address, which gets no alerts before.
    """

    kind: Literal["telegram", "discord", "mail"]
    target: Annotated[
        Annotated[str, Field(min_length=1, max_length=TARGET_CHARACTERS_MAX)] | KeptTargetBody,
        WrapValidator(_one_fault),
    ]
    min_severity: Literal["info", "warning", "critical"]
    code: Annotated[str, Field(min_length=1, max_length=20)] | None = None


AlertSwitchWord = Literal[
    "position_opened",
    "position_closed",
    "decision_waiting",
    "decision_blocked",
    "trade_queued",
    "error",
    "modifications",
]


class SettingsBody(RequestModel):
    """Change the fields that are named; null clears one."""

    version: Version | None = None
    broker_mode: ChosenWord | None = None
    tradier_sandbox_token: BrokerToken | None = None
    tradier_live_token: BrokerToken | None = None
    tradier_sandbox_account_id: AccountId | None = None
    tradier_live_account_id: AccountId | None = None
    account_balance: PositiveMoney | None = None
    max_positions: Annotated[int, Field(ge=0, le=1000), Whole] | None = None
    daily_loss_limit: Money | None = None
    heat_limit_pct: Percentage | None = None
    allow_market_live: bool | None = None
    close_before_expiry: bool | None = None
    auto_refresh: bool | None = None
    sounds: bool | None = None
    alert_channels: Annotated[list[AlertChannelBody], Field(max_length=10)] | None = None
    alerts_off: Annotated[list[AlertSwitchWord], Field(max_length=10)] | None = None


class LeaveBody(RequestModel):
    """Leave for good; `confirm` is the caller's username."""

    confirm: Annotated[str, Field(min_length=1, max_length=128)]


class TestConnectionBody(RequestModel):
    """Try a broker's token and account; the chosen broker when no mode is named."""

    __test__ = False  # its name is the API's word, not pytest's

    mode: ModeWord | None = None


class ConnectionBody(RequestModel):
    """Connect a broker: `credentials` are tried, kept encrypted and never shown again; tradier:
    `{token}`, ibkr: what was registered for OAuth 1.0a, binance: `{api_key, api_secret}`.
    """

    environment: EnvironmentWord
    account_id: AccountId | None = None
    credentials: Annotated[
        dict[CredentialName, Annotated[str, Field(min_length=1, max_length=8192)]],
        Field(min_length=1, max_length=10),
    ]


class ConnectionLiveBody(RequestModel):
    """Switch a broker's live trading on or off; on needs its account's number and a fresh code."""

    enable: bool
    confirm: Annotated[str, Field(max_length=40)] | None = None
    code: Annotated[str, Field(pattern=r"^[0-9]{6}$")] | None = None

    @model_validator(mode="after")
    def _confirms(self) -> Self:
        if self.enable and self.confirm is None:
            raise ValueError("confirm: must equal the account number")
        return self


class LiveSwitchBody(RequestModel):
    """Switch live trading on or off; on needs the account's number twice."""

    enable: bool
    account_id: AccountId | None = None
    confirm: Annotated[str, Field(max_length=40)] | None = None
    code: Annotated[str, Field(pattern=r"^[0-9]{6}$")] | None = None

    @model_validator(mode="after")
    def _confirms(self) -> Self:
        if self.enable and self.account_id is None:
            raise ValueError("account_id: name the live account")
        if self.enable and self.confirm != self.account_id:
            raise ValueError("confirm: must equal the account number")
        return self


class NewTokenBody(RequestModel):
    """Make a personal access token; without `expires_at` it ends after 90 days, with null never."""

    name: ShortText
    scope: Literal["read", "trade"]
    expires_at: Instant | None = None


Code = Annotated[str, Field(pattern=r"^[0-9]{6}$")]
Password = Annotated[str, Field(min_length=1, max_length=256)]


class BeginFactorBody(RequestModel):
    """Begin a second factor."""

    password: Password


class ConfirmFactorBody(RequestModel):
    """The app's first code."""

    code: Code


class RemoveFactorBody(RequestModel):
    """Remove the second factor."""

    password: Password
    code: Code


class NewPasswordBody(RequestModel):
    """Change the password; `code` where a second factor is set up."""

    password: Password
    new_password: Password
    code: Code | None = None


class RemoveUserBody(RequestModel):
    """Remove a person; `keep_positions` although something is held."""

    keep_positions: bool = False


class SignInBody(RequestModel):
    """Sign in; `code` is the authenticator app's, when a second factor is set up."""

    username: Annotated[str, Field(min_length=1, max_length=128)]
    password: Annotated[str, Field(min_length=1, max_length=256)]
    code: Annotated[str, Field(pattern=r"^[0-9]{6}$")] | None = None


class McpMessageBody(RequestModel):
    """One JSON-RPC request, or a notification, which has no id; the rest is the protocol's own affair."""

    jsonrpc: Literal["2.0"]
    id: Annotated[int, Field(ge=-(2**53), le=2**53), Whole] | ShortText | None = None
    method: ShortText
    params: JsonObject | None = None

    @model_validator(mode="after")
    def _nothing_is_null(self) -> Self:
        for name in ("id", "params"):
            if name in self.model_fields_set and getattr(self, name) is None:
                raise ValueError(f"{name}: may be left out, not null")
        return self


class AckBody(RequestModel):
    """Acknowledge an alert; `accept` answers its question, with a `price` per share if it asks for one."""

    accept: bool | None = None
    price: Price | None = None
