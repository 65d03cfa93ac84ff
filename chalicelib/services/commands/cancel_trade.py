"""Cancel an entry that has not filled, or withdraw a request that waits for the session."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.domain.trading.market_seen import WITHDRAWN, rests
from chalicelib.domain.trading.orders import Order, OrderRole, OrderStatus, newest
from chalicelib.domain.trading.steps import SessionState
from chalicelib.domain.trading.trades import PROTECTABLE, ChangeState, CloseReason, Trade, TradeStatus
from chalicelib.services.commands.carry_on import Outcome, accepted, carry_on
from chalicelib.services.commands.trade_changes import locked_trade, store_request, stored_before
from chalicelib.services.environment import Environment
from chalicelib.services.errors import TransitionRefused
from chalicelib.services.lifecycle.end_unplaced import end_unplaced
from chalicelib.services.lifecycle.set_aside import NO_CLOSE, set_sales_aside
from chalicelib.services.lifecycle.told_of_exits import NOBODY_BIDS
from chalicelib.services.market_hours import calendar_of, read_calendar, session_state
from chalicelib.services.raise_alert import resolve_alert
from chalicelib.services.reading import trade_view
from chalicelib.store.trades.orders import load_orders, save_order
from chalicelib.store.trades.trade_changes import load_pending_change, settle_change
from chalicelib.store.trades.trades import load_trade, save_trade
from chalicelib.vendors.deadline import Deadline

NEVER_SENT: Final = "cancelled before it was sent"


def cancel(
    env: Environment, username: str, trade_id: UUID, version: int, idempotency_key: str | None = None
) -> Outcome:
    """Cancel what is PENDING, the rest of what is PARTIALLY_FILLED, or withdraw a waiting request.

    200 when it is done, 202 while the broker has not confirmed. Raises NotFound, StaleVersion,
    TransitionRefused.
    """
    deadline = Deadline(env.clock)
    if stored_before(env, username, idempotency_key):
        return replace(_answer(env, username, trade_id), replayed=True)
    asked = store_request(
        env, username, idempotency_key, lambda connection: _request(env, connection, trade_id, version)
    )

    def carry() -> Outcome:
        if asked.trade.cancel_requested_at is not None or asked.trade.status in PROTECTABLE:
            carry_on(env, asked.trade, read_calendar(env), deadline)
        return _answer(env, username, trade_id)

    return accepted(env, asked, carry)


def _answer(env: Environment, username: str, trade_id: UUID) -> Outcome:
    trade = env.database.run(lambda connection: load_trade(connection, trade_id), username=username)
    assert trade is not None, "it was found before"
    orders = env.database.run(
        lambda connection: load_orders(connection, [trade.id]).get(trade.id, ()), username=username
    )
    works = {order.role for order in orders if order.is_outstanding}
    goes_on = trade.status is TradeStatus.CLOSING or not _entry_over(orders)
    done = (trade.cancel_requested_at is None or not goes_on) and not _sells_still(trade, works)
    return Outcome(status=200 if done else 202, trade=trade_view.detail(env, username, trade_id))


def _request(env: Environment, connection: Connection, trade_id: UUID, version: int) -> Trade:
    trade = locked_trade(connection, trade_id, version)
    if trade.status is TradeStatus.PENDING:
        return withdraw_entry(env, connection, trade)
    withdrawn = _withdraw_requests(env, connection, trade)
    if withdrawn is not None:
        return withdrawn
    orders = load_orders(connection, [trade.id]).get(trade.id, ())
    if trade.status is TradeStatus.PARTIALLY_FILLED or _rests_unbid(trade, orders):
        return withdraw_entry(env, connection, trade)
    raise TransitionRefused(
        f"A trade that is {trade.status} has nothing to cancel.",
        trade_view.detail_in(connection, trade_id),
    )


def withdraw_entry(env: Environment, connection: Connection, trade: Trade) -> Trade:
    """Have what has not filled of an entry cancelled, or end at once what was never sent; under its lock."""
    now = env.clock.now()
    if trade.status is TradeStatus.PENDING:
        orders = load_orders(connection, [trade.id]).get(trade.id, ())
        if all(order.status is OrderStatus.INTENT for order in orders):
            # Whoever was about to send it reads the trade again under this lock, and finds it ended.
            return end_unplaced(env, connection, trade, orders, CloseReason.CANCELED, NEVER_SENT)
    return save_trade(connection, trade, now, {"cancel_requested_at": trade.cancel_requested_at or now})


def _withdraw_requests(env: Environment, connection: Connection, trade: Trade) -> Trade | None:
    """Withdraw a close or an adjustment that waits; None when neither does."""
    now = env.clock.now()
    change = load_pending_change(connection, trade.id)
    in_session = session_state(env, calendar_of(env, connection), trade) is SessionState.OPEN
    if change is not None and not in_session:
        settle_change(
            connection, change.id, state=ChangeState.VETOED, error="withdrawn by its owner", now=now
        )
    else:
        change = None
    if trade.close_requested_at is not None and trade.status is not TradeStatus.CLOSING:
        _remember_withdrawn(connection, trade)
        set_sales_aside(connection, trade)
        return save_trade(connection, trade, now, NO_CLOSE)
    return None if change is None else save_trade(connection, trade, now, {"version": trade.version + 1})


def _rests_unbid(trade: Trade, orders: Sequence[Order]) -> bool:
    """Say whether a close waits in a market in which nobody bids: its owner may want out no longer."""
    last = newest(orders, {OrderRole.EXIT})
    return trade.status is TradeStatus.CLOSING and last is not None and last.is_live and rests(last, trade)


def _remember_withdrawn(connection: Connection, trade: Trade) -> None:
    """Keep that a sale which rested yesterday is not wanted any more: its stop shall not send it again."""
    last = newest(load_orders(connection, [trade.id]).get(trade.id, ()), {OrderRole.EXIT})
    if last is not None and rests(last, trade):
        save_order(connection, last.id, {"reason": WITHDRAWN})
    resolve_alert(connection, trade.username, kind=NOBODY_BIDS, trade_id=trade.id)


def _sells_still(trade: Trade, works: Collection[OrderRole]) -> bool:
    """Say whether a part that was withdrawn may still be sold: its order is not yet known to be gone."""
    return trade.status in PROTECTABLE and OrderRole.EXIT in works


def _entry_over(orders: Sequence[Order]) -> bool:
    return all(order.is_ended for order in orders if order.role is OrderRole.ENTRY)
