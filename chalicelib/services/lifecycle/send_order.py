"""Send an order once: intent, effect, outcome, each stored before the next (architecture.md, Never twice).

The rows are committed as SENT before the call. A worker that dies inside the call leaves SENT behind, which
means "may be at the broker": sync settles it by tag and nobody sends it again.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.brokers.interface import Placed
from chalicelib.domain.trading.changing_facts import OrderFacts
from chalicelib.domain.trading.orders import Order, OrderStatus
from chalicelib.domain.trading.steps import SessionState
from chalicelib.domain.trading.trades import Trade
from chalicelib.services.accounts.keeper import AccountKeeper
from chalicelib.services.lifecycle.book_news import Booked, restate
from chalicelib.services.market_hours import calendar_of, session_state
from chalicelib.store.ahead import in_one_turn
from chalicelib.store.market.closures import closures_ahead
from chalicelib.store.trades.orders import insert_order, load_orders, save_order
from chalicelib.store.trades.trades import legs_ahead, load_trade, lock_ahead
from chalicelib.vendors.errors import Outcome, VendorError

_STATUS_AFTER: Final[Mapping[Outcome, OrderStatus]] = {
    Outcome.NOT_SENT: OrderStatus.CANCELED,
    Outcome.REFUSED: OrderStatus.REJECTED,
    Outcome.UNKNOWN: OrderStatus.UNKNOWN,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What came of sending: the broker's id, or the error that says what is known."""

    broker_order_id: str | None
    error: VendorError | None
    superseded: bool = False


def send_orders(
    keeper: AccountKeeper,
    trade_id: UUID,
    orders: Sequence[Order],
    call: Callable[[], Placed],
    *,
    still_wanted: Callable[[Trade], bool],
    lets_go: bool = False,
    beside: Callable[[Connection, Trade], None] | None = None,
) -> Sent:
    """Store the intents (new or waiting), make the one call, store what is known of it.

    With `lets_go` the account is let go of together with storing that the broker took them. Nothing is sent
    when the trade, read again under its lock, no longer wants it, one of them is no intent any more, or the
    session has ended (`superseded`). What `beside` writes is committed with the intents.
    """

    def commit(connection: Connection) -> bool:
        trade = _commit_to_send(keeper, connection, trade_id, orders, still_wanted)
        if trade is not None and beside is not None:
            beside(connection, trade)
        return trade is not None

    if not keeper.write(commit):
        return Sent(broker_order_id=None, error=None, superseded=True)
    try:
        placed = call()
    except VendorError as error:
        caught = error
        keeper.write(lambda connection: _store_failure(keeper, connection, trade_id, orders, caught))
        return Sent(broker_order_id=None, error=error)
    write = keeper.write_last if lets_go else keeper.write
    write(lambda connection: _store_taken(connection, orders, placed))
    return Sent(broker_order_id=placed.broker_order_id, error=None)


def _commit_to_send(
    keeper: AccountKeeper,
    connection: Connection,
    trade_id: UUID,
    orders: Sequence[Order],
    still_wanted: Callable[[Trade], bool],
) -> Trade | None:
    lock_ahead(connection, trade_id)
    legs_ahead(connection, [trade_id])
    closures_ahead(connection)
    stored = load_orders(connection, [trade_id]).get(trade_id, ())
    trade = load_trade(connection, trade_id, lock=True)
    if trade is None or not still_wanted(trade):
        return None
    # Whoever held the account before may have sent it, or ended it: only an intent was surely never sent.
    sent = {one.id for one in stored if one.status is not OrderStatus.INTENT}
    if any(order.id in sent for order in orders):
        return None
    # A slow vendor may have let the bell ring since the decision: nothing leaves after it (I-18).
    if session_state(keeper.env, calendar_of(keeper.env, connection), trade) is SessionState.CLOSED:
        return None
    for order in orders:
        if order.created_at is None:
            insert_order(connection, order)
        save_order(connection, order.id, {"status": OrderStatus.SENT, "submitted_at": keeper.env.clock.now()})
    return trade


def _store_failure(
    keeper: AccountKeeper, connection: Connection, trade_id: UUID, orders: Sequence[Order], error: VendorError
) -> Booked:
    trade = load_trade(connection, trade_id, lock=True)
    assert trade is not None
    status = _STATUS_AFTER[error.outcome]
    changes: OrderFacts = {"status": status, "reason": error.reason}
    if status is not OrderStatus.UNKNOWN:
        changes["ended_at"] = keeper.env.clock.now()
        # Not taken by the broker at all: a close that could not leave is tried again, not given up.
        changes["handled"] = error.outcome is Outcome.NOT_SENT
    for order in orders:
        save_order(connection, order.id, changes)
    return restate(keeper.env, connection, trade)


def _store_taken(connection: Connection, orders: Sequence[Order], placed: Placed) -> None:
    in_one_turn(connection)
    taken: OrderFacts = {"status": OrderStatus.PENDING}
    if len(orders) == 1:
        taken["broker_order_id"] = placed.broker_order_id
    else:
        taken["parent_broker_order_id"] = placed.broker_order_id
    for order in orders:
        save_order(connection, order.id, taken)
