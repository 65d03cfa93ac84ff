"""Tradier's orders, positions and money in papertape's words."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Final, TypeVar

from chalicelib.brokers.interface import (
    Balance,
    BrokerOrder,
    ConnectionReport,
    PastSale,
    Placed,
    Position,
)
from chalicelib.brokers.tradier.codes import SENTENCES
from chalicelib.brokers.tradier.payloads import inner, rows, values
from chalicelib.brokers.tradier.rules import EQUITY_SIDES
from chalicelib.domain.clocks.calendar import NEW_YORK
from chalicelib.domain.instruments.sides import OrderSide
from chalicelib.domain.money import ZERO, to_price
from chalicelib.domain.trading.orders import Duration, OrderStatus, OrderType
from chalicelib.vendors.wire import Node, UnreadablePayload, as_node, instant, number, text, whole

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
_TYPES: Final = {kind.value: kind for kind in OrderType}
_DURATIONS: Final = {duration.value: duration for duration in Duration}
_ACTIVE: Final = "active"
_CLOSE: Final = time(16, 0)
NOT_THIS_ACCOUNT: Final = "This token does not belong to this account"
WHICH_ACCOUNT: Final = "This token has several accounts or none: name one"

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
    """Read an order, or an OCO parent with its legs, which share its tag.

    Fields that other classes of order use otherwise (types of spreads) read as None.
    """
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
    if not legs:
        return order
    return replace(order, alternatives=tuple(parse_order(leg, parent=order) for leg in legs))


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


def parse_positions(body: Node) -> tuple[Position, ...]:
    """Read what the account holds. The vendor's sign of a short's cost varies, so its size alone is kept."""
    found = []
    for row in rows(body, "positions", "position"):
        symbol, quantity = text(row, "symbol"), number(row, "quantity")
        if symbol is None or quantity is None:
            raise UnreadablePayload("a position without symbol or quantity")
        cost = number(row, "cost_basis")
        found.append(
            Position(symbol=symbol, quantity=quantity, cost_basis=None if cost is None else abs(cost))
        )
    return tuple(found)


def parse_sales(body: Node) -> tuple[PastSale, ...]:
    """Read the sales of an account's history: dates without times, so each stands at the close of its day."""
    found = []
    for row in rows(body, "history", "event"):
        detail, on = row.get("trade"), instant(row, "date")
        if not isinstance(detail, dict) or on is None:
            continue
        trade = as_node(detail, "trade")
        symbol, quantity, price = text(trade, "symbol"), number(trade, "quantity"), number(trade, "price")
        if symbol is None or quantity is None or price is None:
            raise UnreadablePayload("a trade in the history without symbol, quantity or price")
        if quantity < 0:
            at = datetime.combine(on.date(), _CLOSE, NEW_YORK).astimezone(UTC)
            found.append(PastSale(symbol=symbol, quantity=-quantity, price=to_price(price), at=at))
    return tuple(found)


def parse_balance(body: Node) -> Balance:
    """Read the account's money; buying power stands in the block named by the account's type."""
    holder = inner(body, "balances")
    for kind in ("margin", "pdt"):
        if isinstance(holder.get(kind), dict):
            buying_power = number(as_node(holder[kind], kind), "option_buying_power")
            break
    else:
        cash = holder.get("cash")
        buying_power = number(cash, "cash_available") if isinstance(cash, dict) else None
    return Balance(
        equity=number(holder, "total_equity"),
        cash=number(holder, "total_cash"),
        buying_power=buying_power,
    )


def parse_profile(body: Node, account_id: str) -> ConnectionReport:
    """Say whether the token's owner has this account, and what it is; an empty one means the only one."""
    profile = inner(body, "profile")
    accounts = [as_node(value, "account") for value in values({"profile": profile}, "profile", "account")]
    named = account_id or (text(accounts[0], "account_number") if len(accounts) == 1 else None)
    for account in accounts:
        if named is not None and text(account, "account_number") == named:
            return _report(account, named)
    return ConnectionReport(
        ok=False,
        account_id=account_id or None,
        account_type=None,
        status=None,
        options_level=None,
        reason=NOT_THIS_ACCOUNT if account_id else WHICH_ACCOUNT,
    )


def _report(account: Node, account_id: str) -> ConnectionReport:
    status = text(account, "status")
    active = status is None or status == _ACTIVE
    return ConnectionReport(
        ok=active,
        account_id=account_id,
        account_type=text(account, "type"),
        status=status,
        options_level=whole(account, "option_level"),
        reason=None if active else f"The account is {status}",
    )
