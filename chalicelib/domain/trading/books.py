"""Books against positions (A-04): what an account holds beside what our trades of a contract explain. Pure.

A difference counts once it was seen at two reads 60 s apart. Which trade lost what was sold by hand is not
told by any broker, so there is one rule: first what no exit of ours was working on (a broker lets nobody sell
what a working sale already covers), what is held longest first as tax lots go, then the rest, in that order.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from chalicelib.domain.instruments.quantities import structures_for
from chalicelib.domain.money import ZERO, to_price
from chalicelib.domain.trading.legs import Leg
from chalicelib.domain.trading.orders import Order
from chalicelib.domain.trading.trades import HOLDING, Trade

#: How often positions are read while trades are open.
LOOK_EVERY: Final = timedelta(seconds=120)
#: How far apart two reads must be to believe a difference.
APART: Final = timedelta(seconds=60)


def is_on_positions(trade: Trade, today: date) -> bool:
    """Say whether what a trade holds is among positions: brokers take expired contracts off over night."""
    return trade.status in HOLDING and (trade.next_expiry is None or trade.next_expiry >= today)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What an account holds of one contract beyond (less than, if negative) what our trades explain.

    `off` is what every read since `since` agreed on; `is_told` says that its owner knows: of more than trades
    explain, or of a lack that no trade is left to bear. Of the latter 0 is one read that shows it no more.
    """

    off: Decimal
    since: datetime
    is_told: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What is known of an account's positions: when they were read, and what differed then, by symbol."""

    read_at: datetime | None
    differences: Mapping[str, Difference]

    def is_due(self, now: datetime) -> bool:
        """Say whether positions are to be read now: 60 s after a doubt arose, else every 120 s."""
        if self.read_at is None:
            return True
        in_doubt = any(not one.is_told for one in self.differences.values())
        return now - self.read_at >= (APART if in_doubt else LOOK_EVERY)

    @property
    def growing(self) -> frozenset[str]:
        """Return the contracts of which more may lack than is acted upon: the next read tells."""
        return frozenset(
            symbol for symbol, one in self.differences.items() if one.off < 0 and not one.is_told
        )

    def after(self, off: Mapping[str, Decimal], at: datetime) -> "Seen":
        """Return what is known after a read that showed these differences; zeros are none.

        A lack that was told is over once two reads say so: an answer may be empty by mistake.
        """
        known = {}
        for symbol, now_off in off.items():
            before = self.differences.get(symbol)
            if now_off != 0:
                known[symbol] = _carried(before, now_off, at)
            elif before is not None and before.is_told and before.off < 0:
                known[symbol] = replace(before, off=ZERO, since=at)
        return Seen(read_at=at, differences=known)

    def believed(self, at: datetime) -> Mapping[str, Decimal]:
        """Return what was seen for 60 s and its owner does not know yet, by symbol."""
        return {
            symbol: one.off
            for symbol, one in self.differences.items()
            if at - one.since >= APART and not one.is_told
        }

    def told(self, symbols: Iterable[str]) -> "Seen":
        """Return the same with these differences told."""
        told = {symbol: replace(self.differences[symbol], is_told=True) for symbol in symbols}
        return replace(self, differences={**self.differences, **told})

    def acted_on(self, symbol: str, left: Decimal, at: datetime) -> "Seen":
        """Return the same once its difference was acted upon: of what this read showed beyond, one read."""
        known = {key: one for key, one in self.differences.items() if key != symbol}
        if left != 0:
            known[symbol] = Difference(off=left, since=at)
        return replace(self, differences=known)

    def without(self, symbols: Iterable[str]) -> "Seen":
        """Return the same without these differences: they are acted upon."""
        gone = set(symbols)
        kept = {symbol: one for symbol, one in self.differences.items() if symbol not in gone}
        return replace(self, differences=kept)


def _carried(before: Difference | None, off: Decimal, at: datetime) -> Difference:
    if before is None or before.off == 0 or (before.off > 0) != (off > 0):
        return Difference(off=off, since=at)
    if before.is_told and off < before.off < 0:
        return Difference(off=off, since=at)  # more than its owner knows of
    return replace(before, off=min(before.off, off, key=abs))


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """What one trade holds of a contract, and how much of it working exits could sell."""

    trade_id: UUID
    quantity: Decimal
    covered: Decimal


def unshown_legs(
    trade: Trade, alive: Sequence[tuple[Trade, Sequence[Order]]], shown: Mapping[str, Decimal]
) -> tuple[str, ...]:
    """Return the contracts of a trade of which the account shows less than its trades explain (B-06).

    `alive` are the account's trades with their orders, this one among them; what an order that works there
    may have moved since it was last read is allowed for.
    """
    lacking = []
    for leg in trade.held_legs:
        explained = sum((one.position_in(leg.symbol) for one, _ in alive), ZERO)
        moving = sum((may_have_moved(leg.symbol, orders) for _, orders in alive), ZERO)
        beyond = (shown.get(leg.symbol, ZERO) - explained) * leg.side.sign
        if beyond < -moving:
            lacking.append(leg.symbol)
    return tuple(lacking)


def may_have_moved(symbol: str, orders: Sequence[Order]) -> Decimal:
    """Return how much of a contract the working orders may have moved since they were last read."""
    return sum(
        (
            order.remaining_quantity * moved.ratio
            for order in orders
            if order.is_outstanding
            for moved in order.moves
            if moved.symbol == symbol
        ),
        ZERO,
    )


def who_lost(holdings: Sequence[Holding], missing: Decimal) -> dict[UUID, Decimal]:
    """Return how much of what is missing each trade lost; `holdings` begin with what is held longest.

    What was missing beyond all that is held is nobody's: the account is short of it.
    """
    lost: dict[UUID, Decimal] = {}
    left = missing
    for of_uncovered in (True, False):
        for one in holdings:
            uncovered = max(one.quantity - one.covered, ZERO)
            share = min(uncovered if of_uncovered else one.quantity - uncovered, left)
            if share > 0:
                lost[one.trade_id] = lost.get(one.trade_id, ZERO) + share
                left -= share
    return lost


def still_missing(trade: Trade, before: Sequence[Order], after: Sequence[Order], held: Decimal) -> Decimal:
    """Return what is missing of a trade once its orders stand as `after`; `held` is what fills then leave.

    An exit that could have sold more than was left may be what sold it, be it that positions told before the
    list: no more is missing then than is held. One that was clamped to the rest explains nothing of what was
    gone before: whatever it sells beyond the rest is an excess (I-09).
    """
    sale = trade.side.closes_by
    known = {order.id: order for order in before if order.side is sale}
    grew = {
        one.tag for one in after if one.id in known and one.filled_quantity > known[one.id].filled_quantity
    }
    for tag in grew:
        same = [order for order in known.values() if order.tag == tag]  # an OCO's two, or one
        could_sell = max(one.quantity for one in same) - sum((one.filled_quantity for one in same), ZERO)
        if could_sell > trade.sellable_qty:
            return min(trade.missing_qty, max(held, ZERO))
    return trade.missing_qty


def structures_lacking(trade: Trade, leg: Leg, missing: Decimal) -> Decimal:
    """Return how many structures are not whole once so much of this leg is missing, beside what others lack.

    A leg that went its own way takes nothing of a structure with it, though it may have been found missing
    before it went.
    """
    if not trade.is_structure:
        return missing
    wanting = [
        (one, missing if one.leg_no == leg.leg_no else trade.missing_of(one))
        for one in trade.legs
        if one.apart_qty is None
    ]
    lacking = max((structures_for(quantity, one.ratio) for one, quantity in wanting), default=ZERO)
    return min(lacking, trade.open_qty)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """A sale in the account that no order of ours made; `order_id` is the broker's, None where it tells none.

    Price in dollars per share, `fees` in dollars for all of it, None where the broker tells none. A history
    without times gives the close of its day.
    """

    order_id: str | None
    quantity: Decimal
    price: Decimal
    at: datetime
    fees: Decimal | None = None

    def fees_of(self, share: Decimal) -> Decimal | None:
        """Return what so much of it cost; None where nobody tells."""
        return None if self.fees is None else to_price(self.fees * share / self.quantity)


def sales_behind(
    sales: Sequence[Sale], missing: Decimal, *, since: datetime | None
) -> list[tuple[Sale, Decimal]]:
    """Return the sales that explain what is missing, oldest first, each with how much of it counts.

    The newest come first into question: an owner who held more than our trades sold that before.
    """
    found: list[tuple[Sale, Decimal]] = []
    left = missing
    for sale in sorted(sales, key=lambda one: one.at, reverse=True):
        share = min(sale.quantity, left)
        if share > 0 and (since is None or sale.at >= since):
            found.append((sale, share))
            left -= share
    return found[::-1]


def not_ours(sales: Sequence[Sale], ours: Sequence[Sale]) -> list[Sale]:
    """Take our own sales out of a history that names no orders: the same price, at most their quantity.

    Dates must agree; what is left of a row is another's.
    """
    left = list(sales)
    for own in ours:
        quantity = own.quantity
        for index, row in enumerate(left):
            if row.at.date() == own.at.date() and row.price == own.price and quantity > 0:
                taken = min(quantity, row.quantity)
                quantity -= taken
                left[index] = replace(row, quantity=row.quantity - taken)
    return [row for row in left if row.quantity > 0]
