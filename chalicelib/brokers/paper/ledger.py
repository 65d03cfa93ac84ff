"""One paper account as values in memory: cash, holdings, orders. Loaded, moved by rules, written back."""

from collections.abc import Container
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from chalicelib.brokers.interface import BrokerOrder
from chalicelib.brokers.paper.capabilities import MULTIPLIER
from chalicelib.domain.clocks.calendar import new_york_date
from chalicelib.domain.instruments.sides import OrderSide
from chalicelib.domain.money import ZERO, to_price
from chalicelib.domain.trading.orders import LIVE, Duration, OrderStatus, OrderType


@dataclass(slots=True, kw_only=True)
class PaperOrder:
    """An order in the books. An OCO is a parent (`type` None, quantity 0) and two others that name it."""

    id: UUID
    parent_id: UUID | None
    tag: str
    underlying: str
    symbol: str
    side: OrderSide
    type: OrderType | None
    duration: Duration
    quantity: Decimal
    limit_price: Decimal | None
    stop_price: Decimal | None
    reserve: Decimal
    status: OrderStatus
    fill_rule: str
    created_at: datetime
    updated_at: datetime
    expires_at: datetime
    filled_quantity: Decimal = ZERO
    filled_value: Decimal = ZERO
    fees: Decimal = ZERO
    reason: str | None = None
    resting: bool = False
    triggered: bool = False

    @property
    def is_live(self) -> bool:
        """Say whether it works."""
        return self.status in LIVE

    @property
    def is_parent(self) -> bool:
        """Say whether this is an OCO, whose orders are its alternatives."""
        return self.type is None

    @property
    def remaining(self) -> Decimal:
        """Return what could still fill."""
        return self.quantity - self.filled_quantity

    @property
    def avg_fill_price(self) -> Decimal | None:
        """Return the average price per share of what was filled."""
        return to_price(self.filled_value / self.filled_quantity) if self.filled_quantity else None

    def end(self, status: OrderStatus, at: datetime, reason: str | None = None) -> None:
        """Bring the order to its end."""
        self.status, self.updated_at, self.reason = status, at, reason

    @property
    def key(self) -> str:
        """Return what its slippage is drawn by."""
        return str(self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperFill:
    """One execution and the quote it took."""

    id: UUID
    order_id: UUID
    symbol: str
    is_buy: bool
    quantity: Decimal
    price: Decimal
    fees: Decimal
    fill_rule: str
    quoted_at: datetime
    bid: Decimal | None
    ask: Decimal | None
    source: str
    filled_at: datetime


@dataclass(slots=True, kw_only=True)
class Holding:
    """What is held of one contract: cost in dollars without fees, the last usable mark per share."""

    symbol: str
    underlying: str
    quantity: Decimal
    cost_basis: Decimal
    mark_price: Decimal | None = None


@dataclass(slots=True, kw_only=True)
class Ledger:
    """An account under its lock; `fills` are those made since it was loaded."""

    cash: Decimal
    realized_on: date | None
    realized: Decimal
    orders: dict[UUID, PaperOrder]
    holdings: dict[str, Holding]
    fills: list[PaperFill] = field(default_factory=list)
    taken: dict[tuple[str, bool, datetime], Decimal] = field(default_factory=dict)

    def live(self, symbols: Container[str] | None = None) -> list[PaperOrder]:
        """Return the live orders that can fill, in no order; of these contracts alone when some are given."""
        return [
            order
            for order in self.orders.values()
            if (symbols is None or order.symbol in symbols) and order.is_live and not order.is_parent
        ]

    def working(self, symbols: Container[str] | None = None) -> list[PaperOrder]:
        """Return the live orders that can fill, oldest first."""
        return sorted(self.live(symbols), key=lambda order: (order.created_at, order.id.int))

    def alternatives(self, parent_id: UUID) -> list[PaperOrder]:
        """Return the orders of an OCO."""
        return [order for order in self.orders.values() if order.parent_id == parent_id]

    def held(self, symbol: str) -> Decimal:
        """Return how much of a contract is held."""
        holding = self.holdings.get(symbol)
        return ZERO if holding is None else holding.quantity

    def committed(self, symbol: str) -> Decimal:
        """Return what working sells of a contract could still sell; the two orders of an OCO count once."""
        by_group: dict[UUID, Decimal] = {}
        for order in self.live({symbol}):
            if not order.side.is_buy:
                group = order.parent_id or order.id
                by_group[group] = max(by_group.get(group, ZERO), order.remaining)
        return sum(by_group.values(), ZERO)

    def reserved(self) -> Decimal:
        """Return the dollars that working buys hold back."""
        return sum((order.reserve * order.remaining for order in self.live()), ZERO)

    def equity(self) -> Decimal:
        """Return cash and holdings at their last usable marks, at cost where none was seen yet."""
        worth = ZERO
        for holding in self.holdings.values():
            seen = holding.mark_price
            worth += holding.cost_basis if seen is None else seen * holding.quantity * MULTIPLIER
        return self.cash + worth

    def realize(self, gain: Decimal, at: datetime) -> None:
        """Add to what the New York day has realised."""
        today = new_york_date(at)
        if self.realized_on != today:
            self.realized_on, self.realized = today, ZERO
        self.realized += gain


def as_broker_order(order: PaperOrder, alternatives: tuple[BrokerOrder, ...] = ()) -> BrokerOrder:
    """Show an order as brokers do: an OCO without fields of its own."""
    parent = order.is_parent
    return BrokerOrder(
        broker_order_id=str(order.id),
        status=order.status,
        tag=order.tag,
        symbol=None if parent else order.symbol,
        side=None if parent else order.side,
        type=order.type,
        duration=None if parent else order.duration,
        quantity=order.quantity,
        filled_quantity=order.filled_quantity,
        avg_fill_price=order.avg_fill_price,
        limit_price=order.limit_price,
        stop_price=order.stop_price,
        created_at=order.created_at,
        updated_at=order.updated_at,
        reason=order.reason,
        fees=order.fees,
        fill_rule=order.fill_rule,
        alternatives=alternatives,
    )
