"""Tradier's books: accounts, orders, and what time and the market do to them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Final

from infra.local.emulators.faults import Fault, FaultKind
from infra.local.emulators.feed import Feed
from infra.local.emulators.instruments import Kind
from infra.local.emulators.listing import last_session
from infra.local.emulators.occ import parse
from infra.local.emulators.quotes import Touches
from infra.local.emulators.sessions import Session, new_york_date, open_session, sessions_between
from infra.local.emulators.tradier.account import Account
from infra.local.emulators.tradier.building import build_order
from infra.local.emulators.tradier.following import Follower
from infra.local.emulators.tradier.forced import forced_price, nearest_exit
from infra.local.emulators.tradier.forms import OrderForm
from infra.local.emulators.tradier.orders import (
    Duration,
    Order,
    OrderClass,
    OrderType,
    Status,
)
from infra.local.emulators.tradier.problems import FinalizedOrder, UnauthorizedAccount
from infra.local.emulators.tradier.rules import Standing, check_stop

ONE_SECOND: Final = timedelta(seconds=1)
LATE_REJECTION: Final = "You do not have enough buying power for this trade."


@dataclass(frozen=True, slots=True, kw_only=True)
class BooksState:
    """The books of one environment at an instant."""

    accounts: list[Account]
    orders: list[Order]
    next_order: int
    done_until: datetime


class Broker:
    """The accounts and orders of one environment.

    Everything is lazy: each call first lets the time since the last one happen, second by second, for the
    symbols that have working orders.
    """

    def __init__(
        self, feed: Feed, first_order_id: int, commission: Decimal, *, delivers_shares: bool
    ) -> None:
        """`delivers_shares`: options in the money bring shares, as in life; else their value in cash."""
        self.accounts: dict[str, Account] = {}
        self._feed = feed
        self._commission = commission
        self._delivers_shares = delivers_shares
        self._ids = count(first_order_id)
        self._follower = Follower(lambda account_id: self.accounts[account_id])
        self._orders: dict[int, Order] = {}
        self._owner: dict[int, Order] = {}
        self._working: dict[int, Order] = {}
        self._done_until = feed.market.now()
        self._done_revision = feed.market.revision
        #: Whether resting orders of an earlier day are shown neither in the list nor by id (wire, 6.1:
        #: unconfirmed either way); they work on, and are shown again on the day they change.
        self.hides_resting = False

    @property
    def commission(self) -> Decimal:
        """Dollars per option contract."""
        return self._commission

    def add_account(self, account: Account) -> None:
        """Open an account; one that is open already keeps its books and takes the new token."""
        known = self.accounts.setdefault(account.account_id, account)
        known.token = account.token

    def standing(self, account: Account) -> Standing:
        """Return what an order of an account is judged against now."""
        working = [order for order in self._working.values() if order.account == account.account_id]
        return Standing(account=account, working=working, feed=self._feed, now=self._feed.market.now())

    # Orders.

    def orders_of(self, account: Account) -> list[Order]:
        """Return every order ever accepted for an account, oldest first."""
        return [order for order in self._orders.values() if order.account == account.account_id]

    def listed(self, account: Account) -> list[Order]:
        """Return what the order list shows: what works, and what began or ended on this New York day."""
        today = new_york_date(self._feed.market.now())
        shown = [
            order
            for order in self.orders_of(account)
            if (order.working and not self.hides_resting)
            or today in {new_york_date(order.created_at), new_york_date(order.changed_at)}
        ]
        for order in shown:
            self._seen(order)
        return shown

    def find(self, account: Account, order_id: int) -> Order:
        """Return an order or a leg by its id. Raises UnauthorizedAccount, as the wire does."""
        parent = self._owner.get(order_id)
        if parent is None or parent.account != account.account_id:
            raise UnauthorizedAccount(account.account_id)
        if self.hides_resting and parent not in self.listed(account):
            raise UnauthorizedAccount(account.account_id)
        self._seen(parent)
        return next(one for one in parent.family() if one.order_id == order_id)

    def parent_of(self, order_id: int) -> Order:
        """Return the order that a known id belongs to: itself, or the parent of the leg."""
        return self._owner[order_id]

    def place(self, account: Account, form: OrderForm, fault: Fault | None) -> Order:
        """Accept an order that the rules have let through; in the session it may fill at once."""
        now = self._feed.market.now()
        order = build_order(form, account, now, self._ids)
        for one in order.family():
            self._owner[one.order_id] = order
        self._orders[order.order_id] = self._working[order.order_id] = order
        if fault is not None and fault.kind is FaultKind.REJECT_AFTER_200:
            order.doomed = True
        if fault is not None and fault.kind is FaultKind.PARTIAL_FILL:
            for leg in order.trading_legs():
                leg.fill_cap = max(1, int(leg.quantity * fault.fraction))
        self._meet_market(order, now)
        if fault is not None and fault.kind is FaultKind.FILL_BEFORE_ORDER:
            self.force(order)
        return order

    def cancel(self, account: Account, order_id: int) -> None:
        """Cancel an order with all its legs, also when a leg is named. Raises FinalizedOrder.

        One that is hidden can be cancelled, and is shown on that day as what it then is.
        """
        order = self._owner.get(order_id)
        if order is None or order.account != account.account_id:
            raise UnauthorizedAccount(account.account_id)
        self._seen(order)
        if not order.working:
            raise FinalizedOrder(order.status)
        order.end(Status.CANCELED, self._feed.market.now())
        self._retire(order)

    def modify(
        self,
        account: Account,
        order_id: int,
        order_type: OrderType | None,
        duration: Duration | None,
        price: Decimal | None,
        stop: Decimal | None,
    ) -> None:
        """Change the terms of an order or a leg. Raises FinalizedOrder, RiskRefusal."""
        order = self.find(account, order_id)
        if not order.working:
            raise FinalizedOrder(order.status)
        kind = order_type or order.order_type
        if kind is not None:
            check_stop(order.side, kind, stop or order.stop, order.instrument, self.standing(account))
        now = self._feed.market.now()
        order.order_type = kind
        order.duration = duration or order.duration
        order.price, order.stop = price or order.price, stop or order.stop
        order.fresh, order.triggered, order.changed_at = True, False, now
        for leg in order.legs:
            leg.order_type, leg.price, leg.duration = kind, order.price, order.duration
        self._meet_market(self._owner[order_id], now)

    def wipe(self, account: Account) -> None:
        """Forget the orders and positions of an account; its cash stays."""
        account.positions.clear()
        self.forget_orders(account)

    def forget_orders(self, account: Account) -> None:
        """Forget the orders of an account, working ones too."""
        for order in self.orders_of(account):
            del self._orders[order.order_id]
            self._working.pop(order.order_id, None)
            for one in order.family():
                self._owner.pop(one.order_id, None)

    # Time.

    def catch_up(self) -> None:
        """Let everything happen that time and market have brought since the last call."""
        market = self._feed.market
        now, since = market.now(), self._done_until
        if now <= since and market.revision == self._done_revision:
            return
        self._reject_doomed(now)
        for session in sessions_between(since, now):
            self._settle_expired(session.open_at)
            if since < session.open_at <= now:
                self._open(session)
            first = max(since, session.open_at)
            last = min(now, session.close_at - ONE_SECOND)
            if first <= last:
                self._follow_all(int(first.timestamp()), int(last.timestamp()))
            if since < session.close_at <= now:
                self._close(session)
        self._settle_expired(now)
        self._done_until, self._done_revision = now, market.revision

    def _open(self, session: Session) -> None:
        for order in self._working.values():
            waiting = order.legs[1:] if order.order_class in {OrderClass.OTO, OrderClass.OTOCO} else []
            for one in order.family():
                if one.status is Status.PENDING and one not in waiting:
                    one.status, one.changed_at = Status.OPEN, session.open_at

    def _close(self, session: Session) -> None:
        """Expire day orders, and orders on options that expire today."""
        for order in list(self._working.values()):
            legs = list(order.trading_legs())
            contracts = [leg.contract for leg in legs]
            lasts = [last_session(contract) for contract in contracts if contract is not None]
            expiring = any(last is not None and last.day <= session.day for last in lasts)
            if expiring or legs[0].duration is not Duration.GTC:
                order.end(Status.EXPIRED, session.close_at)
                self._retire(order)

    def _settle_expired(self, at: datetime) -> None:
        """Take options that expired on an earlier New York day off the books; intrinsic value in cash."""
        for account in self.accounts.values():
            for symbol in account.expired_symbols(new_york_date(at)):
                contract = parse(symbol)
                if contract is None:
                    continue
                close = self._feed.settlement(contract)
                instrument = self._feed.market.instrument(contract.underlying)
                if close is not None:
                    is_index = instrument is not None and instrument.kind is Kind.INDEX
                    delivers = self._delivers_shares and not is_index
                    account.settle_expired(symbol, close, at, delivers=delivers)

    def _reject_doomed(self, now: datetime) -> None:
        for order in list(self._working.values()):
            if order.doomed and now >= order.created_at + ONE_SECOND:
                self._reject(order)

    def _seen(self, order: Order) -> None:
        """A doomed order is found rejected by the first who looks: a standing clock never gets there."""
        if order.doomed and order.working:
            self._reject(order)

    def _reject(self, order: Order) -> None:
        order.end(Status.REJECTED, self._feed.market.now(), LATE_REJECTION)
        self._retire(order)

    # Fills.

    def _meet_market(self, order: Order, now: datetime) -> None:
        if open_session(now) is None:
            return
        shown: dict[str, Touches] = {
            leg.instrument: self._feed.standing(leg.instrument) for leg in order.trading_legs()
        }
        self._follow(order, shown)

    def _follow_all(self, first: int, last: int) -> None:
        shown: dict[str, Touches] = {}
        for order in list(self._working.values()):
            symbols = {leg.instrument for leg in order.trading_legs()}
            for symbol in symbols - shown.keys():
                quotes = self._feed.touches(symbol, first, last)
                if quotes is not None:
                    shown[symbol] = quotes
            if symbols <= shown.keys():
                self._follow(order, shown)

    def _follow(self, order: Order, shown: dict[str, Touches]) -> None:
        self._follower.follow(order, shown)
        self._retire(order)

    def _retire(self, order: Order) -> None:
        if not order.working:
            self._working.pop(order.order_id, None)

    # Fills by fault.

    def can_force(self, order: Order) -> bool:
        """Say whether all that is left of an order can fill now: in the session, at a price there is."""
        is_plain = not order.legs or order.order_class is OrderClass.OCO
        if not is_plain or order.doomed or not order.working or open_session(self._feed.market.now()) is None:
            return False
        return all(self._forced_price(leg) is not None for leg in order.trading_legs() if leg.working)

    def force(self, order: Order) -> None:
        """Fill what is left of an order now; of an OCO the exit that is nearer to the market."""
        if not self.can_force(order):
            return
        working = [leg for leg in order.trading_legs() if leg.working]
        winner = nearest_exit(working, self._feed.touch(working[0].instrument))
        self._force_leg(winner)
        order.end(Status.CANCELED, winner.changed_at)
        if order is not winner:
            order.status = Status.FILLED
        self._retire(order)

    def double_exits(self, account: Account) -> list[Order]:
        """Return the OCOs of which both legs could fill in full now, oldest first."""
        own = [order for order in self._working.values() if order.account == account.account_id]
        return [
            order
            for order in own
            if len(order.legs) == 2 and all(leg.working for leg in order.legs) and self.can_force(order)
        ]

    def force_both(self, order: Order) -> None:
        """Fill both legs of an OCO: the market went to and fro faster than one could cancel the other."""
        for leg in order.legs:
            self._force_leg(leg)
        order.status, order.changed_at = Status.FILLED, self._feed.market.now()
        self._retire(order)

    def _force_leg(self, leg: Order) -> None:
        price = self._forced_price(leg)
        if price is not None:
            self._follower.record(leg, leg.quantity - leg.filled, price, self._feed.market.now())

    def _forced_price(self, leg: Order) -> Decimal | None:
        return forced_price(leg, self._feed.touch(leg.instrument))

    # Keeping.

    def state(self) -> BooksState:
        """Return all there is to keep between two runs."""
        next_order = next(self._ids)
        self._ids = count(next_order)
        return BooksState(
            accounts=list(self.accounts.values()),
            orders=list(self._orders.values()),
            next_order=next_order,
            done_until=self._done_until,
        )

    def restore(self, state: BooksState) -> None:
        """Take up the books of a former run; what time has brought since happens at the next call."""
        self.accounts = {account.account_id: account for account in state.accounts}
        self._orders = {order.order_id: order for order in state.orders}
        self._owner = {one.order_id: order for order in state.orders for one in order.family()}
        self._working = {order.order_id: order for order in state.orders if order.working}
        self._ids = count(state.next_order)
        self._done_until = min(state.done_until, self._feed.market.now())
