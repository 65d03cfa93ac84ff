"""Orders at the broker that carry a tag of ours and that we do not know as working (A-04, orphan guard)."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.brokers.errors import AlreadyFinal
from chalicelib.brokers.interface import BrokerOrder
from chalicelib.domain.trading.booking import OrderNews, unbooked_fills
from chalicelib.domain.trading.changing_facts import OrderFacts
from chalicelib.domain.trading.orders import UNSETTLED, Order, OrderStatus
from chalicelib.domain.trading.trades import TradeStatus
from chalicelib.services.lifecycle.book_news import Booked, book_news
from chalicelib.services.lifecycle.match_orders import is_working, news_of
from chalicelib.services.lifecycle.stood import Stood
from chalicelib.services.raise_alert import Severity, raise_alert
from chalicelib.services.sync.account_round import AccountRound
from chalicelib.services.sync.orders.foreign_orders import is_of_another, tell_of_foreign
from chalicelib.services.sync.orders.gone_back import keep_protection, tell_of_lost_entry
from chalicelib.store.trades.orders import save_order
from chalicelib.store.trades.trades import load_trade
from chalicelib.vendors.errors import VendorError


def guard_strangers(
    look: AccountRound,
    strangers: Sequence[BrokerOrder],
    by_tag: Mapping[str, Sequence[Order]],
    stood: Sequence[Stood],
) -> None:
    """Cancel what works for nobody, leave another's alone; tell of what filled though taken for over.

    Our own order without a row was stored once: the database has gone back, and what it protects stays so.

    What a row of ours names is ours, whatever its tag says: orders from before tags named anybody live on.
    """
    for stranger in strangers:
        known = by_tag.get(stranger.tag or "", ())
        if any(order.status in UNSETTLED or order.status is OrderStatus.INTENT for order in known):
            continue
        if not known and is_of_another(look.keeper, stranger):
            tell_of_foreign(look.keeper, stranger)
        elif is_working(stranger) and not known and keep_protection(look, stranger, stood):
            continue
        elif is_working(stranger):
            _cancel(look, stranger, known)
        elif not known:
            tell_of_lost_entry(look, stranger)
        else:
            _book_late_fills(look, stranger, known)


def _cancel(look: AccountRound, stranger: BrokerOrder, known: Sequence[Order]) -> None:
    look.report.strangers += 1
    try:
        look.keeper.broker.cancel(stranger.broker_order_id)
    except AlreadyFinal:
        return
    except VendorError as error:
        look.report.trade_errors.append(error.reason)
        return
    trade_id = known[0].trade_id if known else None
    look.keeper.write(
        lambda connection: raise_alert(
            look.keeper.env,
            connection,
            look.keeper.username,
            severity=Severity.WARNING,
            kind="orphan_order",
            trade_id=trade_id,
            message=f"Order {stranger.broker_order_id} had our tag but no open intent: cancelled.",
        )
    )


def _book_late_fills(look: AccountRound, stranger: BrokerOrder, known: Sequence[Order]) -> None:
    """Book what filled of orders that we took for over: under our tag it is the broker's word (I-04).

    An entry whose trade ended as never placed has no trade to be booked on: that is only told.
    """
    shown = [
        (order, news)
        for order in known
        if order.is_ended and (news := news_of(order, [stranger])) is not None
    ]
    late = [(order, news) for order, news in shown if unbooked_fills(order, news)]
    if not late:
        _name_unseen(look, shown)
        return
    trade_id = known[0].trade_id

    def book(connection: Connection) -> Booked | None:
        trade = load_trade(connection, trade_id, lock=True)
        assert trade is not None
        if trade.status is TradeStatus.CANCELED:
            _alert(look, connection, trade_id, _untraded(stranger), Severity.CRITICAL)
            return None
        if not trade.is_ended:
            _alert(look, connection, trade_id, _booked(late), Severity.WARNING)
        return book_news(look.keeper.env, connection, trade_id, [(order.id, news) for order, news in late])

    booked: Booked | None = look.keeper.write(book)
    if booked is not None:
        look.wrote = True
        look.snapshots.after(booked)


def _name_unseen(look: AccountRound, shown: Sequence[tuple[Order, OrderNews]]) -> None:
    """Give orders that positions alone had shown the ids that the broker names them by, now that it does.

    Until then the list's own row of them would pass for another's trade.
    """
    unseen = [(order, news) for order, news in shown if order.is_unseen and news.broker_order_id is not None]
    if not unseen:
        return

    def name(connection: Connection) -> None:
        for order, news in unseen:
            ids: OrderFacts = {
                "broker_order_id": news.broker_order_id,
                "parent_broker_order_id": news.parent_broker_order_id,
            }
            save_order(connection, order.id, ids)

    look.keeper.write(name)
    look.wrote = True


def _untraded(stranger: BrokerOrder) -> str:
    return (
        f"Order {stranger.broker_order_id} filled although it was taken for never placed: "
        "the account holds a position that no trade explains."
    )


def _booked(late: Sequence[tuple[Order, OrderNews]]) -> str:
    words = [
        f"{order.role} order {news.broker_order_id} filled {news.filled_quantity.normalize():f} "
        f"at {news.avg_fill_price} although it was taken for {order.status}"
        for order, news in late
    ]
    return f"By the broker's later word {' and '.join(words)}: it is booked."


def _alert(
    look: AccountRound, connection: Connection, trade_id: UUID, message: str, severity: Severity
) -> None:
    raise_alert(
        look.keeper.env,
        connection,
        look.keeper.username,
        severity=severity,
        kind="late_fill",
        trade_id=trade_id,
        message=message,
        lasting=severity is Severity.CRITICAL,
    )
