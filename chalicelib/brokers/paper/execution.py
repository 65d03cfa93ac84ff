"""How what fills of an order is booked: cash, positions, groups and the order; pure but for the ledger."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from chalicelib.brokers.errors import InsufficientFunds, Refused
from chalicelib.brokers.paper.collateral import multiplier_of
from chalicelib.brokers.paper.combined_rules import Shown, UnitFill
from chalicelib.brokers.paper.groups import Groups, after_closing, after_opening, collateral, tied
from chalicelib.brokers.paper.ledger import Ledger, PaperFill, PaperLeg, PaperOrder
from chalicelib.brokers.paper.positions_asked import NO_BUYING_POWER, check_sides, closable, nothing_held
from chalicelib.domain.instruments.fees import COMMISSION_PER_CONTRACT, Commission, estimated_fees
from chalicelib.domain.money import ZERO
from chalicelib.domain.trading.orders import OrderStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """One leg of a fill: signed quantity, what was paid for it and its fees, in dollars."""

    leg: PaperLeg
    shown: Shown
    quantity: Decimal
    value: Decimal
    fees: Decimal


def execute(
    ledger: Ledger,
    order: PaperOrder,
    fill: UnitFill,
    now: datetime,
    fill_rule: str,
    new_id: Callable[[], UUID],
    *,
    commission: Decimal = COMMISSION_PER_CONTRACT,
) -> None:
    """Book what fills; an order that cash, collateral or holdings no longer cover ends instead."""
    quantity = min(fill.quantity, closable(ledger, order.parts))
    bookings = [
        _booking(leg, shown, quantity, commission) for leg, shown in zip(order.parts, fill.legs, strict=True)
    ]
    try:
        groups = _groups_after(ledger, order, quantity)
        _check_money(ledger, order, bookings, groups)
    except Refused as refusal:
        order.end(
            OrderStatus.CANCELED if order.filled_quantity else OrderStatus.REJECTED, now, refusal.reason
        )
        follow_alternatives(ledger, order)
        return
    ledger.groups = groups
    for booking in bookings:
        _book_leg(ledger, order, booking, now, fill_rule, new_id())
    fees = sum((one.fees for one in bookings), ZERO)
    book_order(ledger, order, quantity, fill.price, [shown.price for shown in fill.legs], fees, now)


def _booking(leg: PaperLeg, shown: Shown, units: Decimal, commission: Decimal) -> Booking:
    count = units * leg.ratio
    return Booking(
        leg=leg,
        shown=shown,
        quantity=leg.side.sign * count,
        value=leg.side.sign * count * shown.price * multiplier_of(leg.symbol),
        fees=estimated_fees(count, leg.instrument, Commission(to_open=commission, to_close=commission)),
    )


def _groups_after(ledger: Ledger, order: PaperOrder, units: Decimal) -> Groups:
    """Return the groups once so many units have filled; raises Refused where the books do not allow it."""
    if units <= 0:
        raise Refused(nothing_held(order.parts))
    check_sides(ledger, order.parts)
    opened, closed = changes(order.parts, units)
    groups = after_closing(ledger.groups, closed, ledger.held_all()) if closed else ledger.groups
    loose = ledger.held(order.underlying) - max(ZERO, tied(groups, order.underlying))
    return after_opening(
        groups, opened, order_id=order.id, underlying=order.underlying, loose_shares=max(ZERO, loose)
    )


def changes(legs: Sequence[PaperLeg], units: Decimal) -> tuple[dict[str, Decimal], dict[str, Decimal]]:
    """Return what so many units open and what they close: signed quantities by symbol."""
    moved = {leg: leg.side.sign * leg.ratio * units for leg in legs}
    opened = {leg.symbol: by for leg, by in moved.items() if not leg.side.is_closing}
    closed = {leg.symbol: by for leg, by in moved.items() if leg.side.is_closing}
    return opened, closed


def _check_money(ledger: Ledger, order: PaperOrder, bookings: Sequence[Booking], groups: Groups) -> None:
    """Refuse what cash does not cover once groups hold back theirs; what only closes needs none."""
    before, after = collateral(ledger.groups), collateral(groups)
    rises = before is not None and (after is None or after > before)
    if not rises and all(leg.side.is_closing for leg in order.parts):
        return
    left = ledger.cash - sum((one.value + one.fees for one in bookings), ZERO)
    if after is None or left < after:
        raise InsufficientFunds(NO_BUYING_POWER)


def _book_leg(
    ledger: Ledger, order: PaperOrder, booking: Booking, now: datetime, fill_rule: str, fill_id: UUID
) -> None:
    symbol, quote = booking.leg.symbol, booking.shown.quote
    assert quote.quoted_at is not None
    ledger.fills.append(
        PaperFill(
            id=fill_id,
            order_id=order.id,
            symbol=symbol,
            is_buy=booking.quantity > 0,
            quantity=abs(booking.quantity),
            price=booking.shown.price,
            fees=booking.fees,
            fill_rule=fill_rule,
            quoted_at=quote.quoted_at,
            bid=quote.bid,
            ask=quote.ask,
            source=quote.source,
            filled_at=now,
        )
    )
    slot = (symbol, booking.quantity > 0, quote.quoted_at)
    ledger.taken[slot] = ledger.taken.get(slot, ZERO) + abs(booking.quantity)
    ledger.cash -= booking.fees
    ledger.realize(-booking.fees, now)
    ledger.move(ledger.holding(symbol, order.underlying), booking.quantity, booking.value, now)


def book_order(
    ledger: Ledger,
    order: PaperOrder,
    units: Decimal,
    price: Decimal,
    leg_prices: Sequence[Decimal],
    fees: Decimal,
    now: datetime,
) -> None:
    """Count a fill of so many units in its order, and take it off the other order of its OCO."""
    order.book(units, price, leg_prices)
    order.fees += fees
    order.updated_at = now
    order.status = OrderStatus.FILLED if order.remaining == 0 else OrderStatus.PARTIALLY_FILLED
    if order.parent_id is None:
        return
    for peer in ledger.alternatives(order.parent_id):
        if peer is not order and peer.is_live:
            _shrink(peer, units, now)
    follow_alternatives(ledger, order)


def _shrink(peer: PaperOrder, closed: Decimal, at: datetime) -> None:
    """Take what one order of an OCO closed off the other, which ends when nothing is left for it."""
    if peer.remaining <= closed:
        peer.end(OrderStatus.CANCELED, at)
    else:
        peer.quantity -= closed
        peer.updated_at = at


def follow_alternatives(ledger: Ledger, ended: PaperOrder) -> None:
    """Bring an OCO to its end when both its orders have ended: filled if one of them filled."""
    parent = ledger.orders.get(ended.parent_id) if ended.parent_id is not None else None
    if parent is None:
        return
    alternatives = ledger.alternatives(parent.id)
    parent.updated_at = max(parent.updated_at, ended.updated_at)
    if not any(one.is_live for one in alternatives):
        states = [one.status for one in alternatives]
        parent.status = OrderStatus.FILLED if OrderStatus.FILLED in states else ended.status
