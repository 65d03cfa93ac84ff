"""One order as Interactive Brokers shows it, whichever of its two answers tells it (wire/ibkr.md, 10).

The list and the answer about one order have other names for the same things; here they are read into one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from chalicelib.brokers.ibkr.names import Reference, read_reference
from chalicelib.brokers.ibkr.parse_contracts import legs_of
from chalicelib.domain.clocks.calendar import MarketCalendar, new_york_date
from chalicelib.domain.money import ZERO, to_price
from chalicelib.domain.trading.orders import LIVE, Duration, OrderStatus, OrderType
from chalicelib.vendors.wire import Node, UnreadablePayload, number, text

#: A state that is not listed cannot be read: guessing whether an order lives is how positions are sold twice.
_STATUSES: Final[Mapping[str, OrderStatus]] = {
    "PendingSubmit": OrderStatus.PENDING,
    "PreSubmitted": OrderStatus.PENDING,
    "Submitted": OrderStatus.OPEN,
    "WarnState": OrderStatus.PENDING,
    "PendingCancel": OrderStatus.OPEN,
    "Filled": OrderStatus.FILLED,
    "Cancelled": OrderStatus.CANCELED,
    "ApiCancelled": OrderStatus.CANCELED,
    "Inactive": OrderStatus.REJECTED,
}
_TYPES: Final = {
    "LIMIT": OrderType.LIMIT,
    "LMT": OrderType.LIMIT,
    "MARKET": OrderType.MARKET,
    "MKT": OrderType.MARKET,
    "STOP": OrderType.STOP,
    "STP": OrderType.STOP,
}
_DURATIONS: Final = {"DAY": Duration.DAY, "GTC": Duration.GTC}
_BUYS: Final = {"BUY": True, "B": True, "SELL": False, "S": False}
_INACTIVE: Final = "Interactive Brokers shows it as Inactive: it was not accepted"
_CALENDAR: Final = MarketCalendar()


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownOrder:
    """One order: quantities are contracts, shares or units; `legs` conids with signed ratios.

    `price` is its limit, of a stop its stop. `order_ref` is the reference as it is told, where it is.
    """

    order_id: str
    order_ref: str | None
    status: OrderStatus
    type: OrderType | None
    duration: Duration | None
    buys: bool
    quantity: Decimal
    filled_quantity: Decimal
    average: Decimal | None
    price: Decimal | None
    legs: Sequence[tuple[int, int]]
    updated_at: datetime | None

    @property
    def reference(self) -> Reference | None:
        """Return the reference where it is one of ours."""
        return read_reference(self.order_ref)

    @property
    def is_live(self) -> bool:
        """Say whether it may still fill."""
        return self.status in LIVE

    @property
    def left(self) -> Decimal:
        """Return what may still fill."""
        return self.quantity - self.filled_quantity if self.is_live else ZERO

    @property
    def reason(self) -> str | None:
        """Return why it was not accepted; the vendor says no more than this."""
        return _INACTIVE if self.status is OrderStatus.REJECTED else None


def read_listed(row: Node) -> ShownOrder:
    """Read a row of the order list."""
    kind = _TYPES.get((text(row, "origOrderType") or text(row, "orderType") or "").upper())
    order_id, conidex = text(row, "orderId"), text(row, "conidex") or text(row, "conid")
    return _shown(
        row,
        order_id=order_id,
        order_ref=text(row, "order_ref"),
        status=text(row, "status"),
        kind=kind,
        tif=text(row, "timeInForce"),
        quantity=number(row, "totalSize"),
        filled=number(row, "filledQuantity"),
        average=number(row, "avgPrice"),
        price=_price(row, "price"),
        stop=_price(row, "auxPrice"),
        conidex=conidex,
        at=text(row, "lastExecutionTime"),
    )


def read_single(body: Node, order_ref: str | None) -> ShownOrder:
    """Read the answer about one order, which does not tell its reference."""
    return _shown(
        body,
        order_id=text(body, "order_id"),
        order_ref=order_ref,
        status=text(body, "order_status"),
        kind=_TYPES.get((text(body, "order_type") or "").upper()),
        tif=text(body, "tif"),
        quantity=number(body, "total_size"),
        filled=number(body, "cum_fill"),
        average=number(body, "average_price"),
        price=_price(body, "limit_price"),
        stop=_price(body, "stop_price"),
        conidex=text(body, "conidex") or text(body, "conid"),
        at=text(body, "order_time"),
    )


def _shown(
    row: Node,
    *,
    order_id: str | None,
    order_ref: str | None,
    status: str | None,
    kind: OrderType | None,
    tif: str | None,
    quantity: Decimal | None,
    filled: Decimal | None,
    average: Decimal | None,
    price: Decimal | None,
    stop: Decimal | None,
    conidex: str | None,
    at: str | None,
) -> ShownOrder:
    buys = _BUYS.get((text(row, "side") or "").upper())
    if order_id is None or quantity is None or filled is None or buys is None or conidex is None:
        raise UnreadablePayload("an order without its id, side, quantity or contract")
    if status is None or status not in _STATUSES:
        raise UnreadablePayload("an order in a state that is not documented")
    duration, updated_at = _DURATIONS.get(tif or ""), _instant(at)
    known = _STATUSES[status]
    if status == "PreSubmitted" and kind is OrderType.STOP:
        known = OrderStatus.OPEN  # a stop is watched by the vendor, and waits in this state
    if known in {OrderStatus.OPEN, OrderStatus.PENDING} and ZERO < filled < quantity:
        known = OrderStatus.PARTIALLY_FILLED
    if known is OrderStatus.CANCELED and duration is Duration.DAY and _ended_with_its_day(updated_at):
        known = OrderStatus.EXPIRED
    return ShownOrder(
        order_id=order_id,
        order_ref=order_ref,
        status=known,
        type=kind,
        duration=duration,
        buys=buys,
        quantity=quantity,
        filled_quantity=filled,
        average=to_price(average) if average is not None and filled > 0 else None,
        price=(stop if price is None else price) if kind is OrderType.STOP else price,
        legs=legs_of(conidex),
        updated_at=updated_at,
    )


def _price(row: Node, key: str) -> Decimal | None:
    """Return a price, which some rows write with thousands commas."""
    written = text(row, key)
    if written is None:
        return None
    read = number({key: written.replace(",", "")}, key)
    return None if read is None else to_price(read)


def _instant(at: str | None) -> datetime | None:
    """Read `231211180049`, UTC."""
    if at is None:
        return None
    try:
        return datetime.strptime(at, "%y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError as error:
        raise UnreadablePayload("the time of an order cannot be read") from error


def _ended_with_its_day(at: datetime | None) -> bool:
    """Say whether a day order ended with its session: the vendor calls that cancelled, too."""
    if at is None:
        return False
    session = _CALENDAR.session(new_york_date(at))
    return session is None or at >= session.closes_at
