"""Tradier's orders in papertape's words: single ones, OCO parents, and several legs at one net price."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from math import gcd
from typing import Final, TypeVar

from chalicelib.brokers.interface import BrokerLeg, BrokerOrder, Placed
from chalicelib.brokers.order_rows import leg_count
from chalicelib.brokers.tradier.codes import SENTENCES
from chalicelib.brokers.tradier.payloads import inner, rows
from chalicelib.brokers.tradier.rules import EQUITY_SIDES, NetType
from chalicelib.domain.instruments.sides import OrderSide
from chalicelib.domain.money import ZERO, to_price
from chalicelib.domain.trading.orders import Duration, OrderStatus, OrderType
from chalicelib.vendors.wire import Node, UnreadablePayload, instant, number, text, whole

#: Wire, section 6.4. A cancel that is still under way works on; a state not listed here is unreadable, since
#: guessing whether an order lives is how positions are sold twice.
STATUSES: Final[Mapping[str, OrderStatus]] = {
    "pending": OrderStatus.PENDING,
    "submitted": OrderStatus.PENDING,
    "accepted_for_bidding": OrderStatus.PENDING,
    "calculated": OrderStatus.PENDING,
    "held": OrderStatus.PENDING,
    "ok": OrderStatus.PENDING,
    "open": OrderStatus.OPEN,
    "pending_cancel": OrderStatus.OPEN,
    "partially_filled": OrderStatus.PARTIALLY_FILLED,
    "filled": OrderStatus.FILLED,
    "expired": OrderStatus.EXPIRED,
    "canceled": OrderStatus.CANCELED,
    "cancelled": OrderStatus.CANCELED,
    "rejected": OrderStatus.REJECTED,
    "error": OrderStatus.REJECTED,
}
_SIDES: Final = {side.value: side for side in OrderSide} | {word: side for side, word in EQUITY_SIDES.items()}
#: A net price is a limit; its word carries the sign of what the account pays.
_TYPES: Final = dict.fromkeys(NetType, OrderType.LIMIT) | {kind.value: kind for kind in OrderType}
_DURATIONS: Final = {duration.value: duration for duration in Duration}
_COMBINED: Final = frozenset({"multileg", "combo"})
_EQUITY: Final = "equity"
_SHARES_PER_CONTRACT: Final = 100

V = TypeVar("V")


def parse_placed(body: Node) -> Placed:
    """Read the acknowledgement of a new order."""
    order_id = text(inner(body, "order"), "id")
    if order_id is None:
        raise UnreadablePayload("order.id is missing")
    return Placed(broker_order_id=order_id)


def parse_single_order(body: Node) -> BrokerOrder:
    """Read the answer to a question for one order."""
    return parse_order(inner(body, "order"))


def parse_orders(body: Node) -> list[BrokerOrder]:
    """Read one page of the list; any unreadable row makes the page unreadable."""
    return [parse_order(row) for row in rows(body, "orders", "order")]


def total_pages(body: Node) -> int:
    """Return how many pages the vendor says there are; 1 where it does not say."""
    holder = body.get("orders")
    return (whole(holder, "total_pages") if isinstance(holder, dict) else None) or 1


def parse_order(row: Node, *, parent: BrokerOrder | None = None) -> BrokerOrder:
    """Read an order: a single one, an OCO parent with the two that share its tag, or several legs."""
    order_id, status = text(row, "id"), text(row, "status")
    if order_id is None or status is None:
        raise UnreadablePayload("an order without id or status")
    if status not in STATUSES:
        raise UnreadablePayload("an order in a state that is not documented")
    quantity = number(row, "quantity") or ZERO
    filled = _filled(row, STATUSES[status], quantity)
    order = BrokerOrder(
        broker_order_id=order_id,
        status=_refine(STATUSES[status], filled, quantity),
        tag=text(row, "tag") or (parent.tag if parent is not None else None),
        symbol=text(row, "option_symbol") or text(row, "symbol"),
        side=_known(_SIDES, text(row, "side")),
        type=_known(_TYPES, text(row, "type")),
        duration=_known(_DURATIONS, text(row, "duration")),
        quantity=quantity,
        filled_quantity=filled,
        avg_fill_price=_price(row, "avg_fill_price") if filled > 0 else None,
        limit_price=_price(row, "price"),
        stop_price=_price(row, "stop_price"),
        created_at=instant(row, "create_date"),
        updated_at=instant(row, "transaction_date"),
        reason=_reason(row),
    )
    return _with_legs(order, row)


def _with_legs(order: BrokerOrder, row: Node) -> BrokerOrder:
    legs = rows({"legs": row}, "legs", "leg")
    if text(row, "class") in _COMBINED:
        return _combined(order, STATUSES[text(row, "status") or ""], row, legs)
    return replace(order, alternatives=tuple(parse_order(leg, parent=order) for leg in legs))


def _combined(parent: BrokerOrder, status: OrderStatus, row: Node, legs: Sequence[Node]) -> BrokerOrder:
    """Read several legs at one net price, counted in units (wire, section 6.3).

    The parent says `buy` whatever is done, and its quantities are sums of its legs' in recordings, 1 in one
    sample of the documentation: units are the greatest common divisor of the legs' quantities. Its price and
    what it filled at follow from the legs too, since those are what is booked.
    """
    if not legs:
        if parent.filled_quantity:
            raise UnreadablePayload("an order that filled and shows none of its legs")
        return replace(parent, side=None, limit_price=_net_limit(row))
    counts = [leg_count(leg) for leg in legs]
    units = gcd(*counts)
    shown = [_leg(leg, status) for leg in legs]
    filled = min(leg.filled_quantity * units // count for leg, count in zip(shown, counts, strict=True))
    return replace(
        parent,
        status=_refine(status, filled, Decimal(units)),
        side=None,
        quantity=Decimal(units),
        filled_quantity=filled,
        avg_fill_price=_net_paid(legs, shown, counts, units) if filled > 0 else None,
        limit_price=_net_limit(row),
        reason=parent.reason or next((said for leg in legs if (said := _reason(leg))), None),
        legs=tuple(shown),
    )


def _leg(row: Node, status: OrderStatus) -> BrokerLeg:
    """Read what filled of one leg. Of an order that has filled so has each leg, its price perhaps not yet."""
    symbol, side = text(row, "option_symbol") or text(row, "symbol"), _known(_SIDES, text(row, "side"))
    order_id = text(row, "id")
    if symbol is None or side is None or order_id is None:
        raise UnreadablePayload("a leg without its id, symbol or side")
    quantity = Decimal(leg_count(row))
    executed = _filled(row, status, quantity)
    filled = quantity if status is OrderStatus.FILLED else executed
    return BrokerLeg(
        broker_order_id=order_id,
        symbol=symbol,
        side=side,
        filled_quantity=filled,
        avg_fill_price=_price(row, "avg_fill_price") if ZERO < filled == executed else None,
    )


def _net_limit(row: Node) -> Decimal | None:
    """Return the most that the account pays for a unit per share, below 0 for a credit; None at market."""
    price = number(row, "price")
    match text(row, "type"):
        case NetType.DEBIT if price is not None:
            return to_price(price)
        case NetType.CREDIT if price is not None:
            return to_price(-price)
        case NetType.EVEN:
            return to_price(ZERO)
        case _:
            return None


def _net_paid(
    rows_of_legs: Sequence[Node], legs: Sequence[BrokerLeg], counts: Sequence[int], units: int
) -> Decimal | None:
    """Return what a unit cost per share, below 0 where it was paid; None until each leg has its price."""
    paid = ZERO
    for row, leg, count in zip(rows_of_legs, legs, counts, strict=True):
        if leg.avg_fill_price is None:
            return None
        share = Decimal(count) / units / (_SHARES_PER_CONTRACT if text(row, "class") == _EQUITY else 1)
        paid += leg.avg_fill_price * share * (1 if leg.side.is_buy else -1)
    return to_price(paid)


def _filled(row: Node, status: OrderStatus, quantity: Decimal) -> Decimal:
    """Return what was filled; never from `remaining_quantity`, which is 0 on cancelled orders too.

    No order fills for more than was asked: a larger count has an execution in it twice (I-03, I-07).
    """
    executed = number(row, "exec_quantity")
    if executed:
        return min(executed, quantity) if quantity > 0 else executed
    return quantity if status is OrderStatus.FILLED else ZERO


def _refine(status: OrderStatus, filled: Decimal, quantity: Decimal) -> OrderStatus:
    """Tell a working order that has filled in part from one that has not."""
    if status in {OrderStatus.OPEN, OrderStatus.PENDING} and ZERO < filled < quantity:
        return OrderStatus.PARTIALLY_FILLED
    return status


def _price(row: Node, key: str) -> Decimal | None:
    """Return a price; 0 stands for none, as on orders without a fill."""
    read = number(row, key)
    return to_price(read) if read else None


def _reason(row: Node) -> str | None:
    given = text(row, "reason_description")
    return given if given is None else SENTENCES.get(given.strip(), given.strip())


def _known(table: Mapping[str, V], given: str | None) -> V | None:
    return None if given is None else table.get(given)
