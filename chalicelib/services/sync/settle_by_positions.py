"""An order that the broker does not show, today or any more: positions decide (architecture.md, ADR 0002).

Tradier lists the current day only, and a list may be wrong, so absence alone says nothing. What the account
holds beyond what our other trades explain was bought by it. What it lacks may as well have been sold by hand,
at another price: that is no order's fill until the broker says so, and `check_books` finds who sold it.
Whatever is concluded from positions is told.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Connection

from chalicelib.domain.accounts import AccountRef
from chalicelib.domain.trading.booking import OrderNews
from chalicelib.domain.trading.changing_facts import OrderFacts
from chalicelib.domain.trading.orders import UNSEEN_PREFIX, Order, OrderRole, OrderStatus
from chalicelib.services.accounts.keeper import AccountKeeper
from chalicelib.services.lifecycle.book_news import Booked, book_news
from chalicelib.services.raise_alert import Severity, raise_alert
from chalicelib.store.trades.open_positions import explained_quantity
from chalicelib.store.trades.orders import save_order
from chalicelib.store.trades.trades import load_trade
from chalicelib.vendors.errors import VendorError


@dataclass(frozen=True, slots=True, kw_only=True)
class _Holding:
    """What the account holds of one contract, and what it cost in dollars."""

    quantity: Decimal
    cost: Decimal | None


def settle_vanished(keeper: AccountKeeper, order: Order) -> None:
    """Settle it from positions; a broker that cannot tell them leaves it for the next sync."""
    holding = _read_holding(keeper, order.symbol)
    if holding is not None:
        keeper.write(lambda connection: _settle(keeper, connection, order, holding))


def settle_absent(
    keeper: AccountKeeper,
    order: Order,
    *,
    book_not_placed: Callable[[Connection], Booked],
) -> None:
    """Settle an order that two lists of its day lack: what it alone explains shows that it was placed.

    A broker that cannot tell its positions leaves it for the next sync.
    """
    holding = _read_holding(keeper, order.symbol)
    if holding is None:
        return

    def settle(connection: Connection) -> Booked:
        if _unexplained(connection, order, keeper.account, holding.quantity) > 0:
            return _settle(keeper, connection, order, holding)
        return book_not_placed(connection)

    keeper.write(settle)


def _read_holding(keeper: AccountKeeper, symbol: str) -> _Holding | None:
    """Read it from the broker, None when it cannot tell."""
    try:
        positions = [one for one in keeper.broker.positions() if one.symbol == symbol]
    except VendorError:
        return None
    return _Holding(
        quantity=sum((one.quantity for one in positions), Decimal(0)),
        cost=positions[0].cost_basis if positions else None,
    )


def _unexplained(connection: Connection, order: Order, account: AccountRef, held: Decimal) -> Decimal:
    """Return what only this order can have bought; a sale is never concluded from positions."""
    if not order.side.is_buy:
        return Decimal(0)
    return held - explained_quantity(connection, account, order.symbol)


def _settle(
    keeper: AccountKeeper,
    connection: Connection,
    order: Order,
    holding: _Holding,
) -> Booked:
    unexplained = _unexplained(connection, order, keeper.account, holding.quantity)
    filled = min(max(unexplained, Decimal(0)), order.remaining_quantity)
    _alert(keeper, connection, order, filled)
    price = _price(connection, order, holding) if filled > 0 else None
    if filled <= 0 or price is None:
        changes: OrderFacts = {
            "status": OrderStatus.EXPIRED if order.broker_order_id else OrderStatus.CANCELED,
            "reason": "no longer shown by the broker, and nothing is held of it",
            "ended_at": keeper.env.clock.now(),
            "handled": True,
        }
        save_order(connection, order.id, changes)
        return book_news(keeper.env, connection, order.trade_id, [])
    total = order.filled_quantity + filled
    news = OrderNews(
        status=OrderStatus.FILLED,
        filled_quantity=total,
        avg_fill_price=price,
        broker_order_id=order.broker_order_id or f"{UNSEEN_PREFIX}{order.id}",
        parent_broker_order_id=order.parent_broker_order_id,
        updated_at=None,
        reason="adopted from the account's positions",
        fees=None,
        fill_rule="position",
    )
    return book_news(keeper.env, connection, order.trade_id, [(order.id, news)])


def _price(connection: Connection, order: Order, holding: _Holding) -> Decimal | None:
    """Price a fill that nobody saw: by the position's cost, else the order's own price, else the mark."""
    trade = load_trade(connection, order.trade_id)
    assert trade is not None
    if order.role is OrderRole.ENTRY and holding.cost is not None and holding.quantity > 0:
        return abs(holding.cost) / holding.quantity / trade.leg.multiplier
    return order.limit_price or order.stop_price or trade.current_price or trade.asked_price


def _alert(keeper: AccountKeeper, connection: Connection, order: Order, filled: Decimal) -> None:
    found = f"{filled.normalize():f} taken for filled" if filled > 0 else "taken for not filled"
    raise_alert(
        keeper.env,
        connection,
        keeper.username,
        severity=Severity.WARNING,
        kind="order_vanished",
        trade_id=order.trade_id,
        message=(
            f"The broker no longer shows the {order.role} order over {order.symbol}; "
            f"by the account's positions: {found}."
        ),
    )
