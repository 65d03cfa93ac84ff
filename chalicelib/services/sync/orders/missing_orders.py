"""Orders of ours that the list does not show (A-02): read by id, else settled by tag, else by positions.

A failed or partial answer concludes nothing (I-06). An order whose outcome is unknown is settled by two
complete lists of its day, and by positions once that day is over (architecture.md, Never twice).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from chalicelib.brokers.errors import UnknownOrder
from chalicelib.brokers.interface import OrderList
from chalicelib.domain.clocks.calendar import new_york_date, new_york_midnight
from chalicelib.domain.trading.changing_facts import OrderFacts
from chalicelib.domain.trading.orders import Duration, Order, OrderStatus
from chalicelib.services.lifecycle.book_news import Booked, book_news
from chalicelib.services.lifecycle.hidden_orders import note_hidden, was_looked_for
from chalicelib.services.lifecycle.match_orders import news_of
from chalicelib.services.sync.account_round import AccountRound
from chalicelib.services.sync.orders.settle_by_positions import settle_absent, settle_vanished
from chalicelib.store.trades.orders import broker_ids_since, save_order
from chalicelib.vendors.errors import VendorError

#: architecture.md: the first list that counts against an unknown order is read this long after the send.
UNKNOWN_AGE_MIN: Final = timedelta(seconds=60)


def settle_missing(look: AccountRound, missing: Sequence[Order], listed: OrderList) -> None:
    """Settle what the list does not show, as far as anything can be concluded."""
    unknown = [order for order in missing if order.listed_id is None]
    for order in missing:
        # Where all days are listed nothing hides: what is not there is looked for until that is settled.
        is_hidden = look.keeper.broker.capabilities.lists_today_only and was_looked_for(order, listed.read_at)
        if order.listed_id is not None and not is_hidden:
            look.wrote = True
            _read(look, order, order.listed_id, listed)
    look.wrote = look.wrote or bool(unknown)
    if unknown and _is_partial(look, listed):
        return
    for order in unknown:
        _settle_unknown(look, order, listed)


def _is_partial(look: AccountRound, listed: OrderList) -> bool:
    """Say whether a list lacks an order of today that the broker gave an id: it proves nothing (I-06)."""
    today = new_york_midnight(new_york_date(listed.read_at))
    known = look.keeper.database.run(
        lambda connection: broker_ids_since(connection, look.account, today),
        username=look.keeper.username,
    )
    return not known <= {order.broker_order_id for order in listed.orders}


def _read(look: AccountRound, order: Order, broker_id: str, listed: OrderList) -> None:
    """Read an order that left the list by its id before anything is concluded (A-02)."""
    try:
        shown = look.keeper.broker.read_order(broker_id)
    except UnknownOrder:
        if not look.keeper.broker.capabilities.lists_today_only:
            _forgotten(look, order)
        elif _day_is_over(look, order):
            _conclude(look, order, listed)
        return
    except VendorError as error:
        look.report.trade_errors.append(error.reason)
        return
    news = news_of(order, [shown])
    if news is not None:
        look.book(order.trade_id, [(order.id, news)])


def _forgotten(look: AccountRound, order: Order) -> None:
    """End an order that an exchange which lists all days does not know any more: it wiped it (C-06).

    Said twice, a minute apart: what it protected is protected anew.
    """
    now = look.keeper.env.clock.now()
    if order.missed_at is None:
        look.keeper.write(lambda connection: save_order(connection, order.id, {"missed_at": now}))
    elif now - order.missed_at >= UNKNOWN_AGE_MIN:
        look.keeper.write(lambda connection: _book_forgotten(look, connection, order, now))


def _book_forgotten(look: AccountRound, connection: Connection, order: Order, at: datetime) -> Booked:
    gone: OrderFacts = {
        "status": OrderStatus.CANCELED,
        "reason": "the exchange does not know it any more",
        "ended_at": at,
        "handled": True,
    }
    save_order(connection, order.id, gone)
    return book_news(look.keeper.env, connection, order.trade_id, [])


def _conclude(look: AccountRound, order: Order, listed: OrderList) -> None:
    """Settle a day order by positions; one that is good till cancelled counts as working (ADR 0016).

    An unchanged position only says that it has not filled yet, and brokers hide resting orders over night.
    """
    if order.duration is Duration.GTC:
        note_hidden(look.keeper, order)
    else:
        settle_vanished(look.keeper, order, listed)


def _settle_unknown(look: AccountRound, order: Order, listed: OrderList) -> None:
    """Settle an order whose answer was lost, by two complete lists or by positions.

    A list of all days shows what there is: positions would say nothing there, since others' coins are among
    them (C-06).
    """
    lists_all_days = not look.keeper.broker.capabilities.lists_today_only
    if _day_is_over(look, order) and not lists_all_days:
        settle_vanished(look.keeper, order, listed)
        return
    sent_at = order.submitted_at or order.created_at
    assert sent_at is not None
    if listed.read_at - sent_at < UNKNOWN_AGE_MIN:
        return
    if order.missed_at is None:
        look.keeper.write(lambda connection: save_order(connection, order.id, {"missed_at": listed.read_at}))
    elif listed.read_at > order.missed_at and lists_all_days:
        look.keeper.write(lambda connection: _book_not_placed(look, connection, order, listed.read_at))
    elif listed.read_at > order.missed_at:
        settle_absent(
            look.keeper,
            order,
            listed,
            book_not_placed=lambda connection: _book_not_placed(look, connection, order, listed.read_at),
        )


def _book_not_placed(look: AccountRound, connection: Connection, order: Order, at: datetime) -> Booked:
    changes: OrderFacts = {
        "status": OrderStatus.CANCELED,
        "reason": "the broker does not show it: it was never placed",
        "ended_at": at,
        "handled": True,
    }
    save_order(connection, order.id, changes)
    return book_news(look.keeper.env, connection, order.trade_id, [])


def _day_is_over(look: AccountRound, order: Order) -> bool:
    """Say whether the trading day whose list would show this order has ended."""
    sent_at = order.submitted_at or order.created_at
    assert sent_at is not None
    return new_york_date(sent_at) < new_york_date(look.keeper.env.clock.now())
