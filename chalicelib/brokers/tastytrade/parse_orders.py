"""tastytrade's orders in papertape's words: single ones, OCO pairs, and several legs at one net price.

An OCO is a complex order, whose id is of another sequence than its orders': here it bears a prefix.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from math import gcd
from typing import Final

from chalicelib.brokers.interface import BrokerLeg, BrokerOrder, Placed
from chalicelib.brokers.order_rows import leg_count, price_in
from chalicelib.brokers.padded_symbols import from_padded
from chalicelib.brokers.several_orders import net_paid, refined, status_of_both
from chalicelib.brokers.tastytrade.payloads import (
    ACTIONS,
    CREDIT,
    EQUITY,
    inner,
)
from chalicelib.domain.money import ZERO, to_price
from chalicelib.domain.trading.orders import Duration, OrderStatus, OrderType
from chalicelib.vendors.wire import (
    Node,
    UnreadablePayload,
    as_list,
    as_node,
    epoch_milliseconds,
    instant,
    number,
    text,
)

#: Wire, 7.4. What is under way works on; a state that is not listed cannot be read, since guessing whether an
#: order lives is how positions are sold twice.
STATUSES: Final[Mapping[str, OrderStatus]] = {
    "Received": OrderStatus.PENDING,
    "Routed": OrderStatus.PENDING,
    "In Flight": OrderStatus.PENDING,
    "Contingent": OrderStatus.PENDING,
    "Live": OrderStatus.OPEN,
    "Cancel Requested": OrderStatus.OPEN,
    "Replace Requested": OrderStatus.OPEN,
    "Filled": OrderStatus.FILLED,
    "Cancelled": OrderStatus.CANCELED,
    "Removed": OrderStatus.CANCELED,
    "Partially Removed": OrderStatus.CANCELED,
    "Expired": OrderStatus.EXPIRED,
    "Rejected": OrderStatus.REJECTED,
}
COMPLEX_PREFIX: Final = "oco-"
_SIDES: Final = {word: side for side, word in ACTIONS.items()}
_TYPES: Final = {"Market": OrderType.MARKET, "Limit": OrderType.LIMIT, "Stop": OrderType.STOP}
_DURATIONS: Final = {"Day": Duration.DAY, "GTC": Duration.GTC}
_OCO: Final = "OCO"
_OCO_CHILD: Final = "OCO::order"
_PAIR: Final = 2


def parse_placed(body: Node) -> Placed:
    """Read the acknowledgement of a new order."""
    return Placed(broker_order_id=_id(inner(inner(body, "data"), "order")))


def parse_placed_oco(body: Node) -> Placed:
    """Read the acknowledgement of a new OCO."""
    return Placed(broker_order_id=COMPLEX_PREFIX + _id(inner(inner(body, "data"), "complex-order")))


def parse_single_order(body: Node) -> BrokerOrder:
    """Read the answer to a question for one order."""
    return parse_order(inner(body, "data"))


def parse_complex_order(body: Node) -> BrokerOrder:
    """Read the answer to a question for one complex order; raises UnreadablePayload for other than an OCO."""
    row = inner(body, "data")
    if text(row, "type") != _OCO:
        raise UnreadablePayload("a complex order that is no OCO")
    return _oco(_id(row), [as_node(one, "an order") for one in as_list(row.get("orders"))])


def parse_orders(rows: Sequence[Node]) -> tuple[list[BrokerOrder], list[str]]:
    """Read a list: its orders, and the ids of OCOs of which it shows one order and hides the other."""
    found: list[BrokerOrder] = []
    pairs: dict[str, list[Node]] = defaultdict(list)
    for row in rows:
        complex_id = text(row, "complex-order-id")
        if complex_id is not None and text(row, "complex-order-tag") == _OCO_CHILD:
            pairs[complex_id].append(row)
        else:
            found.append(parse_order(row))
    found += [_oco(complex_id, pair) for complex_id, pair in pairs.items() if len(pair) == _PAIR]
    return found, [COMPLEX_PREFIX + complex_id for complex_id, pair in pairs.items() if len(pair) != _PAIR]


def parse_order(row: Node) -> BrokerOrder:
    """Read an order over one leg or several."""
    status = _status(row)
    legs = [as_node(one, "a leg") for one in as_list(row.get("legs"))]
    if not legs:
        raise UnreadablePayload("an order without legs")
    counts = [leg_count(leg) for leg in legs]
    shown = [_leg(leg, status, count) for leg, count in zip(legs, counts, strict=True)]
    units = gcd(*counts) if len(legs) > 1 else counts[0]
    filled = min(leg.filled_quantity * units // count for leg, count in zip(shown, counts, strict=True))
    is_single = len(legs) == 1
    return BrokerOrder(
        broker_order_id=_id(row),
        status=refined(status, filled, units),
        tag=text(row, "external-identifier"),
        symbol=shown[0].symbol if is_single else text(row, "underlying-symbol"),
        side=shown[0].side if is_single else None,
        type=_TYPES.get(text(row, "order-type") or ""),
        duration=_DURATIONS.get(text(row, "time-in-force") or ""),
        quantity=Decimal(units),
        filled_quantity=filled,
        avg_fill_price=_paid(legs, shown, counts, units, is_single=is_single) if filled > 0 else None,
        limit_price=_limit(row, is_single=is_single),
        stop_price=price_in(row, "stop-trigger"),
        created_at=instant(row, "received-at"),
        updated_at=epoch_milliseconds(row, "updated-at"),
        reason=text(row, "reject-reason"),
        legs=() if is_single else tuple(shown),
    )


def _oco(complex_id: str, rows: Sequence[Node]) -> BrokerOrder:
    """Read the two orders of an OCO; it has no state of its own, and is what they are."""
    pair = [parse_order(row) for row in rows]
    if len(pair) != _PAIR:
        raise UnreadablePayload("an OCO that has not two orders")
    pair.sort(key=lambda order: order.broker_order_id)
    return BrokerOrder(
        broker_order_id=COMPLEX_PREFIX + complex_id,
        status=status_of_both([order.status for order in pair]),
        tag=pair[0].tag,
        symbol=None,
        side=None,
        type=None,
        duration=pair[0].duration,
        quantity=ZERO,
        filled_quantity=ZERO,
        avg_fill_price=None,
        limit_price=None,
        stop_price=None,
        created_at=min((order.created_at for order in pair if order.created_at), default=None),
        updated_at=max((order.updated_at for order in pair if order.updated_at), default=None),
        reason=next((order.reason for order in pair if order.reason), None),
        alternatives=tuple(pair),
    )


def _status(row: Node) -> OrderStatus:
    status = text(row, "status")
    if status is None or status not in STATUSES:
        raise UnreadablePayload("an order in a state that is not documented")
    return STATUSES[status]


def _leg(row: Node, status: OrderStatus, count: int) -> BrokerLeg:
    """Read what filled of one leg: what is no longer left of it (wire, 7.4), priced once its fills add up."""
    symbol, side = text(row, "symbol"), _SIDES.get(text(row, "action") or "")
    if symbol is None or side is None:
        raise UnreadablePayload("a leg without its symbol or action")
    left = number(row, "remaining-quantity")
    quantity = Decimal(count)
    if left is None and status is not OrderStatus.FILLED:
        raise UnreadablePayload("a leg without what is left of it")
    filled = quantity if status is OrderStatus.FILLED or left is None else quantity - abs(left)
    if not ZERO <= filled <= quantity:
        raise UnreadablePayload("a leg of which more is left than was asked for")
    return BrokerLeg(
        symbol=from_padded(symbol),
        side=side,
        filled_quantity=filled,
        avg_fill_price=_average(row, filled) if filled > 0 else None,
    )


def _average(row: Node, filled: Decimal) -> Decimal | None:
    """Return the average of a leg's executions, each counted once (I-07); None until they are all there."""
    executed: dict[str, tuple[Decimal, Decimal]] = {}
    for value in as_list(row.get("fills")):
        fill = as_node(value, "a fill")
        fill_id, quantity, price = text(fill, "fill-id"), number(fill, "quantity"), number(fill, "fill-price")
        if fill_id is None or quantity is None or price is None:
            raise UnreadablePayload("a fill without its id, quantity or price")
        executed[fill_id] = (abs(quantity), price)
    if sum((quantity for quantity, _ in executed.values()), ZERO) != filled:
        return None
    return to_price(sum((quantity * price for quantity, price in executed.values()), ZERO) / filled)


def _paid(
    rows: Sequence[Node], legs: Sequence[BrokerLeg], counts: Sequence[int], units: int, *, is_single: bool
) -> Decimal | None:
    """Return the price of one leg, or what a unit cost per share; None until each leg has its price."""
    if is_single:
        return legs[0].avg_fill_price
    shares = [text(row, "instrument-type") == EQUITY for row in rows]
    return net_paid(legs, counts, units, shares=shares)


def _limit(row: Node, *, is_single: bool) -> Decimal | None:
    """Return the limit; of several legs what the account pays for a unit, below 0 for a credit."""
    price = number(row, "price")
    if price is None:
        return None
    return to_price(-price if not is_single and text(row, "price-effect") == CREDIT else price)


def _id(row: Node) -> str:
    order_id = text(row, "id")
    if order_id is None:
        raise UnreadablePayload("an order without id")
    return order_id
