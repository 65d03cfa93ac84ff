"""What a broker's news says of an order as it stands, judged once: its next state, a new fill, what to store.

Pure: the same news a second time is judged to hold nothing new (I-07).
"""

from datetime import datetime
from typing import NamedTuple

from chalicelib.domain.trading.booking import (
    UNEVEN,
    NewFill,
    OrderNews,
    is_uneven,
    status_after,
    unbooked_fills,
)
from chalicelib.domain.trading.changing_facts import OrderFacts, differing
from chalicelib.domain.trading.orders import ENDED, LIVE, Order, OrderStatus


class JudgedNews(NamedTuple):
    """News of an order, the state it leads to, and what filled that was not booked yet, leg by leg.

    A sync makes one of each order that it hears of: hence no dataclass, which takes longer to make.
    """

    order: Order
    news: OrderNews
    status: OrderStatus
    fills: tuple[NewFill, ...]

    @property
    def is_refusal(self) -> bool:
        """Say whether the broker rejects now what it had taken."""
        return self.order.status is not OrderStatus.REJECTED and self.status is OrderStatus.REJECTED

    @property
    def is_left_uneven(self) -> bool:
        """Say whether the order ends now with a leg filled beyond the others (I-38)."""
        ends = self.status in ENDED and not self.order.is_ended
        return ends and bool(self.fills) and is_uneven(self.order, self.news)

    def changes(self, now: datetime) -> OrderFacts:
        """Return the facts of the order that the news changes at `now`; none where it says nothing new."""
        changes = self._standing(now)
        if self.fills:
            changes |= {
                "filled_quantity": self.news.filled_quantity,
                "avg_fill_price": self.news.avg_fill_price,
            }
            if self.order.legs:
                after = {fill.leg.leg_no: fill.leg_after for fill in self.fills}
                changes["legs"] = tuple(after.get(leg.leg_no, leg) for leg in self.order.legs)
        return changes

    def _standing(self, now: datetime) -> OrderFacts:
        order, news = self.order, self.news
        if order.is_ended:
            found = f"filled, although it was taken for {order.status}"
            return {} if self.status is order.status else {"status": self.status, "reason": found}
        ended_now = self.status in ENDED and order.ended_at is None
        wanted: OrderFacts = {
            "status": self.status,
            "broker_order_id": news.broker_order_id,
            "parent_broker_order_id": news.parent_broker_order_id or order.parent_broker_order_id,
            "reason": news.reason or self._own_reason(),
            "submitted_at": order.submitted_at or now,
            "ended_at": (news.updated_at or now) if ended_now else order.ended_at,
            "missed_at": None,
        }
        return differing(order, wanted)

    def _own_reason(self) -> str | None:
        """Return what we say of it: that a leg of it has filled without the others, while that is so."""
        if self.status in LIVE and is_uneven(self.order, self.news):
            return UNEVEN
        return None if self.order.reason == UNEVEN else self.order.reason


def judge(order: Order, news: OrderNews) -> JudgedNews:
    """Judge news of an order; whoever books it has read the order under its trade's lock."""
    return JudgedNews(
        order=order, news=news, status=status_after(order, news), fills=unbooked_fills(order, news)
    )


def is_news(order: Order, news: OrderNews, now: datetime) -> bool:
    """Say whether the broker tells anything of an order that is not booked yet: most of what a sync hears
    is what it heard a minute ago.
    """
    return bool(judge(order, news).changes(now))
