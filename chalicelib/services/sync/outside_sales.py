"""What sold the contracts that an account lacks (A-04): the account's history says, else its owner is asked.

Quickest and most precise is the order list that each sync reads: it shows every order of the account's day,
with price and time, whoever placed it. A day that is over is in Tradier's account history, which is built
nightly, for live accounts only, and names neither orders nor times.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.brokers.interface import BrokerOrder, OrderList
from chalicelib.domain.clocks.calendar import new_york_date, new_york_midnight
from chalicelib.domain.instruments.fees import estimated_fees
from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.money import ZERO
from chalicelib.domain.trading.books import Sale, not_ours, sales_behind
from chalicelib.domain.trading.changing_facts import OrderFacts, TradeFacts
from chalicelib.domain.trading.next_step import working_exits
from chalicelib.domain.trading.orders import (
    OUTSIDE_PREFIX,
    UNSETTLED,
    Duration,
    Fill,
    FillKind,
    Order,
    OrderRole,
    OrderStatus,
    OrderType,
)
from chalicelib.domain.trading.steps import SessionState
from chalicelib.domain.trading.trades import Leg, Trade
from chalicelib.services.environment import Environment
from chalicelib.services.lifecycle.book_news import Booked, restate
from chalicelib.services.lifecycle.stood import Stood
from chalicelib.services.raise_alert import Severity, raise_alert, resolve_alert
from chalicelib.services.sync.account_round import AccountRound
from chalicelib.services.sync.check_books import MISSING
from chalicelib.store.trades.orders import (
    booked_by_broker_id,
    insert_fill,
    insert_order,
    save_order,
    sold_since,
)
from chalicelib.store.trades.trades import load_trade, save_trade
from chalicelib.vendors.errors import VendorError

#: How far back the account's history is asked: a trade that lost something is noticed within minutes.
HISTORY_DAYS: Final = timedelta(days=7)
BY_HISTORY: Final = "account_history"


def settle_missing_holding(
    look: AccountRound, stood: Stood, listed: OrderList, *, just_found: bool
) -> Booked | None:
    """Book what sold a trade's missing contracts, or ask; None while exits work on more than is held.

    Its protection was resized before this (its exits are clamped since it was flagged): were it the other way
    round, a worker that dies between the two would leave more on sale than is held.
    """
    trade = stood.trade
    if any(order.status in UNSETTLED for order in stood.orders):
        return None
    if working_exits(stood.orders, trade.side) > trade.sellable_qty:
        return None
    found = sales_behind(_sales_today(look, trade, listed), trade.missing_qty, since=trade.entry_date)
    left = trade.missing_qty - sum((share for _, share in found), ZERO)
    if left > 0 and (just_found or stood.session is SessionState.CLOSED):
        found += sales_behind(_sales_before(look, trade), left, since=trade.entry_date)
    env = look.keeper.env

    def book(connection: Connection) -> Booked:
        booked = Booked(trade=trade, opened=False, ended=False)
        for sale, share in found:
            booked = book_outside_sale(env, connection, trade.id, sale, share)
        if not booked.trade.is_ended and booked.trade.missing_qty > 0:
            _ask(env, connection, booked.trade)
        return booked

    booked: Booked = look.keeper.write(book)
    look.wrote = True
    look.snapshots.after(booked)
    return booked


def _sales_today(look: AccountRound, trade: Trade, listed: OrderList) -> list[Sale]:
    """Return what the list shows as sold of a contract by no order of ours, less what is booked of it."""
    shown = [(order, one) for order, one in _trading(listed.orders) if _closes(one, trade.leg)]
    ids = [one.broker_order_id for both in shown for one in both]
    known = look.keeper.database.run(
        lambda connection: booked_by_broker_id(connection, look.account, ids),
        username=look.keeper.username,
    )
    sales = []
    for order, one in shown:
        is_ours = any(known.get(named.broker_order_id, (False, ZERO))[0] for named in (order, one))
        _, booked = known.get(one.broker_order_id, (False, ZERO))
        price = one.avg_fill_price
        if not is_ours and price is not None and one.filled_quantity > booked:
            at = one.updated_at or one.created_at or listed.read_at
            left = one.filled_quantity - booked
            sales.append(Sale(order_id=one.broker_order_id, quantity=left, price=price, at=at))
    return sales


def _trading(orders: Sequence[BrokerOrder]) -> Iterator[tuple[BrokerOrder, BrokerOrder]]:
    """Yield what trades, with the order that it is part of: itself, or the parent of an OCO or of legs."""
    for order in orders:
        yield from ((order, one) for one in order.alternatives or (*_legs(order),) or (order,))


def _legs(order: BrokerOrder) -> Iterator[BrokerOrder]:
    """Yield the legs of a combined order as orders; ours are known by their parent."""
    for number, leg in enumerate(order.legs):
        yield replace(
            order,
            broker_order_id=leg.broker_order_id or f"{order.broker_order_id}-{number}",
            symbol=leg.symbol,
            side=leg.side,
            filled_quantity=leg.filled_quantity,
            avg_fill_price=leg.avg_fill_price,
            legs=(),
        )


def _closes(one: BrokerOrder, leg: Leg) -> bool:
    """Say whether an order took something of a leg away: it sold a long one, or bought a short one back."""
    is_its_way = one.side is not None and one.side.is_buy is leg.side.closes_by.is_buy
    return one.symbol == leg.symbol and is_its_way and one.filled_quantity > 0


def _sales_before(look: AccountRound, trade: Trade) -> list[Sale]:
    """Return what the account's history tells of days before today; nothing where it cannot be read."""
    if not look.keeper.broker.capabilities.keeps_history or trade.leg.side is LegSide.SHORT:
        return []  # of what was bought back on an earlier day its owner is asked
    today = new_york_date(look.keeper.env.clock.now())
    since = today - HISTORY_DAYS
    symbol = trade.leg.symbol
    try:
        told = look.keeper.broker.sales_since(symbol, since)
    except VendorError as error:
        look.report.trade_errors.append(error.reason)
        return []
    ours = look.keeper.database.run(
        lambda connection: sold_since(connection, look.account, symbol, new_york_midnight(since)),
        username=look.keeper.username,
    )
    sales = [
        Sale(order_id=None, quantity=one.quantity, price=one.price, at=one.at)
        for one in told
        if new_york_date(one.at) < today
    ]
    return not_ours(sales, ours)


def book_outside_sale(
    env: Environment,
    connection: Connection,
    trade_id: UUID,
    sale: Sale,
    quantity: Decimal,
    *,
    told_by: str = BY_HISTORY,
) -> Booked:
    """Book a sale that no order of ours made, inside the caller's transaction; it ends or reduces the trade.

    `told_by` is the fill's rule where no order of the broker's is known.
    """
    trade = load_trade(connection, trade_id, lock=True)
    assert trade is not None
    share = min(quantity, trade.missing_qty)
    if trade.is_ended or share <= 0:
        return Booked(trade=trade, opened=False, ended=False)
    now = env.clock.now()
    order_id = None if sale.order_id is None else _adopt(env, connection, trade, sale, share)
    insert_fill(
        connection,
        Fill(
            id=env.randomness.uuid7(now),
            username=trade.username,
            trade_id=trade.id,
            order_id=order_id,
            kind=FillKind.FILL if order_id is not None else FillKind.CORRECTION,
            is_buy=trade.leg.side.closes_by.is_buy,
            quantity=share,
            price=sale.price,
            fees=estimated_fees(share, trade.leg.instrument),
            fill_rule="broker" if order_id is not None else told_by,
            filled_at=min(sale.at, now),
        ),
        share if order_id is not None else None,
    )
    fresh: TradeFacts = {"missing_qty": trade.missing_qty - share, "protection_failures": 0}
    booked = restate(env, connection, save_trade(connection, trade, now, fresh))
    if booked.trade.missing_qty == 0:
        resolve_alert(connection, trade.username, kind=MISSING, trade_id=trade.id)
    _tell(env, connection, booked, sale, share)
    return booked


def _adopt(env: Environment, connection: Connection, trade: Trade, sale: Sale, share: Decimal) -> UUID:
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
        side=trade.leg.side.closes_by,
        symbol=trade.leg.symbol,
        quantity=share,
        duration=Duration.DAY,
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


def _tell(env: Environment, connection: Connection, booked: Booked, sale: Sale, share: Decimal) -> None:
    trade = booked.trade
    done = "sold" if trade.leg.side is LegSide.LONG else "bought back"
    then = "the trade has ended" if booked.ended else f"{trade.open_qty.normalize():f} are left"
    raise_alert(
        env,
        connection,
        trade.username,
        severity=Severity.WARNING,
        kind="sold_at_broker",
        trade_id=trade.id,
        message=(
            f"{trade.ticker}: {share.normalize():f} {done} at {sale.price.normalize():f} in the account, "
            f"by no order of ours; {then}."
        ),
    )


def _ask(env: Environment, connection: Connection, trade: Trade) -> None:
    mark = trade.current_price if trade.current_price is not None else trade.entry_price
    proposed = "" if mark is None else f" A yes without a price takes the last mark, {mark.normalize():f}."
    raise_alert(
        env,
        connection,
        trade.username,
        severity=Severity.CRITICAL,
        kind=MISSING,
        trade_id=trade.id,
        message=(
            f"{trade.ticker}: the account does not hold {trade.missing_qty.normalize():f} of "
            f"{trade.open_qty.normalize():f} of {trade.leg.symbol}, and its history does not say why. "
            "Nothing of it is sold or settled meanwhile."
        ),
        question=f"At what price per share did they go?{proposed}",
        lasting=True,
    )
