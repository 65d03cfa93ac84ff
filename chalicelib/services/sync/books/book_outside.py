"""What others traded of a leg, booked as an order of its trade that ended long ago (A-04)."""

from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.brokers.capabilities import CAPABILITIES
from chalicelib.domain.instruments.fees import estimated_fees
from chalicelib.domain.instruments.sides import OrderSide
from chalicelib.domain.trading.books import Sale
from chalicelib.domain.trading.changing_facts import OrderFacts
from chalicelib.domain.trading.legs import Leg
from chalicelib.domain.trading.orders import (
    OUTSIDE_PREFIX,
    Duration,
    Fill,
    FillKind,
    Order,
    OrderLeg,
    OrderRole,
    OrderStatus,
    OrderType,
)
from chalicelib.domain.trading.trades import Trade
from chalicelib.services.environment import Environment
from chalicelib.services.lifecycle.book_news import Booked
from chalicelib.services.raise_alert import Severity, raise_alert
from chalicelib.store.trades.orders import insert_fill, insert_order, save_order


def book_outside_fill(
    env: Environment,
    connection: Connection,
    trade: Trade,
    leg: Leg,
    sale: Sale,
    share: Decimal,
    told_by: str,
    *,
    side: OrderSide,
) -> Fill:
    """Book what went, under the broker's order where there is one, else by the rule that says who told."""
    now = env.clock.now()
    order_id = None if sale.order_id is None else _adopt(env, connection, trade, leg, sale, share, side)
    fill = Fill(
        id=env.randomness.uuid7(now),
        username=trade.username,
        trade_id=trade.id,
        order_id=order_id,
        kind=FillKind.FILL if order_id is not None else FillKind.CORRECTION,
        is_buy=side.is_buy,
        quantity=share,
        price=sale.price,
        fees=_fees(trade, leg, sale, share, side),
        fill_rule="broker" if order_id is not None else told_by,
        filled_at=min(sale.at, now),
        leg_no=leg.leg_no,
    )
    insert_fill(connection, fill, share if order_id is not None else None)
    return fill


def _fees(trade: Trade, leg: Leg, sale: Sale, share: Decimal, side: OrderSide) -> Decimal:
    """Return what so much of a sale cost: by the broker's word, without one by its published commission."""
    told = sale.fees_of(share)
    if told is not None:
        return told
    commission = CAPABILITIES[trade.broker_mode].commission
    return estimated_fees(share, leg.instrument, commission, closes=side.is_closing)


def _adopt(
    env: Environment,
    connection: Connection,
    trade: Trade,
    leg: Leg,
    sale: Sale,
    share: Decimal,
    side: OrderSide,
) -> UUID:
    """Store the broker's order as an exit of the trade, ended as it is: nothing of it will ever be sent."""
    now = env.clock.now()
    order_id = env.randomness.uuid7(now)
    row = Order(
        id=order_id,
        username=trade.username,
        trade_id=trade.id,
        role=OrderRole.EXIT,
        tag=f"{OUTSIDE_PREFIX}{order_id}",
        status=OrderStatus.FILLED,
        type=OrderType.MARKET,
        side=side,
        symbol=leg.symbol,
        quantity=share,
        duration=Duration.DAY,
        legs=of_one_leg(leg, share, sale.price),
    )
    insert_order(connection, row)
    at = min(sale.at, now)
    facts: OrderFacts = {
        "filled_quantity": share,
        "avg_fill_price": sale.price,
        "broker_order_id": sale.order_id,
        "reason": "closed in the account, by no order of this product",
        "submitted_at": at,
        "ended_at": at,
        "handled": True,
    }
    save_order(connection, order_id, facts)
    return order_id


def of_one_leg(leg: Leg, filled: Decimal, price: Decimal) -> tuple[OrderLeg, ...]:
    """Return what an order of this leg alone moves; the first one is what an order without legs moves."""
    if leg.leg_no == 1:
        return ()
    side = leg.side.closes_by
    return (
        OrderLeg(
            leg_no=leg.leg_no, symbol=leg.symbol, side=side, filled_quantity=filled, avg_fill_price=price
        ),
    )


def tell_outside(
    env: Environment,
    connection: Connection,
    booked: Booked,
    leg: Leg,
    sale: Sale,
    share: Decimal,
    rest: str,
    *,
    side: OrderSide,
) -> None:
    """Tell the owner what went, and what became of the trade by that."""
    trade = booked.trade
    done = "bought back" if side.is_buy else "sold"
    then = "the trade has ended" if booked.ended else rest or f"{trade.open_qty.normalize():f} are left"
    what = f" of {leg.symbol}" if trade.is_structure else ""
    raise_alert(
        env,
        connection,
        trade.username,
        severity=Severity.WARNING,
        kind="sold_at_broker",
        trade_id=trade.id,
        message=(
            f"{trade.ticker}: {share.normalize():f}{what} {done} at {sale.price.normalize():f} in the "
            f"account, by no order of ours; {then}."
        ),
    )
