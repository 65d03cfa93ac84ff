"""Shares from a live exercise (A-06): a trade of one EQUITY leg, its cost such that nothing counts twice.

The option was settled at its intrinsic value, so the shares come in at the official close: strike plus (call)
or minus (put) what the option already earned.
"""

from decimal import Decimal

from sqlalchemy import Connection, insert

from chalicelib.domain.lifecycle import Move
from chalicelib.domain.money import ZERO
from chalicelib.domain.orders import (
    Duration,
    Fill,
    FillKind,
    Order,
    OrderRole,
    OrderSide,
    OrderStatus,
    OrderType,
)
from chalicelib.domain.symbols import OptionType
from chalicelib.domain.trades import Actor, LegSide, Trade, TradeStatus
from chalicelib.services.alerting import Severity, raise_alert
from chalicelib.services.environment import Environment
from chalicelib.services.ledger import move
from chalicelib.store.orders import insert_fill, insert_order, save_order
from chalicelib.store.schema import paper_trades, trade_legs
from chalicelib.store.trades import insert_transition, load_trade


def open_exercised_shares(env: Environment, connection: Connection, option: Trade, close: Decimal) -> None:
    """Open the trade that holds the shares of an exercised option, and tell its owner."""
    leg = option.leg
    now = env.clock.now()
    shares = option.open_qty * leg.multiplier
    trade_id = env.randomness.uuid7(now)
    connection.execute(
        insert(paper_trades).values(
            id=trade_id,
            username=option.username,
            ticker=option.ticker,
            qty=shares,
            order_type=OrderType.MARKET,
            asked_price=close,
            strategy=option.strategy,
            broker_mode=option.broker_mode,
            account_id=option.account_id,
            trade_context={"exercised_from": str(option.id)},
        )
    )
    side = LegSide.LONG if leg.option_type is OptionType.CALL else LegSide.SHORT
    connection.execute(
        insert(trade_legs).values(
            id=env.randomness.uuid7(now),
            username=option.username,
            trade_id=trade_id,
            leg_no=1,
            instrument="EQUITY",
            symbol=option.ticker,
            multiplier=1,
            side=side,
            quantity=shares,
            entry_price=close,
        )
    )
    shares_trade = load_trade(connection, trade_id)
    assert shares_trade is not None
    _book_delivery(env, connection, option, shares_trade, close)
    raise_alert(
        env,
        connection,
        option.username,
        severity=Severity.CRITICAL,
        kind="exercised",
        trade_id=trade_id,
        message=(
            f"{option.ticker}: the option was exercised; the account holds {shares.normalize():f} shares "
            f"({side}) at {close.normalize():f}."
        ),
    )


def _book_delivery(
    env: Environment, connection: Connection, option: Trade, shares_trade: Trade, close: Decimal
) -> None:
    now = env.clock.now()
    order_id = env.randomness.uuid7(now)
    delivery = Order(
        id=order_id,
        username=option.username,
        trade_id=shares_trade.id,
        role=OrderRole.ENTRY,
        tag=f"delivery-{order_id}",  # no broker ever hears of it
        status=OrderStatus.INTENT,
        type=OrderType.MARKET,
        side=OrderSide.BUY_TO_OPEN,
        symbol=option.ticker,
        quantity=shares_trade.qty,
        duration=Duration.DAY,
    )
    insert_order(connection, delivery)
    save_order(connection, order_id, {"status": OrderStatus.SENT})
    filled = {"status": OrderStatus.FILLED, "filled_quantity": shares_trade.qty, "avg_fill_price": close}
    save_order(connection, order_id, filled | {"reason": "delivered by exercise", "ended_at": now})
    insert_fill(
        connection,
        Fill(
            id=env.randomness.uuid7(now),
            username=option.username,
            trade_id=shares_trade.id,
            order_id=order_id,
            kind=FillKind.SETTLEMENT,
            is_buy=True,
            quantity=shares_trade.qty,
            price=close,
            fees=ZERO,
            fill_rule="exercise",
            filled_at=now,
        ),
        shares_trade.qty,
    )
    insert_transition(
        connection,
        shares_trade,
        transition_id=env.randomness.uuid7(now),
        from_status=None,
        to_status=TradeStatus.PENDING,
        actor=Actor.SYSTEM,
        reason=f"exercise of {option.leg.symbol}",
    )
    delivered = Move(to_status=TradeStatus.OPEN, actor=Actor.BROKER, reason="shares delivered")
    facts = {
        "filled_qty": shares_trade.qty,
        "open_qty": shares_trade.qty,
        "entry_price": close,
        "entry_date": now,
        "max_gain": ZERO,
        "max_drawdown": ZERO,
    }
    move(env, connection, shares_trade, [delivered], facts)
