"""W-01, W-02: what fills of several legs amount to, whatever parts they came in."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.instruments.sides import LegSide, OrderSide
from chalicelib.domain.money import ZERO, to_cents
from chalicelib.domain.trading.booking import LegNews, OrderNews, unbooked_fills
from chalicelib.domain.trading.exit_legs import closing_bundle
from chalicelib.domain.trading.legs import Leg
from chalicelib.domain.trading.orders import (
    Fill,
    FillKind,
    Order,
    OrderLeg,
    OrderRole,
    OrderStatus,
    OrderType,
)
from chalicelib.domain.trading.position import position_of
from tests.domain.support import LONG_CALL, NOON, OPEN_TRADE, TRADE_ID, an_order

cents = st.integers(1, 5_000).map(lambda n: Decimal(n) / 100)


@st.composite
def leg_lists(draw: st.DrawFn) -> tuple[Leg, ...]:
    """Any two to four legs, in whatever ratio."""
    count = draw(st.integers(2, 4))
    return tuple(
        replace(
            LONG_CALL[0],
            id=UUID(int=100 + number),
            leg_no=number,
            symbol=f"SPY260320C00{600 + number}000",
            side=draw(st.sampled_from(LegSide)),
            ratio=draw(st.integers(1, 3)),
        )
        for number in range(1, count + 1)
    )


def fill(leg: Leg, *, opens: bool, structures: int, price: Decimal, fees: Decimal, minute: int) -> Fill:
    """Return a fill of one leg for so many structures."""
    side = leg.side.opens_by if opens else leg.side.closes_by
    return Fill(
        id=UUID(int=1_000 + 10 * minute + leg.leg_no),
        username="alice",
        trade_id=TRADE_ID,
        order_id=ENTRY.id if opens else EXIT.id,
        kind=FillKind.FILL,
        is_buy=side.is_buy,
        quantity=Decimal(structures * leg.ratio),
        price=price,
        fees=fees,
        fill_rule="broker",
        filled_at=NOON + timedelta(minutes=minute),
        leg_no=leg.leg_no,
    )


ENTRY = an_order(OrderRole.ENTRY, OrderStatus.FILLED)
EXIT = an_order(OrderRole.EXIT, OrderStatus.FILLED, number=11, side=OrderSide.SELL_TO_CLOSE)


@given(legs=leg_lists(), parts=st.lists(st.integers(1, 4), min_size=1, max_size=3), data=st.data())
def test_pnl_of_a_structure_is_cash_in_less_cash_out(
    legs: tuple[Leg, ...], parts: list[int], data: st.DataObject
) -> None:
    """I-13 per leg: filled in parts and left in other parts, the result is the cash that moved."""
    total = sum(parts)
    left = data.draw(st.integers(1, total))
    fills, cash, minute = [], ZERO, 0
    for opens, sizes in ((True, parts), (False, [left, total - left])):
        for size in sizes:
            minute += 1
            for leg in legs if size else ():
                price, fees = data.draw(cents), data.draw(cents)
                one = fill(leg, opens=opens, structures=size, price=price, fees=fees, minute=minute)
                fills.append(one)
                cash += (-1 if one.is_buy else 1) * one.quantity * price * leg.multiplier - fees

    position = position_of(data.draw(st.permutations(fills)), [ENTRY, EXIT], legs)

    assert (position.filled_qty, position.held) == (Decimal(total), ZERO)
    assert position.net_pnl == to_cents(cash)
    assert position.closing_role is OrderRole.EXIT
    assert all(position.apart(book) is None for book in position.books)


@given(legs=leg_lists(), gone=st.integers(1, 4), data=st.data())
def test_a_leg_that_went_its_own_way_is_held_apart(
    legs: tuple[Leg, ...], gone: int, data: st.DataObject
) -> None:
    """W-05: two of five contracts assigned; what is left is closed by one order over what each leg holds."""
    fills = [fill(leg, opens=True, structures=5, price=Decimal(1), fees=ZERO, minute=1) for leg in legs]
    assigned = data.draw(st.sampled_from(legs))
    lost = replace(
        fill(assigned, opens=False, structures=1, price=ZERO, fees=ZERO, minute=2),
        order_id=None,
        kind=FillKind.SETTLEMENT,
        quantity=Decimal(gone),
    )

    position = position_of([*fills, lost], [ENTRY], legs)

    assert position.held == 5
    apart = {book.leg.leg_no: position.apart(book) for book in position.books}
    assert apart == {leg.leg_no: 5 * leg.ratio - gone if leg is assigned else None for leg in legs}
    left = tuple(replace(leg, apart_qty=apart[leg.leg_no]) for leg in legs)
    trade = replace(OPEN_TRADE, legs=left, qty=Decimal(5), filled_qty=Decimal(5), open_qty=Decimal(5))
    bundle = closing_bundle(trade, trade.open_qty)
    assert {leg.leg_no: bundle.quantity * leg.ratio for leg in bundle.legs} == {
        leg.leg_no: leg.held(Decimal(5)) for leg in left
    }


def test_news_of_a_combined_order_is_booked_for_all_legs_or_none() -> None:
    """W-01: a leg whose price is not there yet holds the others back; the next news brings both."""
    order = Order(
        id=UUID(int=12),
        username="alice",
        trade_id=TRADE_ID,
        role=OrderRole.ENTRY,
        tag="pt-1",
        status=OrderStatus.OPEN,
        type=OrderType.LIMIT,
        side=OrderSide.BUY_TO_OPEN,
        symbol="SPY",
        quantity=Decimal(3),
        limit_price=Decimal("-1.20"),
        legs=(
            OrderLeg(leg_no=1, symbol="A", side=OrderSide.SELL_TO_OPEN),
            OrderLeg(leg_no=2, symbol="B", side=OrderSide.BUY_TO_OPEN, ratio=2),
        ),
    )
    half = news(2, LegNews(symbol="A", filled_quantity=Decimal(2), avg_fill_price=Decimal(3)),
                LegNews(symbol="B", filled_quantity=Decimal(4), avg_fill_price=None))  # fmt: skip
    whole = news(2, LegNews(symbol="A", filled_quantity=Decimal(2), avg_fill_price=Decimal(3)),
                 LegNews(symbol="B", filled_quantity=Decimal(4), avg_fill_price=Decimal("0.90")))  # fmt: skip

    assert unbooked_fills(order, half) == ()
    first, second = unbooked_fills(order, whole)
    assert (first.quantity, first.price) == (Decimal(2), Decimal(3))
    assert (second.quantity, second.price) == (Decimal(4), Decimal("0.90"))
    booked = replace(order, filled_quantity=Decimal(2), legs=(first.leg_after, second.leg_after))
    assert unbooked_fills(booked, whole) == ()


def news(filled: int, *legs: LegNews) -> OrderNews:
    """Return a broker's word of a combined order."""
    return OrderNews(
        status=OrderStatus.PARTIALLY_FILLED,
        filled_quantity=Decimal(filled),
        avg_fill_price=Decimal("-1.20"),
        broker_order_id="9",
        parent_broker_order_id=None,
        updated_at=None,
        reason=None,
        fees=None,
        fill_rule="broker",
        legs=legs,
    )
