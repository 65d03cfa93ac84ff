"""From what a broker says to what we book: order states, fills, and the trade's quantities and money.

Pure: a sync that hears the same news twice, or out of order, computes the same rows (I-07).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.money import ZERO, to_cents, to_price
from chalicelib.domain.trading.orders import (
    LIVE,
    Fill,
    FillKind,
    Order,
    OrderRole,
    OrderStatus,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderNews:
    """What a broker says of one order of ours: cumulative quantity and average, dollars per share."""

    status: OrderStatus
    filled_quantity: Decimal
    avg_fill_price: Decimal | None
    broker_order_id: str
    parent_broker_order_id: str | None
    updated_at: datetime | None
    reason: str | None
    fees: Decimal | None
    fill_rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFill:
    """The part of the news that was not booked yet."""

    quantity: Decimal
    price: Decimal
    order_filled_quantity: Decimal


def unbooked_fill(order: Order, news: OrderNews) -> NewFill | None:
    """Return what filled since the last news, or None.

    The broker tells totals; the new part's price is what makes the totals agree. A fill whose price is not
    there yet (Tradier shows `filled` a moment before the average) is left for the next look.
    """
    quantity = news.filled_quantity - order.filled_quantity
    if quantity <= 0 or news.avg_fill_price is None:
        return None
    before = order.filled_quantity * (order.avg_fill_price or ZERO)
    price = (news.filled_quantity * news.avg_fill_price - before) / quantity
    return NewFill(
        quantity=quantity, price=to_price(max(price, ZERO)), order_filled_quantity=news.filled_quantity
    )


def status_after(order: Order, news: OrderNews) -> OrderStatus:
    """Return the state to book: never backwards, never an end whose fill has no price yet.

    An ended order stays as it is, unless the broker says that all of it filled after all (I-04).
    """
    if news.filled_quantity < order.filled_quantity:
        return order.status
    if order.is_ended:
        late = unbooked_fill(order, news)
        is_whole = late is not None and late.order_filled_quantity >= order.quantity
        return OrderStatus.FILLED if is_whole else order.status
    if news.filled_quantity > order.filled_quantity and news.avg_fill_price is None:
        return order.status if order.is_live else OrderStatus.OPEN
    if news.status in LIVE and order.status is OrderStatus.PARTIALLY_FILLED:
        return order.status
    if news.status in LIVE and 0 < news.filled_quantity < order.quantity:
        return OrderStatus.PARTIALLY_FILLED
    if news.status is OrderStatus.PARTIALLY_FILLED and news.filled_quantity == 0:
        return OrderStatus.OPEN
    if news.status is OrderStatus.FILLED and news.filled_quantity < order.quantity:
        # Said to be done with less than was asked for: what it says it filled counts, the rest is over.
        return OrderStatus.CANCELED
    return news.status


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """What a trade's fills amount to. Dollars; `*_value` are price × quantity × multiplier.

    `filled_qty` is what was opened, `sold_qty` what of it was closed, whichever way `side` says it is held.
    `closed_outside` says that no order of ours sold the last of it.
    """

    filled_qty: Decimal
    sold_qty: Decimal
    entry_value: Decimal
    exit_value: Decimal
    fees: Decimal
    entry_price: Decimal | None
    exit_price: Decimal | None
    first_at: datetime | None
    last_at: datetime | None
    closing_role: OrderRole | None
    closed_outside: bool = False
    side: LegSide = LegSide.LONG

    @property
    def held(self) -> Decimal:
        """Return what is held the trade's way: negative after both exits filled."""
        return self.filled_qty - self.sold_qty

    @property
    def gross_pnl(self) -> Decimal:
        """Return what the exits brought beyond the entries; of a short, what they cost less."""
        return to_cents(self.side.sign * (self.exit_value - self.entry_value))

    @property
    def net_pnl(self) -> Decimal:
        """Return realised P&L of a trade that holds nothing: sum of fills and fees (I-13)."""
        return to_cents(self.side.sign * (self.exit_value - self.entry_value) - self.fees)

    @property
    def realized_so_far(self) -> Decimal | None:
        """Return what partial exits have realised, net of their share of the entry and all fees so far."""
        if self.sold_qty <= 0 or self.filled_qty == 0:
            return None
        cost = self.entry_value * self.sold_qty / self.filled_qty
        return to_cents(self.side.sign * (self.exit_value - cost) - self.fees)


def position_of(
    fills: Sequence[Fill],
    orders: Iterable[Order],
    multiplier: Decimal,
    side: LegSide = LegSide.LONG,
) -> Position:
    """Add up a trade's fills: ENTRY orders open; an EXIT order's fill the other way gives back an excess."""
    by_id = {order.id: order for order in orders}
    roles = {order.id: order.role for order in by_id.values()}
    entries = [fill for fill in fills if _role(fill, roles) is OrderRole.ENTRY]
    exits = sorted(
        (fill for fill in fills if _role(fill, roles) is not OrderRole.ENTRY), key=lambda fill: fill.filled_at
    )
    entry_qty = sum((fill.quantity for fill in entries), ZERO)
    entry_sum = sum((fill.quantity * fill.price for fill in entries), ZERO)
    sold = exit_sum = ZERO
    closing_role = None
    closed_outside = False
    for fill in exits:
        sign = -side.sign if fill.is_buy else side.sign
        sold += sign * fill.quantity
        exit_sum += sign * fill.quantity * fill.price
        if closing_role is None and sold >= entry_qty:
            closing_role = _role(fill, roles)
            closed_outside = _is_from_outside(fill, by_id)
    return Position(
        filled_qty=entry_qty,
        sold_qty=sold,
        entry_value=entry_sum * multiplier,
        exit_value=exit_sum * multiplier,
        fees=sum((fill.fees for fill in fills), ZERO),
        entry_price=to_price(entry_sum / entry_qty) if entry_qty else None,
        # Buying back what was oversold may cost more than all sales brought: P&L has it, no price is below 0.
        exit_price=to_price(max(exit_sum / sold, ZERO)) if sold > 0 else None,
        first_at=min((fill.filled_at for fill in entries), default=None),
        last_at=exits[-1].filled_at if exits else None,
        closing_role=closing_role,
        closed_outside=closed_outside,
        side=side,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Excursions:
    """Best and worst result that was ever shown while held, dollars gross of fees; 0 at the entry."""

    best: Decimal
    worst: Decimal


def excursions_of(
    marks: Iterable[tuple[datetime, Decimal]], fills: Sequence[Fill], multiplier: Decimal
) -> Excursions:
    """Value what was held at each mark (instant, dollars per share), together with what had been sold."""
    best = worst = ZERO
    for at, price in marks:
        result = gain_at(price, [fill for fill in fills if fill.filled_at <= at], multiplier)
        best, worst = max(best, result), min(worst, result)
    return Excursions(best=best, worst=worst)


def gain_at(price: Decimal, fills: Iterable[Fill], multiplier: Decimal) -> Decimal:
    """Return what these fills made, and what they leave held would at this price; dollars gross of fees."""
    value = sum(((price - fill.price) * fill.quantity * (1 if fill.is_buy else -1) for fill in fills), ZERO)
    return to_cents(value * multiplier)


def _is_from_outside(fill: Fill, orders: Mapping[UUID, Order]) -> bool:
    if fill.order_id is None:
        return fill.kind is FillKind.CORRECTION
    return orders[fill.order_id].is_from_outside


def _role(fill: Fill, roles: Mapping[UUID, OrderRole]) -> OrderRole | None:
    return roles.get(fill.order_id) if fill.order_id is not None else None
