"""What to do next for a trade that is CLOSING, or that a part of is being closed (A-04, W-03); pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.trading.exit_legs import Bundle, closes, closing_bundle
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
from chalicelib.domain.trading.parts import part_left
from chalicelib.domain.trading.refusals import refused_sales
from chalicelib.domain.trading.steps import (
    AbandonClose,
    CancelOrders,
    EndPart,
    LookAtMarket,
    NameWorst,
    SendExit,
    SessionState,
    Step,
    Wait,
)
from chalicelib.domain.trading.trades import Trade
from chalicelib.domain.trading.walking_exit import (
    exit_limit,
    is_market_step,
    is_market_step_due,
    is_walk_over,
    lacks_worst,
    leaves_by_limit,
    look_again_after,
    offer_of,
    step_ends_at,
    walks,
    worst_price,
)

#: A sale still working after this long is given up and the bracket put back for what is left (A-04, A-12):
#: a market order that fills in part only would otherwise keep its trade unprotected until the close.
EXIT_WAIT: Final = timedelta(seconds=60)
BELL: Final = "the session ended before the close was done"
EXPIRED: Final = "what is left has expired: it is settled by its price"


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
    in_the_way = tuple(order for order in outstanding if order.role is not OrderRole.EXIT or order.handled)
    if in_the_way:
        return CancelOrders(orders=in_the_way)
    if _is_withdrawn(trade, orders):
        if outstanding:
            return CancelOrders(orders=tuple(outstanding))
        return AbandonClose(
            detail=WITHDRAWN, keep_request=False, failed_order_ids=_fell_short(orders), is_told=True
        )
    return _wait_for(trade, orders, outstanding, now) or _leave(
        trade, orders, now, market, trade.sellable_qty
    )


def part_step(trade: Trade, orders: Sequence[Order], now: datetime, market: MarketSeen | None) -> Step:
    """Return the next step of a part that is being closed, once what stays stands as it should (W-03)."""
    working = [order for order in orders if order.role is OrderRole.EXIT and order.is_live]
    waits = _wait_for(trade, orders, working, now)
    if waits is not None:
        return waits
    left = part_left(trade, orders)
    return EndPart() if left == 0 else _leave(trade, orders, now, market, left)


def part_after_the_bell(trade: Trade, orders: Sequence[Order]) -> Step:
    """Keep a part that the session left undone for the next one; what was sold of it counts."""
    works = any(order.is_outstanding for order in orders if order.role is OrderRole.EXIT)
    failed = _fell_short(orders)
    if works or not failed:
        return Wait(why="session closed")
    left = part_left(trade, orders)
    return AbandonClose(detail=BELL, keep_request=True, failed_order_ids=failed, part_left=left)


def _wait_for(
    trade: Trade, orders: Sequence[Order], working: Sequence[Order], now: datetime
) -> CancelOrders | Wait | None:
    """Wait for sales that work, and cancel those that have had their time; None where none works."""
    overdue = tuple(
        order for order in working if _is_overdue(trade, orders, order, now) and not rests(order, trade)
    )
    if overdue:
        return CancelOrders(orders=overdue)
    return Wait(why="exit working") if working else None


def _leave(
    trade: Trade, orders: Sequence[Order], now: datetime, market: MarketSeen | None, quantity: Decimal
) -> Step:
    bundle = closing_bundle(trade, quantity)
    if leaves_by_limit(trade, bundle):
        return _leave_by_limit(trade, orders, now, market, quantity)
    return _sell(trade, orders, now, market, quantity)


def _closing_after_the_bell(trade: Trade, orders: Sequence[Order], outstanding: Sequence[Order]) -> Step:
    if outstanding and not _only_protection(outstanding):
        return Wait(why="session closed")
    if not trade.held_legs and trade.open_qty > 0:
        return AbandonClose(
            detail=EXPIRED, keep_request=False, failed_order_ids=_fell_short(orders), is_told=True
        )
    last = newest(orders, {OrderRole.EXIT})
    return AbandonClose(
        detail=BELL,
        keep_request=True,
        failed_order_ids=_fell_short(orders),
        is_told=last is not None and not last.handled and rests(last, trade),
    )


def _is_withdrawn(trade: Trade, orders: Sequence[Order]) -> bool:
    """Say whether the owner takes back a close whose sale rests where nobody bids."""
    last = newest(orders, {OrderRole.EXIT})
    rested = last is not None and not last.handled and rests(last, trade)
    return trade.cancel_requested_at is not None and trade.excess_qty == 0 and rested


def _sell(
    trade: Trade, orders: Sequence[Order], now: datetime, market: MarketSeen | None, quantity: Decimal
) -> Step:
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
        is_told = last is not None and not closes(trade, last)
        return AbandonClose(detail="the account does not hold it", keep_request=False, is_told=is_told)
    if market is None:
        return LookAtMarket()
    if market.nobody_bids and _sells_an_option(trade):
        return _rest(trade, orders, now, quantity)
    if failed and last is not None and not rests(last, trade):
        return give_up
    return SendExit(quantity=quantity, flatten=False)


def _rest(trade: Trade, orders: Sequence[Order], now: datetime, quantity: Decimal) -> Step:
    """Let what nobody bids for rest at the least price, unless that was cancelled again and again."""
    last, refused = newest(orders, {OrderRole.EXIT}), refused_sales(trade, orders)
    rested = bool(_failed(orders)) and last is not None and rests(last, trade)
    if rested and refused is not None and now < refused.retry_at:
        return Wait(why="cancelled again and again")
    return SendExit(quantity=quantity, flatten=False, limit_price=trade.least_price)


def _sells_an_option(trade: Trade) -> bool:
    """Say whether what is left next is a long option: what nobody bids for rests at the least price."""
    (moved,) = closing_bundle(trade, trade.sellable_qty).legs
    leg = trade.leg_numbered(moved.leg_no)
    return leg.side is LegSide.LONG and leg.instrument is Instrument.OPTION


def _leave_by_limit(
    trade: Trade, orders: Sequence[Order], now: datetime, market: MarketSeen | None, quantity: Decimal
) -> Step:
    """Leave by one order with a limit: never at market, never leg by leg (W-01, B-05)."""
    failed = _failed(orders)
    goes_on = walks(trade) and not is_walk_over(trade, orders, now)
    goes_on = goes_on or is_market_step_due(trade, orders, now) or any(rests(one, trade) for one in failed)
    if failed and (not goes_on or failed[-1].status is OrderStatus.REJECTED):
        return AbandonClose(
            detail=_failure_text(orders), keep_request=False, failed_order_ids=_fell_short(orders)
        )
    if trade.excess_qty > 0:
        return SendExit(quantity=trade.excess_qty, flatten=True)
    if trade.sellable_qty == 0:
        return AbandonClose(detail="the account does not hold it", keep_request=False)
    if market is None:
        return LookAtMarket()
    bundle = closing_bundle(trade, quantity)
    if market.nobody_bids and not bundle.is_combined and _sells_an_option(trade):
        return _rest(trade, orders, now, quantity)
    return _offer(trade, orders, now, market, bundle, quantity)


def _offer(
    trade: Trade,
    orders: Sequence[Order],
    now: datetime,
    market: MarketSeen,
    bundle: Bundle,
    quantity: Decimal,
) -> Step:
    """Offer it at the limit that is due, or take the last step of a fast exit."""
    offer = offer_of(trade, bundle, market)
    worst = worst_price(trade, offer)
    if is_market_step_due(trade, orders, now):
        return SendExit(quantity=quantity, flatten=False, limit_price=worst, at_market=True)
    if lacks_worst(trade) and worst is not None:
        return NameWorst(worst=worst)
    limit = exit_limit(trade, orders, offer)
    if limit is None:
        return Wait(why="no leg's quote can be used, and there is no mark")
    again = look_again_after(trade, orders, limit, now)
    return SendExit(quantity=quantity, flatten=False, limit_price=limit, look_again_after=again)


def _is_overdue(trade: Trade, orders: Sequence[Order], order: Order, now: datetime) -> bool:
    """Say whether a sale has waited out its time."""
    if order.submitted_at is None:
        return False
    is_step = (walks(trade) or trade.is_hurried) and not is_market_step(trade, orders, order)
    if is_step and closes(trade, order):
        return now >= step_ends_at(trade, orders, order, now)
    return now - order.submitted_at >= EXIT_WAIT


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
    if not failed:
        return ""
    last = failed[-1]
    is_unexplained = last.is_combined or not last.reason
    if is_unexplained and last.status is OrderStatus.CANCELED and last.limit_price is not None:
        return f"nobody took it at {last.limit_price.normalize():f} in time"
    return last.reason or f"the exit ended {last.status}"
