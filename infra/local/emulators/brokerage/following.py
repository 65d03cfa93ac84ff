"""What quotes do to orders of every class, and the fills that come of it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal

from infra.local.emulators.brokerage.account import Account
from infra.local.emulators.brokerage.matching import Trade, cents, match, match_net
from infra.local.emulators.brokerage.net_prices import (
    NET,
    leg_prices,
    net_limit,
    net_of,
    unit_count,
    units_fillable,
)
from infra.local.emulators.brokerage.orders import Order, OrderClass, Status
from infra.local.emulators.market.quotes import Touches


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
        units = units_fillable(order)
        if not units:
            return
        paths = [shown[leg.instrument] for leg in order.legs]
        index = match_net(order.legs, paths, net_limit(order), unit_count(order.legs))
        if index is None:
            return
        touches = [(cents(float(path.bid[index])), cents(float(path.ask[index]))) for path in paths]
        prices = leg_prices(order.legs, touches)
        if prices is not None:
            second = datetime.fromtimestamp(int(paths[0].seconds[index]), UTC)
            self.record_units(order, units, prices, max(second, order.created_at))

    def record_units(self, order: Order, units: int, prices: Sequence[Decimal], at: datetime) -> None:
        """Book units of a net order: all of its legs at one instant (wire notes, 7.2)."""
        whole = unit_count(order.legs)
        for leg, price in zip(order.legs, prices, strict=True):
            self.record(leg, leg.quantity // whole * units, price, at)
        order.filled = sum(leg.filled for leg in order.legs)
        order.average = net_of(order.legs, [leg.average for leg in order.legs])
        order.last_quantity = units
        ended = order.filled == order.quantity
        order.status = Status.FILLED if ended else Status.PARTIALLY_FILLED
        order.changed_at = order.filled_at = at

    def _book(self, leg: Order, quantity: int, trade: Trade, quotes: Touches) -> None:
        second = datetime.fromtimestamp(int(quotes.seconds[trade.index]), UTC)
        self.record(leg, quantity, trade.price, max(second, leg.created_at))

    def record(self, leg: Order, quantity: int, price: Decimal, at: datetime) -> None:
        """Book one execution in the order and in its account."""
        before = leg.filled
        leg.record_fill(quantity, price, at)
        signed = quantity if leg.buys else -quantity
        account = self._account_of(leg.account)
        account.trade(leg.instrument, signed, price, at, closes=leg.closes, filled_before=before)
