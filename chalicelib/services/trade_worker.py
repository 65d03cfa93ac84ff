"""Carry a trade on, step by step, until it stands as it should or has to wait.

`next_step` decides from what is stored; this module gives each step its effect. It runs under the account's
lease, in API calls and in syncs alike, and may be killed between any two lines.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, assert_never
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.brokers.errors import AlreadyFinal, BrokerError, UnknownOrder
from chalicelib.brokers.interface import OrderRequest, Urgency
from chalicelib.domain import steps
from chalicelib.domain.calendar import MarketCalendar
from chalicelib.domain.lifecycle import Move
from chalicelib.domain.market_seen import UNREADABLE, WITHDRAWN, MarketSeen
from chalicelib.domain.next_step import next_step
from chalicelib.domain.orders import Order, OrderStatus
from chalicelib.domain.trades import Actor, ChangeState, CloseReason, PendingChange, Trade, TradeStatus
from chalicelib.observability.facts import bound
from chalicelib.services import exit_order, protect
from chalicelib.services.alerting import Severity, raise_alert, resolve_alert
from chalicelib.services.closing import begin_close
from chalicelib.services.edge_snapshots import EdgeSnapshots
from chalicelib.services.end_unplaced import end_unplaced
from chalicelib.services.environment import Environment
from chalicelib.services.hidden_orders import end_hidden
from chalicelib.services.ledger import Booked, ahead_of_news, book_news, move
from chalicelib.services.market_hours import session_state
from chalicelib.services.market_look import look_at_market
from chalicelib.services.matching import news_of
from chalicelib.services.refused_protection import PROTECTION_REFUSED
from chalicelib.services.send_order import Desk, send_orders
from chalicelib.services.told_of_exits import tell_abandoned, tell_nobody_bids
from chalicelib.services.waiting_exit import tell_of_waiting_exit
from chalicelib.store.broker_accounts import look_next
from chalicelib.store.database import ends_with_next
from chalicelib.store.orders import load_orders, orders_ahead, save_order
from chalicelib.store.trades import (
    changes_ahead,
    legs_ahead,
    load_pending_change,
    load_pending_changes,
    load_trade,
    load_trades,
    save_trade,
    settle_change,
)

#: A-07: one second after the broker's 200 an order is read back, because some are rejected a second later.
READ_BACK_SECONDS: Final = 1.0
#: A trade never needs more steps than this in one go: a bound, not a budget.
_STEPS_MAX: Final = 12
_CONFIRM_READS_MAX: Final = 3
_CONFIRM_SECONDS: Final = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Stood:
    """What is stored of a trade at one moment."""

    trade: Trade
    orders: tuple[Order, ...]
    change: PendingChange | None
    session: steps.SessionState
    #: What was seen of the market since the last step; every step changes what is asked of it.
    market: MarketSeen | None = None


def look_at(
    env: Environment, connection: Connection, calendar: MarketCalendar, trade_ids: Sequence[UUID]
) -> list[Stood]:
    """Read what is stored of these trades, inside a transaction of their own: in one round trip."""
    legs_ahead(connection, trade_ids)
    orders_ahead(connection, trade_ids)
    changes_ahead(connection, trade_ids)
    ends_with_next(connection)
    return stand(env, connection, calendar, load_trades(connection, trade_ids))


def stand(
    env: Environment, connection: Connection, calendar: MarketCalendar, trades: Sequence[Trade]
) -> list[Stood]:
    """Read what is stored around trades that were read in the same transaction."""
    if not trades:
        return []
    trade_ids = [trade.id for trade in trades]
    orders = load_orders(connection, trade_ids)
    changes = load_pending_changes(connection, trade_ids)
    return [
        Stood(
            trade=trade,
            orders=orders.get(trade.id, ()),
            change=changes.get(trade.id),
            session=session_state(env, calendar, trade.broker_mode),
        )
        for trade in trades
    ]


#: What a step led to: the trade as its own transaction left it, else whether to look for another step.
Taken = Stood | bool


class TradeWorker:
    """Drives trades of one account; one instance per lease."""

    def __init__(
        self,
        desk: Desk,
        calendar: MarketCalendar,
        *,
        revalidate: Callable[[Trade], str | None] | None = None,
        reads_back: bool = True,
    ) -> None:
        """`revalidate` judges an entry that waited for the session; None sends what was just validated.

        Without `reads_back` the work ends with an order's 200: the account is let go of, and `to_read_back`
        names what `drive` is to be called with a second later, under a new lease.
        """
        self.desk = desk
        self.env = desk.env
        self._calendar = calendar
        self._revalidate = revalidate
        self._snapshots = EdgeSnapshots(desk)
        self._protector = protect.Protector(desk)
        self.last_error: BrokerError | None = None
        self._reads_back = reads_back
        self.to_read_back: str | None = None

    def drive(self, trade_id: UUID, *, read_back: str | None = None, stored: Stood | None = None) -> Stood:
        """Take steps until the trade has to wait; returns where it then stands.

        `read_back` is an order's id that a former drive left to be read first. `stored` is where the trade
        stood when its caller stored it: another look is spared, and each step looks under its lock anyway.
        """
        with bound(trade_id=str(trade_id)):
            if read_back is None:
                return self._drive(stored or self.look(trade_id))
            stood = self.read_and_book(trade_id, read_back, Urgency.ORDER)
            return self.look(trade_id) if stood is None else self._drive(stood)

    def _drive(self, stood: Stood) -> Stood:
        self._protector.begin()
        trade_id = stood.trade.id
        for _ in range(_STEPS_MAX):
            step = self._next_step(stood)
            if isinstance(step, steps.Wait):
                return stood
            error_before = self.last_error
            taken = self._take(stood, step)
            if self.to_read_back is not None:
                return stood
            if taken is False:
                if self.last_error is not error_before:
                    tell_of_waiting_exit(self.desk, stood.trade, self.last_error)
                return self.look(trade_id)
            stood = taken if isinstance(taken, Stood) else self.look(trade_id)
        return stood

    def is_due(self, stood: Stood) -> bool:
        """Say whether something can and need be done for a trade now."""
        return not isinstance(self._next_step(stood), steps.Wait)

    def _next_step(self, stood: Stood) -> steps.Step:
        now = self.env.clock.now()
        return next_step(stood.trade, stood.orders, stood.change, stood.session, now, stood.market)

    def look(self, trade_id: UUID) -> Stood:
        """Read what is stored of the trade."""
        (stood,) = self.look_at([trade_id])
        return stood

    def look_at(self, trade_ids: Sequence[UUID]) -> list[Stood]:
        """Read what is stored of these trades, all at one moment."""
        return self.env.database.run(
            lambda connection: look_at(self.env, connection, self._calendar, trade_ids),
            username=self.desk.username,
        )

    def _take(self, stood: Stood, step: steps.Step) -> Taken:
        """Take one step."""
        match step:
            case steps.Wait():
                return False
            case steps.LookAtMarket():
                # Nothing was written; what others wrote meanwhile, each step looks at under its lock.
                return replace(stood, market=look_at_market(self.env, stood.trade))
            case steps.SendEntry():
                return self._send_entry(stood.trade, step.order)
            case steps.EndUnplaced():
                return self._end_unplaced(stood, step.reason, step.detail)
            case steps.CancelOrders():
                return self._cancel(stood.trade, step)
            case steps.PlaceProtection():
                return self._protect(stood, step)
            case steps.ApplyChange():
                return self._apply_change(stood, step.change)
            case steps.BeginClose():
                return self._begin_close(stood, step.reason)
            case steps.SendExit():
                return self._send_exit(stood.trade, step)
            case steps.AbandonClose():
                # An excess asks for its purchase again at once: one try a sync, not one after the other.
                return self._abandon_close(stood.trade, step) and stood.trade.excess_qty == 0
            case _:
                assert_never(step)

    def _send_entry(self, trade: Trade, order: Order) -> Taken:
        refusal = self._revalidate(trade) if self._revalidate is not None else None
        if refusal is not None:
            stood = self.look(trade.id)
            return self._end_unplaced(stood, CloseReason.NOT_PLACED, refusal)
        request = OrderRequest(
            tag=order.tag,
            underlying=trade.ticker,
            symbol=order.symbol,
            side=order.side,
            quantity=order.quantity,
            type=order.type,
            duration=order.duration,
            limit_price=order.limit_price,
        )
        sent = send_orders(
            self.desk,
            trade.id,
            [order],
            lambda: self.desk.broker.place(request),
            still_wanted=lambda now: now.status is TradeStatus.PENDING and now.cancel_requested_at is None,
            lets_go=not self._reads_back,
        )
        self.last_error = sent.error
        if sent.broker_order_id is None:
            return sent.superseded
        return self._read_back(trade.id, sent.broker_order_id)

    def _read_back(self, trade_id: UUID, broker_order_id: str) -> Taken:
        if not self._reads_back:
            self.to_read_back = broker_order_id
            return False
        self.env.clock.sleep(READ_BACK_SECONDS)
        return self.read_and_book(trade_id, broker_order_id, Urgency.ORDER) or False

    def read_and_book(self, trade_id: UUID, broker_order_id: str, urgency: Urgency) -> Stood | None:
        """Read one order or OCO by the broker's id and book what it says; None when it could not be read.

        Returns where the trade then stands, read in the same transaction.
        """
        try:
            shown = self.desk.broker.read_order(broker_order_id, urgency=urgency)
        except BrokerError as error:
            # Whatever is unknown now is sync's to find out; nothing is concluded from a failed read (I-06).
            self.last_error = error
            return None

        def book(connection: Connection) -> tuple[Booked, Stood]:
            ahead_of_news(connection, trade_id)
            ours = load_orders(connection, [trade_id]).get(trade_id, ())
            news = [
                (order.id, found)
                for order in ours
                if not order.is_ended and (found := news_of(order, [shown])) is not None
            ]
            booked = book_news(self.env, connection, trade_id, news)
            (stood,) = look_at(self.env, connection, self._calendar, [trade_id])
            return booked, stood

        booked, stood = self.desk.write(book)
        seen = self._snapshots.after(booked)
        # What a snapshot saw just now is the next step's look at the market; what it could not see is not.
        return replace(stood, market=None if seen == UNREADABLE else seen)

    def _end_unplaced(self, stood: Stood, reason: CloseReason, detail: str) -> bool:
        def end(connection: Connection) -> None:
            trade = load_trade(connection, stood.trade.id, lock=True)
            if trade is None or trade.status is not TradeStatus.PENDING:
                return
            end_unplaced(self.env, connection, trade, stood.orders, reason, detail)
            if reason is CloseReason.NOT_PLACED:
                text = f"{trade.ticker} was not placed: {detail}"
                self._alert(connection, trade, Severity.WARNING, "not_placed", text)

        self.desk.write(end)
        return False

    def _cancel(self, trade: Trade, step: steps.CancelOrders) -> bool:
        ids = {order.parent_broker_order_id or order.broker_order_id for order in step.orders}
        self.desk.write(lambda connection: self._note_cancel(connection, trade, step))
        for broker_order_id in sorted(one for one in ids if one is not None):
            try:
                self.desk.broker.cancel(broker_order_id)
            except AlreadyFinal:
                pass  # the reading below says what became of it: a cancel may lose to a fill
            except UnknownOrder:
                if end_hidden(self.desk, trade.id, broker_order_id):
                    continue
            except BrokerError as error:
                self.last_error = error
                return False
            if not self._confirm_cancel(trade.id, broker_order_id):
                return False
        return True

    def _note_cancel(self, connection: Connection, trade: Trade, step: steps.CancelOrders) -> None:
        now = self.env.clock.now()
        for order in step.orders:
            save_order(connection, order.id, {"cancel_requested_at": now})
        if step.orphaned:
            text = f"{trade.ticker}: an order was still live after its trade had ended; it is cancelled."
            self._alert(connection, trade, Severity.WARNING, "orphan_order", text)

    def _confirm_cancel(self, trade_id: UUID, broker_order_id: str) -> bool:
        """Read until the broker shows an end; what filled in between is booked (A-04)."""
        for attempt in range(_CONFIRM_READS_MAX):
            if attempt:
                self.env.clock.sleep(_CONFIRM_SECONDS)
            stood = self.read_and_book(trade_id, broker_order_id, Urgency.EXIT)
            if stood is None:
                return False
            left = [
                order
                for order in stood.orders
                if order.is_outstanding
                and broker_order_id in {order.broker_order_id, order.parent_broker_order_id}
            ]
            if not left:
                return True
        return False

    def _protect(self, stood: Stood, step: steps.PlaceProtection) -> Taken:
        placed = self._protector.place(stood.trade, stood.change, step.protection, step.quantity)
        self.last_error = placed.error or self.last_error
        if placed.broker_order_id is not None:
            return self.read_and_book(stood.trade.id, placed.broker_order_id, Urgency.ORDER) or False
        return placed.look_again

    def _apply_change(self, stood: Stood, change: PendingChange) -> bool:
        def apply(connection: Connection) -> None:
            trade = load_trade(connection, stood.trade.id, lock=True)
            if trade is None or trade.is_ended or load_pending_change(connection, trade.id) != change:
                return
            now = self.env.clock.now()
            settle_change(connection, change.id, state=ChangeState.APPLIED, error=None, now=now)
            resolve_alert(connection, trade.username, kind=PROTECTION_REFUSED, trade_id=trade.id)
            save_trade(
                connection,
                trade,
                now,
                {
                    "sl_price": change.after.sl_price,
                    "tp_price": change.after.tp_price,
                    "override_count": trade.override_count + 1,
                    "protection_failures": 0,
                },
            )

        self.desk.write(apply)
        return True

    def _begin_close(self, stood: Stood, reason: CloseReason) -> bool:
        def begin(connection: Connection) -> None:
            trade = load_trade(connection, stood.trade.id, lock=True)
            if trade is None or trade.status not in {TradeStatus.OPEN, TradeStatus.PARTIALLY_FILLED}:
                return
            begin_close(self.env, connection, trade, reason, Actor.SYSTEM)

        self.desk.write(begin)
        return True

    def _send_exit(self, trade: Trade, step: steps.SendExit) -> Taken:
        request = exit_order.build(self.desk, trade, step)
        if request is None:
            return False
        if step.limit_price is not None:
            self.desk.write(lambda connection: tell_nobody_bids(self.env, connection, trade, request))
        order = exit_order.as_order(self.env, trade, request)
        sent = send_orders(
            self.desk,
            trade.id,
            [order],
            lambda: self.desk.broker.place(request, urgency=Urgency.EXIT),
            still_wanted=lambda now: (
                now.status is TradeStatus.CLOSING
                and (now.excess_qty if step.flatten else now.sellable_qty) == step.quantity
            ),
            lets_go=not self._reads_back,
        )
        self.last_error = sent.error
        if sent.broker_order_id is not None:
            return self._read_back(trade.id, sent.broker_order_id)
        # Refused: the next look puts the bracket back. Not taken, or unknown: sync goes on from here.
        return sent.superseded or self._was_refused(trade.id, order)

    def _was_refused(self, trade_id: UUID, order: Order) -> bool:
        stored = [one for one in self.look(trade_id).orders if one.id == order.id]
        return bool(stored) and stored[0].status is OrderStatus.REJECTED

    def _abandon_close(self, trade: Trade, step: steps.AbandonClose) -> bool:
        def abandon(connection: Connection) -> None:
            locked = load_trade(connection, trade.id, lock=True)
            if locked is None or locked.status is not TradeStatus.CLOSING:
                return
            why = {"reason": WITHDRAWN} if step.detail == WITHDRAWN else {}
            for order_id in step.failed_order_ids:
                save_order(connection, order_id, {"handled": True} | why)
            look_next(connection, trade.username, trade.broker_mode, trade.account_id)
            over = {"close_requested_at": None, "closing_reason": None, "cancel_requested_at": None}
            move(
                self.env,
                connection,
                locked,
                [Move(to_status=TradeStatus.OPEN, actor=Actor.SYSTEM, reason=step.detail)],
                ({} if step.keep_request else over) | {"protection_failures": 0},
            )
            tell_abandoned(self.env, connection, locked, step)

        self.desk.write(abandon)
        return True

    def _alert(
        self, connection: Connection, trade: Trade, severity: Severity, kind: str, message: str
    ) -> None:
        raise_alert(
            self.env,
            connection,
            trade.username,
            severity=severity,
            kind=kind,
            trade_id=trade.id,
            message=message,
        )
