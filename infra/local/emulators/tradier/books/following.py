"""What quotes do to orders of every class, and the fills that come of it."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from infra.local.emulators.market.quotes import Touches
from infra.local.emulators.tradier.books.account import Account
from infra.local.emulators.tradier.books.matching import Trade, cents, match, match_net
from infra.local.emulators.tradier.books.orders import Order, OrderClass, OrderType, Status
from infra.local.emulators.tradier.books.rules import unit_count

NET: Final = frozenset({OrderClass.MULTILEG, OrderClass.COMBO})


class Follower:
    """Follows quotes and books fills in the accounts."""

    def __init__(self, account_of: Callable[[str], Account]) -> None:
        self._account_of = account_of

    def follow(self, order: Order, shown: Mapping[str, Touches]) -> None:
        """Fill what these quotes fill of an order; `shown` has each instrument that it trades."""
        if order.doomed or not order.working:
            return
        if order.order_class in NET:
            self._follow_net(order, shown)
        elif order.order_class is OrderClass.OCO:
            self._follow_exits(order, order.legs, shown, 0)
        elif order.order_class in {OrderClass.OTO, OrderClass.OTOCO}:
            self._follow_triggered(order, shown)
        else:
            self._follow_single(order, shown[order.instrument], 0)

    def _follow_single(self, leg: Order, quotes: Touches, start: int) -> Trade | None:
        """Match one order, from an element on; book the fill and return it."""
        if not leg.fillable or not leg.working:
            return None
        outcome = match(leg, quotes, start)
        leg.triggered, leg.fresh = outcome.triggered, False
        if outcome.trade is not None:
            self._book(leg, leg.fillable, outcome.trade, quotes)
        return outcome.trade

    def _follow_exits(
        self, parent: Order, legs: list[Order], shown: Mapping[str, Touches], start: int
    ) -> None:
        """Match exits of which one fills: the earlier wins, the other ends, or shrinks after a part."""
        found = []
        for leg in legs:
            if leg.fillable and leg.working:
                outcome = match(leg, shown[leg.instrument], start)
                leg.triggered, leg.fresh = outcome.triggered, False
                if outcome.trade is not None:
                    found.append((outcome.trade.index, leg.order_id, leg, outcome.trade))
        if not found:
            return
        _, _, winner, trade = min(found, key=lambda item: item[:2])
        filled = winner.fillable
        self._book(winner, filled, trade, shown[winner.instrument])
        for other in legs:
            if other is winner or not other.working:
                continue
            if winner.status is Status.FILLED:
                other.end(Status.CANCELED, winner.changed_at)
            else:
                other.quantity = max(other.filled, other.quantity - filled)
        if winner.status is Status.FILLED:
            parent.status, parent.changed_at = Status.FILLED, winner.changed_at

    def _follow_triggered(self, order: Order, shown: Mapping[str, Touches]) -> None:
        entry, exits = order.legs[0], order.legs[1:]
        start = 0
        if entry.working:
            trade = self._follow_single(entry, shown[entry.instrument], 0)
            if trade is None or entry.status is not Status.FILLED:
                return
            start = trade.index
            for leg in exits:
                leg.status, leg.changed_at, leg.fresh = Status.OPEN, entry.changed_at, True
        if order.order_class is OrderClass.OTOCO:
            self._follow_exits(order, exits, shown, start)
        elif self._follow_single(exits[0], shown[exits[0].instrument], start) is not None:
            order.status, order.changed_at = Status.FILLED, exits[0].changed_at

    def _follow_net(self, order: Order, shown: Mapping[str, Touches]) -> None:
        units = unit_count(order.legs)
        paths = [shown[leg.instrument] for leg in order.legs]
        limit = {
            OrderType.DEBIT: order.price,
            OrderType.CREDIT: None if order.price is None else -order.price,
            OrderType.EVEN: Decimal(0),
        }.get(order.order_type or OrderType.MARKET)
        index = match_net(order.legs, paths, limit, units)
        if index is None:
            return
        net = Decimal(0)
        for leg, path in zip(order.legs, paths, strict=True):
            near = path.ask if leg.buys else path.bid
            trade = Trade(index=index, price=cents(float(near[index])))
            self._book(leg, leg.quantity, trade, path)
            net += trade.price * leg.quantity * leg.multiplier * (1 if leg.buys else -1) / units / 100
        order.filled, order.average, order.last_quantity = order.quantity, net, units
        order.status, order.changed_at = Status.FILLED, order.legs[0].changed_at

    def _book(self, leg: Order, quantity: int, trade: Trade, quotes: Touches) -> None:
        second = datetime.fromtimestamp(int(quotes.seconds[trade.index]), UTC)
        self.record(leg, quantity, trade.price, max(second, leg.created_at))

    def record(self, leg: Order, quantity: int, price: Decimal, at: datetime) -> None:
        """Book one execution in the order and in its account."""
        leg.record_fill(quantity, price, at)
        signed = quantity if leg.buys else -quantity
        self._account_of(leg.account).trade(leg.instrument, signed, price, at)
