"""Which of the broker's orders is which of ours: by its id, else by our tag, never by its parameters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, TypeAlias

from chalicelib.brokers.interface import BrokerOrder
from chalicelib.domain.trading.booking import LegNews, OrderNews
from chalicelib.domain.trading.order_tags import TAG_PREFIX
from chalicelib.domain.trading.orders import LIVE, Order, OrderRole, OrderType

_ROLE_OF_ALTERNATIVE: Final = {
    OrderType.STOP: OrderRole.STOP_LOSS,
    OrderType.LIMIT: OrderRole.TAKE_PROFIT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """What an order list says of our orders, and what in it carries a tag like ours and is none of them."""

    news: tuple[tuple[Order, OrderNews], ...]
    missing: tuple[Order, ...]
    strangers: tuple[BrokerOrder, ...]


def match_orders(ours: Sequence[Order], shown: Sequence[BrokerOrder]) -> Matched:
    """Match our not yet ended orders with what the broker shows."""
    news: list[tuple[Order, OrderNews]] = []
    missing: list[Order] = []
    named = _by_name(shown)
    for order in ours:
        found = news_of(order, _candidates(order, named))
        if found is None:
            missing.append(order)
        else:
            news.append((order, found))
    known_tags = {order.tag for order in ours}
    strangers = tuple(
        one for one in shown if (one.tag or "").startswith(TAG_PREFIX) and one.tag not in known_tags
    )
    return Matched(news=tuple(news), missing=tuple(missing), strangers=strangers)


#: Orders by their place in the list.
Numbered: TypeAlias = dict[int, BrokerOrder]


def _by_name(shown: Sequence[BrokerOrder]) -> Mapping[str, Numbered]:
    """Index what is shown by all it could be known by, numbered as it was listed: lists may be long."""
    named: dict[str, Numbered] = {}
    for number, one in enumerate(shown):
        names = {
            one.broker_order_id,
            one.tag,
            *(other.broker_order_id for other in one.alternatives),
        }
        for name in names:
            if name is not None:
                named.setdefault(name, {})[number] = one
    return named


def _candidates(order: Order, named: Mapping[str, Numbered]) -> Sequence[BrokerOrder]:
    """Return what may be this order, as listed."""
    found: Numbered = {}
    for name in (order.broker_order_id, order.parent_broker_order_id, order.tag):
        if name is not None:
            found |= named.get(name, {})
    return [found[number] for number in sorted(found)]


def news_of(order: Order, shown: Sequence[BrokerOrder]) -> OrderNews | None:
    """Return what these broker's orders say of ours, or None when none of them is it."""
    for one in shown:
        if one.alternatives:
            other = _alternative_of(order, one)
            if other is not None:
                return _news(order, other, parent=one)
        elif one.broker_order_id == order.broker_order_id or (
            _has_no_id(order) and order.parent_broker_order_id is None and one.tag == order.tag
        ):
            return _news(order, one, parent=None)
    return None


def _has_no_id(order: Order) -> bool:
    """Say whether its tag alone names it: the broker never told an id of it."""
    return order.broker_order_id is None or order.is_unseen


def _alternative_of(order: Order, parent: BrokerOrder) -> BrokerOrder | None:
    by_id = next(
        (other for other in parent.alternatives if other.broker_order_id == order.broker_order_id),
        None,
    )
    if by_id is not None or not _has_no_id(order):
        return by_id
    is_ours = (
        parent.broker_order_id == order.parent_broker_order_id
        if order.parent_broker_order_id is not None
        else parent.tag == order.tag
    )
    if not is_ours:
        return None
    return next(
        (
            other
            for other in parent.alternatives
            if other.type and _ROLE_OF_ALTERNATIVE.get(other.type) is order.role
        ),
        None,
    )


def _news(order: Order, one: BrokerOrder, parent: BrokerOrder | None) -> OrderNews:
    return OrderNews(
        status=one.status,
        filled_quantity=one.filled_quantity,
        avg_fill_price=_own_price(order, one) if one.filled_quantity > 0 else None,
        broker_order_id=one.broker_order_id,
        parent_broker_order_id=None if parent is None else parent.broker_order_id,
        updated_at=one.updated_at,
        reason=one.reason or (parent.reason if parent is not None else None),
        fees=one.fees,
        fill_rule=one.fill_rule,
        withheld_quantity=one.withheld_quantity,
        legs=tuple(
            LegNews(symbol=leg.symbol, filled_quantity=leg.filled_quantity, avg_fill_price=leg.avg_fill_price)
            for leg in one.legs
        ),
    )


def _own_price(order: Order, one: BrokerOrder) -> Decimal | None:
    """Return what a structure was bought or sold at: brokers tell what the account paid (ADR 0030)."""
    if one.avg_fill_price is None or not order.is_combined or order.side.is_buy:
        return one.avg_fill_price
    return -one.avg_fill_price


def is_working(one: BrokerOrder) -> bool:
    """Say whether this order, or one of its alternatives, can still fill."""
    return one.status in LIVE or any(other.status in LIVE for other in one.alternatives)
