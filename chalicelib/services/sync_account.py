"""Sync one broker account (A-02, A-04): one list call, what it says booked, every trade carried on.

A failed or partial answer concludes nothing (I-06). An order that has left the list is read by id first; an
order whose outcome is unknown is settled by its tag, and by positions once the trading day that could show it
is over (architecture.md, Never twice).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, text

from chalicelib.brokers.errors import AlreadyFinal, BrokerError, UnknownOrder
from chalicelib.brokers.interface import BrokerOrder, OrderList
from chalicelib.domain.booking import OrderNews
from chalicelib.domain.calendar import MarketCalendar, new_york_date, new_york_midnight
from chalicelib.domain.orders import OUTSTANDING, UNSETTLED, Order, OrderStatus
from chalicelib.domain.trades import BrokerMode, Trade
from chalicelib.services import broker_reset
from chalicelib.services.accounts import Account, with_desk
from chalicelib.services.alerting import Severity, raise_alert, resolve_alert
from chalicelib.services.edge_snapshots import EdgeSnapshots
from chalicelib.services.environment import Environment
from chalicelib.services.ledger import Booked, book_news, is_news
from chalicelib.services.market_hours import calendar_of
from chalicelib.services.matching import Matched, is_working, match_orders, news_of
from chalicelib.services.revalidate import Revalidation
from chalicelib.services.send_order import Desk
from chalicelib.services.trade_worker import Stood, TradeWorker, stand
from chalicelib.services.vanished import settle_absent, settle_vanished
from chalicelib.services.watch_protection import watch_protection
from chalicelib.store.leases import extend_lease
from chalicelib.store.orders import broker_ids_since, find_orders_by_tag, save_order
from chalicelib.store.trades import load_live_trades

#: architecture.md: the first list that counts against an unknown order is read this long after the send.
UNKNOWN_AGE_MIN: Final = timedelta(seconds=60)
_NOTE_SYNC: Final = text(
    """
    update broker_accounts
    set failures = 0, empty_since = case when :is_empty then empty_since end
    where username = :username and broker_mode = :mode and account_id = :account_id
    """
)
_REMEMBERED: Final = text(
    """
    select failures > 0 or empty_since is not null from broker_accounts
    where username = :username and broker_mode = :mode and account_id = :account_id
    """
)
_NOTE_FAILURE: Final = text(
    """
    insert into broker_accounts (username, broker_mode, account_id, failures)
    values (:username, :mode, :account_id, 1)
    on conflict (username, broker_mode, account_id) do update set failures = broker_accounts.failures + 1
    returning failures
    """
)
#: Two failures may be a hiccup; from the third on the owner should know.
_FAILURES_TO_TELL: Final = 3


@dataclass(slots=True, kw_only=True)
class SyncReport:
    """What one sync of one account did."""

    orders_seen: int = 0
    trades: int = 0
    news: int = 0
    strangers: int = 0
    error: str | None = None
    trade_errors: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What is stored of an account: trades with something alive, and the orders that the list's tags name.

    `is_troubled` says that the account was unreadable or empty at the last look, which this one may end.
    """

    stood: Sequence[Stood]
    by_tag: Mapping[str, Sequence[Order]]
    calendar: MarketCalendar
    is_troubled: bool

    @property
    def trades(self) -> list[Trade]:
        """Return the trades that have not ended."""
        return [one.trade for one in self.stood if not one.trade.is_ended]

    @property
    def orders(self) -> list[Order]:
        """Return the orders that work or may work at the broker."""
        return [order for one in self.stood for order in one.orders if order.status in OUTSTANDING]


class AccountSync:
    """One sync of one account, under its lease."""

    def __init__(self, desk: Desk, mode: BrokerMode, account_id: str) -> None:
        self._desk = desk
        self._env = desk.env
        self._mode = mode
        self._account_id = account_id
        self._snapshots = EdgeSnapshots(desk)
        self._report = SyncReport()
        self._wrote = False

    def run(self) -> SyncReport:
        """Read, book, settle, carry on; a broker that cannot be read leaves everything as it is."""
        try:
            listed = self._desk.broker.list_orders()
        except BrokerError as error:
            self._note_failure(error)
            return self._report
        self._report.orders_seen = len(listed.orders)
        found = self._load(listed)
        trades = found.trades
        self._report.trades = len(trades)
        matched = match_orders(found.orders, listed.orders)
        self._book(matched)
        self._settle_missing(matched.missing, listed)
        self._guard_strangers(matched.strangers, found.by_tag)
        self._carry_on(found)
        is_empty = broker_reset.note_empty_account(self._desk, self._mode, self._account_id, listed, trades)
        if found.is_troubled:
            self._note_success(is_empty=is_empty)
        return self._report

    def _load(self, listed: OrderList) -> Found:
        """Read all that a quiet sync needs in one transaction: most syncs find nothing new."""
        tags = {order.tag for order in listed.orders if order.tag}

        def read(connection: Connection) -> Found:
            calendar = calendar_of(self._env, connection)
            alive = load_live_trades(connection, self._mode, self._account_id)
            stood = stand(self._env, connection, calendar, alive)
            by_tag = _by_tag(stood)
            unread = sorted(tags - by_tag.keys())
            return Found(
                stood=stood,
                by_tag=by_tag | find_orders_by_tag(connection, unread) if unread else by_tag,
                calendar=calendar,
                is_troubled=bool(connection.execute(_REMEMBERED, self._account()).scalar()),
            )

        return self._env.database.run(read, username=self._desk.username)

    def _book(self, matched: Matched) -> None:
        by_trade: dict[UUID, list[tuple[UUID, OrderNews]]] = {}
        now = self._env.clock.now()
        for order, news in matched.news:
            if not is_news(order, news, now):
                continue
            by_trade.setdefault(order.trade_id, []).append((order.id, news))
        for trade_id, news_of_trade in by_trade.items():
            self._book_trade(trade_id, news_of_trade)

    def _book_trade(self, trade_id: UUID, news: list[tuple[UUID, OrderNews]]) -> None:
        self._wrote = True
        booked: Booked = self._desk.write(lambda connection: book_news(self._env, connection, trade_id, news))
        self._report.news += len(news)
        self._snapshots.after(booked)

    def _settle_missing(self, missing: Sequence[Order], listed: OrderList) -> None:
        unknown = [order for order in missing if order.listed_id is None]
        for order in missing:
            self._wrote = True
            if order.listed_id is not None:
                self._read_missing(order, order.listed_id)
        if unknown and self._is_partial(listed):
            return
        for order in unknown:
            self._settle_unknown(order, listed)

    def _is_partial(self, listed: OrderList) -> bool:
        """Say whether a list lacks an order of today that the broker gave an id: it proves nothing (I-06)."""
        today = new_york_midnight(new_york_date(listed.read_at))
        known = self._env.database.run(
            lambda connection: broker_ids_since(connection, self._mode, self._account_id, today),
            username=self._desk.username,
        )
        return not known <= {order.broker_order_id for order in listed.orders}

    def _read_missing(self, order: Order, broker_id: str) -> None:
        """An order that left the list is read by id before anything is concluded (A-02)."""
        try:
            shown = self._desk.broker.read_order(broker_id)
        except UnknownOrder:
            if self._day_is_over(order):
                settle_vanished(self._desk, order, self._mode, self._account_id)
            return
        except BrokerError as error:
            self._report.trade_errors.append(error.reason)
            return
        news = news_of(order, [shown])
        if news is not None:
            self._book_trade(order.trade_id, [(order.id, news)])

    def _settle_unknown(self, order: Order, listed: OrderList) -> None:
        """Settle an order whose answer was lost, by two complete lists or by positions."""
        if self._day_is_over(order):
            settle_vanished(self._desk, order, self._mode, self._account_id)
            return
        sent_at = order.submitted_at or order.created_at
        assert sent_at is not None
        if listed.read_at - sent_at < UNKNOWN_AGE_MIN:
            return
        if order.missed_at is None:
            self._desk.write(
                lambda connection: save_order(connection, order.id, {"missed_at": listed.read_at})
            )
        elif listed.read_at > order.missed_at:
            settle_absent(
                self._desk,
                order,
                self._mode,
                self._account_id,
                book_not_placed=lambda connection: self._book_not_placed(connection, order, listed.read_at),
            )

    def _book_not_placed(self, connection: Connection, order: Order, at: datetime) -> Booked:
        changes = {
            "status": OrderStatus.CANCELED,
            "reason": "the broker does not show it: it was never placed",
            "ended_at": at,
            "handled": True,
        }
        save_order(connection, order.id, changes)
        return book_news(self._env, connection, order.trade_id, [])

    def _day_is_over(self, order: Order) -> bool:
        """Say whether the trading day whose list would show this order has ended."""
        sent_at = order.submitted_at or order.created_at
        assert sent_at is not None
        return new_york_date(sent_at) < new_york_date(self._env.clock.now())

    def _guard_strangers(
        self, strangers: Sequence[BrokerOrder], by_tag: Mapping[str, Sequence[Order]]
    ) -> None:
        """An order tagged as ours that we do not know as working is cancelled (A-04, orphan guard)."""
        for stranger in strangers:
            known = by_tag.get(stranger.tag or "", ())
            if any(order.status in UNSETTLED or order.status is OrderStatus.INTENT for order in known):
                continue
            if is_working(stranger):
                self._cancel_stranger(stranger, known)
            elif any(_filled_unbooked(order, stranger) for order in known):
                self._alert_late_fill(stranger, known)

    def _cancel_stranger(self, stranger: BrokerOrder, known: Sequence[Order]) -> None:
        self._report.strangers += 1
        try:
            self._desk.broker.cancel(stranger.broker_order_id)
        except AlreadyFinal:
            return
        except BrokerError as error:
            self._report.trade_errors.append(error.reason)
            return
        trade_id = known[0].trade_id if known else None
        self._desk.write(
            lambda connection: raise_alert(
                self._env,
                connection,
                self._desk.username,
                severity=Severity.WARNING,
                kind="orphan_order",
                trade_id=trade_id,
                message=f"Order {stranger.broker_order_id} had our tag but no open intent: cancelled.",
            )
        )

    def _alert_late_fill(self, stranger: BrokerOrder, known: Sequence[Order]) -> None:
        self._desk.write(
            lambda connection: raise_alert(
                self._env,
                connection,
                self._desk.username,
                severity=Severity.CRITICAL,
                kind=f"late_fill:{stranger.broker_order_id}",
                trade_id=known[0].trade_id,
                message=(
                    f"Order {stranger.broker_order_id} filled although it was taken for never placed: "
                    "the account holds a position that no trade explains."
                ),
                lasting=True,
            )
        )

    def _carry_on(self, found: Found) -> None:
        """Drive every trade that has not ended, and ended ones that still had an order alive."""
        worker = TradeWorker(
            self._desk,
            found.calendar,
            revalidate=Revalidation(self._env, found.calendar).refusal,
        )
        for seen in self._seen_anew(worker, found):
            stood = seen
            if worker.is_due(seen):
                self._extend_lease()
                stood = worker.drive(seen.trade.id)
            if worker.last_error is not None:
                self._report.trade_errors.append(worker.last_error.reason)
                worker.last_error = None
            watch_protection(self._desk, stood.trade, stood.orders, found.calendar)

    def _seen_anew(self, worker: TradeWorker, found: Found) -> Sequence[Stood]:
        """Read the trades again when something was written since they were loaded; mostly nothing was."""
        return worker.look_at([one.trade.id for one in found.stood]) if self._wrote else found.stood

    def _extend_lease(self) -> None:
        lease = self._desk.lease
        if lease is not None:
            self._desk.write(lambda connection: extend_lease(connection, lease))

    def _note_success(self, *, is_empty: bool) -> None:
        def note(connection: Connection) -> None:
            connection.execute(_NOTE_SYNC, self._account() | {"is_empty": is_empty})
            resolve_alert(connection, self._desk.username, kind="broker_unreadable")
            if not is_empty:
                resolve_alert(connection, self._desk.username, kind=broker_reset.KIND)

        self._desk.write(note)

    def _note_failure(self, error: BrokerError) -> None:
        self._report.error = error.reason

        def note(connection: Connection) -> None:
            failures = connection.execute(_NOTE_FAILURE, self._account()).scalar_one()
            if failures >= _FAILURES_TO_TELL:
                raise_alert(
                    self._env,
                    connection,
                    self._desk.username,
                    severity=Severity.WARNING,
                    kind="broker_unreadable",
                    message=f"The broker cannot be read: {error.reason}",
                    lasting=True,
                )

        self._desk.write(note)

    def _account(self) -> dict[str, object]:
        return {
            "username": self._desk.username,
            "mode": self._mode,
            "account_id": self._account_id,
        }


def sync_account(env: Environment, account: Account, *, wait_seconds: float = 0) -> SyncReport | None:
    """Sync one account under its lease; None when another worker keeps it or its token cannot be opened."""
    return with_desk(
        env,
        account,
        lambda desk: AccountSync(desk, account.mode, account.account_id).run(),
        wait_seconds=wait_seconds,
    )


def _by_tag(stood: Sequence[Stood]) -> dict[str, tuple[Order, ...]]:
    """Return the orders that were read with their trades by their tags: a tag is one trade's alone."""
    found: dict[str, tuple[Order, ...]] = {}
    for one in stood:
        for order in one.orders:
            found[order.tag] = (*found.get(order.tag, ()), order)
    return found


def _filled_unbooked(order: Order, shown: BrokerOrder) -> bool:
    news = news_of(order, [shown])
    return order.is_ended and news is not None and news.filled_quantity > order.filled_quantity
