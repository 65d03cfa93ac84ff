"""From the form of a new order to the order that the books keep."""

from collections.abc import Iterator
from datetime import datetime

from infra.local.emulators.brokerage.account import Account
from infra.local.emulators.brokerage.net_prices import NET, unit_count
from infra.local.emulators.brokerage.orders import Order, OrderClass, Status
from infra.local.emulators.brokerage.strategies import strategy_name
from infra.local.emulators.brokerage.tickets import OrderForm, Ticket
from infra.local.emulators.market.sessions import open_session


def build_order(form: OrderForm, account: Account, now: datetime, ids: Iterator[int]) -> Order:
    """Return the order that a form asks for; parent and legs take the next ids, the parent first."""
    status = Status.PENDING if open_session(now) is None else Status.OPEN
    if form.head is not None:
        order = _from_ticket(form.head, account, now, status, next(ids))
    else:
        order = Order(
            order_id=next(ids),
            account=account.account_id,
            order_class=form.order_class,
            created_at=now,
            changed_at=now,
            status=status,
        )
    order.order_class, order.tag = form.order_class, form.tag
    order.legs = [_from_ticket(leg, account, now, status, next(ids)) for leg in form.legs]
    if form.order_class in {OrderClass.OTO, OrderClass.OTOCO}:
        for leg in order.legs[1:]:
            leg.status = Status.PENDING
    if form.order_class in NET:
        order.quantity = sum(leg.quantity for leg in order.legs)
        order.strategy = strategy_name(form.legs)
    return order


def _from_ticket(ticket: Ticket, account: Account, now: datetime, status: Status, order_id: int) -> Order:
    return Order(
        order_id=order_id,
        account=account.account_id,
        order_class=ticket.order_class,
        created_at=now,
        changed_at=now,
        status=status,
        symbol=ticket.symbol,
        option_symbol=ticket.option_symbol,
        order_type=ticket.order_type,
        side=ticket.side,
        quantity=ticket.quantity,
        duration=ticket.duration,
        price=ticket.price,
        stop=ticket.stop,
    )


def cap_fills(order: Order, fraction: float) -> None:
    """Let only a part of an order ever fill: rounded down, at least 1; of a net order whole units."""
    if order.order_class in NET:
        order.fill_cap = max(1, int(unit_count(order.legs) * fraction))
        return
    for leg in order.trading_legs():
        leg.fill_cap = max(1, int(leg.quantity * fraction))
