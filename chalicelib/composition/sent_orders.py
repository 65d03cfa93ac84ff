"""Our orders at a broker without a place for an identifier of ours, as rows of `orders` have them (A-12)."""

from collections.abc import Sequence
from datetime import datetime

from chalicelib.brokers.schwab.naming import SentOrder, Terms
from chalicelib.domain.accounts import AccountRef
from chalicelib.domain.trading.orders import Order
from chalicelib.store.database import Database
from chalicelib.store.trades.orders import orders_sent


class StoredSentOrders:
    """The orders that one account was sent."""

    def __init__(self, database: Database, account: AccountRef) -> None:
        self._database = database
        self._account = account

    def since(self, at: datetime) -> Sequence[SentOrder]:
        """Return those sent at or after an instant, and whichever have not ended, oldest first."""
        rows = self._database.read(
            lambda connection: orders_sent(connection, self._account, at), username=self._account.username
        )
        by_tag: dict[str, list[Order]] = {}
        for order in rows:
            by_tag.setdefault(order.tag, []).append(order)
        return [_sent(tag, orders) for tag, orders in by_tag.items()]


class NothingSent:
    """What was sent with credentials that are tried and not stored."""

    def since(self, at: datetime) -> Sequence[SentOrder]:
        """Return nothing."""
        del at
        return ()


def _sent(tag: str, orders: Sequence[Order]) -> SentOrder:
    """Return one order, or the two of an OCO.

    One that ended without an id may live on only where its outcome was unknown: what never left, or was
    refused, is nothing that the broker could show.
    """
    first = orders[0]
    assert first.submitted_at is not None, "only what was sent is read"
    ids = {
        one
        for order in orders
        if not order.is_unseen
        for one in (order.broker_order_id, order.parent_broker_order_id)
        if one is not None
    }
    return SentOrder(
        tag=tag,
        sent_at=first.submitted_at,
        terms=frozenset(_terms(order) for order in orders),
        broker_order_ids=frozenset(ids),
        may_live=any(not order.is_ended or order.missed_at is not None for order in orders),
    )


def _terms(order: Order) -> Terms:
    limit = order.limit_price
    if order.is_combined and limit is not None and not order.side.is_buy:
        limit = -limit  # the broker shows what the account pays (ADR 0030)
    legs = frozenset((leg.symbol, leg.side) for leg in order.legs) if order.is_combined else frozenset()
    return Terms(
        legs=legs or frozenset({(order.symbol, order.side)}),
        quantity=order.quantity,
        limit_price=limit,
        stop_price=order.stop_price,
    )
