"""Shares from a live exercise (A-06, ADR 0019): a trade of one EQUITY leg that counts nothing twice.

The option was settled at its intrinsic value, so the shares come in at the official close, where strike and
intrinsic value meet: long for a call, short for a put.
"""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection

from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.instruments.symbols import OptionType
from chalicelib.domain.money import ZERO
from chalicelib.domain.trading.changing_facts import OrderFacts, TradeFacts
from chalicelib.domain.trading.lifecycle import Move
from chalicelib.domain.trading.orders import (
    Duration,
    Fill,
    FillKind,
    Order,
    OrderRole,
    OrderStatus,
    OrderType,
)
from chalicelib.domain.trading.trades import Actor, Trade, TradeStatus
from chalicelib.services.environment import Environment
from chalicelib.services.lifecycle.book_news import move
from chalicelib.services.raise_alert import Severity, raise_alert
from chalicelib.store.trades.delivered_shares import Delivery, insert_delivery
from chalicelib.store.trades.orders import insert_fill, insert_order, save_order
from chalicelib.store.trades.trades import LegFacts, save_leg_facts
from chalicelib.store.trades.transitions import insert_transition


def open_exercised_shares(
    env: Environment, connection: Connection, option: Trade, close: Decimal, at: datetime
) -> Trade:
    """Open the trade that holds the shares of an exercised option, and tell its owner.

    `close` is the underlying's official close in dollars per share, `at` the instant of it.
    """
    now = env.clock.now()
    delivery = Delivery(
        trade_id=env.randomness.uuid7(now),
        leg_id=env.randomness.uuid7(now),
        option=option,
        side=LegSide.LONG if option.leg.option_type is OptionType.CALL else LegSide.SHORT,
        shares=option.open_qty * option.leg.multiplier,
        price=close,
    )
    trade = insert_delivery(connection, delivery)
    insert_transition(
        connection,
        trade.username,
        trade.id,
        transition_id=env.randomness.uuid7(now),
        from_status=None,
        to_status=TradeStatus.PENDING,
        actor=Actor.SYSTEM,
        reason=f"exercise of {option.leg.symbol}",
    )
    _book_fill(env, connection, trade, close, at)
    trade = _open(env, connection, trade, close, at)
    save_leg_facts(connection, [LegFacts(trade.leg, close, None, None)])
    _tell(env, connection, trade, option)
    return trade


def _book_fill(env: Environment, connection: Connection, trade: Trade, close: Decimal, at: datetime) -> None:
    """Book the delivery as an entry that no broker was asked for: the clearing house made it."""
    now = env.clock.now()
    order_id = env.randomness.uuid7(now)
    side = trade.leg.side.opens_by
    delivery = Order(
        id=order_id,
        username=trade.username,
        trade_id=trade.id,
        role=OrderRole.ENTRY,
        tag=f"delivery-{order_id}",  # no broker ever hears of it
        status=OrderStatus.INTENT,
        type=OrderType.MARKET,
        side=side,
        symbol=trade.leg.symbol,
        quantity=trade.qty,
        duration=Duration.DAY,
    )
    insert_order(connection, delivery)
    save_order(connection, order_id, {"status": OrderStatus.SENT})
    filled: OrderFacts = {
        "status": OrderStatus.FILLED,
        "filled_quantity": trade.qty,
        "avg_fill_price": close,
        "reason": "delivered by exercise",
        "ended_at": now,
    }
    save_order(connection, order_id, filled)
    fill = Fill(
        id=env.randomness.uuid7(now),
        username=trade.username,
        trade_id=trade.id,
        order_id=order_id,
        kind=FillKind.SETTLEMENT,
        is_buy=side.is_buy,
        quantity=trade.qty,
        price=close,
        fees=ZERO,
        fill_rule="exercise",
        filled_at=at,
    )
    insert_fill(connection, fill, trade.qty)


def _open(env: Environment, connection: Connection, trade: Trade, close: Decimal, at: datetime) -> Trade:
    delivered = Move(to_status=TradeStatus.OPEN, actor=Actor.BROKER, reason="shares delivered")
    facts: TradeFacts = {
        "filled_qty": trade.qty,
        "open_qty": trade.qty,
        "entry_price": close,
        "entry_date": at,
        "max_gain": ZERO,
        "max_drawdown": ZERO,
    }
    return move(env, connection, trade, [delivered], facts)


def _tell(env: Environment, connection: Connection, shares: Trade, option: Trade) -> None:
    price = shares.entry_price
    assert price is not None
    held = "holds" if shares.leg.side is LegSide.LONG else "is short of"
    raise_alert(
        env,
        connection,
        shares.username,
        severity=Severity.CRITICAL,
        kind="exercised",
        trade_id=shares.id,
        message=(
            f"{option.leg.symbol} was exercised: the account {held} {shares.qty.normalize():f} shares of "
            f"{shares.ticker}, counted from the close at {price.normalize():f}. Close them like any trade."
        ),
    )
