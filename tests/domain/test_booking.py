"""From a broker's word to what is booked: fills and money (I-03, I-07, I-13)."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.instruments.sides import LegSide, OrderSide
from chalicelib.domain.money import to_cents, to_price
from chalicelib.domain.trading.booking import NewFill, OrderNews, status_after, unbooked_fills
from chalicelib.domain.trading.orders import Fill, Order, OrderRole, OrderStatus, check_order_edge
from chalicelib.domain.trading.position import position_of
from tests.domain.support import HUNDRED, LONG_CALL, NOON, a_fill, an_order

ZERO = Decimal(0)
ROUNDING = Decimal("0.000001")
Execution = tuple[int, Decimal]

cents = st.integers(1, 3000).map(lambda count: Decimal(count) / 100)
executions = st.lists(st.tuples(st.integers(1, 20), cents), min_size=1, max_size=5)

ENTRY = an_order(OrderRole.ENTRY, OrderStatus.FILLED, number=10)
STOP = an_order(OrderRole.STOP_LOSS, OrderStatus.FILLED, number=11)
TARGET = an_order(OrderRole.TAKE_PROFIT, OrderStatus.FILLED, number=12)
EXIT = an_order(OrderRole.EXIT, OrderStatus.FILLED, number=13)
FLATTEN = an_order(OrderRole.EXIT, OrderStatus.FILLED, number=14, side=OrderSide.BUY_TO_CLOSE)
ORDERS = (ENTRY, STOP, TARGET, EXIT, FLATTEN)


def news(status: OrderStatus, filled: int | Decimal = 0, average: str | Decimal | None = None) -> OrderNews:
    """Return what a broker says of an order."""
    return OrderNews(
        status=status,
        filled_quantity=Decimal(filled),
        avg_fill_price=None if average is None else Decimal(average),
        broker_order_id="b-10",
        parent_broker_order_id=None,
        updated_at=NOON,
        reason=None,
        fees=None,
        fill_rule="test",
    )


def story_of(done: Sequence[Execution]) -> list[OrderNews]:
    """Return the news after each execution of an order that fills whole with the last: totals, averages."""
    told = [news(OrderStatus.OPEN)]
    for count in range(1, len(done) + 1):
        filled = sum(quantity for quantity, _ in done[:count])
        value = sum((quantity * price for quantity, price in done[:count]), ZERO)
        status = OrderStatus.FILLED if count == len(done) else OrderStatus.PARTIALLY_FILLED
        told.append(news(status, filled, to_price(value / filled)))
    return told


def book(order: Order, told: OrderNews) -> tuple[Order, NewFill | None]:
    """Book one piece of news as the ledger does, along allowed edges only."""
    fill = next(iter(unbooked_fills(order, told)), None)
    status = status_after(order, told)
    check_order_edge(order.status, status)
    order = replace(order, status=status)
    if fill is not None:
        order = replace(order, filled_quantity=told.filled_quantity, avg_fill_price=told.avg_fill_price)
    return order, fill


@settings(max_examples=100)
@given(done=executions, data=st.data())
def test_any_order_of_delivery_books_the_same_fills(done: list[Execution], data: st.DataObject) -> None:
    """I-07, I-03: late, twice, out of order; once the last word was heard, the totals are the broker's."""
    story = story_of(done)
    heard = [*data.draw(st.lists(st.sampled_from(story), max_size=10)), story[-1]]
    heard += data.draw(st.lists(st.sampled_from(story), max_size=4))
    total = Decimal(sum(quantity for quantity, _ in done))
    order = an_order(OrderRole.ENTRY, OrderStatus.SENT, quantity=total)
    fills: list[NewFill] = []
    for told in heard:
        before = order
        order, fill = book(order, told)
        fills += [] if fill is None else [fill]

        assert before.filled_quantity <= order.filled_quantity <= order.quantity

    average = story[-1].avg_fill_price
    assert average is not None
    assert order.status is OrderStatus.FILLED
    assert (order.filled_quantity, order.avg_fill_price) == (total, average)
    assert sum((fill.quantity for fill in fills), ZERO) == total
    booked_value = sum((fill.quantity * fill.price for fill in fills), ZERO)
    assert abs(booked_value - total * average) < ROUNDING
    assert min(price for _, price in done) <= average <= max(price for _, price in done)


@given(done=executions, data=st.data())
def test_news_heard_before_changes_nothing(done: list[Execution], data: st.DataObject) -> None:
    """I-07: after any news, any earlier or equal one books no fill and moves no state."""
    story = story_of(done)
    last = data.draw(st.integers(0, len(story) - 1))
    total = sum(quantity for quantity, _ in done)
    order, _ = book(an_order(OrderRole.ENTRY, OrderStatus.SENT, quantity=total), story[last])
    for told in story[: last + 1]:
        again, fill = book(order, told)

        assert fill is None
        assert again == order


def test_a_new_fills_price_is_what_makes_the_totals_agree() -> None:
    """I-03: one at 5.00, then two at an average of 5.05: the second was at 5.10."""
    order, first = book(
        an_order(OrderRole.ENTRY, OrderStatus.OPEN), news(OrderStatus.PARTIALLY_FILLED, 1, "5")
    )
    order, second = book(order, news(OrderStatus.FILLED, 2, "5.05"))

    assert first is not None
    assert second is not None
    assert (first.quantity, first.price) == (Decimal(1), Decimal(5))
    assert (second.quantity, second.price) == (Decimal(1), Decimal("5.10"))
    assert order.status is OrderStatus.FILLED


def test_a_fill_without_its_price_waits_for_the_next_look() -> None:
    """I-13: an order said to be filled before its average is known neither ends nor books a fill at 0."""
    order, fill = book(an_order(OrderRole.ENTRY, OrderStatus.SENT), news(OrderStatus.FILLED, 2))

    assert fill is None
    assert order.status is OrderStatus.OPEN
    assert order.filled_quantity == 0
    order, fill = book(order, news(OrderStatus.FILLED, 2, "5"))
    assert fill is not None
    assert order.status is OrderStatus.FILLED


@pytest.mark.parametrize(
    ("before", "told", "after"),
    [
        (OrderStatus.SENT, news(OrderStatus.PENDING), OrderStatus.PENDING),
        (OrderStatus.UNKNOWN, news(OrderStatus.REJECTED), OrderStatus.REJECTED),
        (OrderStatus.OPEN, news(OrderStatus.OPEN, 1, "5"), OrderStatus.PARTIALLY_FILLED),
        (OrderStatus.OPEN, news(OrderStatus.PARTIALLY_FILLED, 0), OrderStatus.OPEN),
        (OrderStatus.OPEN, news(OrderStatus.FILLED, 1, "5"), OrderStatus.CANCELED),
        (OrderStatus.OPEN, news(OrderStatus.CANCELED, 1, "5"), OrderStatus.CANCELED),
        (OrderStatus.OPEN, news(OrderStatus.EXPIRED), OrderStatus.EXPIRED),
    ],
)
def test_state_follows_the_news(before: OrderStatus, told: OrderNews, after: OrderStatus) -> None:
    """I-04: what is said in one state leads to one other along an allowed edge."""
    order, _ = book(an_order(OrderRole.ENTRY, before), told)

    assert order.status is after


@pytest.mark.parametrize(
    "ended", [OrderStatus.FILLED, OrderStatus.CANCELED, OrderStatus.REJECTED, OrderStatus.EXPIRED]
)
@given(status=st.sampled_from(OrderStatus), filled=st.integers(0, 2))
def test_an_ended_order_stays_ended(ended: OrderStatus, status: OrderStatus, filled: int) -> None:
    """I-04: whatever is said later, a recorded correction aside: all of it filled after all."""
    order = an_order(OrderRole.ENTRY, ended, filled=1)
    is_whole = filled == order.quantity

    assert status_after(order, news(status, filled, "5")) is (OrderStatus.FILLED if is_whole else ended)
    assert status_after(order, news(status, filled, None)) is ended


def test_a_late_fill_of_a_cancelled_order_is_still_booked() -> None:
    """I-03, I-04: the state stays, the fill counts."""
    order = an_order(OrderRole.EXIT, OrderStatus.CANCELED)

    (fill,) = unbooked_fills(order, news(OrderStatus.FILLED, 1, "5"))
    assert fill.quantity == 1


@st.composite
def fill_lists(draw: st.DrawFn) -> list[Fill]:
    """Any fills of a trade's orders, each at its own minute."""
    parts = draw(
        st.lists(st.tuples(st.sampled_from(ORDERS), st.integers(1, 9), cents, cents), min_size=1, max_size=8)
    )
    return [
        a_fill(order, quantity, price, minute=index, fees=fees, number=100 + index)
        for index, (order, quantity, price, fees) in enumerate(parts)
    ]


@settings(max_examples=100)
@given(fills=fill_lists(), data=st.data())
def test_realised_is_the_sum_of_fills_and_fees(fills: list[Fill], data: st.DataObject) -> None:
    """I-13, I-07: cash in less cash out less fees, to the cent, in whatever order the fills are read."""
    cash = ZERO
    for fill in fills:
        cash += (-1 if fill.is_buy else 1) * fill.quantity * fill.price * HUNDRED
    fees = sum((fill.fees for fill in fills), ZERO)
    position = position_of(fills, ORDERS, LONG_CALL)

    assert position.gross_pnl == to_cents(cash)
    assert position.net_pnl == to_cents(cash - fees)
    assert position.fees == fees
    assert position_of(data.draw(st.permutations(fills)), ORDERS, LONG_CALL) == position


@settings(max_examples=100)
@given(fills=fill_lists())
def test_holding_is_bought_less_sold(fills: list[Fill]) -> None:
    """I-03, I-09: a flattening buy gives back what was oversold; averages lie within their fills."""
    position = position_of(fills, ORDERS, LONG_CALL)
    entries = [fill.price for fill in fills if fill.order_id == ENTRY.id]
    signed = sum((fill.quantity if fill.is_buy else -fill.quantity for fill in fills), ZERO)

    assert position.held == signed
    assert (position.entry_price is None) == (not entries)
    if position.entry_price is not None:
        assert min(entries) <= position.entry_price <= max(entries)


def test_both_exits_filled_shows_as_a_negative_holding_until_flattened() -> None:
    """I-09: between two polls stop and target both filled; the buy back ties the books."""
    fills = [
        a_fill(ENTRY, 2, "5", fees="0.70"),
        a_fill(STOP, 2, "4", minute=1, fees="0.70", number=101),
        a_fill(TARGET, 2, "8", minute=2, fees="0.70", number=102),
    ]
    oversold = position_of(fills, ORDERS, LONG_CALL)
    flat = position_of(
        [*fills, a_fill(FLATTEN, 2, "8.10", minute=3, fees="0.70", number=103)], ORDERS, LONG_CALL
    )

    assert (oversold.held, flat.held) == (Decimal(-2), Decimal(0))
    assert oversold.closing_role is flat.closing_role is OrderRole.STOP_LOSS
    assert flat.net_pnl == Decimal("-222.80")


def test_a_dear_purchase_of_what_was_oversold_makes_no_negative_price() -> None:
    """I-13: the loss is in the result; a price per share is never below nothing."""
    fills = [
        a_fill(ENTRY, 1, "5", fees="0"),
        a_fill(STOP, 1, "4", minute=1, fees="0", number=101),
        a_fill(TARGET, 1, "8", minute=2, fees="0", number=102),
        a_fill(FLATTEN, 1, "20", minute=3, fees="0", number=103),
    ]
    booked = position_of(fills, ORDERS, LONG_CALL)

    assert (booked.exit_price, booked.net_pnl) == (Decimal(0), Decimal(-1300))


@pytest.mark.parametrize(("closer", "role"), [(STOP, OrderRole.STOP_LOSS), (TARGET, OrderRole.TAKE_PROFIT)])
def test_the_exit_that_empties_the_holding_closes_it(closer: Order, role: OrderRole) -> None:
    """A-04: a part sold by hand first does not name the outcome."""
    fills = [
        a_fill(ENTRY, 2, "5"),
        a_fill(EXIT, 1, "6", minute=1, number=101),
        a_fill(closer, 1, "7", minute=2, number=102),
    ]

    assert position_of(fills[:2], ORDERS, LONG_CALL).closing_role is None
    assert position_of(fills, ORDERS, LONG_CALL).closing_role is role


def test_part_of_an_exit_realises_its_share_of_the_entry() -> None:
    """I-13: one of two sold at 6 against 5, all fees so far taken off."""
    fills = [
        a_fill(ENTRY, 2, "5", fees="0.70"),
        a_fill(TARGET, 1, "6", minute=1, fees="0.35", number=101),
    ]
    position = position_of(fills, ORDERS, LONG_CALL)

    assert position.realized_so_far == Decimal("98.95")
    assert position_of(fills[:1], ORDERS, LONG_CALL).realized_so_far is None


@given(executions, executions)
@settings(max_examples=100)
def test_a_short_earns_what_a_long_of_the_same_prices_loses(
    opened: list[Execution], closed: list[Execution]
) -> None:
    """I-13: before fees the two are mirror images, and both are the cash that moved."""
    held = min(sum(quantity for quantity, _ in part) for part in (opened, closed))
    long, short = (
        position_of(
            [
                replace(a_fill(order, quantity, price), is_buy=is_buy)
                for order, part, is_buy in (
                    (ENTRY, _first(opened, held), side is LegSide.LONG),
                    (EXIT, _first(closed, held), side is LegSide.SHORT),
                )
                for quantity, price in part
            ],
            ORDERS,
            (replace(LONG_CALL[0], side=side),),
        )
        for side in LegSide
    )

    assert long.held == short.held == 0
    assert (long.entry_price, long.exit_price) == (short.entry_price, short.exit_price)
    assert long.gross_pnl == -short.gross_pnl
    assert short.gross_pnl == to_cents(short.entry_value - short.exit_value)


def _first(done: list[Execution], held: int) -> list[Execution]:
    """Return the executions up to a quantity."""
    found: list[Execution] = []
    for quantity, price in done:
        taken = min(quantity, held - sum(one for one, _ in found))
        if taken > 0:
            found.append((taken, price))
    return found
