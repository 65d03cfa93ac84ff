"""What to do next for a trade that is CLOSING (A-04, closing procedure and nobody bids); pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.trading.exit_legs import closing_bundle
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
from chalicelib.domain.trading.walk import SECONDS_IN_ALL, SECONDS_PER_STEP, Walk, tried_since

#: B-01: how far past what leaving brings at once an exit may go.
BUFFER: Final = Decimal("0.05")
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
    wait = SECONDS_PER_STEP if _walks(trade) else EXIT_WAIT
    overdue = tuple(
        order for order in outstanding if _is_overdue(order, now, wait) and not rests(order, trade)
    )
    if overdue:
        return CancelOrders(orders=overdue)
    if outstanding:
        return Wait(why="exit working")
    if trade.is_structure and closing_bundle(trade, trade.sellable_qty).is_combined:
        return _leave_structure(trade, orders, now, market)
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
        is_told = last is not None and last.side is not trade.side.closes_by
        return AbandonClose(detail="the account does not hold it", keep_request=False, is_told=is_told)
    if market is None:
        return LookAtMarket()
    if market.nobody_bids and _sells_an_option(trade):
        refused = refused_sales(trade, orders)
        if (
            failed
            and last is not None
            and refused is not None
            and rests(last, trade)
            and now < refused.retry_at
        ):
            return Wait(why="cancelled again and again")
        return SendExit(quantity=trade.sellable_qty, flatten=False, limit_price=trade.least_price)
    if failed and last is not None and not rests(last, trade):
        return give_up
    return SendExit(quantity=trade.sellable_qty, flatten=False)


def _sells_an_option(trade: Trade) -> bool:
    """Say whether what is left next is a long option: what nobody bids for rests at the least price."""
    (moved,) = closing_bundle(trade, trade.sellable_qty).legs
    leg = trade.leg_numbered(moved.leg_no)
    return leg.side is LegSide.LONG and leg.instrument is Instrument.OPTION


def _walks(trade: Trade) -> bool:
    """Say whether its owner said what leaving may cost at worst: the limit walks there (B-05)."""
    return trade.is_structure and trade.closing_limit_price is not None


def _leave_structure(trade: Trade, orders: Sequence[Order], now: datetime, market: MarketSeen | None) -> Step:
    """Leave all legs by one order with a limit: never at market, never leg by leg (W-01)."""
    since = trade.close_requested_at or now
    exits = [order for order in orders if order.role is OrderRole.EXIT]
    is_over = now - since >= SECONDS_IN_ALL
    if _fell_short(orders) and (is_over or not _walks(trade) or exits[-1].status is OrderStatus.REJECTED):
        return AbandonClose(
            detail=_failure_text(orders), keep_request=False, failed_order_ids=_fell_short(orders)
        )
    if trade.excess_qty > 0:
        return SendExit(quantity=trade.excess_qty, flatten=True)
    if trade.sellable_qty == 0:
        return AbandonClose(detail="the account does not hold it", keep_request=False)
    if market is None:
        return LookAtMarket()
    limit = exit_limit(trade, market, tried_since(exits, since))
    if limit is None:
        return Wait(why="no leg's quote can be used, and there is no mark")
    return SendExit(quantity=trade.sellable_qty, flatten=False, limit_price=limit)


def exit_limit(trade: Trade, market: MarketSeen, tried: int) -> Decimal | None:
    """Return the limit at which a structure is offered, its own signed price; None where nothing is known.

    With a worst price the limit walks there from the middle. Without one it is what leaving brings at once,
    less the buffer (W-03); where the market cannot be read, the last mark less the buffer: a quote that is
    missing never blocks an exit. Of what is left out of ratio no mark says what one unit is worth.
    """
    # Once a leg went its own way, no price is the structure's any more: what is left has the market's alone.
    worst = trade.closing_limit_price if trade.is_whole else None
    mark = trade.current_price if trade.is_whole else None
    fair = market.mid if market.mid is not None else mark
    if worst is not None:
        start = worst if fair is None else max(fair, worst)
        return Walk(is_buy=False, start=start, worst=worst).price(tried)
    known = market.bid if market.bid is not None else mark
    if known is None:
        return None
    return Walk(is_buy=False, start=known, worst=known - abs(known) * BUFFER).price(1)


def _is_overdue(order: Order, now: datetime, wait: timedelta) -> bool:
    """Say whether a sale has waited out its time."""
    return order.submitted_at is not None and now - order.submitted_at >= wait


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
