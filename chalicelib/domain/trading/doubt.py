"""Intents of which "never sent" can no longer be said, since the database may have gone back (I-33).

A database that lives sends an intent in the first session in which it may leave, or ends it. One that came
back from a backup, or was put back to an earlier instant at its provider, holds intents that were sent since:
today's list shows such an order by its tag, and one that slept through its day may have left on that day.
"""

from collections.abc import Collection
from datetime import datetime

from chalicelib.domain.clocks.calendar import MarketCalendar, new_york_date
from chalicelib.domain.trading.orders import Order, OrderStatus


def is_doubtful(
    order: Order, shown_tags: Collection[str], calendar: MarketCalendar, now: datetime, *, own_broker: bool
) -> bool:
    """Say whether an intent may have been sent all the same.

    `own_broker`: its books go back together with ours, so that what they do not show was never sent.
    """
    if order.status is not OrderStatus.INTENT:
        return False
    if order.tag in shown_tags:
        return True
    if own_broker or order.created_at is None:
        return False
    could_have_left = new_york_date(calendar.next_close(order.created_at))
    return could_have_left < new_york_date(now)
