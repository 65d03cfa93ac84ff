"""What is stored when a broker refuses a stop and target (A-04), at once or after its 200.

Either way the next look decides: a plain stop in place of a refused bracket, the former bracket in place of a
refused change (`domain/trading/next_step.py`).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from chalicelib.domain.trading.changing_facts import TradeFacts
from chalicelib.domain.trading.next_step import due_slices
from chalicelib.domain.trading.orders import PROTECTIVE, Order, OrderRole
from chalicelib.domain.trading.protection import Protection
from chalicelib.domain.trading.refusals import refused_bracket
from chalicelib.domain.trading.slices import orders_of
from chalicelib.domain.trading.trades import PROTECTABLE, ChangeState, PendingChange, Trade
from chalicelib.services.environment import Environment
from chalicelib.services.raise_alert import Severity, raise_alert, resolve_alert
from chalicelib.store.accounts.broker_accounts import look_next
from chalicelib.store.trades.orders import load_orders
from chalicelib.store.trades.trade_changes import load_pending_change, settle_change
from chalicelib.store.trades.trades import load_trade, save_trade

#: Lasts until another bracket stands, or the trade ends.
PROTECTION_REFUSED: Final = "protection_refused"
_UNTOLD: Final = "no reason given"


def note_refused(
    env: Environment, connection: Connection, trade: Trade, refused: Sequence[tuple[Order, str | None]]
) -> None:
    """Store that the broker has rejected these orders, which it had taken, with its reasons."""
    legs = [(order, reason) for order, reason in refused if order.role in PROTECTIVE]
    if not legs or trade.status not in PROTECTABLE or trade.open_qty <= 0:
        return
    reason = next((one for _, one in legs if one), _UNTOLD)
    change = load_pending_change(connection, trade.id)
    if change is not None and _belong_to(trade.quotable(change.after), legs):
        fail_change(env, connection, trade, change, reason)
    else:
        count_refusal(env, connection, trade, reason)


def _belong_to(after: Protection, legs: Sequence[tuple[Order, str | None]]) -> bool:
    prices = {(goal.no, goal.price) for goal in after.goals}
    return all(
        order.stop_price == after.sl_price
        if order.role is OrderRole.STOP_LOSS
        else (order.target_no, order.limit_price) in prices
        for order, _ in legs
    )


def fail_change(
    env: Environment, connection: Connection, trade: Trade, change: PendingChange, reason: str
) -> None:
    """End a change that the broker refused; the former bracket is due again."""
    now = env.clock.now()
    settle_change(connection, change.id, state=ChangeState.FAILED, error=reason, now=now)
    locked = load_trade(connection, trade.id, lock=True)
    if locked is not None and not locked.is_ended:
        save_trade(connection, locked, now, {"protection_failures": 0, "version": locked.version + 1})
    text = f"{trade.ticker}: the broker refused the new stop and target ({reason}); the former are back."
    _alert(env, connection, trade, text, kind="adjust_refused", lasting=False)


def count_refusal(env: Environment, connection: Connection, trade: Trade, reason: str) -> None:
    """Count a refused protection and tell its owner."""
    locked = load_trade(connection, trade.id, lock=True)
    if locked is None or locked.is_ended:
        return
    now = env.clock.now()
    failures: TradeFacts = {
        "protection_failures": locked.protection_failures + 1,
        "protection_tried_at": now,
    }
    save_trade(connection, locked, now, failures)
    # Perhaps the account holds less than it should: the next sync looks (A-04, books against positions).
    look_next(connection, trade.account)
    text = f"{trade.ticker}: the broker refused stop and target ({reason}). {_what_next(connection, locked)}"
    _alert(env, connection, trade, text, kind=PROTECTION_REFUSED, lasting=True)


def _what_next(connection: Connection, trade: Trade) -> str:
    orders = load_orders(connection, [trade.id]).get(trade.id, ())
    tried = [
        refused_bracket(orders_of(orders, one.target_no), one.protection, one.quantity)
        for one in due_slices(trade, orders, None)
    ]
    refused = max((one for one in tried if one is not None), key=lambda one: one.times, default=None)
    if refused is None or refused.times == 1:
        return "A plain stop is tried."
    times = f"{refused.times} times since {refused.since:%H:%M} UTC"
    return f"Refused {times}; it is tried again from {refused.retry_at:%H:%M} UTC on."


def end_refusals(connection: Connection, trade: Trade, now: datetime) -> None:
    """Note that the whole protection stands at last: what was refused is over."""
    save_trade(connection, trade, now, {"protection_failures": 0})
    resolve_alert(connection, trade.username, kind=PROTECTION_REFUSED, trade_id=trade.id)


def _alert(
    env: Environment, connection: Connection, trade: Trade, message: str, *, kind: str, lasting: bool
) -> None:
    raise_alert(
        env,
        connection,
        trade.username,
        severity=Severity.WARNING,
        kind=kind,
        trade_id=trade.id,
        message=message,
        lasting=lasting,
        renewed=lasting,
    )
