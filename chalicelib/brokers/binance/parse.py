"""Binance's orders, trades and balances in papertape's words; pure (wire/binance.md, 6 and 7).

What an exchange keeps of a purchase as its fee never comes to be held: an order has filled what is left of it
in whole lots, and `withheld_quantity` says what is not. Its fee is told in dollars, at its own price.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import ROUND_DOWN, Decimal
from typing import Final

from chalicelib.brokers.binance.ids import OrderName, tag_of
from chalicelib.brokers.binance.payloads import moment, must_number, must_text, must_whole, rows
from chalicelib.brokers.binance.symbols import SymbolRules
from chalicelib.brokers.interface import BrokerOrder
from chalicelib.domain.instruments.sides import OrderSide
from chalicelib.domain.money import ZERO, to_price
from chalicelib.domain.trading.orders import LIVE, Duration, OrderStatus, OrderType
from chalicelib.vendors.wire import Node, UnreadablePayload, number, text, whole

QUOTE: Final = "USDT"
#: A state not listed here is unreadable: guessing whether an order lives is how positions are sold twice.
STATUSES: Final[Mapping[str, OrderStatus]] = {
    "NEW": OrderStatus.OPEN,
    "PENDING_NEW": OrderStatus.PENDING,
    "PARTIALLY_FILLED": OrderStatus.PARTIALLY_FILLED,
    "FILLED": OrderStatus.FILLED,
    "CANCELED": OrderStatus.CANCELED,
    "PENDING_CANCEL": OrderStatus.OPEN,
    "REJECTED": OrderStatus.REJECTED,
    "EXPIRED": OrderStatus.EXPIRED,
    "EXPIRED_IN_MATCH": OrderStatus.EXPIRED,
}
_TYPES: Final[Mapping[str, OrderType]] = {
    "MARKET": OrderType.MARKET,
    "LIMIT": OrderType.LIMIT,
    "LIMIT_MAKER": OrderType.LIMIT,
    "TAKE_PROFIT": OrderType.LIMIT,
    "TAKE_PROFIT_LIMIT": OrderType.LIMIT,
    "STOP_LOSS": OrderType.STOP,
    "STOP_LOSS_LIMIT": OrderType.STOP,
}
_SIDES: Final = {"BUY": OrderSide.BUY_TO_OPEN, "SELL": OrderSide.SELL_TO_CLOSE}
_NO_LIST: Final = -1
_OTHER_TRADED: Final = "the other order of the pair was triggered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """One of the account's trades, with its fee in the asset that it was taken in."""

    order_id: int
    quantity: Decimal
    price: Decimal
    fee: Decimal
    fee_asset: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An order as Binance shows it: what of it executed at what quote, its list, and our word for it."""

    number: int
    list_id: int | None
    executed: Decimal
    order: BrokerOrder

    @property
    def has_ended(self) -> bool:
        """Say whether nothing more is expected of it."""
        return self.order.status not in LIVE


def parse_order(row: Node) -> Shown:
    """Read one order as a query shows it; what its fees were is told by its executions."""
    status = must_text(row, "status")
    if status not in STATUSES:
        raise UnreadablePayload("an order in a state that is not documented")
    executed, quote = must_number(row, "executedQty"), number(row, "cummulativeQuoteQty")
    kind = _TYPES.get(must_text(row, "type"))
    name = OrderName(symbol=must_text(row, "symbol"), number=must_whole(row, "orderId"))
    list_id = whole(row, "orderListId")
    is_stop = kind is OrderType.STOP
    is_known = executed > 0 and quote is not None and quote > 0
    order = BrokerOrder(
        broker_order_id=str(name),
        status=STATUSES[status],
        tag=tag_of(must_text(row, "clientOrderId")),
        symbol=name.symbol,
        side=_SIDES.get(must_text(row, "side")),
        type=kind,
        duration=Duration.DAY if kind is OrderType.MARKET else Duration.GTC,
        quantity=must_number(row, "origQty"),
        filled_quantity=executed,
        avg_fill_price=to_price(quote / executed) if is_known and quote is not None else None,
        limit_price=None if is_stop else number(row, "price") or None,
        stop_price=number(row, "stopPrice") or None,
        created_at=moment(row, "time"),
        updated_at=moment(row, "updateTime"),
        reason=_reason(row, status),
        triggered_at=moment(row, "workingTime") if is_stop else None,
    )
    if order.status is OrderStatus.EXPIRED and text(row, "expiryReason") == "OCO_TRIGGER":
        order = replace(order, status=OrderStatus.CANCELED)
    return Shown(
        number=name.number,
        list_id=None if list_id in {None, _NO_LIST} else list_id,
        executed=executed,
        order=order,
    )


def _reason(row: Node, status: str) -> str | None:
    why = text(row, "expiryReason")
    if why == "OCO_TRIGGER":
        return _OTHER_TRADED
    return why if status in {"EXPIRED", "EXPIRED_IN_MATCH", "REJECTED"} else None


def parse_executions(body: object) -> list[Execution]:
    """Read the account's trades."""
    found = []
    for row in rows(body, "trades"):
        at = moment(row, "time")
        if at is None:
            raise UnreadablePayload("a trade without its time")
        found.append(
            Execution(
                order_id=must_whole(row, "orderId"),
                quantity=must_number(row, "qty"),
                price=must_number(row, "price"),
                fee=must_number(row, "commission"),
                fee_asset=must_text(row, "commissionAsset"),
                at=at,
            )
        )
    return found


def with_fees(
    shown: Shown,
    executions: Sequence[Execution],
    rules: SymbolRules,
    price_of: Callable[[str, datetime], Decimal],
) -> Shown:
    """Return an order with what its executions cost; without all of them its price is not there yet.

    `price_of` values an asset that is neither of the pair's at an instant, in the quote.
    """
    order = shown.order
    if sum((one.quantity for one in executions), ZERO) != shown.executed:
        return replace(shown, order=replace(order, avg_fill_price=None))
    fees = sum((_in_quote(one, rules, price_of) for one in executions), ZERO)
    kept = ZERO
    if order.side is OrderSide.BUY_TO_OPEN:
        kept = sum((one.fee for one in executions if one.fee_asset == rules.base), ZERO)
    held = _whole_lots(shown.executed - kept, rules)
    return replace(
        shown,
        order=replace(
            order,
            filled_quantity=held,
            withheld_quantity=shown.executed - held,
            fees=to_price(fees),
            updated_at=max((one.at for one in executions), default=order.updated_at)
            if order.status in {OrderStatus.FILLED, OrderStatus.PARTIALLY_FILLED}
            else order.updated_at,
        ),
    )


def _in_quote(one: Execution, rules: SymbolRules, price_of: Callable[[str, datetime], Decimal]) -> Decimal:
    if one.fee == 0 or one.fee_asset == rules.quote:
        return one.fee
    return one.fee * (one.price if one.fee_asset == rules.base else price_of(one.fee_asset, one.at))


def _whole_lots(quantity: Decimal, rules: SymbolRules) -> Decimal:
    lot = rules.filters.lot
    return (quantity / lot).to_integral_value(ROUND_DOWN) * lot


def join_lists(orders: Sequence[Shown]) -> list[BrokerOrder]:
    """Return orders, those of one list as alternatives of a parent without prices."""
    found: list[BrokerOrder] = []
    pairs: dict[tuple[str | None, int], list[Shown]] = {}
    for one in orders:
        if one.list_id is None:
            found.append(one.order)
        else:
            pairs.setdefault((one.order.symbol, one.list_id), []).append(one)
    return found + [parent_of(list_id, members) for (_, list_id), members in pairs.items()]


def parent_of(list_id: int, members: Sequence[Shown]) -> BrokerOrder:
    """Return the parent of an order list."""
    orders = [one.order for one in members]
    first = orders[0]
    statuses = {one.status for one in orders}
    traded = [one for one in orders if one.filled_quantity > 0 or one.withheld_quantity > 0]
    status = first.status
    if statuses & LIVE:
        status = OrderStatus.PARTIALLY_FILLED if traded else OrderStatus.OPEN
    elif OrderStatus.FILLED in statuses:
        status = OrderStatus.FILLED
    return BrokerOrder(
        broker_order_id=str(OrderName(symbol=first.symbol or "", number=list_id, is_list=True)),
        status=status,
        tag=first.tag,
        symbol=first.symbol,
        side=None,
        type=None,
        duration=Duration.GTC,
        quantity=ZERO,
        filled_quantity=ZERO,
        avg_fill_price=None,
        limit_price=None,
        stop_price=None,
        created_at=first.created_at,
        updated_at=max((one.updated_at for one in orders if one.updated_at), default=None),
        alternatives=tuple(orders),
    )
