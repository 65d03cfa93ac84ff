"""An order that the broker does not show, today or any more: positions decide (architecture.md, ADR 0002).

Tradier lists the current day only, and a list may be wrong, so absence alone says nothing. What the account
holds beyond what our other trades explain was bought by it. What it lacks may as well have been sold by hand,
at another price: that is no order's fill until the broker says so, and `check_books` finds who sold it. Nor
is what the day's list shows that others bought.
Whatever is concluded from positions is told.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_FLOOR, Decimal

from sqlalchemy import Connection

from chalicelib.brokers.interface import OrderList, Position
from chalicelib.domain.accounts import AccountRef
from chalicelib.domain.money import to_price
from chalicelib.domain.structures.prices import net_price
from chalicelib.domain.trading.booking import LegNews, OrderNews
from chalicelib.domain.trading.changing_facts import OrderFacts
from chalicelib.domain.trading.exit_legs import closes
from chalicelib.domain.trading.legs import Leg
from chalicelib.domain.trading.orders import UNSEEN_PREFIX, Order, OrderRole, OrderStatus
from chalicelib.domain.trading.trades import Trade
from chalicelib.services.accounts.keeper import AccountKeeper
from chalicelib.services.lifecycle.book_news import Booked, book_news
from chalicelib.services.raise_alert import Severity, raise_alert
from chalicelib.services.sync.books.listed_trades import net_of_others
from chalicelib.store.trades.open_positions import explained_quantity
from chalicelib.store.trades.orders import save_order
from chalicelib.store.trades.trades import load_trade
from chalicelib.vendors.errors import VendorError


@dataclass(frozen=True, slots=True, kw_only=True)
class _Holding:
    """What the account holds of one contract, below 0 short of it, and what it cost in dollars."""

    quantity: Decimal
    cost: Decimal | None


#: By symbol, of all that an order moves.
_Holdings = Mapping[str, _Holding]


def settle_vanished(keeper: AccountKeeper, order: Order, listed: OrderList) -> None:
    """Settle it from positions; a broker that cannot tell them leaves it for the next sync.

    `listed` is today's list: what others traded since the order's own day is theirs.
    """
    shown = _read_holdings(keeper, order)
    if shown is None:
        return

    def settle(connection: Connection) -> Booked:
        holdings = _without_others(connection, keeper.account, order, shown, listed)
        return _settle(keeper, connection, order, holdings)

    keeper.write(settle)


def settle_absent(
    keeper: AccountKeeper,
    order: Order,
    listed: OrderList,
    *,
    book_not_placed: Callable[[Connection], Booked],
) -> None:
    """Settle an order that two lists of its day lack: what it alone explains shows that it was placed.

    `listed` is the second of them. A broker that cannot tell its positions leaves it for the next sync.
    """
    shown = _read_holdings(keeper, order)
    if shown is None:
        return

    def settle(connection: Connection) -> Booked:
        holdings = _without_others(connection, keeper.account, order, shown, listed)
        if _unexplained(connection, order, keeper.account, holdings) > 0:
            return _settle(keeper, connection, order, holdings)
        if _is_torn(connection, order, keeper.account, holdings):
            return book_news(keeper.env, connection, order.trade_id, [])  # the next look knows more
        return book_not_placed(connection)

    keeper.write(settle)


def _read_holdings(keeper: AccountKeeper, order: Order) -> _Holdings | None:
    """Read what is held of all that an order moves, None when the broker cannot tell."""
    try:
        positions = keeper.broker.positions()
    except VendorError:
        return None
    return {
        moved.symbol: _holding([one for one in positions if one.symbol == moved.symbol])
        for moved in order.moves
    }


def _holding(positions: Sequence[Position]) -> _Holding:
    return _Holding(
        quantity=sum((one.quantity for one in positions), Decimal(0)),
        cost=positions[0].cost_basis if positions else None,
    )


def _without_others(
    connection: Connection, account: AccountRef, order: Order, held: _Holdings, listed: OrderList
) -> _Holdings:
    """Return what is held but for what others traded that day the way this order would have.

    What they traded the other way says nothing: it may be of what their account held before.
    """
    others = net_of_others(connection, account, held, listed)
    signs = {moved.symbol: moved.side.sign for moved in order.moves}
    return {
        symbol: _less(one, max(others[symbol] * signs[symbol], Decimal(0)) * signs[symbol])
        for symbol, one in held.items()
    }


def _less(held: _Holding, others: Decimal) -> _Holding:
    """Return the rest of a holding, at the average of all of it: what the rest alone cost nobody tells."""
    if others == 0:
        return held
    left = held.quantity - others
    if held.cost is None or held.quantity == 0:
        return _Holding(quantity=left, cost=None)
    return _Holding(quantity=left, cost=held.cost * left / held.quantity)


def _unexplained(connection: Connection, order: Order, account: AccountRef, held: _Holdings) -> Decimal:
    """Return what only this order can have opened, or bought of a single contract, in its own units.

    A close of what is held is never concluded from positions, be it a purchase of a short leg; what bought an
    excess back is. Several legs are taken whole or not: as many units as each of them shows.
    """
    if any(moved.side.is_closing and (order.is_combined or not moved.side.is_buy) for moved in order.moves):
        return Decimal(0)
    if order.role is not OrderRole.ENTRY and closes(_trade_of(connection, order), order):
        return Decimal(0)
    units = _units(connection, order, account, held)
    return min(units).to_integral_value(ROUND_FLOOR) if order.is_combined else min(units)


def _units(connection: Connection, order: Order, account: AccountRef, held: _Holdings) -> list[Decimal]:
    """Return how many units each leg shows beyond what our trades explain."""
    return [
        (held[moved.symbol].quantity - explained_quantity(connection, account, moved.symbol))
        * moved.side.sign
        / moved.ratio
        for moved in order.moves
    ]


def _is_torn(connection: Connection, order: Order, account: AccountRef, held: _Holdings) -> bool:
    """Say whether some legs of a combined entry show and others do not: no broker leaves it so.

    Of a close that says nothing: what its legs lack may have been traded by hand, and it waits for nobody.
    """
    if not order.is_combined or any(moved.side.is_closing for moved in order.moves):
        return False
    units = _units(connection, order, account, held)
    return min(units) <= 0 < max(units)


def _settle(
    keeper: AccountKeeper,
    connection: Connection,
    order: Order,
    holdings: _Holdings,
) -> Booked:
    unexplained = _unexplained(connection, order, keeper.account, holdings)
    filled = min(max(unexplained, Decimal(0)), order.remaining_quantity)
    legs = _legs_news(connection, order, holdings, order.filled_quantity + filled)
    if filled > 0 and order.is_combined and not legs:
        return book_news(keeper.env, connection, order.trade_id, [])  # what a leg cost is not told yet
    _alert(keeper, connection, order, filled)
    price = _price(connection, order, holdings, legs) if filled > 0 else None
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
        legs=legs,
    )
    return book_news(keeper.env, connection, order.trade_id, [(order.id, news)])


def _trade_of(connection: Connection, order: Order) -> Trade:
    trade = load_trade(connection, order.trade_id)
    assert trade is not None, "an order has its trade"
    return trade


def _legs_news(
    connection: Connection, order: Order, holdings: _Holdings, units: Decimal
) -> tuple[LegNews, ...]:
    """Return what a combined order filled of each leg, at its position's cost; none without one's cost."""
    trade = _trade_of(connection, order)
    found = []
    for moved in order.legs:
        price = _cost_of_one(holdings[moved.symbol], trade.leg_numbered(moved.leg_no))
        if price is None:
            return ()
        found.append(
            LegNews(symbol=moved.symbol, filled_quantity=units * moved.ratio, avg_fill_price=to_price(price))
        )
    return tuple(found)


def _cost_of_one(holding: _Holding, leg: Leg) -> Decimal | None:
    """Return what one share's worth of a position cost or brought."""
    if holding.cost is None or holding.quantity == 0:
        return None
    return abs(holding.cost / holding.quantity) / leg.multiplier


def _price(
    connection: Connection, order: Order, holdings: _Holdings, legs: Sequence[LegNews]
) -> Decimal | None:
    """Price a fill that nobody saw: by the position's cost, else the order's own price, else the mark."""
    trade = load_trade(connection, order.trade_id)
    assert trade is not None
    if order.is_combined:
        terms = [replace(trade.leg_numbered(one.leg_no).terms, ratio=one.ratio) for one in order.legs]
        prices = [leg.avg_fill_price for leg in legs if leg.avg_fill_price is not None]
        return net_price(terms, prices) if prices else None
    (moved,) = order.moves
    cost = _cost_of_one(holdings[moved.symbol], trade.leg_numbered(moved.leg_no))
    if order.role is OrderRole.ENTRY and cost is not None:
        return cost
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
