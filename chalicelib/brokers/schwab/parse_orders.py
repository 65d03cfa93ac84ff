"""Schwab's orders in papertape's words: single ones, OCO pairs, and several legs at one net price.

Orders bear nothing of ours: which is which of our own `naming.py` says.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from math import gcd
from typing import Final

from chalicelib.brokers.interface import BrokerLeg, BrokerOrder, Placed
from chalicelib.brokers.order_rows import leg_count, price_in
from chalicelib.brokers.padded_symbols import from_padded
from chalicelib.brokers.schwab.payloads import (
    DURATIONS,
    EQUITY,
    EQUITY_INSTRUCTIONS,
    OCO,
    OPTION_INSTRUCTIONS,
    STATUSES,
    TYPES,
    rows_of,
)
from chalicelib.brokers.several_orders import net_paid, refined, status_of_both
from chalicelib.domain.instruments.sides import OrderSide
from chalicelib.domain.money import ZERO, to_price
from chalicelib.domain.trading.orders import LIVE, OrderStatus, OrderType
from chalicelib.vendors.errors import OutcomeUnknown
from chalicelib.vendors.wire import Node, UnreadablePayload, as_list, as_node, instant, number, text

_PAIR: Final = 2
_SIDES: Final = {
    word: side for words in (OPTION_INSTRUCTIONS, EQUITY_INSTRUCTIONS) for side, word in words.items()
}
_ORDER_TYPES: Final = {word: kind for kind, word in TYPES.items()}
_ORDER_DURATIONS: Final = {word: duration for duration, word in DURATIONS.items()}
_FILL: Final = "FILL"


def parse_placed(location: str | None) -> Placed:
    """Read the acknowledgement of a new order, whose number stands in an address and nowhere else.

    That may be missing of an order that was taken (wire, 6.1): then it is looked for in the list.
    """
    order_id = (location or "").rstrip("/").rpartition("/")[2]
    if not order_id.isdigit():
        raise OutcomeUnknown("Schwab took an order and did not say under which number")
    return Placed(broker_order_id=order_id)


def parse_one(body: object) -> BrokerOrder:
    """Read the answer to a question for one order: of one that triggers others, the order itself."""
    return next(_orders(as_node(body, "the answer")))


def parse_orders(*bodies: object) -> tuple[BrokerOrder, ...]:
    """Read lists, an order that several of them show once, those that wait for another beside that."""
    rows = {_id(row): row for body in bodies for row in rows_of(body)}
    return tuple(order for row in rows.values() for order in _orders(row))


def _orders(row: Node) -> Iterator[BrokerOrder]:
    if text(row, "orderStrategyType") == OCO:
        yield _oco(row)
        return
    yield _order(row)
    for child in _children(row):
        yield from _orders(child)


def _children(row: Node) -> list[Node]:
    return [as_node(one, "a child order") for one in as_list(row.get("childOrderStrategies"))]


def _order(row: Node) -> BrokerOrder:
    """Read an order over one leg or several."""
    status = _status(row)
    legs = [as_node(one, "a leg") for one in as_list(row.get("orderLegCollection"))]
    if not legs:
        raise UnreadablePayload("an order without legs")
    counts = [leg_count(leg) for leg in legs]
    units = gcd(*counts) if len(legs) > 1 else counts[0]
    filled = _units_filled(row, status, units)
    is_single = len(legs) == 1
    shown = [_leg(row, leg, count, filled, units) for leg, count in zip(legs, counts, strict=True)]
    return BrokerOrder(
        broker_order_id=_id(row),
        status=refined(status, filled, units),
        tag=None,
        symbol=_symbol(legs[0]) if is_single else _underlying(legs),
        side=_side(legs[0]) if is_single else None,
        type=_ORDER_TYPES.get(text(row, "orderType") or "", None if is_single else OrderType.LIMIT),
        duration=_ORDER_DURATIONS.get(text(row, "duration") or ""),
        quantity=Decimal(units),
        filled_quantity=filled,
        avg_fill_price=_paid(legs, shown, counts, units) if filled > 0 else None,
        limit_price=_limit(row),
        stop_price=price_in(row, "stopPrice"),
        created_at=instant(row, "enteredTime"),
        updated_at=instant(row, "closeTime") or _last_executed(row),
        reason=text(row, "statusDescription"),
        legs=() if is_single else tuple(shown),
    )


def _oco(row: Node) -> BrokerOrder:
    """Read the two orders of an OCO; it is what they are."""
    pair = [_order(child) for child in _children(row)]
    if len(pair) != _PAIR:
        raise UnreadablePayload("an OCO that has not two orders")
    pair.sort(key=lambda order: order.broker_order_id)
    return BrokerOrder(
        broker_order_id=_id(row),
        status=status_of_both([order.status for order in pair]),
        tag=None,
        symbol=None,
        side=None,
        type=None,
        duration=pair[0].duration,
        quantity=ZERO,
        filled_quantity=ZERO,
        avg_fill_price=None,
        limit_price=None,
        stop_price=None,
        created_at=instant(row, "enteredTime") or pair[0].created_at,
        updated_at=max((order.updated_at for order in pair if order.updated_at), default=None),
        reason=text(row, "statusDescription") or next((one.reason for one in pair if one.reason), None),
        alternatives=tuple(pair),
    )


def _status(row: Node) -> OrderStatus:
    status = text(row, "status")
    if status is None or status not in STATUSES:
        raise UnreadablePayload("an order in a state that is not documented")
    return STATUSES[status]


def _units_filled(row: Node, status: OrderStatus, units: int) -> Decimal:
    """Return how many units have filled: the part that the order itself says, whatever it counts by.

    What remains says nothing: it is 0 of a cancelled order as well (wire, 6.3).
    """
    filled, asked = number(row, "filledQuantity"), number(row, "quantity")
    if filled is None or not asked:
        if status in LIVE or status is OrderStatus.FILLED:
            raise UnreadablePayload("an order without its quantities")
        return ZERO
    found = units * filled / asked
    if found % 1 or not ZERO <= found <= units:
        raise UnreadablePayload("an order of which no whole part has filled")
    return Decimal(int(found))


def _leg(row: Node, leg: Node, count: int, filled: Decimal, units: int) -> BrokerLeg:
    symbol, side = _symbol(leg), _side(leg)
    if symbol is None or side is None:
        raise UnreadablePayload("a leg without its symbol or instruction")
    quantity = Decimal(count) * filled / units
    average = _average(row, leg, {quantity, filled}) if filled > 0 else None
    return BrokerLeg(symbol=symbol, side=side, filled_quantity=quantity, avg_fill_price=average)


def _last_executed(row: Node) -> datetime | None:
    """Return when an order that goes on was executed last: it has no time of its own but its entry's."""
    times = (
        instant(as_node(one, "an execution"), "time")
        for value in as_list(row.get("orderActivityCollection"))
        for one in as_list(as_node(value, "an activity").get("executionLegs"))
    )
    return max((at for at in times if at is not None), default=None)


def _average(row: Node, leg: Node, whole: set[Decimal]) -> Decimal | None:
    """Return the average of a leg's executions, each counted once (I-07); None until they are all there.

    `whole`: what they add up to, in contracts or in units, since no recorded order tells which it is.
    A cancel is an execution at no price too, and says nothing here.
    """
    number_ = text(leg, "legId")
    executed: dict[object, tuple[Decimal, Decimal]] = {}
    for index, value in enumerate(as_list(row.get("orderActivityCollection"))):
        activity = as_node(value, "an activity")
        if text(activity, "executionType") != _FILL:
            continue
        for place, one in enumerate(as_list(activity.get("executionLegs"))):
            execution = as_node(one, "an execution")
            if text(execution, "legId") != number_:
                continue
            quantity, price = number(execution, "quantity"), number(execution, "price")
            if quantity is None or price is None:
                raise UnreadablePayload("an execution without quantity or price")
            executed[text(activity, "activityId") or index, place] = (quantity, price)
    total = sum((quantity for quantity, _ in executed.values()), ZERO)
    if total not in whole:
        return None
    return to_price(sum((quantity * price for quantity, price in executed.values()), ZERO) / total)


def _paid(
    rows: Sequence[Node], legs: Sequence[BrokerLeg], counts: Sequence[int], units: int
) -> Decimal | None:
    """Return the price of one leg, or what a unit cost per share; None until each leg has its price."""
    if len(legs) == 1:
        return legs[0].avg_fill_price
    shares = [_asset(row) == EQUITY for row in rows]
    return net_paid(legs, counts, units, shares=shares)


def _limit(row: Node) -> Decimal | None:
    """Return the limit; of several legs what the account pays for a unit, below 0 for a credit."""
    match text(row, "orderType"):
        case "NET_ZERO":
            return ZERO
        case "NET_CREDIT":
            price = price_in(row, "price")
            return None if price is None else -price
        case _:
            return price_in(row, "price")


def _instrument(leg: Node) -> Node:
    return as_node(leg.get("instrument"), "an instrument")


def _asset(leg: Node) -> str | None:
    return text(_instrument(leg), "assetType")


def _symbol(leg: Node) -> str | None:
    symbol = text(_instrument(leg), "symbol")
    return None if symbol is None else from_padded(symbol)


def _underlying(legs: Sequence[Node]) -> str | None:
    named = (text(_instrument(leg), "underlyingSymbol") for leg in legs)
    return next((symbol for symbol in named if symbol is not None), None)


def _side(leg: Node) -> OrderSide | None:
    return _SIDES.get(text(leg, "instruction") or "")


def _id(row: Node) -> str:
    order_id = text(row, "orderId")
    if order_id is None:
        raise UnreadablePayload("an order without its number")
    return order_id
