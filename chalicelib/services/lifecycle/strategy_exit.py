"""How the desk leaves (B-06, B-08): a strategy's exit and the kill switch's, by limits that walk."""

from decimal import Decimal

from sqlalchemy import Connection

from chalicelib.domain.clocks.calendar import new_york_date
from chalicelib.domain.trading.changing_facts import TradeFacts
from chalicelib.domain.trading.orders import OrderRole, OrderStatus, newest
from chalicelib.domain.trading.refusals import refused_sales
from chalicelib.domain.trading.tradable import has_expired
from chalicelib.domain.trading.trades import PROTECTABLE, Actor, CloseReason, Trade, TradeStatus
from chalicelib.domain.trading.walking_exit import FILL_PRICE_BUFFER_PCT
from chalicelib.services.environment import Environment
from chalicelib.services.lifecycle.begin_close import begin_close
from chalicelib.store.trades.orders import load_orders
from chalicelib.store.trades.trades import save_trade


def begin_strategy_exit(
    env: Environment,
    connection: Connection,
    trade: Trade,
    reason: CloseReason,
    *,
    buffer_pct: Decimal = FILL_PRICE_BUFFER_PCT,
    fast: bool = False,
) -> Trade:
    """Begin to close a trade, inside the caller's transaction and under the trade's row lock.

    Its limit walks from the middle to what leaving brings at once plus the buffer; unfilled by then the trade
    is OPEN again and the next scan asks anew. `fast` is the VIX path: 30 seconds, then the market step; an
    exit that walks already goes on as one. One that is not held, has expired, is CLOSING otherwise, or whose
    exit the broker refused too often to be sent again now (A-04) is returned as it is. The caller hands the
    trade over once it is stored (`hand_over`).
    """
    if trade.status is TradeStatus.CLOSING and trade.closing_buffer_pct is not None:
        now = env.clock.now()
        changes: TradeFacts = {"closing_hurried_at": now} if fast and not trade.is_hurried else {}
        return save_trade(connection, trade, now, changes)
    is_over = has_expired(trade, new_york_date(env.clock.now()))
    if trade.status not in PROTECTABLE or is_over or _is_refused(env, connection, trade):
        return trade
    return begin_close(env, connection, trade, reason, Actor.SYSTEM, buffer_pct=buffer_pct, fast=fast)


def _is_refused(env: Environment, connection: Connection, trade: Trade) -> bool:
    """Say whether the last exit was rejected and is not due again; one that nobody took always is."""
    orders = load_orders(connection, [trade.id]).get(trade.id, ())
    last, refused = newest(orders, {OrderRole.EXIT}), refused_sales(trade, orders)
    if last is None or last.status is not OrderStatus.REJECTED or refused is None:
        return False
    return env.clock.now() < refused.retry_at
