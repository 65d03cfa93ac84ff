"""What an account's list of orders shows as traded, of a contract or of shares, whoever placed it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from sqlalchemy import Connection

from chalicelib.brokers.interface import BrokerOrder, OrderList
from chalicelib.domain.accounts import AccountRef
from chalicelib.domain.instruments.sides import OrderSide
from chalicelib.domain.money import ZERO
from chalicelib.domain.trading.books import Sale
from chalicelib.domain.trading.legs import Leg
from chalicelib.domain.trading.order_tags import TAG_PREFIX
from chalicelib.store.trades.orders import booked_by_broker_id


def trading(orders: Sequence[BrokerOrder]) -> Iterator[tuple[BrokerOrder, BrokerOrder]]:
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


def closes(one: BrokerOrder, leg: Leg) -> bool:
    """Say whether an order took something of a leg away: it sold a long one, or bought a short one back."""
    is_its_way = one.side is not None and one.side.is_buy is leg.side.closes_by.is_buy
    return one.symbol == leg.symbol and is_its_way and one.filled_quantity > 0


def closed_by_others(connection: Connection, account: AccountRef, leg: Leg, listed: OrderList) -> list[Sale]:
    """Return what the list shows as closed of a leg by no order of ours, less what is booked of it."""
    return _by_others(connection, account, listed, lambda one: closes(one, leg))


def ended_by_others(
    connection: Connection, account: AccountRef, symbol: str, side: OrderSide, listed: OrderList
) -> list[Sale]:
    """Return the same of all that went through on one side of a contract."""
    return _by_others(
        connection,
        account,
        listed,
        lambda one: one.symbol == symbol and one.side is side and one.filled_quantity > 0,
    )


def net_of_others(
    connection: Connection, account: AccountRef, symbols: Iterable[str], listed: OrderList
) -> dict[str, Decimal]:
    """Return what the list shows as bought, less what was sold, of each by no order of ours; what is booked
    of it is left out. Whatever has a tag of ours is not another's, be it under an id that we do not know.
    """
    untagged = [one for one in listed.orders if not (one.tag or "").startswith(TAG_PREFIX)]
    by_hand = replace(listed, orders=tuple(untagged))

    def of(symbol: str, *, buys: bool) -> Decimal:
        def is_meant(one: BrokerOrder) -> bool:
            is_its_way = one.side is not None and one.side.is_buy is buys
            return one.symbol == symbol and is_its_way and one.filled_quantity > 0

        return sum((sale.quantity for sale in _by_others(connection, account, by_hand, is_meant)), ZERO)

    return {symbol: of(symbol, buys=True) - of(symbol, buys=False) for symbol in symbols}


def _by_others(
    connection: Connection, account: AccountRef, listed: OrderList, is_meant: Callable[[BrokerOrder], bool]
) -> list[Sale]:
    shown = [(order, one) for order, one in trading(listed.orders) if is_meant(one)]
    ids = [one.broker_order_id for both in shown for one in both]
    known = booked_by_broker_id(connection, account, ids)
    sales = []
    for order, one in shown:
        is_ours = any(known.get(named.broker_order_id, (False, ZERO))[0] for named in (order, one))
        _, booked = known.get(one.broker_order_id, (False, ZERO))
        price = one.avg_fill_price
        if not is_ours and price is not None and one.filled_quantity > booked:
            at = one.updated_at or one.created_at or listed.read_at
            left: Decimal = one.filled_quantity - booked
            fees = None if one.fees is None else one.fees * left / one.filled_quantity
            sales.append(Sale(order_id=one.broker_order_id, quantity=left, price=price, at=at, fees=fees))
    return sales
