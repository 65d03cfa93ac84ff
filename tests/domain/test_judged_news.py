"""A broker's news is judged once, and a second time holds nothing new (I-07, I-04)."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.trading.booking import OrderNews
from chalicelib.domain.trading.judged_news import is_news, judge
from chalicelib.domain.trading.orders import ENDED, LIVE, OrderRole, OrderStatus
from tests.domain.support import NOON, an_order

LATER = NOON + timedelta(minutes=1)
TOLD = sorted(LIVE | ENDED)


def news(status: OrderStatus, filled: int = 0, average: Decimal | None = None) -> OrderNews:
    """Return what a broker says of an order."""
    return OrderNews(
        status=status,
        filled_quantity=Decimal(filled),
        avg_fill_price=average,
        broker_order_id="b-10",
        parent_broker_order_id=None,
        updated_at=None,
        reason="its reason",
        fees=None,
        fill_rule="test",
    )


@given(
    stood=st.sampled_from([OrderStatus.SENT, OrderStatus.UNKNOWN, *TOLD]),
    told=st.sampled_from(TOLD),
    filled=st.integers(0, 2),
    average=st.none() | st.just(Decimal(5)),
)
def test_what_was_booked_is_no_news(
    stood: OrderStatus, told: OrderStatus, filled: int, average: Decimal | None
) -> None:
    """I-07: most of what a sync hears is what it heard a minute ago."""
    order = an_order(OrderRole.ENTRY, stood)
    heard = news(told, filled, average)

    after = replace(order, **judge(order, heard).changes(NOON))

    assert not is_news(after, heard, LATER)


def test_news_brings_what_it_says_and_the_new_fill() -> None:
    order = an_order(OrderRole.ENTRY, OrderStatus.SENT)

    judged = judge(order, news(OrderStatus.FILLED, 2, Decimal(5)))

    assert judged.fills
    assert judged.changes(LATER) == {
        "status": OrderStatus.FILLED,
        "reason": "its reason",
        "ended_at": LATER,
        "filled_quantity": 2,
        "avg_fill_price": Decimal(5),
    }


@pytest.mark.parametrize(
    ("stood", "told", "is_refusal"),
    [
        (OrderStatus.OPEN, OrderStatus.REJECTED, True),
        (OrderStatus.REJECTED, OrderStatus.REJECTED, False),
        (OrderStatus.OPEN, OrderStatus.CANCELED, False),
    ],
)
def test_a_refusal_is_told_once(stood: OrderStatus, told: OrderStatus, is_refusal: bool) -> None:
    """A-04: what was refused before is no second refusal."""
    assert judge(an_order(OrderRole.STOP_LOSS, stood), news(told)).is_refusal is is_refusal


def test_an_ended_order_only_changes_when_all_of_it_filled_after_all() -> None:
    """I-04: the rest of what a broker says of it is heard and not stored."""
    ended = replace(an_order(OrderRole.EXIT, OrderStatus.CANCELED), ended_at=NOON)

    assert judge(ended, news(OrderStatus.CANCELED)).changes(LATER) == {}
    assert judge(ended, news(OrderStatus.FILLED, 2, Decimal(5))).changes(LATER) == {
        "status": OrderStatus.FILLED,
        "reason": "filled, although it was taken for CANCELED",
        "filled_quantity": 2,
        "avg_fill_price": Decimal(5),
    }
