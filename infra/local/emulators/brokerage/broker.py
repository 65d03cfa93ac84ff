"""A broker's books: accounts, orders, and what time and the market do to them."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Final

from infra.local.emulators.brokerage.account import Account, Fees
from infra.local.emulators.brokerage.assignments import Assignments, Notice
from infra.local.emulators.brokerage.building import build_order, cap_fills
from infra.local.emulators.brokerage.changes import Change
from infra.local.emulators.brokerage.following import Follower
from infra.local.emulators.brokerage.forced import ForcedFills
from infra.local.emulators.brokerage.market_watch import MarketWatch
from infra.local.emulators.brokerage.net_prices import NET
from infra.local.emulators.brokerage.order_book import OrderBook
from infra.local.emulators.brokerage.orders import Order, Status
from infra.local.emulators.brokerage.refusals import FinalizedOrder, UnauthorizedAccount
from infra.local.emulators.brokerage.session_bounds import ends_with, open_orders, settle_expired
from infra.local.emulators.brokerage.standing import Standing
from infra.local.emulators.brokerage.tickets import OrderForm
from infra.local.emulators.market.calendars import Calendars
from infra.local.emulators.market.feed import Feed
from infra.local.emulators.market.sessions import Session, new_york_date, sessions_between
from infra.local.emulators.serving.faults import Fault, FaultKind

ONE_SECOND: Final = timedelta(seconds=1)
LATE_REJECTION: Final = "You do not have enough buying power for this trade."


@dataclass(frozen=True, slots=True, kw_only=True)
class BooksState:
    """The books of one environment at an instant."""

    accounts: list[Account]
    orders: list[Order]
    next_order: int
    done_until: datetime
    assignments: list[Notice] = field(default_factory=list)


class Broker:
    """The accounts and orders of one environment.

    Everything is lazy: each call first lets the time since the last one happen, second by second, for the
    symbols that have working orders.
    """

    def __init__(
        self,
        feed: Feed,
        first_order_id: int,
        fees: Fees,
        calendars: Calendars,
        *,
        delivers_shares: bool,
        assigns_early: bool,
    ) -> None:
        """`delivers_shares`: options in the money bring shares, as in life; else their value in cash.

        `assigns_early`: holders of what is short exercise before expiry where that pays (W-05).
        """
        self.accounts: dict[str, Account] = {}
        self._feed = feed
        self.fees: Final = fees
        self._delivers_shares = delivers_shares
        self._ids = count(first_order_id)
        self._book = OrderBook()
        follower = Follower(lambda account_id: self.accounts[account_id])
        self._watch = MarketWatch(feed, self._book, follower)
        #: Fills that a fault lets happen whatever the market does.
        self.forced = ForcedFills(feed, self._book, follower)
        #: Short contracts that are assigned over night.
        self.assignments = Assignments(feed, self._book, calendars, by_model=assigns_early)
        self._done_until = feed.market.now()
        self._done_revision = feed.market.revision
        #: Whether resting orders of an earlier day are shown neither in the list nor by id (wire, 6.1:
        #: unconfirmed either way); they work on, and are shown again on the day they change.
        self.hides_resting = False

    def add_account(self, account: Account) -> None:
        """Open an account; one that is open already keeps its books and takes the new token."""
        known = self.accounts.setdefault(account.account_id, account)
        known.token = account.token

    def standing(self, account: Account) -> Standing:
        """Return what an order of an account is judged against now."""
        working = self._book.working_of(account.account_id)
        return Standing(account=account, working=working, feed=self._feed, now=self._feed.market.now())

    # Orders.

    def orders_of(self, account: Account) -> list[Order]:
        """Return every order ever accepted for an account, oldest first."""
        return self._book.orders_of(account.account_id)

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
        parent = self._book.owner(order_id)
        if parent is None or parent.account != account.account_id:
            raise UnauthorizedAccount(account.account_id)
        if self.hides_resting and parent not in self.listed(account):
            raise UnauthorizedAccount(account.account_id)
        self._seen(parent)
        return next(one for one in parent.family() if one.order_id == order_id)

    def parent_of(self, order_id: int) -> Order:
        """Return the order that a known id belongs to: itself, or the parent of the leg."""
        return self._book.owner_required(order_id)

    def place(self, account: Account, form: OrderForm, fault: Fault | None) -> Order:
        """Accept an order that the rules have let through; in the session it may fill at once."""
        now = self._feed.market.now()
        order = build_order(form, account, now, self._ids)
        self._book.accept(order)
        if fault is not None and fault.kind is FaultKind.REJECT_AFTER_200:
            order.doomed = True
        if fault is not None and fault.kind is FaultKind.PARTIAL_FILL:
            cap_fills(order, fault.fraction)
        self._watch.meet(order, now)
        if fault is not None and fault.kind is FaultKind.FILL_BEFORE_ORDER:
            self.forced.force(order)
        return order

    def cancel(self, account: Account, order_id: int) -> None:
        """Cancel an order with all its legs, also when a leg is named. Raises FinalizedOrder.

        One that is hidden can be cancelled, and is shown on that day as what it then is.
        """
        order = self._book.owner(order_id)
        if order is None or order.account != account.account_id:
            raise UnauthorizedAccount(account.account_id)
        self._seen(order)
        if not order.working:
            raise FinalizedOrder(order.status)
        order.end(Status.CANCELED, self._feed.market.now())
        self._book.retire(order)

    def modify(self, account: Account, order_id: int, change: Change) -> None:
        """Change the terms of an order or a leg. Raises FinalizedOrder, BadParameter, RiskRefusal.

        The legs of a net order have its terms, whichever of them is named.
        """
        order, parent = self.find(account, order_id), self.parent_of(order_id)
        changed = parent if parent.order_class in NET else order
        change.check(changed, self.standing(account))
        now = self._feed.market.now()
        change.apply(changed, now)
        self._watch.meet(parent, now)

    def wipe(self, account: Account) -> None:
        """Forget the orders and positions of an account; its cash stays."""
        account.positions.clear()
        self.forget_orders(account)

    def forget_orders(self, account: Account) -> None:
        """Forget the orders of an account, working ones too."""
        self._book.forget(account.account_id)

    # Time.

    def catch_up(self) -> None:
        """Let everything happen that time and market have brought since the last call."""
        market = self._feed.market
        now, since = market.now(), self._done_until
        if now <= since and market.revision == self._done_revision:
            return
        self._reject_doomed(now)
        for session in sessions_between(since, now):
            self._pass_nights(session.open_at)
            if since < session.open_at <= now:
                open_orders(self._book.working(), session)
            first = max(since, session.open_at)
            last = min(now, session.close_at - ONE_SECOND)
            if first <= last:
                self._watch.follow_all(int(first.timestamp()), int(last.timestamp()))
            if since < session.close_at <= now:
                self._close(session)
        self._pass_nights(now)
        self._done_until, self._done_revision = now, market.revision

    def _close(self, session: Session) -> None:
        for order in self._book.working():
            if ends_with(order, session):
                order.end(Status.EXPIRED, session.close_at)
                self._book.retire(order)

    def _pass_nights(self, at: datetime) -> None:
        self.assignments.pass_nights(self.accounts.values(), at)
        for account in self.accounts.values():
            settle_expired(account, self._feed, at, delivers_shares=self._delivers_shares)

    def _reject_doomed(self, now: datetime) -> None:
        for order in self._book.working():
            if order.doomed and now >= order.created_at + ONE_SECOND:
                self._reject(order)

    def _seen(self, order: Order) -> None:
        """A doomed order is found rejected by the first who looks: a standing clock never gets there."""
        if order.doomed and order.working:
            self._reject(order)

    def _reject(self, order: Order) -> None:
        order.end(Status.REJECTED, self._feed.market.now(), LATE_REJECTION)
        self._book.retire(order)

    # Keeping.

    def state(self) -> BooksState:
        """Return all there is to keep between two runs."""
        next_order = next(self._ids)
        self._ids = count(next_order)
        return BooksState(
            accounts=list(self.accounts.values()),
            orders=self._book.orders(),
            next_order=next_order,
            done_until=self._done_until,
            assignments=self.assignments.state(),
        )

    def restore(self, state: BooksState) -> None:
        """Take up the books of a former run; what time has brought since happens at the next call."""
        self.accounts = {account.account_id: account for account in state.accounts}
        self._book.restore(state.orders)
        self._ids = count(state.next_order)
        self._done_until = min(state.done_until, self._feed.market.now())
        self.assignments.restore(state.assignments, new_york_date(self._done_until))
