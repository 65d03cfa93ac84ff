"""Rows of the product's tables as the checks read them, sharing no code with the product."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

COIN: Final = "CRYPTO"
#: The version of UUIDs that begin with their instant.
_BY_TIME: Final = 7
_WHOLE: Final = Decimal(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class LegRow:
    """A leg of a trade; `ratio` of it come with one of the trade."""

    trade_id: UUID
    leg_no: int
    symbol: str
    instrument: str
    side: str
    ratio: int
    multiplier: Decimal
    option_type: str | None
    strike: Decimal | None
    expiry: date | None
    apart_qty: Decimal | None = None
    missing_qty: Decimal = Decimal(0)
    origin: str | None = None
    quantity_step: Decimal | None = None

    @property
    def sign(self) -> int:
        """Return 1 for what gains when the price rises, -1 for what gains when it falls."""
        return -1 if self.side == "SHORT" else 1

    @property
    def holds_shares(self) -> bool:
        """Say whether this is what an exercise delivered: no broker was ever asked for it."""
        return self.instrument == "EQUITY"

    @property
    def lot(self) -> Decimal:
        """Return the least that is traded of it."""
        return _WHOLE if self.quantity_step is None else self.quantity_step


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetRow:
    """A price at which a share of what was open is to go; 1 is over all that is held."""

    trade_id: UUID
    no: int
    price: Decimal
    share: Decimal
    replaced_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeRow:
    """A trade with its legs by number; none is a fault to be found. Prices per share, money in dollars."""

    id: UUID
    username: str
    version: int
    status: str
    created_at: datetime
    ticker: str
    qty: Decimal
    filled_qty: Decimal
    open_qty: Decimal
    excess_qty: Decimal
    entry_price: Decimal | None
    entry_date: datetime | None
    sl_price: Decimal | None
    tp_price: Decimal | None
    override_count: int
    close_requested_at: datetime | None
    cancel_requested_at: datetime | None
    current_price: Decimal | None
    max_gain: Decimal | None
    max_drawdown: Decimal | None
    close_price: Decimal | None
    close_date: datetime | None
    close_reason: str | None
    realized_pnl: Decimal | None
    fees: Decimal
    broker_mode: str
    account_id: str
    trade_context: Mapping[str, Any] | None  # Any: the owner's own JSON
    missing_qty: Decimal = Decimal(0)
    originator: str = "PERSON"
    originator_id: str | None = None
    shadow_of: UUID | None = None
    walk_worst: Decimal | None = None
    ai_paused: bool = False
    trailing_pct: Decimal | None = None
    stops_max: int | None = None
    legs: tuple[LegRow, ...] = field(default=(), metadata={"of": LegRow})
    several: tuple[TargetRow, ...] = field(default=(), metadata={"of": TargetRow})

    @property
    def is_coin(self) -> bool:
        """Say whether it is of a coin: in USDT, at all hours, by days of UTC."""
        return any(leg.instrument == COIN for leg in self.legs)

    @property
    def held_qty(self) -> Decimal:
        """Return what is open and not known to be missing at the broker."""
        return self.open_qty - self.missing_qty

    @property
    def is_structure(self) -> bool:
        """Say whether it has several legs: one signed price, and stop and target under our own clock."""
        return len(self.legs) > 1

    def held_of(self, leg: LegRow) -> Decimal:
        """Return what is held of a leg its own way and not known to be missing; below 0 after an excess."""
        missing = leg.missing_qty if self.is_structure else self.missing_qty
        held = self.booked_of(leg)
        return held - min(missing, max(held, Decimal(0)))

    def booked_of(self, leg: LegRow) -> Decimal:
        """Return what is held of a leg by the books, be it missing at the broker."""
        return (self.open_qty - self.excess_qty) * leg.ratio if leg.apart_qty is None else leg.apart_qty

    @property
    def lacks_a_leg(self) -> bool:
        """Say whether something is missing of a leg that went without the others, as an assigned one may."""
        return self.is_structure and any(leg.missing_qty > 0 for leg in self.legs)

    @property
    def targets(self) -> tuple[TargetRow, ...]:
        """Return its targets: several, one over all that is held, or none."""
        if self.several or self.tp_price is None:
            return self.several
        return (TargetRow(trade_id=self.id, no=1, price=self.tp_price, share=Decimal(1)),)

    @property
    def symbol(self) -> str:
        """Return what its legs are of."""
        return " ".join(leg.symbol for leg in self.legs)

    @property
    def expiry(self) -> date | None:
        """Return the last day of the leg that lives longest; None when one never ends."""
        days = [leg.expiry for leg in self.legs if leg.expiry is not None]
        return max(days) if days and len(days) == len(self.legs) else None

    @property
    def holds_shares(self) -> bool:
        """Say whether this is what an exercise delivered."""
        return any(leg.holds_shares for leg in self.legs)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRow:
    """An order that the product sent, or is going to send."""

    id: UUID
    trade_id: UUID
    role: str
    tag: str
    status: str
    type: str
    side: str
    symbol: str
    quantity: Decimal
    filled_quantity: Decimal
    limit_price: Decimal | None
    stop_price: Decimal | None
    avg_fill_price: Decimal | None
    broker_order_id: str | None
    parent_broker_order_id: str | None
    reason: str | None
    created_at: datetime
    submitted_at: datetime | None
    ended_at: datetime | None
    target_no: int = 1
    legs: Sequence[Mapping[str, Any]] = ()  # Any: the document's own words

    @property
    def is_combined(self) -> bool:
        """Say whether it moves several legs at once, in units of them."""
        return len(self.legs) > 1


@dataclass(frozen=True, slots=True, kw_only=True)
class FillRow:
    """A fill as booked; dollars per share, fees in dollars."""

    id: UUID
    trade_id: UUID
    order_id: UUID | None
    kind: str
    is_buy: bool
    quantity: Decimal
    price: Decimal
    fees: Decimal
    filled_at: datetime
    leg_no: int = 1
    fill_rule: str = ""

    @property
    def amends(self) -> bool:
        """Say whether it was booked on a trade that had ended, whose facts it does not change (A-01)."""
        return self.kind == "CORRECTION" and self.order_id is not None

    @property
    def booked_at(self) -> datetime | None:
        """Return when it was booked, by its UUID of version 7 (RFC 9562, 5.7), to the millisecond."""
        if self.id.version != _BY_TIME:
            return None
        return datetime.fromtimestamp((self.id.int >> 80) / 1000, UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class TransitionRow:
    """One recorded transition of a trade."""

    id: UUID
    trade_id: UUID
    at: datetime
    from_status: str | None
    to_status: str
    actor: str
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRow:
    """One change of stop or target that somebody asked for."""

    id: UUID
    trade_id: UUID
    at: datetime
    before: Mapping[str, str | None]
    after: Mapping[str, str | None]
    state: str
    error: str | None
    settled_at: datetime | None
    triggered_by: str = "USER_MANUAL"
    decision_id: UUID | None = None
    waits: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRow:
    """One alert."""

    id: UUID
    username: str
    at: datetime
    severity: str
    kind: str
    trade_id: UUID | None
    text: str
    resolved_at: datetime | None
    dedupe_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRunRow:
    """One claimed instant of a job."""

    job: str
    due_at: datetime
    scope: str
    attempts: int
    ok: bool | None
    result: Mapping[str, Any] | None  # Any: each job's own words


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotRow:
    """One snapshot of a leg; prices per share."""

    trade_id: UUID
    leg_no: int
    timestamp: datetime
    kind: str
    mark_price: Decimal | None
    bid: Decimal | None
    ask: Decimal | None
    stale: bool
    one_sided: bool
    delayed: bool
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsRow:
    """A user's limits: dollars, and a number of trades."""

    username: str
    max_positions: int
    daily_loss_limit: Decimal
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnCoinsRow:
    """What an account of coins is known to hold beside our trades; None where nobody looked yet."""

    username: str
    broker_mode: str
    account_id: str
    own_coins: Mapping[str, Any] | None  # Any: JSON
