"""What happens to an account beside the product's orders: its owner's own hand, and the broker's."""

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from infra.local.emulators.brokerage.account import Account
from infra.local.emulators.brokerage.broker import Broker
from infra.local.emulators.brokerage.orders import Duration, Order, OrderClass, OrderType, render
from infra.local.emulators.brokerage.refusals import FinalizedOrder, Refusal
from infra.local.emulators.brokerage.rules import check
from infra.local.emulators.brokerage.tickets import OrderForm, Ticket
from infra.local.emulators.market.occ import parse


class Hands:
    """Acts on one environment's accounts by no client's call. All raise KeyError for an unknown account."""

    def __init__(self, broker: Broker, clock: Callable[[], datetime], lock: threading.RLock) -> None:
        self._broker = broker
        self._clock = clock
        self._lock = lock
        #: The ids of the orders that were placed by hand.
        self.placed: set[int] = set()
        self._wiped: dict[str, list[Mapping[str, object]]] = {}

    def held(self, account_id: str) -> Mapping[str, int]:
        """Return the contracts that an account is long of."""
        with self._lock:
            positions = self._account(account_id).positions.values()
            return {one.symbol: one.quantity for one in positions if one.quantity > 0}

    def sell(self, account_id: str, symbol: str, quantity: int) -> Decimal | None:
        """Sell contracts at market under no tag; what does not fill at once is cancelled.

        Returns the price, None where it is refused or nobody buys.
        """
        return self._trade(account_id, symbol, quantity, "sell_to_close")

    def short(self, account_id: str) -> Mapping[str, int]:
        """Return the contracts that an account is short of, counted above 0."""
        with self._lock:
            positions = self._account(account_id).positions.values()
            return {one.symbol: -one.quantity for one in positions if one.quantity < 0 and parse(one.symbol)}

    def buy_back(self, account_id: str, symbol: str, quantity: int) -> Decimal | None:
        """Buy short contracts back, as a risk desk does with one leg of a spread; as `sell` otherwise."""
        return self._trade(account_id, symbol, quantity, "buy_to_close")

    def _trade(self, account_id: str, symbol: str, quantity: int, side: str) -> Decimal | None:
        contract = parse(symbol)
        assert contract is not None, "only contracts are traded by hand"
        head = Ticket(
            order_class=OrderClass.OPTION,
            symbol=contract.root,
            option_symbol=symbol,
            side=side,
            quantity=quantity,
            order_type=OrderType.MARKET,
            duration=Duration.DAY,
            price=None,
            stop=None,
        )
        ticket = OrderForm(order_class=OrderClass.OPTION, head=head, legs=(), tag=None, preview=False)
        with self._lock:
            account = self._account(account_id)
            try:
                check(ticket, self._broker.standing(account))
            except Refusal:
                return None
            order = self._broker.place(account, ticket, None)
            self.placed.add(order.order_id)
            if order.working:
                self._broker.cancel(account, order.order_id)
            return order.average if order.filled else None

    def cancel_exits(self, account_id: str, symbol: str) -> int:
        """Cancel every working sale of a contract; returns how many orders that ended."""
        with self._lock:
            account = self._account(account_id)
            exits = [one for one in self._broker.standing(account).working if _sells(one, symbol)]
            return sum(self._cancel(account, order.order_id) for order in exits)

    def _cancel(self, account: Account, order_id: int) -> bool:
        try:
            self._broker.cancel(account, order_id)
        except FinalizedOrder:
            return False  # the look found it rejected
        return True

    def assign(self, account_id: str, symbol: str, quantity: int) -> None:
        """Have short contracts assigned in the coming night. Raises NotAssignable."""
        with self._lock:
            self._broker.assignments.tell(self._account(account_id), symbol, quantity)

    def fill_both(self, account_id: str) -> int:
        """Fill both exits of every bracket that works, as happens between two looks; returns how many."""
        with self._lock:
            account = self._account(account_id)
            brackets = self._broker.forced.double_exits(account)
            for order in brackets:
                self._broker.forced.force_both(order)
            return len(brackets)

    def take_away(self, account_id: str, symbol: str, quantity: int) -> None:
        """Take contracts off the books without an order, as an assignment does; a negative count returns."""
        with self._lock:
            self._account(account_id).take_away(symbol, quantity, self._clock())

    def taken(self, account_id: str) -> Mapping[str, int]:
        """Return what was taken away from an account so far, by contract."""
        with self._lock:
            return dict(self._account(account_id).taken)

    def wipe(self, account_id: str) -> None:
        """Have the broker forget an account's orders and positions; what they were is kept here."""
        with self._lock:
            account = self._account(account_id)
            for position in list(account.positions.values()):
                account.take_away(position.symbol, position.quantity, self._clock())
            shown = [render(order, with_tag=True) for order in self._broker.orders_of(account)]
            self._wiped.setdefault(account_id, []).extend(shown)
            self._broker.wipe(account)

    def wiped(self, account_id: str) -> Sequence[Mapping[str, object]]:
        """Return the orders that wipes made the account forget, as they stood then."""
        with self._lock:
            return list(self._wiped.get(account_id, ()))

    def forget_orders(self, account_id: str) -> None:
        """Forget an account's orders and nothing else, as a wipe in part does."""
        with self._lock:
            self._broker.forget_orders(self._account(account_id))

    def hide_resting(self, hides: bool) -> None:
        """Show resting orders of an earlier day no more (or again), though they work on."""
        with self._lock:
            self._broker.hides_resting = hides

    def _account(self, account_id: str) -> Account:
        self._broker.catch_up()
        return self._broker.accounts[account_id]


def _sells(order: Order, symbol: str) -> bool:
    return any(leg.instrument == symbol and not leg.buys for leg in order.trading_legs())
