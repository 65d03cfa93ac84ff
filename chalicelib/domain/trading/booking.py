"""From what a broker says to what we book: order states and fills, leg by leg.

Pure: a sync that hears the same news twice, or out of order, computes the same rows (I-07).
"""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Final

from chalicelib.domain.money import ZERO, to_price
from chalicelib.domain.trading.orders import LIVE, Order, OrderLeg, OrderStatus

#: Why a working order is given up: one of its legs has filled without the others (B-05).
UNEVEN: Final = "its legs fill unevenly"
_OVER: Final = frozenset({OrderStatus.CANCELED, OrderStatus.REJECTED, OrderStatus.EXPIRED})


@dataclass(frozen=True, slots=True, kw_only=True)
class LegNews:
    """What a broker says of one leg of a combined order: cumulative quantity and average, per share."""

    symbol: str
    filled_quantity: Decimal
    avg_fill_price: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderNews:
    """What a broker says of one order of ours: cumulative quantity and average, dollars per share.

    Of a combined order the quantity counts units, the average is the structure's price, and each leg that
    filled is told of in `legs`.
    """

    status: OrderStatus
    filled_quantity: Decimal
    avg_fill_price: Decimal | None
    broker_order_id: str
    parent_broker_order_id: str | None
    updated_at: datetime | None
    reason: str | None
    fees: Decimal | None
    fill_rule: str
    legs: tuple[LegNews, ...] = ()
    #: Executed, and never came to be held: a fee in kind, and what of it is no whole lot.
    withheld_quantity: Decimal = ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFill:
    """The part of the news of one leg that was not booked yet; contracts, or shares."""

    leg: OrderLeg
    quantity: Decimal
    price: Decimal
    #: What of the leg has filled in all, in units of its order: by it the same news twice is one fill (I-07).
    units: Decimal

    @property
    def leg_after(self) -> OrderLeg:
        """Return the order's leg with this fill in it."""
        before = self.leg.filled_quantity * (self.leg.avg_fill_price or ZERO)
        filled = self.leg.filled_quantity + self.quantity
        average = to_price((before + self.quantity * self.price) / filled)
        return replace(self.leg, filled_quantity=filled, avg_fill_price=average)


def unbooked_fills(order: Order, news: OrderNews) -> tuple[NewFill, ...]:
    """Return what filled since the last news, a fill for each leg that the order moves; none is no news.

    The broker tells totals; the new part's price is what makes the totals agree. A fill whose price is not
    there yet (Tradier shows `filled` a moment before the average) is left for the next look, for all legs.
    """
    units = news.filled_quantity - order.filled_quantity
    if units > 0 and news.avg_fill_price is None:
        return ()
    if order.is_combined:
        return _of_legs(order, news)
    if units <= 0 or news.avg_fill_price is None:
        return ()
    (leg,) = order.moves
    return (_new_fill(leg, news.filled_quantity, news.avg_fill_price),)


def _of_legs(order: Order, news: OrderNews) -> tuple[NewFill, ...]:
    """Return whole units while it works; once it is over, what a leg filled beyond them as well (B-05)."""
    told = {leg.symbol: leg for leg in news.legs}
    found = []
    for leg in order.legs:
        of_leg, total = told.get(leg.symbol), news.filled_quantity * leg.ratio
        if of_leg is not None and news.status in _OVER:
            total = max(total, of_leg.filled_quantity)
        if total <= leg.filled_quantity:
            continue
        if of_leg is None or of_leg.avg_fill_price is None or of_leg.filled_quantity < total:
            return ()
        found.append(_new_fill(leg, total, of_leg.avg_fill_price))
    return tuple(found)


def _new_fill(leg: OrderLeg, total: Decimal, average: Decimal) -> NewFill:
    before = leg.filled_quantity * (leg.avg_fill_price or ZERO)
    quantity = total - leg.filled_quantity
    price = (total * average - before) / quantity
    return NewFill(
        leg=leg, quantity=quantity, price=to_price(max(price, ZERO)), units=to_price(total / leg.ratio)
    )


def is_uneven(order: Order, news: OrderNews) -> bool:
    """Say whether a leg has filled beyond the whole units of its order, as no broker should leave it."""
    told = {leg.symbol: leg.filled_quantity for leg in news.legs}
    return any(told.get(leg.symbol, ZERO) > news.filled_quantity * leg.ratio for leg in order.legs)


def status_after(order: Order, news: OrderNews) -> OrderStatus:
    """Return the state to book: never backwards, never an end whose fill has no price yet.

    An ended order stays as it is, unless the broker says that all of it filled after all (I-04).
    """
    if news.filled_quantity < order.filled_quantity:
        return order.status
    if order.is_ended:
        is_whole = bool(unbooked_fills(order, news)) and news.filled_quantity >= order.quantity
        return OrderStatus.FILLED if is_whole else order.status
    if news.filled_quantity > order.filled_quantity and news.avg_fill_price is None:
        return order.status if order.is_live else OrderStatus.OPEN
    if news.status in _OVER and is_uneven(order, news) and not _of_legs(order, news):
        return order.status if order.is_live else OrderStatus.OPEN
    if news.status in LIVE and order.status is OrderStatus.PARTIALLY_FILLED:
        return order.status
    if news.status in LIVE and 0 < news.filled_quantity < order.quantity:
        return OrderStatus.PARTIALLY_FILLED
    if news.status is OrderStatus.PARTIALLY_FILLED and news.filled_quantity == 0:
        return OrderStatus.OPEN
    if news.status is OrderStatus.FILLED and news.filled_quantity + news.withheld_quantity < order.quantity:
        # Said to be done with less than was asked for: what it says it filled counts, the rest is over.
        return OrderStatus.CANCELED
    return news.status
