"""Sync one broker account (A-02, A-04): one list call, what it says booked, every trade carried on.

A failed or partial answer concludes nothing (I-06). What the list does not show is `missing_orders`' subject,
what it shows and we do not know `orphan_guard`'s.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.brokers.interface import OrderList
from chalicelib.domain.accounts import AccountRef
from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.domain.trading.booking import OrderNews
from chalicelib.domain.trading.judged_news import is_news
from chalicelib.domain.trading.orders import OUTSTANDING, Order
from chalicelib.domain.trading.trades import Trade
from chalicelib.services.accounts.at_work import keep_account
from chalicelib.services.accounts.keeper import AccountKeeper
from chalicelib.services.commands.revalidate import Revalidation
from chalicelib.services.environment import Environment
from chalicelib.services.lifecycle.edge_snapshots import EdgeSnapshots
from chalicelib.services.lifecycle.hidden_orders import note_shown
from chalicelib.services.lifecycle.match_orders import Matched, match_orders
from chalicelib.services.lifecycle.stood import Stood, stand
from chalicelib.services.lifecycle.trade_worker import TradeWorker
from chalicelib.services.lifecycle.watch_protection import watch_protection
from chalicelib.services.market_hours import calendar_of
from chalicelib.services.raise_alert import account_topic, resolve_broker_alert
from chalicelib.services.sync import broker_reset
from chalicelib.services.sync.account_round import AccountRound, SyncReport
from chalicelib.services.sync.books.check_books import Looked, check_books
from chalicelib.services.sync.books.dust import end_dust
from chalicelib.services.sync.books.excess_bought import book_excesses_bought
from chalicelib.services.sync.books.outside_sales import first_missing, settle_missing_holding
from chalicelib.services.sync.books.owner_overruled import overrule_told_prices
from chalicelib.services.sync.line_trouble import note_failure, resolve_trouble
from chalicelib.services.sync.orders.day_over import withdraw_after_the_day
from chalicelib.services.sync.orders.gone_back import doubted_intents
from chalicelib.services.sync.orders.missing_orders import settle_missing
from chalicelib.services.sync.orders.orphan_guard import guard_strangers
from chalicelib.services.sync.orders.stuck_stops import close_stuck
from chalicelib.store.accounts import broker_accounts
from chalicelib.store.accounts.broker_accounts import Remembered
from chalicelib.store.accounts.leases import extend_lease
from chalicelib.store.ahead import ends_with_next
from chalicelib.store.market.closures import closures_ahead
from chalicelib.store.trades.orders import find_orders_by_tag, orders_ahead
from chalicelib.store.trades.trade_changes import changes_ahead
from chalicelib.store.trades.trades import load_live_trades
from chalicelib.vendors.errors import VendorError


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What is stored of an account: trades with something alive, and the orders that the list's tags name.

    `remembered` is what the looks before this one left.
    """

    stood: Sequence[Stood]
    by_tag: Mapping[str, Sequence[Order]]
    calendar: MarketCalendar
    remembered: Remembered

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

    def __init__(self, keeper: AccountKeeper) -> None:
        self._keeper = keeper
        self._env = keeper.env
        self._look = AccountRound(keeper=keeper, snapshots=EdgeSnapshots(keeper))

    def run(self, *, positions_at_once: bool = False) -> SyncReport:
        """Read, book, settle, carry on; a broker that cannot be read leaves everything as it is.

        `positions_at_once` compares books with positions now, be it not due.
        """
        look = self._look
        try:
            listed = self._keeper.broker.list_orders()
        except VendorError as error:
            look.report.error = error.reason
            note_failure(self._keeper, error)
            return look.report
        look.report.orders_seen = len(listed.orders)
        found = self._load(listed)
        trades = found.trades
        look.report.trades = len(trades)
        doubted = doubted_intents(look, found.stood, listed, found.calendar)
        matched = match_orders([*found.orders, *doubted], listed.orders)
        self._book(matched)
        settle_missing(look, matched.missing, listed)
        close_stuck(look, found.orders, listed)
        withdraw_after_the_day(look, found.orders)
        worker = TradeWorker(
            self._keeper,
            found.calendar,
            revalidate=Revalidation(self._env, found.calendar).refusal,
        )
        guard_strangers(look, matched.strangers, found.by_tag, self._seen_anew(worker, found))
        book_excesses_bought(look, self._seen_anew(worker, found), listed)
        stood = self._seen_anew(worker, found)
        looked = check_books(look, listed, found.remembered.seen, stood, at_once=positions_at_once)
        look.report.in_doubt = looked.in_doubt
        end_dust(look, self._seen_anew(worker, found))
        # What waited for the broker leaves only once its owner reads that it is back.
        is_empty = broker_reset.note_empty_account(self._keeper, listed, trades)
        if found.remembered.is_troubled:
            self._note_success(is_empty=is_empty)
        self._settle_missing_holdings(worker, self._carry_on(worker, found), listed, looked)
        overrule_told_prices(look, listed)
        return look.report

    def _load(self, listed: OrderList) -> Found:
        """Read all that a quiet sync needs in one transaction, three round trips: most find nothing new."""
        tags = {order.tag for order in listed.orders if order.tag}

        def read(connection: Connection) -> Found:
            closures_ahead(connection)
            broker_accounts.remembered_ahead(connection, self._look.account)
            alive = load_live_trades(
                connection,
                self._look.account,
                beside=_orders_and_changes_ahead,
            )
            calendar = calendar_of(self._env, connection)
            remembered = broker_accounts.remembered(connection, self._look.account)
            stood = stand(self._env, connection, calendar, alive)
            by_tag = _by_tag(stood)
            unread = sorted(tags - by_tag.keys())
            if unread:
                ends_with_next(connection)
                by_tag |= find_orders_by_tag(connection, unread)
            return Found(stood=stood, by_tag=by_tag, calendar=calendar, remembered=remembered)

        return self._env.database.run(read, username=self._keeper.username)

    def _book(self, matched: Matched) -> None:
        by_trade: dict[UUID, list[tuple[UUID, OrderNews]]] = {}
        now = self._env.clock.now()
        for order, news in matched.news:
            if not is_news(order, news, now):
                continue
            by_trade.setdefault(order.trade_id, []).append((order.id, news))
        for trade_id, news_of_trade in by_trade.items():
            self._look.book(trade_id, news_of_trade)
        for trade_id in {order.trade_id for order, _ in matched.news if order.missed_at is not None}:
            note_shown(self._keeper, trade_id)

    def _carry_on(self, worker: TradeWorker, found: Found) -> list[Stood]:
        """Drive every trade that has not ended, and ended ones that still had an order alive."""
        after = []
        for seen in self._seen_anew(worker, found):
            stood = seen
            if worker.is_due(seen):
                self._extend_lease()
                stood = self._drive(worker, seen.trade.id)
            watch_protection(self._keeper, stood.trade, stood.orders, found.calendar)
            after.append(stood)
        return after

    def _drive(self, worker: TradeWorker, trade_id: UUID) -> Stood:
        stood = worker.drive(trade_id)
        if worker.last_error is not None:
            self._look.report.trade_errors.append(worker.last_error.reason)
            worker.last_error = None
        return stood

    def _settle_missing_holdings(
        self, worker: TradeWorker, after: Sequence[Stood], listed: OrderList, looked: Looked
    ) -> None:
        """Find what sold what the account lacks, once each trade's exits work on no more than is held.

        What is held shortest first: the newest sales are its own, and what they leave explains the others.
        Of a contract of several trades all that lacks is known before any of it is settled.
        """
        alive = Counter(symbol for one in after if not one.trade.is_ended for symbol in one.trade.symbols)
        lacking = [one for one in after if first_missing(one.trade) is not None]
        for one in sorted(lacking, key=Stood.holds_since, reverse=True):
            trade_id = one.trade.id
            if any(alive[symbol] > 1 for symbol in one.trade.symbols & looked.growing):
                continue
            self._extend_lease()
            booked = settle_missing_holding(self._look, one, listed, just_found=trade_id in looked.flagged)
            if booked is not None and worker.is_due(worker.look(trade_id)):
                self._drive(worker, trade_id)

    def _seen_anew(self, worker: TradeWorker, found: Found) -> Sequence[Stood]:
        """Read the trades again when something was written since they were loaded; mostly nothing was."""
        return worker.look_at([one.trade.id for one in found.stood]) if self._look.wrote else found.stood

    def _extend_lease(self) -> None:
        lease = self._keeper.lease
        if lease is not None:
            self._keeper.write(lambda connection: extend_lease(connection, lease))

    def _note_success(self, *, is_empty: bool) -> None:
        def note(connection: Connection) -> None:
            broker_accounts.note_read(connection, self._look.account, is_empty=is_empty)
            resolve_trouble(connection, self._keeper)
            if not is_empty:
                topic = account_topic(self._look.account)
                resolve_broker_alert(connection, self._keeper.username, kind=broker_reset.KIND, topic=topic)

        self._keeper.write(note)


def sync_account(env: Environment, account: AccountRef, *, wait_seconds: float = 0) -> SyncReport | None:
    """Sync one account under its lease; None when another worker keeps it or its token cannot be opened."""
    return keep_account(
        env,
        account,
        lambda keeper: AccountSync(keeper).run(),
        wait_seconds=wait_seconds,
    )


def _orders_and_changes_ahead(connection: Connection, trade_ids: Sequence[UUID]) -> None:
    orders_ahead(connection, trade_ids)
    changes_ahead(connection, trade_ids)


def _by_tag(stood: Sequence[Stood]) -> dict[str, tuple[Order, ...]]:
    """Return the orders that were read with their trades by their tags: a tag is one trade's alone."""
    found: dict[str, tuple[Order, ...]] = {}
    for one in stood:
        for order in one.orders:
            found[order.tag] = (*found.get(order.tag, ()), order)
    return found
