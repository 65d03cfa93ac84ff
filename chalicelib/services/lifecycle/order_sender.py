"""Sending what enters and what leaves: the one order, its next look where it walks, and its reading back."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.brokers.placing import place
from chalicelib.domain.clocks.calendar import new_york_date
from chalicelib.domain.trading.market_seen import rests
from chalicelib.domain.trading.orders import Order, OrderStatus, OrderType
from chalicelib.domain.trading.parts import is_as_decided
from chalicelib.domain.trading.steps import FlattenLeg, SendExit
from chalicelib.domain.trading.tradable import tradable
from chalicelib.domain.trading.trades import Actor, Trade
from chalicelib.domain.trading.uneven import FLATTEN_WAIT
from chalicelib.services.accounts.hand_over import hand_over
from chalicelib.services.accounts.keeper import AccountKeeper
from chalicelib.services.lifecycle import entry_order, exit_order
from chalicelib.services.lifecycle.order_reader import OrderReader
from chalicelib.services.lifecycle.send_order import Sent, send_orders
from chalicelib.services.lifecycle.stood import Stood
from chalicelib.services.lifecycle.told_of_exits import tell_nobody_bids
from chalicelib.store.trades.orders import load_orders
from chalicelib.store.trades.transitions import insert_transition
from chalicelib.vendors.budget import Urgency

#: A-07: one second after the broker's 200 an order is read back, because some are rejected a second later.
#: Books of our own have decided by then what becomes of it.
READ_BACK_SECONDS: Final = 1.0

#: Why a row of a trade's history moves no state: the one order that goes out at market (B-05).
MARKET_OVERRIDE: Final = "MARKET_OVERRIDE"

#: What a step led to: the trade as its own transaction left it, else whether to look for another step.
Taken = Stood | bool


class OrderSender:
    """Sends orders of one account. Without `reads_back`, `to_read_back` names what to read a second later.

    At a broker that is no outside party an order is read back at once, whoever sends it.
    """

    def __init__(self, keeper: AccountKeeper, reader: OrderReader, *, reads_back: bool) -> None:
        self._keeper = keeper
        self._reader = reader
        self._is_outside = keeper.broker.capabilities.is_outside
        self._reads_back = reads_back or not self._is_outside
        self.to_read_back: str | None = None

    def enter(self, trade: Trade, order: Order, look_again_after: timedelta | None) -> Taken:
        """Send an entry, or the next step of one that walks."""
        sent = send_orders(
            self._keeper,
            trade.id,
            [order],
            lambda: place(self._keeper.broker, order, trade, Urgency.ORDER),
            still_wanted=lambda now: entry_order.is_wanted(now, trade),
            lets_go=not self._reads_back,
        )
        self._note(trade, sent, look_again_after)
        if sent.broker_order_id is None:
            return sent.superseded
        return self._read_back(trade.id, sent.broker_order_id)

    def leave(self, trade: Trade, step: SendExit) -> Taken:
        """Send what sells, or what buys an excess back."""
        order = exit_order.build(self._keeper, trade, step)
        if order is None:
            return False
        override = step.at_market and order.type is OrderType.MARKET
        return self._leave_by(trade, order, step.look_again_after, override=override)

    def flatten(self, trade: Trade, step: FlattenLeg) -> Taken:
        """Send what gives an uneven leg back."""
        order = exit_order.build_flatten(self._keeper, trade, step)
        return False if order is None else self._leave_by(trade, order, FLATTEN_WAIT, override=False)

    def _leave_by(
        self, trade: Trade, order: Order, look_again_after: timedelta | None, *, override: bool
    ) -> Taken:
        if rests(order, trade):
            self._keeper.write(lambda connection: self._tell_nobody_bids(connection, trade, order))
        sent = send_orders(
            self._keeper,
            trade.id,
            [order],
            lambda: place(self._keeper.broker, order, trade, Urgency.EXIT, market_override=override),
            still_wanted=lambda now: now.status is trade.status and is_as_decided(self._left(now), trade),
            lets_go=not self._reads_back,
            beside=self._note_override if override else None,
        )
        self._note(trade, sent, look_again_after)
        if sent.broker_order_id is not None:
            return self._read_back(trade.id, sent.broker_order_id)
        # Refused: the next look puts the bracket back. Not taken, or unknown: sync goes on from here.
        return sent.superseded or self._was_refused(order)

    def _left(self, trade: Trade) -> Trade:
        """Return what of a trade can be traded: its exit was decided on that alone."""
        return tradable(trade, new_york_date(self._keeper.env.clock.now()))

    def _tell_nobody_bids(self, connection: Connection, trade: Trade, order: Order) -> None:
        tell_nobody_bids(self._keeper.env, connection, trade, order)

    def _note_override(self, connection: Connection, trade: Trade) -> None:
        """Keep for good, together with its intent, that an order was let go at market (B-05)."""
        env = self._keeper.env
        insert_transition(
            connection,
            trade.username,
            trade.id,
            transition_id=env.randomness.uuid7(env.clock.now()),
            from_status=trade.status,
            to_status=trade.status,
            actor=Actor.SYSTEM,
            reason=MARKET_OVERRIDE,
        )

    def _note(self, trade: Trade, sent: Sent, look_again_after: timedelta | None) -> None:
        self._reader.last_error = sent.error
        if look_again_after is not None:
            env = self._keeper.env
            hand_over(env, trade, due_at=env.clock.now() + look_again_after)

    def _read_back(self, trade_id: UUID, broker_order_id: str) -> Taken:
        if not self._reads_back:
            self.to_read_back = broker_order_id
            return False
        if self._is_outside:
            self._keeper.env.clock.sleep(READ_BACK_SECONDS)
        return self._reader.read_and_book(trade_id, broker_order_id, Urgency.ORDER) or False

    def _was_refused(self, order: Order) -> bool:
        stored = self._keeper.database.run(
            lambda connection: load_orders(connection, [order.trade_id]).get(order.trade_id, ()),
            username=self._keeper.username,
        )
        return any(one.id == order.id and one.status is OrderStatus.REJECTED for one in stored)
