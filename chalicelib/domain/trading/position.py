"""What a trade's fills amount to: quantities and money, leg by leg and in structures. Pure (ADR 0030)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from chalicelib.domain.instruments.quantities import structures_for
from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.money import ZERO, to_cents, to_price
from chalicelib.domain.structures.prices import net_price
from chalicelib.domain.trading.legs import Leg
from chalicelib.domain.trading.orders import Fill, FillKind, Order, OrderRole


@dataclass(frozen=True, slots=True, kw_only=True)
class LegBook:
    """What the fills of one leg amount to: contracts, or shares; `*_sum` are quantity × price per share."""

    leg: Leg
    opened: Decimal
    closed: Decimal
    entry_sum: Decimal
    exit_sum: Decimal

    @property
    def held(self) -> Decimal:
        """Return what is held the leg's own way: negative after more was closed than opened."""
        return self.opened - self.closed

    @property
    def entry_price(self) -> Decimal | None:
        """Return what it was opened at on average."""
        return to_price(self.entry_sum / self.opened) if self.opened else None

    @property
    def exit_price(self) -> Decimal | None:
        """Return what it was closed at on average."""
        # Buying back what was oversold may cost more than all sales brought: P&L has it, no price is below 0.
        return to_price(max(self.exit_sum / self.closed, ZERO)) if self.closed > 0 else None

    @property
    def cost(self) -> Decimal:
        """Return the cash that opening it took, below 0 where it brought some."""
        return self.leg.side.sign * self.entry_sum * self.leg.multiplier

    @property
    def proceeds(self) -> Decimal:
        """Return the cash that closing it brought, below 0 where it took some."""
        return self.leg.side.sign * self.exit_sum * self.leg.multiplier

    @property
    def cost_of_closed(self) -> Decimal:
        """Return what of the cost belongs to what was closed."""
        return self.cost * self.closed / self.opened if self.opened else ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """What a trade's fills amount to, leg by leg and in structures. Dollars.

    `filled_qty` is what was opened, by the fullest leg, `sold_qty` what of it was closed, both in structures;
    `*_value` are cash as the trade's own price counts it: paid and brought for a long, brought and paid for a
    short. `closed_outside` says that no order of ours sold the last of it.
    """

    books: tuple[LegBook, ...]
    filled_qty: Decimal
    sold_qty: Decimal
    fees: Decimal
    entry_price: Decimal | None
    exit_price: Decimal | None
    first_at: datetime | None
    last_at: datetime | None
    closing_role: OrderRole | None
    closed_outside: bool = False

    @property
    def side(self) -> LegSide:
        """Return which way the trade's price is held."""
        asked_for = [book.leg for book in self.books if book.leg.origin is None]
        return LegSide.LONG if len(asked_for) > 1 else asked_for[0].side

    @property
    def held(self) -> Decimal:
        """Return what is held the trade's way: negative after both exits filled."""
        return self.filled_qty - self.sold_qty

    @property
    def is_uneven(self) -> bool:
        """Say whether entering filled some legs beyond whole structures (B-05)."""
        asked_for = [book for book in self.books if book.leg.origin is None]
        return any(book.opened != self.filled_qty * book.leg.ratio for book in asked_for)

    @property
    def lacks_a_leg(self) -> bool:
        """Say whether entering filled some legs and of another nothing: no structure was ever whole."""
        return self.filled_qty > 0 and any(book.opened == 0 for book in self.books if not book.leg.origin)

    @property
    def entry_value(self) -> Decimal:
        """Return what opening it took; of a single short leg, what it brought."""
        return self.side.sign * sum((book.cost for book in self.books), ZERO)

    @property
    def exit_value(self) -> Decimal:
        """Return what closing it brought; of a single short leg, what it took."""
        return self.side.sign * sum((book.proceeds for book in self.books), ZERO)

    @property
    def gross_pnl(self) -> Decimal:
        """Return what the exits brought beyond the entries; of a short, what they cost less."""
        return to_cents(self._gross())

    @property
    def net_pnl(self) -> Decimal:
        """Return realised P&L of a trade that holds nothing: sum of fills and fees (I-13)."""
        return to_cents(self._gross() - self.fees)

    @property
    def realized_so_far(self) -> Decimal | None:
        """Return what partial exits have realised, net of their share of the entry and all fees so far."""
        if self.filled_qty == 0 or not any(book.closed > 0 for book in self.books):
            return None
        return to_cents(sum((book.proceeds - book.cost_of_closed for book in self.books), ZERO) - self.fees)

    def _gross(self) -> Decimal:
        return sum((book.proceeds - book.cost for book in self.books), ZERO)

    def apart(self, book: LegBook) -> Decimal | None:
        """Return what is held of a leg where that is not its share of the structures held.

        Shares that came of a leg are always told: what came in parts was no structure's share.
        """
        held = max(book.held, ZERO)
        is_share = held == max(self.held, ZERO) * book.leg.ratio and book.leg.origin is None
        return None if is_share else held


def position_of(fills: Sequence[Fill], orders: Iterable[Order], legs: Sequence[Leg]) -> Position:
    """Add up a trade's fills: ENTRY orders open; an EXIT order's fill the other way gives back an excess."""
    by_id = {order.id: order for order in orders}
    numbered = {leg.leg_no: leg for leg in legs}
    entries = [fill for fill in fills if _opens(fill, by_id, numbered)]
    exits = sorted(
        (fill for fill in fills if not _opens(fill, by_id, numbered)), key=lambda fill: fill.filled_at
    )
    books = tuple(_book(leg, entries, exits) for leg in legs)
    asked_for = [book for book in books if book.leg.origin is None]
    filled_qty = max(_structures(book.opened, book.leg, legs) for book in asked_for)
    last = _closing_fill(exits, books)
    return Position(
        books=books,
        filled_qty=filled_qty,
        sold_qty=filled_qty - _held(books, legs),
        fees=sum((fill.fees for fill in fills), ZERO),
        entry_price=_net(asked_for, lambda book: book.entry_price),
        exit_price=_net(asked_for, lambda book: book.exit_price),
        first_at=min((fill.filled_at for fill in entries), default=None),
        last_at=exits[-1].filled_at if exits else None,
        closing_role=None if last is None else _role(last, by_id),
        closed_outside=last is not None and _is_from_outside(last, by_id),
    )


def _opens(fill: Fill, orders: Mapping[UUID, Order], legs: Mapping[int, Leg]) -> bool:
    """Say whether a fill opens its leg: an entry's does, and what delivers the shares of a leg."""
    if fill.order_id is not None:
        order = orders.get(fill.order_id)
        return order is not None and order.role is OrderRole.ENTRY
    leg = legs[fill.leg_no]
    return leg.origin is not None and fill.is_buy is leg.side.opens_by.is_buy


def _book(leg: Leg, entries: Sequence[Fill], exits: Sequence[Fill]) -> LegBook:
    opening = [fill for fill in entries if fill.leg_no == leg.leg_no]
    closed = exit_sum = ZERO
    for fill in exits:
        if fill.leg_no == leg.leg_no:
            quantity = fill.quantity if fill.is_buy is leg.side.closes_by.is_buy else -fill.quantity
            closed += quantity
            exit_sum += quantity * fill.price
    return LegBook(
        leg=leg,
        opened=sum((fill.quantity for fill in opening), ZERO),
        closed=closed,
        entry_sum=sum((fill.quantity * fill.price for fill in opening), ZERO),
        exit_sum=exit_sum,
    )


def _structures(quantity: Decimal, leg: Leg, legs: Sequence[Leg]) -> Decimal:
    """Return how many structures so much of a leg takes; a single leg counts itself, in parts too."""
    return quantity if len(legs) == 1 else structures_for(quantity, leg.ratio)


def _held(books: Sequence[LegBook], legs: Sequence[Leg]) -> Decimal:
    """Return what is held in structures: as many as the fullest leg needs, below 0 where all are oversold."""
    if len(legs) == 1:
        return books[0].held
    return max(structures_for(book.held, book.leg.ratio) for book in books)


def _closing_fill(exits: Sequence[Fill], books: Sequence[LegBook]) -> Fill | None:
    """Return the fill that first left nothing held of any leg."""
    left = {book.leg.leg_no: book.opened for book in books}
    sides = {book.leg.leg_no: book.leg.side for book in books}
    for fill in exits:
        closes = fill.is_buy is sides[fill.leg_no].closes_by.is_buy
        left[fill.leg_no] -= fill.quantity if closes else -fill.quantity
        if all(quantity <= 0 for quantity in left.values()):
            return fill
    return None


def _net(books: Sequence[LegBook], price_of: Callable[[LegBook], Decimal | None]) -> Decimal | None:
    """Return the trade's own price from those of its legs; None while one of them has none.

    A leg that was never opened, though others were, cost nothing.
    """
    is_opened = any(book.opened for book in books)
    prices = [ZERO if is_opened and not book.opened else price_of(book) for book in books]
    known = [price for price in prices if price is not None]
    return net_price([book.leg.terms for book in books], known) if len(known) == len(books) else None


def _is_from_outside(fill: Fill, orders: Mapping[UUID, Order]) -> bool:
    if fill.order_id is None:
        return fill.kind is FillKind.CORRECTION
    return orders[fill.order_id].is_from_outside


def _role(fill: Fill, orders: Mapping[UUID, Order]) -> OrderRole | None:
    order = orders.get(fill.order_id) if fill.order_id is not None else None
    return None if order is None else order.role
