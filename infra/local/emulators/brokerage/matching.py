"""When and at what price an order fills against a path of quotes. Pure."""

from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import numpy.typing as npt

from infra.local.emulators.brokerage.orders import CENT, Order, OrderType
from infra.local.emulators.market.quotes import Touches

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    """A fill found at an element of the path; price in dollars per share."""

    index: int
    price: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a path does to an order: perhaps reaches its stop, perhaps fills it."""

    triggered: bool
    trade: Trade | None


def match(order: Order, quotes: Touches, start: int = 0) -> Outcome:
    """Follow the quotes from element `start` on until the order fills.

    A fresh order (just accepted, or meeting the open) that is marketable at the first element fills at the
    opposite side at touch. Afterwards a limit fills at its own price once the opposite side reaches it. A
    stop is reached by the bid (to sell) or the ask (to buy) and fills there, however far the price has
    jumped; where nobody bids it waits.
    """
    near = quotes.ask if order.buys else quotes.bid
    there: Flags = np.asarray(near > 0)
    triggered, begin, fresh = order.triggered, start, order.fresh
    if order.order_type in {OrderType.STOP, OrderType.STOP_LIMIT} and not triggered:
        reached = _reaches_stop(order, near)
        first = _first(reached, start)
        if first is None:
            return Outcome(triggered=False, trade=None)
        triggered, begin, fresh = True, first, True
    limited = order.order_type in {OrderType.LIMIT, OrderType.STOP_LIMIT} and order.price is not None
    if limited and order.price is not None:
        limit = float(order.price)
        there = there & np.asarray(near <= limit + 1e-9 if order.buys else near >= limit - 1e-9)
    found = _first(there, begin)
    if found is None:
        return Outcome(triggered=triggered, trade=None)
    at_touch = not limited or (fresh and found == begin) or order.price is None
    price = cents(float(near[found])) if at_touch or order.price is None else order.price
    return Outcome(triggered=triggered, trade=Trade(index=found, price=price))


def match_net(
    orders: list[Order], quotes: list[Touches], net_limit: Decimal | None, units: int
) -> int | None:
    """Return the first element at which all legs trade at touch, at one moment, within a net limit per unit.

    `net_limit` is what may be paid at most per unit (negative: what must be received at least), None for a
    market order. What nobody bids for can be sold only together with what is bought.
    """
    total = np.zeros(len(quotes[0].seconds))
    possible: Flags = np.ones(len(total), dtype=bool)
    carries = any(leg.buys for leg in orders)
    for leg, path in zip(orders, quotes, strict=True):
        near = path.ask if leg.buys else path.bid
        quoted = np.asarray(path.ask > 0) if carries else np.asarray(near > 0)
        possible = possible & quoted & ~np.isnan(near)
        share = leg.multiplier * leg.quantity / units / 100
        total = total + np.nan_to_num(near) * (share if leg.buys else -share)
    if net_limit is not None:
        possible = possible & np.asarray(total <= float(net_limit) + 1e-9)
    return _first(possible, 0)


def cents(price: float) -> Decimal:
    """Return a quoted price as an exact number of cents."""
    return Decimal(str(round(price, 2))).quantize(CENT)


def _reaches_stop(order: Order, near: npt.NDArray[np.float64]) -> Flags:
    if order.stop is None:
        return np.zeros(len(near), dtype=bool)
    stop = float(order.stop)
    if order.buys:
        return np.asarray(near >= stop - 1e-9)
    return np.asarray(near <= stop + 1e-9)


def _first(flags: Flags, start: int) -> int | None:
    window = flags[start:]
    if not window.any():
        return None
    return start + int(np.argmax(window))
