"""Which orders one environment has accepted, whose they are, and which of them still work."""

from collections.abc import Iterable

from infra.local.emulators.brokerage.orders import Order


class OrderBook:
    """Every order in the order of acceptance; legs are found by their own ids."""

    def __init__(self) -> None:
        self._orders: dict[int, Order] = {}
        self._owner: dict[int, Order] = {}
        self._working: dict[int, Order] = {}

    def accept(self, order: Order) -> None:
        """Enter a new order with its legs; it works."""
        for one in order.family():
            self._owner[one.order_id] = order
        self._orders[order.order_id] = self._working[order.order_id] = order

    def retire(self, order: Order) -> None:
        """Count an order that has ended no more among those that work."""
        if not order.working:
            self._working.pop(order.order_id, None)

    def forget(self, account_id: str) -> None:
        """Forget the orders of an account, working ones too."""
        for order in self.orders_of(account_id):
            del self._orders[order.order_id]
            self._working.pop(order.order_id, None)
            for one in order.family():
                self._owner.pop(one.order_id, None)

    def owner(self, order_id: int) -> Order | None:
        """Return the order that an id belongs to: itself, or the parent of the leg; None when unknown."""
        return self._owner.get(order_id)

    def owner_required(self, order_id: int) -> Order:
        """Return the order that a known id belongs to. Raises KeyError."""
        return self._owner[order_id]

    def orders(self) -> list[Order]:
        """Return every order, oldest first."""
        return list(self._orders.values())

    def orders_of(self, account_id: str) -> list[Order]:
        """Return every order of an account, oldest first."""
        return [order for order in self._orders.values() if order.account == account_id]

    def working(self) -> list[Order]:
        """Return what works, oldest first."""
        return list(self._working.values())

    def working_of(self, account_id: str) -> list[Order]:
        """Return what works of an account, oldest first."""
        return [order for order in self._working.values() if order.account == account_id]

    def restore(self, orders: Iterable[Order]) -> None:
        """Be the book of a former run again."""
        self._orders = {order.order_id: order for order in orders}
        self._owner = {one.order_id: order for order in self._orders.values() for one in order.family()}
        self._working = {order.order_id: order for order in self._orders.values() if order.working}
