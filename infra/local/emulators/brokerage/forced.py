"""Fills that a fault lets happen whatever the market does: of which orders, and at what price."""

from collections.abc import Sequence
from decimal import Decimal

from infra.local.emulators.brokerage.account import Account
from infra.local.emulators.brokerage.following import Follower
from infra.local.emulators.brokerage.matching import cents
from infra.local.emulators.brokerage.net_prices import (
    NET,
    forced_leg_prices,
    unit_count,
    units_filled,
)
from infra.local.emulators.brokerage.order_book import OrderBook
from infra.local.emulators.brokerage.orders import Order, OrderClass, Status
from infra.local.emulators.market.feed import Feed
from infra.local.emulators.market.sessions import open_session


def forced_price(leg: Order, touch: tuple[float, float]) -> Decimal | None:
    """Return dollars per share: the order's own price, or the opposite side at touch for a market order.

    None where nobody quotes that side. `touch` is bid and ask, 0 where a side is missing.
    """
    own = leg.price if leg.price is not None else leg.stop
    if own is not None:
        return own
    near = touch[1] if leg.buys else touch[0]
    return cents(near) if near > 0 else None


def nearest_exit(legs: Sequence[Order], touch: tuple[float, float]) -> Order:
    """Return the order whose own price is nearest to the middle of the market, the first of equals."""
    middle = (touch[0] + touch[1]) / 2

    def distance(leg: Order) -> float:
        price = forced_price(leg, touch)
        return float("inf") if price is None else abs(float(price) - middle)

    return min(legs, key=distance)


class ForcedFills:
    """Fills orders of the book at once, where the session and a price allow it."""

    def __init__(self, feed: Feed, book: OrderBook, follower: Follower) -> None:
        self._feed = feed
        self._book = book
        self._follower = follower

    def can_force(self, order: Order) -> bool:
        """Say whether all that is left of an order can fill now: in the session, at a price there is."""
        if order.doomed or not order.working or open_session(self._feed.market.now()) is None:
            return False
        if order.order_class in NET:
            return self._forced_net(order) is not None
        if order.order_class not in {OrderClass.OPTION, OrderClass.EQUITY, OrderClass.OCO}:
            return False
        return all(self._forced_price(leg) is not None for leg in order.trading_legs() if leg.working)

    def force(self, order: Order) -> None:
        """Fill what is left of an order now; of an OCO the exit that is nearer to the market."""
        if not self.can_force(order):
            return
        if order.order_class in NET:
            self._force_net(order)
            return
        working = [leg for leg in order.trading_legs() if leg.working]
        winner = nearest_exit(working, self._feed.touch(working[0].instrument))
        self._force_leg(winner)
        order.end(Status.CANCELED, winner.changed_at)
        if order is not winner:
            order.status = Status.FILLED
        self._book.retire(order)

    def double_exits(self, account: Account) -> list[Order]:
        """Return the OCOs of which both legs could fill in full now, oldest first."""
        return [
            order
            for order in self._book.working_of(account.account_id)
            if order.order_class is OrderClass.OCO
            and all(leg.working for leg in order.legs)
            and self.can_force(order)
        ]

    def force_both(self, order: Order) -> None:
        """Fill both legs of an OCO: the market went to and fro faster than one could cancel the other."""
        for leg in order.legs:
            self._force_leg(leg)
        order.status, order.changed_at = Status.FILLED, self._feed.market.now()
        self._book.retire(order)

    def _force_leg(self, leg: Order) -> None:
        price = self._forced_price(leg)
        if price is not None:
            self._follower.record(leg, leg.quantity - leg.filled, price, self._feed.market.now())

    def _force_net(self, order: Order) -> None:
        prices = self._forced_net(order)
        if prices is not None:
            left = unit_count(order.legs) - units_filled(order)
            self._follower.record_units(order, left, prices, self._feed.market.now())
        self._book.retire(order)

    def _forced_net(self, order: Order) -> list[Decimal] | None:
        touches = {leg.instrument: self._feed.touch(leg.instrument) for leg in order.legs}
        return forced_leg_prices(
            order, {symbol: (cents(bid), cents(ask)) for symbol, (bid, ask) in touches.items()}
        )

    def _forced_price(self, leg: Order) -> Decimal | None:
        return forced_price(leg, self._feed.touch(leg.instrument))
