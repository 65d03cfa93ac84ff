"""How several legs are left by one order with a limit: at once, or walking to the worst price (B-05, W-03).

Pure. A walk is read from its orders: it began with the first of them, and each that left was a step.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from chalicelib.domain.trading.market_seen import MarketSeen
from chalicelib.domain.trading.orders import Order
from chalicelib.domain.trading.parts import sales_of_close
from chalicelib.domain.trading.trades import Trade
from chalicelib.domain.trading.walk import SECONDS_IN_ALL, SECONDS_PER_STEP, Walk

#: B-01: how far past what leaving brings at once an exit may go.
BUFFER: Final = Decimal("0.05")


def walks(trade: Trade) -> bool:
    """Say whether its owner said what leaving may cost at worst: the limit walks there.

    Once a leg went its own way, no price is the structure's any more: what is left has the market's alone.
    """
    return trade.is_structure and trade.is_whole and trade.closing_limit_price is not None


def is_walk_over(trade: Trade, orders: Sequence[Order], now: datetime) -> bool:
    """Say whether a walk has had its time; one that waited for the session begins with its first order."""
    return now >= _began_at(trade, orders, now) + SECONDS_IN_ALL


def step_ends_at(trade: Trade, orders: Sequence[Order], order: Order, now: datetime) -> datetime:
    """Return when a step of a walk gives way to the next; at the worst price it rests to the walk's end."""
    end = _began_at(trade, orders, now) + SECONDS_IN_ALL
    if order.submitted_at is None or order.limit_price == trade.closing_limit_price:
        return end
    return min(order.submitted_at + SECONDS_PER_STEP, end)


def look_again_after(
    trade: Trade, orders: Sequence[Order], limit_price: Decimal, now: datetime
) -> timedelta | None:
    """Return how long after it leaves a step of a walk is to be looked at; None without a walk."""
    if not walks(trade):
        return None
    end = _began_at(trade, orders, now) + SECONDS_IN_ALL - now
    return end if limit_price == trade.closing_limit_price else min(SECONDS_PER_STEP, end)


def exit_limit(trade: Trade, orders: Sequence[Order], market: MarketSeen) -> Decimal | None:
    """Return the limit at which a structure is offered, its own signed price; None where nothing is known.

    With a worst price the limit walks there from the middle. Without one it is what leaving brings at once,
    less the buffer (W-03); where the market cannot be read, the last mark less the buffer: a quote that is
    missing never blocks an exit. Of what is left out of ratio no mark says what one unit is worth.
    """
    worst = trade.closing_limit_price
    if worst is not None and walks(trade):
        tried = sales_of_close(trade, orders)
        fair = tried[0].limit_price if tried else _fair(trade, market)
        start = worst if fair is None else max(fair, worst)
        return Walk(is_buy=False, start=start, worst=worst).price(len(tried))
    known = market.bid if market.bid is not None else _mark(trade)
    if known is None:
        return None
    return Walk(is_buy=False, start=known, worst=known - abs(known) * BUFFER).price(1)


def _mark(trade: Trade) -> Decimal | None:
    return trade.current_price if trade.is_whole else None


def _fair(trade: Trade, market: MarketSeen) -> Decimal | None:
    return market.mid if market.mid is not None else _mark(trade)


def _began_at(trade: Trade, orders: Sequence[Order], now: datetime) -> datetime:
    left = [order.submitted_at for order in sales_of_close(trade, orders) if order.submitted_at is not None]
    return min(left, default=now)
