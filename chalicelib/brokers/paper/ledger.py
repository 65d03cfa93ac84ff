"""One paper account as values in memory: cash, holdings, orders. Loaded, moved by rules, written back."""

from collections.abc import Container, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from chalicelib.brokers.interface import BrokerLeg, BrokerOrder
from chalicelib.brokers.paper.collateral import multiplier_of
from chalicelib.brokers.paper.groups import Groups, collateral, tied
from chalicelib.domain.clocks.calendar import new_york_date
from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.sides import OrderSide
from chalicelib.domain.money import ZERO, to_price
from chalicelib.domain.trading.orders import LIVE, Duration, OrderStatus, OrderType


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperLeg:
    """A leg of an order: `ratio` of it make a unit; `filled_value` sums quantity times price of its fills."""

    symbol: str
    side: OrderSide
    ratio: int = 1
    instrument: Instrument = Instrument.OPTION
    filled_value: Decimal = ZERO


@dataclass(slots=True, kw_only=True)
class PaperOrder:
    """An order in the books. An OCO is a parent (`type` None, quantity 0) and two others that name it.

    A combined order has `legs` and counts units; its limit and value are what the account pays, below 0 where
    it receives. `reserve` dollars and `cover` shares are held back for each unit that may still open. Orders
    for coins meet minutes, those that begin at `rests_from` or later.
    """

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
    legs: tuple[PaperLeg, ...] = ()
    cover: Decimal = ZERO
    rests_from: datetime | None = None

    @property
    def parts(self) -> Sequence[PaperLeg]:
        """Return what one unit of it moves, which is the order itself where it has no legs."""
        if self.legs:
            return self.legs
        kind = Instrument.EQUITY if self.symbol == self.underlying else Instrument.OPTION
        return (PaperLeg(symbol=self.symbol, side=self.side, instrument=kind),)

    def is_met_by(self, symbols: Container[str]) -> bool:
        """Say whether everything that it moves is among these."""
        if self.legs:
            return all(leg.symbol in symbols for leg in self.legs)
        return self.symbol in symbols

    def book(self, quantity: Decimal, price: Decimal, leg_prices: Sequence[Decimal]) -> None:
        """Count a fill of so many units at a price for one, and what its legs were filled at."""
        self.filled_quantity += quantity
        self.filled_value += quantity * price
        self.legs = tuple(
            replace(leg, filled_value=leg.filled_value + quantity * leg.ratio * leg_price)
            for leg, leg_price in zip(self.legs, leg_prices, strict=False)
        )

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
    fee_asset: str = "USD"


@dataclass(slots=True, kw_only=True)
class Holding:
    """What is held of one contract or of shares, below 0 where it is short.

    `cost_basis` in dollars without fees, below 0 for what a short one brought; `mark_price` the last usable
    mark per share.
    """

    symbol: str
    underlying: str
    quantity: Decimal
    cost_basis: Decimal
    mark_price: Decimal | None = None

    @property
    def worth(self) -> Decimal:
        """Return dollars at its last usable mark, at cost where none was seen yet."""
        if self.mark_price is None:
            return self.cost_basis
        return self.mark_price * self.quantity * multiplier_of(self.symbol)


class EventKind(StrEnum):
    """What the clearing house does to an account without an order."""

    SETTLED = "SETTLED"
    ASSIGNED = "ASSIGNED"
    DIVIDEND = "DIVIDEND"


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperEvent:
    """One such event, known by its `key`: what was done under it once is never done again.

    `quantity` is what was held of `symbol` and is gone, or what shares were paid for, below 0 of what was
    short; `price` the settlement value, strike or dividend per share; `cash` the dollars that it brought.
    """

    key: str
    kind: EventKind
    symbol: str
    quantity: Decimal
    price: Decimal
    cash: Decimal
    happened_at: datetime


@dataclass(slots=True, kw_only=True)
class Ledger:
    """An account under its lock; `fills` are those made since it was loaded, `events` also known ones."""

    cash: Decimal
    realized_on: date | None
    realized: Decimal
    orders: dict[UUID, PaperOrder]
    holdings: dict[str, Holding]
    groups: Groups = ()
    fills: list[PaperFill] = field(default_factory=list)
    events: dict[str, PaperEvent] = field(default_factory=dict)
    taken: dict[tuple[str, bool, datetime], Decimal] = field(default_factory=dict)

    def live(self, symbols: Container[str] | None = None) -> list[PaperOrder]:
        """Return the live orders that can fill, in no order; of these symbols alone if some are given."""
        return [
            order
            for order in self.orders.values()
            if (symbols is None or order.is_met_by(symbols)) and order.is_live and not order.is_parent
        ]

    def working(self, symbols: Container[str] | None = None) -> list[PaperOrder]:
        """Return the live orders that can fill, oldest first."""
        return sorted(self.live(symbols), key=lambda order: (order.created_at, order.id.int))

    def alternatives(self, parent_id: UUID) -> list[PaperOrder]:
        """Return the orders of an OCO."""
        return [order for order in self.orders.values() if order.parent_id == parent_id]

    def held(self, symbol: str) -> Decimal:
        """Return how much of a contract is held, below 0 where it is short."""
        holding = self.holdings.get(symbol)
        return ZERO if holding is None else holding.quantity

    def held_all(self) -> dict[str, Decimal]:
        """Return what is held of everything."""
        return {symbol: holding.quantity for symbol, holding in self.holdings.items()}

    def committed(self, symbol: str, side: OrderSide, *, alone: bool = False) -> Decimal:
        """Return what working orders of a closing side could still close of a contract.

        The two orders of an OCO count once; `alone` leaves combined orders out.
        """
        by_group: dict[UUID, Decimal] = {}
        for order in self.live():
            if alone and order.legs:
                continue
            group = order.parent_id or order.id
            for leg in order.parts:
                if leg.symbol == symbol and leg.side is side:
                    by_group[group] = max(by_group.get(group, ZERO), order.remaining * leg.ratio)
        return sum(by_group.values(), ZERO)

    def loose_shares(self, underlying: str) -> Decimal:
        """Return the shares that cover nothing, are not for sale and are promised to no working order."""
        promised = sum(
            (order.cover * order.remaining for order in self.live() if order.underlying == underlying), ZERO
        )
        for_sale = self.committed(underlying, OrderSide.SELL_TO_CLOSE, alone=True)
        return max(
            ZERO, self.held(underlying) - max(ZERO, tied(self.groups, underlying)) - promised - for_sale
        )

    def reserved(self) -> Decimal:
        """Return the dollars that working orders hold back for what they may open."""
        return sum((order.reserve * order.remaining for order in self.live()), ZERO)

    def free_cash(self) -> Decimal:
        """Return the dollars that positions and working orders leave; none while a loss has no bound."""
        held_back = collateral(self.groups)
        free = self.cash - self.reserved() - (held_back or ZERO)
        return min(free, ZERO) if held_back is None else free

    def equity(self) -> Decimal:
        """Return cash and holdings at their last usable marks, at cost where none was seen yet."""
        return self.cash + sum((holding.worth for holding in self.holdings.values()), ZERO)

    def realize(self, gain: Decimal, at: datetime) -> None:
        """Add to what the New York day has realised."""
        today = new_york_date(at)
        if self.realized_on != today:
            self.realized_on, self.realized = today, ZERO
        self.realized += gain

    def move(self, holding: Holding, quantity: Decimal, value: Decimal, at: datetime) -> None:
        """Book a change of a position and of cash by the same `value` in dollars, above 0 for what was paid.

        What closes is realised against the average cost of what was held; what goes past zero closes first.
        """
        over = quantity + holding.quantity
        if holding.quantity and over * quantity > 0 > holding.quantity * quantity:
            closing = value * -holding.quantity / quantity
            self.move(holding, -holding.quantity, closing, at)
            quantity, value = over, value - closing
        self.cash -= value
        if holding.quantity * quantity >= 0:
            holding.cost_basis += value
        else:
            basis = holding.cost_basis * abs(quantity) / abs(holding.quantity)
            holding.cost_basis -= basis
            self.realize(-value - basis, at)
        holding.quantity += quantity
        if holding.quantity == 0:
            self.holdings.pop(holding.symbol, None)
        else:
            self.holdings[holding.symbol] = holding

    def holding(self, symbol: str, underlying: str) -> Holding:
        """Return what is held of a contract, or an empty holding of it."""
        empty = Holding(symbol=symbol, underlying=underlying, quantity=ZERO, cost_basis=ZERO)
        return self.holdings.get(symbol, empty)


def as_broker_order(order: PaperOrder, alternatives: tuple[BrokerOrder, ...] = ()) -> BrokerOrder:
    """Show an order as brokers do: an OCO without fields of its own, a combined order without a side."""
    parent = order.is_parent
    return BrokerOrder(
        broker_order_id=str(order.id),
        status=order.status,
        tag=order.tag,
        symbol=None if parent else order.symbol,
        side=None if parent or order.legs else order.side,
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
        legs=tuple(_as_broker_leg(order, leg) for leg in order.legs),
    )


def _as_broker_leg(order: PaperOrder, leg: PaperLeg) -> BrokerLeg:
    filled = order.filled_quantity * leg.ratio
    return BrokerLeg(
        symbol=leg.symbol,
        side=leg.side,
        filled_quantity=filled,
        avg_fill_price=to_price(leg.filled_value / filled) if filled else None,
    )


def shown(ledger: Ledger, order: PaperOrder) -> BrokerOrder:
    """Show an order as brokers do, an OCO with its orders."""
    found = ledger.alternatives(order.id) if order.is_parent else ()
    return as_broker_order(order, tuple(as_broker_order(one) for one in found))
