"""Trades: their states, the one table of transitions (A-14), and the trade as a value."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final
from uuid import UUID

from chalicelib.domain.accounts import AccountRef, BrokerMode
from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.instruments.ticks import least_price
from chalicelib.domain.trading.legs import Leg
from chalicelib.domain.trading.orders import ForbiddenTransition, OrderType
from chalicelib.domain.trading.protection import Protection, Target, quotable
from chalicelib.domain.trading.walk import EntryWalk


class TradeStatus(StrEnum):
    """The seven states of A-14; the outcome is in `close_reason`."""

    PENDING = "PENDING"
    PARTIALLY_FILLED = "PARTIALLY_FILLED"
    OPEN = "OPEN"
    CLOSING = "CLOSING"
    CLOSED = "CLOSED"
    EXPIRED = "EXPIRED"
    CANCELED = "CANCELED"


#: More may still fill of what was asked for.
ENTERING: Final = frozenset({TradeStatus.PENDING, TradeStatus.PARTIALLY_FILLED})
HOLDING: Final = frozenset({TradeStatus.PARTIALLY_FILLED, TradeStatus.OPEN, TradeStatus.CLOSING})
PROTECTABLE: Final = frozenset({TradeStatus.PARTIALLY_FILLED, TradeStatus.OPEN})
NOT_ENDED: Final = HOLDING | {TradeStatus.PENDING}
ENDED: Final = frozenset({TradeStatus.CLOSED, TradeStatus.EXPIRED, TradeStatus.CANCELED})
#: What the short words of a list's `status` stand for when they stand alone (api.md, Calls).
STATUS_GROUPS: Final[Mapping[str, frozenset[TradeStatus]]] = {
    TradeStatus.OPEN: NOT_ENDED,
    TradeStatus.CLOSED: ENDED - {TradeStatus.CANCELED},
}

#: A-14. The database checks the same edges; a test compares the two.
TRANSITIONS: Final[Mapping[TradeStatus, frozenset[TradeStatus]]] = {
    TradeStatus.PENDING: frozenset({TradeStatus.OPEN, TradeStatus.PARTIALLY_FILLED, TradeStatus.CANCELED}),
    TradeStatus.PARTIALLY_FILLED: frozenset(
        {TradeStatus.OPEN, TradeStatus.CLOSING, TradeStatus.CLOSED, TradeStatus.EXPIRED}
    ),
    TradeStatus.OPEN: frozenset({TradeStatus.CLOSING, TradeStatus.CLOSED, TradeStatus.EXPIRED}),
    TradeStatus.CLOSING: frozenset({TradeStatus.CLOSED, TradeStatus.OPEN, TradeStatus.EXPIRED}),
    TradeStatus.CLOSED: frozenset(),
    TradeStatus.EXPIRED: frozenset(),
    TradeStatus.CANCELED: frozenset(),
}


def read_statuses(asked: str | None) -> tuple[TradeStatus, ...]:
    """Read a comma list of states, or one short word; none for None. Raises ValueError for an unknown one."""
    if asked is None:
        return ()
    if asked in STATUS_GROUPS:
        return tuple(sorted(STATUS_GROUPS[asked]))
    return tuple(TradeStatus(word) for word in asked.split(","))


def check_transition(from_status: TradeStatus, to_status: TradeStatus) -> None:
    """Raise ForbiddenTransition unless A-14 has this edge."""
    if to_status not in TRANSITIONS[from_status]:
        raise ForbiddenTransition("a trade", from_status, to_status)


class CloseReason(StrEnum):
    """Why a trade ended; the last four are those of CANCELED."""

    TP_HIT = "TP_HIT"
    SL_HIT = "SL_HIT"
    MANUAL_CLOSE = "MANUAL_CLOSE"
    EXPIRED_OTM = "EXPIRED_OTM"
    EXPIRED_ITM = "EXPIRED_ITM"
    EXERCISED = "EXERCISED"
    LIQUIDATED_BY_BROKER = "LIQUIDATED_BY_BROKER"
    BROKER_RESET = "BROKER_RESET"
    KILL_SWITCH = "KILL_SWITCH"
    STRATEGY_EXIT = "STRATEGY_EXIT"
    DRAWDOWN_LIMIT = "DRAWDOWN_LIMIT"
    REJECTED = "REJECTED"
    CANCELED = "CANCELED"
    UNFILLED = "UNFILLED"
    NOT_PLACED = "NOT_PLACED"


class Originator(StrEnum):
    """Who opened a trade."""

    PERSON = "PERSON"
    DESK = "DESK"
    AI = "AI"


class TriggerPrecision(StrEnum):
    """Who watches stop and target: the broker, or our own clock."""

    BROKER_FILL = "BROKER_FILL"
    SNAPSHOT = "SNAPSHOT"


class Actor(StrEnum):
    """Who moved a trade."""

    USER = "user"
    BROKER = "broker"
    SYSTEM = "system"


class Trigger(StrEnum):
    """Who asked for a change of stop or target."""

    USER_MANUAL = "USER_MANUAL"
    RULE_ENGINE = "RULE_ENGINE"
    AI_ANALYSIS = "AI_ANALYSIS"


class ChangeState(StrEnum):
    """Where a change of stop or target stands."""

    PENDING = "PENDING"
    APPLIED = "APPLIED"
    VETOED = "VETOED"
    SUPERSEDED = "SUPERSEDED"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingChange:
    """A change of stop or target that was asked for and is not yet at the broker.

    `trailing_pct` is the distance in per cent at which the stop follows the price from then on, None without.
    """

    id: UUID
    at: datetime
    triggered_by: Trigger
    before: Protection
    after: Protection
    trailing_pct: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    """A trade's deciding facts as stored; marks and the time capsule are read apart.

    Quantities count structures: of a single leg contracts, or shares. Prices are per share, and of several
    legs what one pays for them, below 0 for a credit (ADR 0030); P&L and fees are dollars for the whole.
    `excess_qty` is what was sold beyond the holding when both exits filled between two polls (I-09);
    `missing_qty` is what of `open_qty` the account was found not to hold whole (A-04). `shadow_of` names the
    live trade beside which this one is carried out on paper (B-11). `stops_max` is how many stops may rest
    for it, None: as many as it has slices (C-06).
    """

    id: UUID
    username: str
    version: int
    status: TradeStatus
    originator: Originator
    ticker: str
    legs: tuple[Leg, ...]
    qty: Decimal
    filled_qty: Decimal
    open_qty: Decimal
    excess_qty: Decimal
    order_type: OrderType
    limit_price: Decimal | None
    entry_price: Decimal | None
    entry_date: datetime | None
    sl_price: Decimal | None
    tp_price: Decimal | None
    override_count: int
    broker_mode: BrokerMode
    account_id: str
    created_at: datetime
    last_updated: datetime
    close_requested_at: datetime | None = None
    closing_reason: CloseReason | None = None
    close_reason: CloseReason | None = None
    cancel_requested_at: datetime | None = None
    asked_price: Decimal | None = None
    protection_failures: int = 0
    protection_tried_at: datetime | None = None
    unprotected_since: datetime | None = None
    originator_id: str | None = None
    shadow_of: UUID | None = None
    strategy: str | None = None
    trailing_pct: Decimal | None = None
    ai_paused: bool = False
    best_price: Decimal | None = None
    drawdown_from_peak: Decimal | None = None
    current_price: Decimal | None = None
    max_gain: Decimal | None = None
    max_drawdown: Decimal | None = None
    mark_at: datetime | None = None
    missing_qty: Decimal = Decimal(0)
    closing_limit_price: Decimal | None = None
    closing_qty: Decimal | None = None
    closing_buffer_pct: Decimal | None = None
    closing_hurried_at: datetime | None = None
    walk: EntryWalk | None = None
    walk_ended_at: datetime | None = None
    risk_floor: Decimal = Decimal(0)
    risk_basis: Decimal | None = None
    targets: tuple[Target, ...] = ()
    stops_max: int | None = None

    @property
    def leg(self) -> Leg:
        """Return the only leg of a single-leg trade."""
        (leg,) = self.legs
        return leg

    def leg_of(self, symbol: str) -> Leg:
        """Return the leg of a contract or of shares, the one that is held where shares came twice."""
        legs = [leg for leg in self.legs if leg.symbol == symbol]
        return next((leg for leg in legs if leg.held(self.open_qty) > 0), legs[0])

    def leg_numbered(self, leg_no: int) -> Leg:
        """Return one of its legs."""
        return next(leg for leg in self.legs if leg.leg_no == leg_no)

    @property
    def is_structure(self) -> bool:
        """Say whether it has several legs: one signed price, one combined order, our own clock (W-04)."""
        return len(self.legs) > 1

    @property
    def instrument(self) -> Instrument | None:
        """Return what its price is the price of; None for several legs together."""
        return None if self.is_structure else self.leg.instrument

    @property
    def side(self) -> LegSide:
        """Return which way its price is held: a structure is bought, whatever its legs are."""
        return LegSide.LONG if self.is_structure else self.leg.side

    @property
    def symbol(self) -> str:
        """Return what an order over all of it names: the contract, or the underlying of several legs."""
        return self.ticker if self.is_structure else self.leg.symbol

    @property
    def symbols(self) -> frozenset[str]:
        """Return the contracts and shares it is made of."""
        return frozenset(leg.symbol for leg in self.legs)

    @property
    def held_legs(self) -> tuple[Leg, ...]:
        """Return the legs that something is held of."""
        return tuple(leg for leg in self.legs if leg.held(self.open_qty) > 0)

    @property
    def is_whole(self) -> bool:
        """Say whether it holds what was asked for and nothing else: no leg went its own way."""
        return all(leg.apart_qty is None and leg.origin is None for leg in self.legs)

    @property
    def next_expiry(self) -> date | None:
        """Return the day on which the first of its held legs expires; None when none does."""
        return min((leg.expiry for leg in self.held_legs if leg.expiry is not None), default=None)

    @property
    def account(self) -> AccountRef:
        """Return the account that holds it."""
        return AccountRef(username=self.username, mode=self.broker_mode, account_id=self.account_id)

    @property
    def holds_shares(self) -> bool:
        """Say whether this trade holds shares: delivered by an exercise, never asked for (A-06)."""
        return all(leg.instrument is Instrument.EQUITY for leg in self.legs)

    @property
    def protection(self) -> Protection:
        """Return the stop and target in force."""
        return Protection(sl_price=self.sl_price, tp_price=self.tp_price, targets=self.targets)

    def quotable(self, wanted: Protection) -> Protection:
        """Return a stop and a target on the ticks of what it holds; of several legs as asked for."""
        if self.is_structure:
            return wanted
        return quotable(self.ticker, wanted, self.side, self.leg.instrument, self.leg.price_step)

    @property
    def least_price(self) -> Decimal:
        """Return the lowest price above nothing at which what it holds alone may be offered."""
        only = self.held_legs or self.legs
        return least_price(self.ticker, only[0].instrument, only[0].price_step)

    @property
    def is_hurried(self) -> bool:
        """Say whether its close takes the VIX path (B-06)."""
        return self.closing_hurried_at is not None

    @property
    def sellable_qty(self) -> Decimal:
        """Return what exits may sell: what is open and was not found missing at the broker."""
        return self.open_qty - self.missing_qty

    def position_in(self, symbol: str) -> Decimal:
        """Return what the account should hold of a contract for it: below 0 if short, or sold too much."""
        structures = self.open_qty - self.excess_qty
        legs = (leg for leg in self.legs if leg.symbol == symbol)
        return sum(
            ((leg.held(structures) - self.missing_of(leg)) * leg.side.sign for leg in legs), Decimal(0)
        )

    def missing_of(self, leg: Leg) -> Decimal:
        """Return what of a leg the account was found not to hold: of a single leg the trade's own figure."""
        return leg.missing_qty if self.is_structure else self.missing_qty

    @property
    def is_ended(self) -> bool:
        """Say whether the trade's facts are final."""
        return self.status in ENDED
