"""What every emulated broker is to whoever runs the world, whatever its wire: accounts and their truth."""

import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

from infra.local.emulators.brokerage.account import Account
from infra.local.emulators.brokerage.broker import BooksState, Broker
from infra.local.emulators.brokerage.hands import Hands
from infra.local.emulators.brokerage.orders import Order, instant_text, render
from infra.local.emulators.market.feed import Feed
from infra.local.emulators.serving.faults import LIST_LAG, FaultBook, FaultKind
from infra.local.emulators.serving.vendor import VendorEmulator

DEFAULT_CASH: Final = Decimal(100_000)


class BrokerageEmulator(VendorEmulator):
    """A broker over a market. Truth is told in one form for all: that of the books (`orders.render`)."""

    def __init__(
        self,
        feed: Feed,
        faults: FaultBook,
        lock: threading.RLock,
        wait: Callable[[float], None],
        broker: Broker,
    ) -> None:
        super().__init__(faults, lock, feed.market.now, wait)
        self._broker = broker
        self.hands = Hands(broker, feed.market.now, lock)
        feed.market.on_change(self.catch_up)

    def add_account(
        self,
        account_id: str,
        token: str,
        cash: Decimal = DEFAULT_CASH,
        account_type: str = "margin",
        option_level: int = 6,
        status: str = "active",
    ) -> None:
        """Open an account; several may share a token. `account_type` is margin, cash or pdt.

        One that is open already keeps its books and takes the new token, which is then a renewed one.
        """
        with self._lock:
            self._faults.expire_due(self._clock())
            self._faults.renew(self.vendor, token)
            self._broker.add_account(
                Account(
                    account_id=account_id,
                    token=token,
                    cash=cash,
                    account_type=account_type,
                    option_level=option_level,
                    status=status,
                    opened_at=self._clock(),
                    commission=self._broker.fees.to_open,
                    commission_to_close=self._broker.fees.to_close,
                    commission_max=self._broker.fees.leg_max,
                )
            )

    def accounts(self) -> list[str]:
        """Return the account numbers."""
        return list(self._broker.accounts)

    def token_of(self, account_id: str) -> str:
        """Return the token that opens an account. Raises KeyError for an unknown account."""
        return self._broker.accounts[account_id].token

    def catch_up(self) -> None:
        """Let the fills and expiries happen that time has brought; to be called by who moves the clock."""
        with self._lock:
            self._broker.catch_up()

    def truth_orders(self, account_id: str) -> list[dict[str, object]]:
        """Return every order ever accepted for an account, oldest first, linked ones as one item.

        Raises KeyError for an unknown account.
        """
        with self._lock:
            self._broker.catch_up()
            account = self._broker.accounts[account_id]
            return [render(order, with_tag=True) for order in self._broker.orders_of(account)]

    def truth_positions(self, account_id: str) -> list[dict[str, object]]:
        """Return what an account holds. Raises KeyError for an unknown account."""
        with self._lock:
            self._broker.catch_up()
            return position_rows(self._broker.accounts[account_id])

    def truth_cash(self, account_id: str) -> Decimal:
        """Return an account's cash in dollars. Raises KeyError for an unknown account."""
        with self._lock:
            self._broker.catch_up()
            return self._broker.accounts[account_id].cash

    def reset_account(self, account_id: str) -> None:
        """Forget an account's orders and positions, as the sandbox's wipe is said to do."""
        self.hands.wipe(account_id)

    def state(self) -> BooksState:
        """Return the books, to be kept between two runs."""
        with self._lock:
            self._broker.catch_up()
            return self._broker.state()

    def restore(self, state: BooksState) -> None:
        """Take up the books of a former run."""
        with self._lock:
            self._broker.restore(state)

    def struck_orders(self, kind: FaultKind, account: Account, order_id: int | None) -> list[Order]:
        """Return the orders that a fault could bend in a call for one order, or for the list."""
        if kind is FaultKind.BOTH_LEGS_FILL:
            return self._broker.forced.double_exits(account)
        orders = self._broker.listed(account)
        if order_id is not None:
            orders = [order for order in orders if order_id in {own.order_id for own in order.family()}]
        if kind is FaultKind.CANCEL_LOSES:
            return [order for order in orders if self._broker.forced.can_force(order)]
        if kind is FaultKind.LIST_MISSES:
            return newest(orders, self._clock())
        return [order for order in orders if has_filled(order)]


def newest(orders: Sequence[Order], now: datetime) -> list[Order]:
    """Return the orders that a list may not show yet."""
    return [order for order in orders if order.created_at > now - LIST_LAG]


def has_filled(order: Order) -> bool:
    """Say whether anything of an order, or of a leg of it, has filled."""
    return any(leg.filled > 0 for leg in order.trading_legs())


def position_rows(account: Account) -> list[dict[str, object]]:
    """Return what an account holds; the cost of a short is negative."""
    return [
        {
            "cost_basis": float(round(position.cost, 2)),
            "date_acquired": instant_text(position.acquired_at),
            "id": position.position_id,
            "quantity": float(position.quantity),
            "symbol": position.symbol,
        }
        for position in account.positions.values()
    ]
