"""Interactive Brokers' orders in papertape's words: single ones, OCO pairs, several legs at one net price."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from chalicelib.brokers.errors import UnknownOrder
from chalicelib.brokers.ibkr.executions import Executions, FilledLeg
from chalicelib.brokers.ibkr.names import TARGET, OrderName, Reference, read_reference
from chalicelib.brokers.ibkr.shown_orders import ShownOrder
from chalicelib.brokers.interface import BrokerLeg, BrokerOrder
from chalicelib.brokers.several_orders import net_paid, status_of_both
from chalicelib.domain.instruments.sides import OrderSide
from chalicelib.domain.instruments.symbols import NotAnOptionSymbol, OptionContract
from chalicelib.domain.money import ZERO
from chalicelib.domain.trading.orders import OrderStatus, OrderType

SymbolOf = Callable[[int], str]
_PAIR: Final = 2


def conids_of(orders: Iterable[ShownOrder]) -> list[int]:
    """Return what orders are over."""
    return [conid for order in orders for conid, _ in order.legs]


def wants_executions(orders: Iterable[ShownOrder]) -> bool:
    """Say whether anything filled whose legs are told by executions alone."""
    return any(len(order.legs) > 1 and order.filled_quantity > 0 for order in orders)


def to_orders(
    shown: Sequence[ShownOrder], symbol_of: SymbolOf, executions: Executions | None
) -> tuple[BrokerOrder, ...]:
    """Return orders in our words; the two halves of an OCO are one."""
    halves: dict[str, list[ShownOrder]] = defaultdict(list)
    found: list[BrokerOrder] = []
    for order in shown:
        if order.reference is not None and order.reference.is_half:
            halves[order.reference.tag].append(order)
        else:
            found.append(to_order(order, symbol_of, executions))
    for pair in halves.values():
        if len(pair) == _PAIR:
            found.append(to_oco(pair, symbol_of))
        else:  # one was taken and the other was not: shown as what it is
            found += [to_order(half, symbol_of, executions) for half in pair]
    return tuple(found)


def to_order(order: ShownOrder, symbol_of: SymbolOf, executions: Executions | None) -> BrokerOrder:
    """Return a single order, or one of several legs, in our words.

    A combination's average is that of its legs, known once its executions add up to what filled.
    """
    reference = order.reference
    is_single = len(order.legs) == 1
    legs = () if is_single else _legs(order, symbol_of, executions)
    ratios = [abs(ratio) for _, ratio in order.legs]
    paid = (
        order.average
        if is_single
        else net_paid(legs, ratios, 1, shares=[not _is_option(leg.symbol) for leg in legs])
    )
    return BrokerOrder(
        broker_order_id=str(_name(order, reference)),
        status=order.status,
        tag=order.order_ref if reference is None else reference.tag,
        symbol=symbol_of(order.legs[0][0]) if is_single else None,
        side=_side(order, reference) if is_single else None,
        type=order.type,
        duration=order.duration,
        quantity=order.quantity,
        filled_quantity=order.filled_quantity,
        avg_fill_price=paid if order.filled_quantity > 0 else None,
        limit_price=order.price if order.type is OrderType.LIMIT else None,
        stop_price=order.price if order.type is OrderType.STOP else None,
        created_at=None,
        updated_at=order.updated_at,
        reason=order.reason,
        legs=legs,
    )


def to_oco(pair: Sequence[ShownOrder], symbol_of: SymbolOf) -> BrokerOrder:
    """Return the two halves of an OCO as one; it has no state of its own, and is what they are."""
    ordered = sorted(pair, key=lambda half: half.reference is None or half.reference.parts != TARGET)
    halves = [to_order(half, symbol_of, None) for half in ordered]
    tag = halves[0].tag
    return BrokerOrder(
        broker_order_id=str(OrderName(numbers=tuple(half.order_id for half in ordered), reference=tag)),
        status=status_of_both([half.status for half in halves]),
        tag=tag,
        symbol=None,
        side=None,
        type=None,
        duration=halves[0].duration,
        quantity=ZERO,
        filled_quantity=ZERO,
        avg_fill_price=None,
        limit_price=None,
        stop_price=None,
        created_at=None,
        updated_at=max((half.updated_at for half in halves if half.updated_at), default=None),
        reason=next((half.reason for half in halves if half.reason), None),
        alternatives=tuple(halves),
    )


def past_order(name: OrderName, legs: Mapping[int, FilledLeg], symbol_of: SymbolOf) -> BrokerOrder:
    """Return an order of an earlier day by what its reference executed; raises UnknownOrder for nothing.

    The vendor tells of it no more than this: not what it was for beyond what filled.
    """
    reference = read_reference(name.reference)
    if reference is None or len(legs) != 1:
        raise UnknownOrder("Interactive Brokers shows no such order of this account (today)")
    ((conid, leg),) = legs.items()
    return BrokerOrder(
        broker_order_id=str(name),
        status=OrderStatus.FILLED,
        tag=reference.tag,
        symbol=symbol_of(conid),
        side=reference.side(0, buys=leg.buys),
        type=None,
        duration=None,
        quantity=leg.quantity,
        filled_quantity=leg.quantity,
        avg_fill_price=leg.average,
        limit_price=None,
        stop_price=None,
        created_at=None,
        updated_at=leg.last_at,
    )


def _name(order: ShownOrder, reference: Reference | None) -> OrderName:
    own = None if reference is None else str(reference)
    return OrderName(numbers=(order.order_id,), reference=own)


def _side(order: ShownOrder, reference: Reference | None) -> OrderSide:
    """Return its side; an order by hand has none but BUY or SELL, and concerns our trades where it closes."""
    if reference is not None:
        return reference.side(0, buys=order.buys)
    return OrderSide.BUY_TO_CLOSE if order.buys else OrderSide.SELL_TO_CLOSE


def _legs(order: ShownOrder, symbol_of: SymbolOf, executions: Executions | None) -> tuple[BrokerLeg, ...]:
    executed = (executions or {}).get(order.order_ref or "", {})
    found = []
    for index, (conid, ratio) in enumerate(order.legs):
        buys, filled = order.buys is (ratio > 0), order.filled_quantity * abs(ratio)
        reference = order.reference or Reference(tag="", parts="oooo")
        leg = executed.get(conid)
        is_whole = leg is not None and filled > 0 and leg.quantity == filled
        found.append(
            BrokerLeg(
                symbol=symbol_of(conid),
                side=reference.side(index, buys=buys),
                filled_quantity=filled,
                avg_fill_price=leg.average if leg is not None and is_whole else None,
            )
        )
    return tuple(found)


def _is_option(symbol: str) -> bool:
    try:
        OptionContract.parse_occ(symbol)
    except NotAnOptionSymbol:
        return False
    return True
