"""When an order that was refused is tried again (A-04, refused again and again; I-35).

Worked out from the stored orders alone, so that it holds whoever was killed in between: 1 minute after the
second refusal for the same reason, then after 2, 5, 10, and from then on every 15 minutes.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from chalicelib.domain.trading.exit_legs import closes
from chalicelib.domain.trading.market_seen import WITHDRAWN
from chalicelib.domain.trading.orders import PROTECTIVE, Order, OrderRole, OrderStatus
from chalicelib.domain.trading.protection import Protection
from chalicelib.domain.trading.trades import Trade

#: After the second refusal, the third, and so on; the last goes on for good.
RETRY_AFTER: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 10, 15))
#: A sale is tried once a sync, a bracket that was refused gives way to a plain stop at once (A-04).
SALE_AGAIN_AFTER: Final = timedelta(seconds=30)
_FIGURES: Final = re.compile(r"\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """How often an order was refused for the reason it was refused for last, and when it may go again."""

    times: int
    reason: str | None
    since: datetime
    retry_at: datetime

    @property
    def told(self) -> str:
        """Return what whoever asks again is told."""
        return f"refused {self.times} times: {self.reason or 'no reason was given'}"


def refused_bracket(orders: Sequence[Order], wanted: Protection, quantity: Decimal) -> Refused | None:
    """Return how the last attempts at this protection fared; None when the last one was not refused.

    An OCO and the plain stop in its place are attempts at the same protection; other prices, another
    quantity or a target without its stop are not.
    """
    attempts: list[Order] = []
    for legs in _by_tag_newest_first(order for order in orders if order.role in PROTECTIVE):
        if _never_left(legs[0]):
            continue
        if legs[0].status is not OrderStatus.REJECTED or not _is_for(legs, wanted, quantity):
            break
        attempts.append(legs[0])
    return _counted(attempts, first_wait=timedelta(0))


def refused_sales(trade: Trade, orders: Sequence[Order]) -> Refused | None:
    """Return how the last closing orders fared, or those against an excess where there is one; None when the
    last one was not refused.

    One that the market left unfilled until it was cancelled counts too: it would be sent as often.
    """
    gives_back = trade.excess_qty > 0
    attempts: list[Order] = []
    for order in reversed(orders):
        if order.role is not OrderRole.EXIT or closes(trade, order) is gives_back or _never_left(order):
            continue
        failed = order.status in {OrderStatus.REJECTED, OrderStatus.CANCELED} and order.filled_quantity == 0
        if not failed or order.reason == WITHDRAWN:
            break
        attempts.append(order)
    return _counted(attempts, first_wait=SALE_AGAIN_AFTER)


def _counted(attempts: Sequence[Order], *, first_wait: timedelta) -> Refused | None:
    """Count attempts, newest first, by the newest one's reason; figures in it may differ."""
    if not attempts:
        return None
    reasons = [_FIGURES.sub("#", order.reason or order.status.value) for order in attempts]
    same = [order for order, reason in zip(attempts, reasons, strict=True) if reason == reasons[0]]
    times, last_at = len(same), ended_at(attempts[0])
    wait = first_wait if times == 1 else RETRY_AFTER[min(times - 2, len(RETRY_AFTER) - 1)]
    return Refused(times=times, reason=attempts[0].reason, since=ended_at(same[-1]), retry_at=last_at + wait)


def _is_for(legs: Sequence[Order], wanted: Protection, quantity: Decimal) -> bool:
    prices = {OrderRole.STOP_LOSS: wanted.sl_price, OrderRole.TAKE_PROFIT: wanted.tp_price}
    has_stop = wanted.sl_price is None or any(order.role is OrderRole.STOP_LOSS for order in legs)
    return has_stop and all(
        order.quantity == quantity and (order.stop_price or order.limit_price) == prices[order.role]
        for order in legs
    )


def _never_left(order: Order) -> bool:
    """Say whether the broker was not told of this order at all: no budget, no connection, or not yet."""
    return order.status is OrderStatus.INTENT or (
        order.status is OrderStatus.CANCELED and order.listed_id is None
    )


def ended_at(order: Order) -> datetime:
    """Return when an order that left was over, as far as that is known."""
    at = order.ended_at or order.submitted_at or order.created_at
    assert at is not None, "an order that left has a time"
    return at


def _by_tag_newest_first(orders: Iterable[Order]) -> list[list[Order]]:
    by_tag: dict[str, list[Order]] = {}
    for order in orders:
        by_tag.setdefault(order.tag, []).append(order)
    return list(reversed(by_tag.values()))
