"""What to do next for a trade that is CLOSING (A-04, closing procedure and nobody bids); pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from chalicelib.domain.instruments.ticks import least_price
from chalicelib.domain.trading.market_seen import WITHDRAWN, MarketSeen, rests
from chalicelib.domain.trading.orders import (
    ENDED,
    PROTECTIVE,
    UNSETTLED,
    Order,
    OrderRole,
    OrderStatus,
    newest,
)
from chalicelib.domain.trading.refusals import refused_sales
from chalicelib.domain.trading.steps import (
    AbandonClose,
    CancelOrders,
    LookAtMarket,
    SendExit,
    SessionState,
    Step,
    Wait,
)
from chalicelib.domain.trading.trades import Trade

#: A sale still working after this long is given up and the bracket put back for what is left (A-04, A-12):
#: a market order that fills in part only would otherwise keep its trade unprotected until the close.
EXIT_WAIT: Final = timedelta(seconds=60)


def closing_step(
    trade: Trade,
    orders: Sequence[Order],
    session: SessionState,
    now: datetime,
    market: MarketSeen | None,
) -> Step:
    """Return the next step of a trade that is CLOSING, in whatever state a worker left it."""
    outstanding = [order for order in orders if order.is_outstanding]
    if any(order.status in UNSETTLED for order in outstanding):
        return Wait(why="an order is unsettled")
    if session is SessionState.CLOSED:
        return _closing_after_the_bell(trade, orders, outstanding)
    in_the_way = tuple(order for order in outstanding if order.role is not OrderRole.EXIT)
    if in_the_way:
        return CancelOrders(orders=in_the_way)
    if _is_withdrawn(trade, orders):
        if outstanding:
            return CancelOrders(orders=tuple(outstanding))
        return AbandonClose(
            detail=WITHDRAWN, keep_request=False, failed_order_ids=_fell_short(orders), is_told=True
        )
    overdue = tuple(order for order in outstanding if _is_overdue(order, now) and not rests(order, trade))
    if overdue:
        return CancelOrders(orders=overdue)
    if outstanding:
        return Wait(why="exit working")
    return _sell(trade, orders, now, market)


def _closing_after_the_bell(trade: Trade, orders: Sequence[Order], outstanding: Sequence[Order]) -> Step:
    if outstanding and not _only_protection(outstanding):
        return Wait(why="session closed")
    last = newest(orders, {OrderRole.EXIT})
    return AbandonClose(
        detail="the session ended before the close was done",
        keep_request=True,
        failed_order_ids=_fell_short(orders),
        is_told=last is not None and not last.handled and rests(last, trade),
    )


def _is_withdrawn(trade: Trade, orders: Sequence[Order]) -> bool:
    """Say whether the owner takes back a close whose sale rests where nobody bids."""
    last = newest(orders, {OrderRole.EXIT})
    rested = last is not None and not last.handled and rests(last, trade)
    return trade.cancel_requested_at is not None and trade.excess_qty == 0 and rested


def _sell(trade: Trade, orders: Sequence[Order], now: datetime, market: MarketSeen | None) -> Step:
    """Send the sale, or what buys an excess back; give up what fell short, but not where nobody bids."""
    failed = _fell_short(orders)
    last = newest(orders, {OrderRole.EXIT})
    give_up = AbandonClose(detail=_failure_text(orders), keep_request=False, failed_order_ids=failed)
    if failed and (trade.excess_qty > 0 or last is None or last.status is OrderStatus.REJECTED):
        return give_up
    if trade.excess_qty > 0:
        return SendExit(quantity=trade.excess_qty, flatten=True)
    if trade.sellable_qty == 0:
        # Nobody asked for a close that bought an excess back: of what is missing its owner is told apart.
        is_told = last is not None and last.side is not trade.leg.side.closes_by
        return AbandonClose(detail="the account does not hold it", keep_request=False, is_told=is_told)
    if market is None:
        return LookAtMarket()
    if market.nobody_bids:
        refused = refused_sales(trade, orders)
        if (
            failed
            and last is not None
            and refused is not None
            and rests(last, trade)
            and now < refused.retry_at
        ):
            return Wait(why="cancelled again and again")
        return SendExit(quantity=trade.sellable_qty, flatten=False, limit_price=least_price(trade.ticker))
    if failed and last is not None and not rests(last, trade):
        return give_up
    return SendExit(quantity=trade.sellable_qty, flatten=False)


def _is_overdue(order: Order, now: datetime) -> bool:
    """Say whether a sale has waited out its time."""
    return order.submitted_at is not None and now - order.submitted_at >= EXIT_WAIT


def _only_protection(orders: Sequence[Order]) -> bool:
    return all(order.role in PROTECTIVE for order in orders)


def _fell_short(orders: Sequence[Order]) -> tuple[UUID, ...]:
    """Return the sales that ended without all that was asked for, and were not dealt with yet."""
    return tuple(order.id for order in _failed(orders))


def _failed(orders: Sequence[Order]) -> list[Order]:
    exits = [order for order in orders if order.role is OrderRole.EXIT and order.status in ENDED]
    return [one for one in exits if not one.handled and one.filled_quantity < one.quantity]


def _failure_text(orders: Sequence[Order]) -> str:
    failed = _failed(orders)
    return "" if not failed else failed[-1].reason or f"the exit ended {failed[-1].status}"
