"""B-05, I-39: an entry's walk as a law, over whatever the market fills of whichever step."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.instruments.ticks import is_on_tick
from chalicelib.domain.money import ZERO
from chalicelib.domain.trading import steps
from chalicelib.domain.trading.booking import UNEVEN
from chalicelib.domain.trading.lifecycle import standing
from chalicelib.domain.trading.next_step import next_step
from chalicelib.domain.trading.orders import Fill, Order, OrderLeg, OrderRole, OrderStatus
from chalicelib.domain.trading.position import position_of
from chalicelib.domain.trading.steps import SessionState
from chalicelib.domain.trading.trades import CloseReason, Trade, TradeStatus
from chalicelib.domain.trading.walk import EntryWalk
from tests.domain.support import LONG_CALL, NOON, PENDING_TRADE, a_fill, an_order

CENT = Decimal("0.01")
SHORT_LEG = replace(LONG_CALL[0], side=LegSide.SHORT)
SPREAD = (
    SHORT_LEG,
    replace(LONG_CALL[0], id=UUID(int=71), leg_no=2, symbol="SPY260320C00610000", ratio=1),
)


def asked_for(start: str, worst: str, *, qty: int = 1, is_spread: bool = True) -> Trade:
    """Return a trade whose entry is to walk: a credit spread, or one short leg."""
    return replace(
        PENDING_TRADE,
        legs=SPREAD if is_spread else (SHORT_LEG,),
        qty=Decimal(qty),
        limit_price=Decimal(start),
        created_at=NOON,
        sl_price=None,
        tp_price=None,
        walk=EntryWalk(worst=Decimal(worst)),
    )


def first_order(trade: Trade) -> Order:
    """Return its entry as it is stored with it."""
    legs = tuple(
        OrderLeg(leg_no=leg.leg_no, symbol=leg.symbol, side=leg.side.opens_by, ratio=leg.ratio)
        for leg in trade.legs
    )
    return replace(
        an_order(OrderRole.ENTRY, OrderStatus.INTENT, quantity=trade.qty, side=trade.side.opens_by),
        limit_price=trade.limit_price,
        broker_order_id=None,
        submitted_at=None,
        legs=legs if trade.is_structure else (),
    )


@dataclass
class Walking:
    """A walk carried out against a market that fills what it is told to, of each step."""

    trade: Trade
    orders: list[Order] = field(default_factory=list)
    fills: list[Fill] = field(default_factory=list)
    now_after: float = 0

    def step(self) -> steps.Step:
        now = NOON + timedelta(seconds=self.now_after)
        return next_step(self.trade, self.orders, None, SessionState.OPEN, now, has_turn=True)

    def send(self, order: Order, *, is_taken: bool) -> None:
        at = NOON + timedelta(seconds=self.now_after)
        sent = replace(order, status=OrderStatus.OPEN, submitted_at=at)
        if is_taken:
            sent = replace(sent, broker_order_id=f"b-{len(self.orders)}")
        else:
            sent = replace(sent, status=OrderStatus.CANCELED, handled=True)
        self.orders = [one for one in self.orders if one.id != order.id] + [sent]
        self.restate()

    def fill(self, units: Decimal) -> None:
        order = self.orders[-1]
        filled = order.filled_quantity + units
        is_whole = filled == order.quantity
        legs = tuple(replace(leg, filled_quantity=filled * leg.ratio) for leg in order.legs)
        self.orders[-1] = replace(
            order,
            filled_quantity=filled,
            legs=legs,
            status=OrderStatus.FILLED if is_whole else OrderStatus.PARTIALLY_FILLED,
        )
        for leg in self.trade.legs:
            one = a_fill(order, units * leg.ratio, Decimal(2), number=500 + len(self.fills))
            self.fills.append(replace(one, leg_no=leg.leg_no, is_buy=leg.side.opens_by.is_buy))
        self.restate()

    def cancel(self) -> None:
        at = NOON + timedelta(seconds=self.now_after)
        gone = replace(self.orders[-1], status=OrderStatus.CANCELED, cancel_requested_at=at, ended_at=at)
        self.orders[-1] = gone
        self.restate()

    def next_order(self, step: steps.WalkOn) -> Order:
        number = 10 + len(self.orders)
        first = first_order(self.trade)
        limit = step.limit_price
        return replace(first, id=UUID(int=number), quantity=step.quantity, limit_price=limit)

    def end(self) -> None:
        self.trade = replace(self.trade, walk_ended_at=NOON + timedelta(seconds=self.now_after))
        self.restate()

    def restate(self) -> None:
        position = position_of(self.fills, self.orders, self.trade.legs)
        stands = standing(self.trade, self.orders, position)
        self.trade = replace(
            self.trade,
            status=stands.status_after(self.trade.status),
            filled_qty=position.filled_qty,
            open_qty=stands.open_qty,
            close_reason=stands.close_reason,
        )


def walked(trade: Trade, filled: list[int], taken: list[bool]) -> Walking:
    """Walk until it is over: step by step some of it fills, and some steps cannot be sent."""
    walking = Walking(trade, [first_order(trade)])
    parts, sends = iter(filled), iter(taken)
    for _ in range(400):
        step = walking.step()
        match step:
            case steps.SendEntry():
                walking.send(step.order, is_taken=True)
            case steps.WalkOn():
                walking.send(walking.next_order(step), is_taken=next(sends, True))
            case steps.CancelOrders():
                walking.cancel()
            case steps.EndWalk():
                walking.end()
            case _:
                if walking.trade.status not in {TradeStatus.PENDING, TradeStatus.PARTIALLY_FILLED}:
                    return walking
                last = walking.orders[-1]
                part = min(Decimal(next(parts, 0)), last.remaining_quantity)
                if last.is_live and part > 0:
                    walking.fill(part)
                walking.now_after += 5
    pytest.fail("a walk ends in its time")


@given(
    qty=st.integers(1, 9),
    away=st.integers(0, 90),
    filled=st.lists(st.sampled_from([0, 0, 0, 1, 2]), max_size=30),
    taken=st.lists(st.sampled_from([True, True, False]), max_size=14),
    is_spread=st.booleans(),
)
def test_a_walk_holds_its_law_whatever_fills(
    qty: int, away: int, filled: list[int], taken: list[bool], is_spread: bool
) -> None:
    """Never past the worst, one working order, what fills is what is held, over within its 120 s."""
    start = Decimal("-1.20") if is_spread else Decimal("2.40")
    worst = start + away * CENT if is_spread else start - away * CENT
    trade = asked_for(str(start), str(worst), qty=qty, is_spread=is_spread)
    walking = walked(trade, filled, taken)

    prices = [order.limit_price for order in walking.orders if order.limit_price is not None]
    way = 1 if is_spread else -1
    assert all((price - start) * way >= 0 and (worst - price) * way >= 0 for price in prices)
    assert all((later - earlier) * way >= 0 for earlier, later in pairwise(prices))
    assert is_spread or all(is_on_tick(trade.ticker, price) for price in prices)
    for earlier, later in pairwise(walking.orders):
        assert earlier.status is OrderStatus.CANCELED
        assert later.quantity == earlier.remaining_quantity
    done = sum((order.filled_quantity for order in walking.orders), ZERO)
    position = position_of(walking.fills, walking.orders, trade.legs)
    assert done == position.filled_qty == walking.trade.open_qty <= qty
    assert all(book.held == done * book.leg.ratio for book in position.books)
    assert walking.now_after <= 130
    wanted = TradeStatus.OPEN if done else TradeStatus.CANCELED
    assert walking.trade.status is wanted
    assert done or walking.trade.close_reason is CloseReason.UNFILLED


def test_a_price_waits_at_its_worst_and_not_before() -> None:
    """B-16: the last step may be the worst price itself; it rests there to the end."""
    walking = walked(asked_for("-1.20", "-1.13"), [], [])

    assert [str(order.limit_price) for order in walking.orders] == ["-1.20", "-1.15", "-1.13"]
    assert walking.now_after >= 120


def test_one_leg_walks_on_its_ticks() -> None:
    """A-07: dimes from 3 dollars on, nickels below; a step is no less than a tick."""
    trade = replace(asked_for("3.20", "2.85", is_spread=False), ticker="SPX")
    walking = walked(trade, [], [])

    prices = [str(order.limit_price) for order in walking.orders]
    assert prices == ["3.20", "3.10", "3.00", "2.90", "2.85"]


def test_its_own_pace_is_kept() -> None:
    pace = EntryWalk(worst=Decimal("-0.20"), seconds_per_step=20, seconds_in_all=60)
    walking = walked(replace(asked_for("-1.20", "-0.20"), walk=pace), [], [])

    assert len(walking.orders) == 3
    assert 60 <= walking.now_after <= 65


def test_a_working_order_whose_legs_fill_unevenly_is_given_up() -> None:
    """B-05: what it left is given back once it is gone."""
    trade = asked_for("-1.20", "-1.00")
    walking = Walking(trade, [first_order(trade)])
    walking.send(walking.orders[0], is_taken=True)
    assert isinstance(walking.step(), steps.Wait)
    walking.orders[0] = replace(walking.orders[0], reason=UNEVEN)

    assert isinstance(walking.step(), steps.CancelOrders)
