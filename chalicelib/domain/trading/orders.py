"""Orders, their states and edges (api.md, enumerations; invariant I-04), and fills."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final
from uuid import UUID

from chalicelib.domain.instruments.sides import OrderSide


class OrderStatus(StrEnum):
    """Where an order of ours stands. UNKNOWN may have been sent, its fate is open.

    INTENT was never sent, unless the database has gone back since (`domain.doubt`).
    """

    INTENT = "INTENT"
    SENT = "SENT"
    UNKNOWN = "UNKNOWN"
    PENDING = "PENDING"
    OPEN = "OPEN"
    PARTIALLY_FILLED = "PARTIALLY_FILLED"
    FILLED = "FILLED"
    CANCELED = "CANCELED"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"


UNSETTLED: Final = frozenset({OrderStatus.SENT, OrderStatus.UNKNOWN})
LIVE: Final = frozenset({OrderStatus.PENDING, OrderStatus.OPEN, OrderStatus.PARTIALLY_FILLED})
ENDED: Final = frozenset(
    {OrderStatus.FILLED, OrderStatus.CANCELED, OrderStatus.REJECTED, OrderStatus.EXPIRED}
)
#: Working, or possibly working: what must be gone before another sell may leave.
OUTSTANDING: Final = LIVE | UNSETTLED
NOT_ENDED: Final = OUTSTANDING | {OrderStatus.INTENT}
#: Stands before the id of an order that was adopted from positions: its broker never told us one.
UNSEEN_PREFIX: Final = "unseen-"
#: Begins the tag of a row for a sale in the account that no order of ours made: it never left us.
OUTSIDE_PREFIX: Final = "outside-"

#: An order that was taken for over may turn out to have filled: a broker's recorded correction (I-04).
ORDER_EDGES: Final[Mapping[OrderStatus, frozenset[OrderStatus]]] = {
    OrderStatus.INTENT: frozenset({OrderStatus.SENT, OrderStatus.UNKNOWN, OrderStatus.CANCELED}),
    OrderStatus.SENT: frozenset({OrderStatus.UNKNOWN}) | LIVE | ENDED,
    OrderStatus.UNKNOWN: LIVE | ENDED,
    OrderStatus.PENDING: (LIVE | ENDED) - {OrderStatus.PENDING},
    OrderStatus.OPEN: frozenset({OrderStatus.PENDING, OrderStatus.PARTIALLY_FILLED}) | ENDED,
    OrderStatus.PARTIALLY_FILLED: ENDED,
    OrderStatus.FILLED: frozenset(),
    OrderStatus.CANCELED: frozenset({OrderStatus.FILLED}),
    OrderStatus.REJECTED: frozenset({OrderStatus.FILLED}),
    OrderStatus.EXPIRED: frozenset({OrderStatus.FILLED}),
}


class OrderRole(StrEnum):
    """What an order is for."""

    ENTRY = "ENTRY"
    STOP_LOSS = "STOP_LOSS"
    TAKE_PROFIT = "TAKE_PROFIT"
    EXIT = "EXIT"


PROTECTIVE: Final = frozenset({OrderRole.STOP_LOSS, OrderRole.TAKE_PROFIT})


class OrderType(StrEnum):
    """How an order is priced."""

    MARKET = "market"
    LIMIT = "limit"
    STOP = "stop"


class Duration(StrEnum):
    """How long an order works."""

    DAY = "day"
    GTC = "gtc"


class ForbiddenTransition(Exception):
    """A state was asked to move along an edge that the table does not have."""

    def __init__(self, subject: str, from_status: str, to_status: str) -> None:
        super().__init__(f"{subject} cannot go from {from_status} to {to_status}")
        self.subject = subject
        self.from_status = from_status
        self.to_status = to_status


def check_order_edge(from_status: OrderStatus, to_status: OrderStatus) -> None:
    """Raise ForbiddenTransition unless an order may move so; staying is always allowed."""
    if from_status != to_status and to_status not in ORDER_EDGES[from_status]:
        raise ForbiddenTransition("an order", from_status, to_status)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLeg:
    """One leg of an order: `ratio` of it make one unit; `filled_quantity` counts contracts, or shares.

    `avg_fill_price` in dollars per share, never below 0.
    """

    leg_no: int
    symbol: str
    side: OrderSide
    ratio: int = 1
    filled_quantity: Decimal = Decimal(0)
    avg_fill_price: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order of ours as stored. Quantities in contracts, prices per share, instants UTC.

    A combined order has `legs` and counts units: it buys (`side`) a structure or sells one, at the signed
    price of ADR 0030, and its `symbol` is the underlying. Without `legs` it moves the trade's first leg.

    `tag` is sent with the order and is how a lost answer is settled; the two legs of an OCO share one tag
    and one `parent_broker_order_id`, and each has its own `broker_order_id`. `target_no` is the target that
    it belongs to, 1 where there is but one.
    """

    id: UUID
    username: str
    trade_id: UUID
    role: OrderRole
    tag: str
    status: OrderStatus
    type: OrderType
    side: OrderSide
    symbol: str
    quantity: Decimal
    filled_quantity: Decimal = Decimal(0)
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    avg_fill_price: Decimal | None = None
    duration: Duration = Duration.DAY
    broker_order_id: str | None = None
    parent_broker_order_id: str | None = None
    reason: str | None = None
    created_at: datetime | None = None
    submitted_at: datetime | None = None
    cancel_requested_at: datetime | None = None
    missed_at: datetime | None = None
    ended_at: datetime | None = None
    handled: bool = False
    legs: tuple[OrderLeg, ...] = ()
    target_no: int = 1

    @property
    def is_combined(self) -> bool:
        """Say whether it moves several legs at one net price."""
        return len(self.legs) > 1

    @property
    def moves(self) -> tuple[OrderLeg, ...]:
        """Return what it moves, leg by leg; an order without `legs` moves the first."""
        return self.legs or (
            OrderLeg(
                leg_no=1,
                symbol=self.symbol,
                side=self.side,
                filled_quantity=self.filled_quantity,
                avg_fill_price=self.avg_fill_price,
            ),
        )

    @property
    def listed_id(self) -> str | None:
        """Return the id under which the broker lists this order, an OCO's for its legs; None if unknown."""
        return self.parent_broker_order_id or self.broker_order_id

    @property
    def is_unseen(self) -> bool:
        """Say whether positions alone showed it: its id is our own, the broker has never named another."""
        return self.broker_order_id is not None and self.broker_order_id.startswith(UNSEEN_PREFIX)

    @property
    def remaining_quantity(self) -> Decimal:
        """Return what could still fill while the order works."""
        return self.quantity - self.filled_quantity

    @property
    def is_live(self) -> bool:
        """Say whether the broker is known to be working this order."""
        return self.status in LIVE

    @property
    def is_outstanding(self) -> bool:
        """Say whether this order works or may be working at the broker."""
        return self.status in OUTSTANDING

    @property
    def is_from_outside(self) -> bool:
        """Say whether the account's own history made this row, and no order of ours."""
        return self.tag.startswith(OUTSIDE_PREFIX)

    @property
    def is_ended(self) -> bool:
        """Say whether nothing more is expected of this order."""
        return self.status in ENDED


def newest(orders: Sequence[Order], roles: Collection[OrderRole]) -> Order | None:
    """Return the last of these orders, which stand as they were stored, in one of the roles."""
    return next((order for order in reversed(orders) if order.role in roles), None)


class FillKind(StrEnum):
    """Why a fill row exists."""

    FILL = "FILL"
    SETTLEMENT = "SETTLEMENT"
    CORRECTION = "CORRECTION"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """One execution of one leg. `price` per share; `fees` in dollars, below 0 where one is taken back.

    `is_buy` tells which way cash went.
    """

    id: UUID
    username: str
    trade_id: UUID
    order_id: UUID | None
    kind: FillKind
    is_buy: bool
    quantity: Decimal
    price: Decimal
    fees: Decimal
    fill_rule: str
    filled_at: datetime
    leg_no: int = 1
