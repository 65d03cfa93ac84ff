"""Leaving a market in which nobody bids, and orders refused again and again: a table of cases (A-04)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.instruments.sides import LegSide, OrderSide
from chalicelib.domain.market.quotes import OptionQuote
from chalicelib.domain.trading.market_seen import UNREADABLE, WITHDRAWN, MarketSeen, seen_of_legs
from chalicelib.domain.trading.next_step import next_step
from chalicelib.domain.trading.orders import Order, OrderRole, OrderStatus, OrderType
from chalicelib.domain.trading.refusals import RETRY_AFTER, Refused, refused_bracket, refused_sales
from chalicelib.domain.trading.steps import (
    AbandonClose,
    BeginClose,
    CancelOrders,
    LookAtMarket,
    PlaceProtection,
    SendExit,
    SessionState,
    Step,
    Wait,
)
from chalicelib.domain.trading.trades import CloseReason, Trade, TradeStatus
from tests.domain.support import LONG_CALL, NOON, OPEN_TRADE, SYMBOL, an_order

IN, OUT = SessionState.OPEN, SessionState.CLOSED
CENT = Decimal("0.01")
ENTRY = an_order(OrderRole.ENTRY, OrderStatus.FILLED, filled=2)
SPREAD = (
    replace(LONG_CALL[0], side=LegSide.SHORT),
    replace(LONG_CALL[0], id=UUID(int=71), leg_no=2, symbol="SPY260320C00610000"),
)
CLOSING = replace(OPEN_TRADE, status=TradeStatus.CLOSING, close_requested_at=NOON)
RESTING = replace(
    an_order(OrderRole.EXIT, OrderStatus.OPEN, number=13), type=OrderType.LIMIT, limit_price=CENT
)
AT_MARKET = an_order(OrderRole.EXIT, OrderStatus.OPEN, number=12)
REST = SendExit(quantity=Decimal(2), flatten=False, limit_price=CENT)
SELL = SendExit(quantity=Decimal(2), flatten=False)
PROTECT = PlaceProtection(protection=OPEN_TRADE.protection, quantity=Decimal(2))


def seen(bid: str, ask: str) -> MarketSeen:
    """Return a look at the market."""
    return MarketSeen(bid=Decimal(bid), ask=Decimal(ask))


NOBODY = seen("0", "0.01")


def step(
    trade: Trade,
    *orders: Order,
    market: MarketSeen | None,
    session: SessionState = IN,
    after: timedelta = timedelta(0),
) -> Step:
    """Return the next step, noon and `after`."""
    return next_step(trade, orders, None, session, NOON + after, market)


class TestSelling:
    """A close whose contract has no bid."""

    def test_the_market_is_looked_at_before_anything_is_sold(self) -> None:
        """A-04: how to sell depends on whether somebody bids; what cannot be read never blocks an exit."""
        assert step(CLOSING, ENTRY, market=None) == LookAtMarket()
        assert step(CLOSING, ENTRY, market=UNREADABLE) == SELL
        assert step(CLOSING, ENTRY, market=seen("0.01", "0.02")) == SELL

    def test_a_sale_rests_at_the_least_tick_where_nobody_bids(self) -> None:
        """A-04: a day limit at the least tick, instead of being given up."""
        assert step(CLOSING, ENTRY, market=NOBODY) == REST

    def test_a_class_in_nickels_rests_at_a_nickel(self) -> None:
        """A-07: the least tick is the class's."""
        vix = replace(CLOSING, ticker="VIX")

        assert step(vix, ENTRY, market=NOBODY) == replace(REST, limit_price=Decimal("0.05"))

    def test_a_sale_at_market_that_nobody_took_rests_next(self) -> None:
        """A-04: cancelled after its minute it is given up only where somebody bids."""
        unfilled = replace(AT_MARKET, status=OrderStatus.CANCELED, ended_at=NOON)

        assert step(CLOSING, ENTRY, unfilled, market=NOBODY) == REST
        given_up = step(CLOSING, ENTRY, unfilled, market=seen("1.00", "1.10"))
        assert isinstance(given_up, AbandonClose)
        assert not given_up.is_told

    def test_a_resting_sale_waits_for_somebody_to_bid(self) -> None:
        """A-04: for as long as its owner wants out, not for a minute."""
        assert step(CLOSING, ENTRY, RESTING, market=None, after=timedelta(hours=4)) == Wait(
            why="exit working"
        )

    def test_it_goes_again_at_the_next_open(self) -> None:
        """A-04: the day order ends at the close; the request stays, nobody is told anew, it rests again."""
        expired = replace(RESTING, status=OrderStatus.EXPIRED, ended_at=NOON)
        evening = step(CLOSING, ENTRY, expired, market=None, session=OUT)
        dealt_with = replace(expired, handled=True)

        assert isinstance(evening, AbandonClose)
        assert (evening.keep_request, evening.is_told) == (True, True)
        assert evening.failed_order_ids == (expired.id,)
        asked = replace(OPEN_TRADE, close_requested_at=NOON, closing_reason=CloseReason.SL_HIT)
        assert step(asked, ENTRY, dealt_with, market=None) == BeginClose(reason=CloseReason.SL_HIT)
        assert step(CLOSING, ENTRY, dealt_with, market=NOBODY) == REST
        assert step(CLOSING, ENTRY, dealt_with, market=seen("0.05", "0.06")) == SELL

    def test_a_worker_that_slept_over_the_evening_sends_it_again(self) -> None:
        """A-04: killed between lines, the expired order alone says how to go on."""
        expired = replace(RESTING, status=OrderStatus.EXPIRED, ended_at=NOON)

        assert step(CLOSING, ENTRY, expired, market=NOBODY) == REST
        assert step(CLOSING, ENTRY, expired, market=seen("0.05", "0.06")) == SELL

    def test_its_owner_withdraws_it(self) -> None:
        """A-04: cancel, confirm, and the trade is open again."""
        withdrawn = replace(CLOSING, cancel_requested_at=NOON)
        ended = replace(RESTING, status=OrderStatus.CANCELED, ended_at=NOON)

        assert step(withdrawn, ENTRY, RESTING, market=None) == CancelOrders(orders=(RESTING,))
        back = step(withdrawn, ENTRY, ended, market=None)
        assert back == AbandonClose(
            detail=WITHDRAWN, keep_request=False, failed_order_ids=(ended.id,), is_told=True
        )

    def test_a_refused_resting_sale_is_given_up(self) -> None:
        """A-04, 4.: refused is refused, whatever the price."""
        refused = replace(RESTING, status=OrderStatus.REJECTED, reason="no", ended_at=NOON)

        assert isinstance(step(CLOSING, ENTRY, refused, market=NOBODY), AbandonClose)


class TestStops:
    """A stop where nobody bids above it."""

    @pytest.mark.parametrize(
        ("bid", "ask", "taken"),
        [
            ("4.01", "4.10", PROTECT),
            ("4.00", "4.10", BeginClose(reason=CloseReason.SL_HIT)),
            ("0.01", "9.00", BeginClose(reason=CloseReason.SL_HIT)),
            ("0", "0.01", BeginClose(reason=CloseReason.SL_HIT)),
            ("0", "4.00", BeginClose(reason=CloseReason.SL_HIT)),
            ("0", "4.01", Wait(why="nobody bids above the stop")),
        ],
    )
    def test_a_stop_is_never_placed_before_the_bid_is_above_it(self, bid: str, ask: str, taken: Step) -> None:
        """A-04: at or under it the market is through; a lone ask above it proves neither."""
        assert step(OPEN_TRADE, ENTRY, market=seen(bid, ask)) == taken

    def test_a_worthless_contract_above_its_stop_is_kept(self) -> None:
        """A-02: 0 × 0.10 is worth 0.05, which a stop at 0.02 does not sell."""
        low = replace(OPEN_TRADE, sl_price=Decimal("0.02"))

        assert step(low, ENTRY, market=seen("0", "0.10")) == Wait(why="nobody bids above the stop")
        assert step(low, ENTRY, market=seen("0", "0.04")) == BeginClose(reason=CloseReason.SL_HIT)

    def test_a_withdrawn_sale_is_not_sent_again_by_the_stop(self) -> None:
        """A-04: until somebody bids; then the stop is in force as ever."""
        withdrawn = replace(RESTING, status=OrderStatus.CANCELED, handled=True, reason=WITHDRAWN)

        assert isinstance(step(OPEN_TRADE, ENTRY, withdrawn, market=NOBODY), Wait)
        assert step(OPEN_TRADE, ENTRY, withdrawn, market=seen("0.02", "0.03")) == BeginClose(
            reason=CloseReason.SL_HIT
        )
        assert step(OPEN_TRADE, ENTRY, withdrawn, market=seen("4.20", "4.30")) == PROTECT


def refusals(role: OrderRole, *minutes: float, reason: str = "no") -> list[Order]:
    """Return orders of a role, each refused so many minutes after noon."""
    return [
        replace(
            an_order(role, OrderStatus.REJECTED, number=20 + index),
            ended_at=NOON + timedelta(minutes=minute),
            reason=reason,
            handled=True,
        )
        for index, minute in enumerate(minutes)
    ]


def due(refused: Refused | None) -> float:
    """Return how many minutes after noon it may go again."""
    assert refused is not None
    return (refused.retry_at - NOON) / timedelta(minutes=1)


class TestRefusedAgain:
    """A-04, refused again and again; I-35."""

    def test_waits_grow_and_stay_at_fifteen_minutes(self) -> None:
        """A-04: after 1, 2, 5, 10, then every 15 minutes."""
        sent: list[float] = [0]
        waits = []
        while len(sent) < 9:
            refused = refused_sales(OPEN_TRADE, refusals(OrderRole.EXIT, *sent))
            waits.append(due(refused) - sent[-1])
            sent.append(due(refused))

        assert waits == [0.5, 1, 2, 5, 10, 15, 15, 15]

    def test_a_bracket_and_the_plain_stop_in_its_place_count_as_one(self) -> None:
        """A-04: one plain stop is tried at once; from then on one order a try."""
        stop = refusals(OrderRole.STOP_LOSS, 0)[0]
        target = replace(refusals(OrderRole.TAKE_PROFIT, 0)[0], tag=stop.tag)
        alone = replace(stop, id=UUID(int=40), tag="alone")
        market = seen("4.50", "4.60")

        first = step(OPEN_TRADE, ENTRY, stop, target, market=market)
        assert isinstance(first, PlaceProtection)
        assert first.protection.tp_price is None
        for seconds, taken in ((59, Wait), (60, PlaceProtection)):
            after = timedelta(seconds=seconds)
            assert isinstance(step(OPEN_TRADE, ENTRY, stop, target, alone, market=market, after=after), taken)

    def test_reasons_take_turns_without_starting_over(self) -> None:
        """I-35: two reasons in turns are each counted."""
        orders = [
            replace(order, reason="AB"[index % 2])
            for index, order in enumerate(refusals(OrderRole.EXIT, *range(8)))
        ]
        refused = refused_sales(OPEN_TRADE, orders)

        assert refused is not None
        assert refused.times == 4

    def test_figures_in_a_reason_do_not_make_it_another(self) -> None:
        """I-35: an order's number in the text says nothing new."""
        first, second = refusals(OrderRole.EXIT, 0, 1)
        orders = [replace(first, reason="order 11 refused"), replace(second, reason="order 12 refused")]
        refused = refused_sales(OPEN_TRADE, orders)

        assert refused is not None
        assert refused.times == 2

    def test_other_prices_and_what_was_taken_start_over(self) -> None:
        """A-04: an adjusted stop is another order; a bracket that stood ends the count."""
        wanted, two = OPEN_TRADE.protection, Decimal(2)
        refused = refusals(OrderRole.STOP_LOSS, 0, 1, 2)
        moved = replace(wanted, sl_price=Decimal("4.50"))
        stood = replace(refused[-1], id=UUID(int=41), tag="stood", status=OrderStatus.CANCELED)

        counted = refused_bracket(refused, wanted, two)
        assert counted is not None
        assert counted.times == 3
        assert refused_bracket(refused, moved, two) is None
        assert refused_bracket(refused, wanted, Decimal(1)) is None
        assert refused_bracket([*refused, stood], wanted, two) is None

    def test_what_never_left_is_no_refusal(self) -> None:
        """A-12: without budget or connection an exit goes as soon as it can."""
        unsent = replace(refusals(OrderRole.EXIT, 0)[0], status=OrderStatus.CANCELED, broker_order_id=None)

        assert refused_sales(OPEN_TRADE, [unsent] * 5) is None

    def test_a_bracket_that_waits_does_not_keep_a_stop_from_selling(self) -> None:
        """A-04: the market through the stop is sold at once, however often its bracket was refused."""
        refused = refusals(OrderRole.STOP_LOSS, 0, 1, 2, 3)

        assert step(OPEN_TRADE, ENTRY, *refused, market=seen("3.90", "4.10")) == BeginClose(
            reason=CloseReason.SL_HIT
        )

    def test_an_owner_who_asks_now_does_not_wait(self) -> None:
        """A-04: waiting is for what goes again by itself."""
        refused = refusals(OrderRole.EXIT, 0, 1, 2, 3)
        asked = replace(OPEN_TRADE, close_requested_at=NOON)

        assert step(asked, ENTRY, *refused, market=None) == BeginClose(reason=CloseReason.MANUAL_CLOSE)
        at_its_stop = step(OPEN_TRADE, ENTRY, *refused, market=seen("3.90", "4.10"))
        assert isinstance(at_its_stop, Wait)

    @given(minutes=st.lists(st.integers(0, 3000), min_size=1, max_size=40, unique=True))
    def test_a_day_of_refusals_stays_bounded(self, minutes: Sequence[int]) -> None:
        """I-35: however the tries came, the wait is one of the table's."""
        refused = refused_sales(OPEN_TRADE, refusals(OrderRole.EXIT, *sorted(minutes)))

        assert refused is not None
        waited = refused.retry_at - (NOON + timedelta(minutes=max(minutes)))
        assert waited in {timedelta(seconds=30), *RETRY_AFTER}
        assert (waited == RETRY_AFTER[-1]) is (len(minutes) >= 6)


def test_a_spread_can_be_left_though_nobody_bids_for_its_short_leg() -> None:
    """W-02: to enter it that leg would have to be sold, to leave it it is bought, and somebody offers it."""
    nobody = OptionQuote(
        symbol=SYMBOL,
        bid=Decimal(0),
        ask=CENT,
        bid_size=None,
        ask_size=10,
        last=None,
        quoted_at=NOON,
        source="test",
        delay_seconds=0,
    )

    found = seen_of_legs([leg.terms for leg in SPREAD], [nobody] * 2)

    assert (found.bid, found.ask, found.mid) == (-CENT, None, None)


def test_refusals_of_a_short_leg_that_is_left_alone_count() -> None:
    """I-35: its long leg was sold by hand, so that closing the structure is a purchase; an excess is none."""
    left = replace(OPEN_TRADE, legs=(SPREAD[0], replace(SPREAD[1], apart_qty=Decimal(0))))
    refused = [replace(one, side=OrderSide.BUY_TO_CLOSE) for one in refusals(OrderRole.EXIT, *range(4))]

    assert due(refused_sales(left, refused)) == 3 + 5
    assert refused_sales(replace(left, excess_qty=Decimal(1)), refused) is None
