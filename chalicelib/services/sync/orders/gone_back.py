"""The database may have gone back to an earlier instant, by our restore or at its provider (I-33).

Nothing in it says so. The brokers do: an order with our own tag that no row names was stored before it left,
so its row is lost; and an intent whose tag the list shows was sent. What was sent is taken over, never sent
again, and what protects a position stays where it is.
"""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final

from sqlalchemy import Connection

from chalicelib.brokers.interface import BrokerOrder, OrderList
from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.domain.money import ZERO
from chalicelib.domain.trading.doubt import is_doubtful
from chalicelib.domain.trading.orders import Duration, Order, OrderRole, OrderStatus, OrderType
from chalicelib.domain.trading.trades import PROTECTABLE, Trade
from chalicelib.services.lifecycle.book_news import book_news
from chalicelib.services.lifecycle.match_orders import news_of
from chalicelib.services.lifecycle.stood import Stood
from chalicelib.services.raise_alert import Severity, raise_alert
from chalicelib.services.sync.account_round import AccountRound
from chalicelib.store.trades.orders import doubt_intents, insert_order
from chalicelib.store.trades.trades import load_trade, save_trade
from chalicelib.vendors.errors import VendorError

KIND: Final = "database_went_back"
_WHY: Final = "the database may have gone back to before it was sent"
_ROLES: Final = {OrderType.STOP: OrderRole.STOP_LOSS, OrderType.LIMIT: OrderRole.TAKE_PROFIT}


def doubted_intents(
    look: AccountRound, stood: Sequence[Stood], listed: OrderList, calendar: MarketCalendar
) -> list[Order]:
    """Store which intents may have been sent, and return them as UNKNOWN: they are settled, never sent."""
    tags = {order.tag for order in listed.orders if order.tag}
    now = look.keeper.env.clock.now()
    own_broker = not look.keeper.broker.capabilities.is_outside
    doubtful = [
        order
        for one in stood
        for order in one.orders
        if is_doubtful(order, tags, calendar, now, own_broker=own_broker)
    ]
    if doubtful:
        ids = [order.id for order in doubtful]
        look.keeper.write(lambda connection: doubt_intents(connection, ids, _WHY))
        look.wrote = True
    return [replace(order, status=OrderStatus.UNKNOWN, reason=_WHY) for order in doubtful]


def keep_protection(look: AccountRound, lost: BrokerOrder, stood: Sequence[Stood]) -> bool:
    """Keep a working sale whose row is lost if it protects what is held; False when nothing is held of it."""
    orders = lost.alternatives or (lost,)
    symbol = orders[0].symbol
    if symbol is None or any(leg.side is None or leg.side.is_buy for leg in orders):
        return False
    bare = next((one for one in stood if _lacks(one, orders)), None)
    if bare is not None:
        look.wrote = True
        look.keeper.write(lambda connection: _adopt(look, connection, bare.trade, lost, orders))
        return True
    try:
        held = sum((one.quantity for one in look.keeper.broker.positions() if one.symbol == symbol), ZERO)
    except VendorError as error:
        look.report.trade_errors.append(error.reason)
        return True  # a failed answer concludes nothing (I-06): the next sync looks again
    if held <= 0:
        return False
    look.keeper.write(lambda connection: _tell_left(look, connection, lost, symbol, held))
    return True


def tell_of_lost_entry(look: AccountRound, lost: BrokerOrder) -> None:
    """Tell of a purchase whose row is lost: nobody here knows that it is held."""
    opens = [leg.side for leg in lost.legs] if lost.legs else [lost.side]
    if lost.filled_quantity <= 0 or any(side is None or side.is_closing for side in opens):
        return
    named = " with ".join(leg.symbol for leg in lost.legs) or lost.symbol
    text = (
        f"Order {lost.broker_order_id} opened {lost.filled_quantity.normalize():f} {named} that no "
        "trade here explains. Close the position at the broker, or restore a later state."
    )
    look.keeper.write(lambda connection: _tell(look, connection, lost, text, Severity.CRITICAL))


def _lacks(one: Stood, orders: Sequence[BrokerOrder]) -> bool:
    """Say whether this trade holds what the sale is for, and no sale of its own works over it."""
    trade = one.trade
    return (
        trade.status in PROTECTABLE
        and not trade.is_structure
        and trade.symbol == orders[0].symbol
        and trade.sellable_qty > 0
        and all(leg.quantity - leg.filled_quantity == trade.sellable_qty for leg in orders)
        and all(leg.type in _ROLES for leg in orders)
        and not any(order.role is not OrderRole.ENTRY and order.is_outstanding for order in one.orders)
    )


def _adopt(
    look: AccountRound, connection: Connection, trade: Trade, lost: BrokerOrder, orders: Sequence[BrokerOrder]
) -> None:
    """Give the trade the bracket that works for it, and with it the prices that its owner last asked for."""
    env = look.keeper.env
    locked = load_trade(connection, trade.id, lock=True)
    if locked is None or locked.sellable_qty != trade.sellable_qty:
        return
    rows = [_row(look, locked, lost, leg) for leg in orders]
    for row in rows:
        insert_order(connection, row)
    news = [(row.id, found) for row in rows if (found := news_of(row, [lost])) is not None]
    kept = book_news(env, connection, locked.id, news).trade
    stop = next((leg.stop_price for leg in orders if leg.type is OrderType.STOP), None)
    target = next((leg.limit_price for leg in orders if leg.type is OrderType.LIMIT), None)
    if (kept.sl_price, kept.tp_price) != (stop, target):
        save_trade(connection, kept, env.clock.now(), {"sl_price": stop, "tp_price": target})
    _tell(
        look,
        connection,
        lost,
        f"{trade.ticker}: the bracket {lost.broker_order_id} was found at the broker and taken over, with "
        f"its stop ({_price(stop)}) and target ({_price(target)}).",
        Severity.WARNING,
    )


def _row(look: AccountRound, trade: Trade, lost: BrokerOrder, leg: BrokerOrder) -> Order:
    assert leg.type is not None
    assert leg.side is not None
    assert lost.tag is not None
    env = look.keeper.env
    return Order(
        id=env.randomness.uuid7(env.clock.now()),
        username=trade.username,
        trade_id=trade.id,
        role=_ROLES[leg.type],
        tag=lost.tag,
        status=OrderStatus.UNKNOWN,
        type=leg.type,
        side=leg.side,
        symbol=trade.symbol,
        quantity=leg.quantity,
        limit_price=leg.limit_price,
        stop_price=leg.stop_price,
        duration=leg.duration or Duration.GTC,
    )


def _tell_left(
    look: AccountRound, connection: Connection, lost: BrokerOrder, symbol: str, held: Decimal
) -> None:
    _tell(
        look,
        connection,
        lost,
        f"Order {lost.broker_order_id} protects {held.normalize():f} {symbol} that no trade here explains: "
        "it is left working. Close the position at the broker, or restore a later state.",
        Severity.CRITICAL,
    )


def _tell(
    look: AccountRound, connection: Connection, lost: BrokerOrder, message: str, severity: Severity
) -> None:
    raise_alert(
        look.keeper.env,
        connection,
        look.keeper.username,
        severity=severity,
        kind=KIND,
        topic=lost.broker_order_id,
        message=f"The database has gone back to an earlier instant. {message}",
        lasting=True,
    )


def _price(price: Decimal | None) -> str:
    return "none" if price is None else f"{price.normalize():f}"
