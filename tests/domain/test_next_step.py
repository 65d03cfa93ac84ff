"""The one next step of a trade: a table of cases, then laws over any trade (A-04, A-07, A-12, A-14)."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.trading.closing_step import EXIT_WAIT, EXPIRED
from chalicelib.domain.trading.market_seen import UNREADABLE, MarketSeen
from chalicelib.domain.trading.next_step import due_slices, is_protected, is_protection_due, next_step
from chalicelib.domain.trading.orders import (
    LIVE,
    PROTECTIVE,
    UNSETTLED,
    Order,
    OrderRole,
    OrderStatus,
    OrderType,
)
from chalicelib.domain.trading.protection import Protection
from chalicelib.domain.trading.slices import covers
from chalicelib.domain.trading.steps import (
    AbandonClose,
    ApplyChange,
    BeginClose,
    CancelOrders,
    EndUnplaced,
    PlaceProtection,
    SendEntry,
    SendExit,
    SessionState,
    Step,
    Wait,
)
from chalicelib.domain.trading.trades import ENDED, CloseReason, PendingChange, Trade, TradeStatus, Trigger
from tests.domain.support import NOON, OPEN_TRADE, PENDING_TRADE, an_order

IN, OUT = SessionState.OPEN, SessionState.CLOSED
WORKING = OrderStatus.OPEN

ENTRY = an_order(OrderRole.ENTRY, OrderStatus.FILLED, filled=2)
RESTING_ENTRY = an_order(OrderRole.ENTRY, WORKING)
INTENT = an_order(OrderRole.ENTRY, OrderStatus.INTENT)
STOP = an_order(OrderRole.STOP_LOSS, WORKING, number=11)
TARGET = an_order(OrderRole.TAKE_PROFIT, WORKING, number=12)
EXIT = an_order(OrderRole.EXIT, WORKING, number=13)
BRACKET = (STOP, TARGET)

CLOSING_TRADE = replace(OPEN_TRADE, status=TradeStatus.CLOSING, close_requested_at=NOON)
PARTLY_FILLED_TRADE = replace(
    OPEN_TRADE, status=TradeStatus.PARTIALLY_FILLED, filled_qty=Decimal(1), open_qty=Decimal(1)
)
HIGHER_STOP = PendingChange(
    id=UUID(int=50),
    at=NOON,
    triggered_by=Trigger.USER_MANUAL,
    before=OPEN_TRADE.protection,
    after=Protection(sl_price=Decimal("4.50"), tp_price=Decimal(8)),
)


def step(
    trade: Trade,
    *orders: Order,
    change: PendingChange | None = None,
    session: SessionState = IN,
    after: timedelta = timedelta(0),
    market: MarketSeen | None = UNREADABLE,
) -> Step:
    """Return the next step, noon and `after`, where the market says nothing unless told."""
    return next_step(trade, orders, change, session, NOON + after, market)


class TestPlacing:
    """A pending trade (A-07)."""

    def test_intent_leaves_in_the_session_and_waits_outside(self) -> None:
        """A-07, 4.; I-18: nothing is sent outside the session."""
        assert step(PENDING_TRADE, INTENT) == SendEntry(order=INTENT)
        assert step(PENDING_TRADE, INTENT, session=OUT) == Wait(why="session closed")

    @pytest.mark.parametrize("session", [IN, OUT])
    def test_intent_that_its_owner_withdraws_ends_unsent(self, session: SessionState) -> None:
        """A-14: CANCELED by its owner, without a word to the broker."""
        trade = replace(PENDING_TRADE, cancel_requested_at=NOON)
        taken = step(trade, INTENT, session=session)

        assert isinstance(taken, EndUnplaced)
        assert taken.reason is CloseReason.CANCELED

    def test_trade_whose_order_was_never_stored_ends_as_not_placed(self) -> None:
        """I-28: a trade without an intent would wait for ever."""
        taken = step(PENDING_TRADE)

        assert isinstance(taken, EndUnplaced)
        assert taken.reason is CloseReason.NOT_PLACED

    @pytest.mark.parametrize("status", sorted(UNSETTLED))
    @pytest.mark.parametrize("is_withdrawn", [False, True])
    def test_unsettled_entry_is_never_sent_again(self, status: OrderStatus, is_withdrawn: bool) -> None:
        """I-01, I-05: its fate is asked for by tag first."""
        trade = replace(PENDING_TRADE, cancel_requested_at=NOON if is_withdrawn else None)

        assert step(trade, replace(INTENT, status=status)) == Wait(why="entry unsettled")

    def test_working_entry_is_left_alone_until_withdrawn(self) -> None:
        """A-07: the broker has it."""
        withdrawn = replace(PENDING_TRADE, cancel_requested_at=NOON)

        assert step(PENDING_TRADE, RESTING_ENTRY) == Wait(why="entry working")
        assert step(withdrawn, RESTING_ENTRY) == CancelOrders(orders=(RESTING_ENTRY,))


class TestProtecting:
    """A held trade and its bracket (A-04)."""

    def test_bare_holding_gets_its_bracket(self) -> None:
        """A-04: one OCO over what is held."""
        assert step(OPEN_TRADE, ENTRY) == PlaceProtection(
            protection=OPEN_TRADE.protection, quantity=Decimal(2)
        )

    def test_a_change_that_stood_in_time_is_recorded_after_the_bell(self) -> None:
        """A-04, I-08: nothing is sent for it; one that does not stand yet waits for the session."""
        stop = replace(
            an_order(OrderRole.STOP_LOSS, OrderStatus.OPEN, number=20), stop_price=HIGHER_STOP.after.sl_price
        )
        target = an_order(OrderRole.TAKE_PROFIT, OrderStatus.OPEN, number=21)

        assert step(OPEN_TRADE, ENTRY, stop, target, change=HIGHER_STOP, session=OUT) == ApplyChange(
            change=HIGHER_STOP
        )
        assert step(OPEN_TRADE, ENTRY, target, change=HIGHER_STOP, session=OUT) == Wait(why="session closed")

    def test_exits_are_clamped_to_what_the_account_holds(self) -> None:
        """A-04, books against positions: neither a bracket nor a sale over what is missing."""
        one_left = replace(OPEN_TRADE, missing_qty=Decimal(1))
        nothing = replace(OPEN_TRADE, missing_qty=Decimal(2))
        closing = replace(nothing, status=TradeStatus.CLOSING)

        assert step(one_left, ENTRY) == PlaceProtection(protection=OPEN_TRADE.protection, quantity=Decimal(1))
        assert step(nothing, ENTRY) == Wait(why="protected")
        assert step(closing, ENTRY) == AbandonClose(detail="the account does not hold it", keep_request=False)

    def test_nothing_is_sent_for_what_has_expired(self) -> None:
        """A-06: it waits for its settlement, and brokers refuse whatever names it."""
        last = OPEN_TRADE.leg.expiry
        assert last is not None
        days = timedelta(days=(last - NOON.date()).days)

        assert isinstance(step(OPEN_TRADE, ENTRY, after=days), PlaceProtection)
        assert step(OPEN_TRADE, ENTRY, after=days + timedelta(days=1)) == Wait(why="session closed")
        closing = replace(OPEN_TRADE, status=TradeStatus.CLOSING)
        late = step(closing, ENTRY, after=days + timedelta(days=1))
        assert late == AbandonClose(detail=EXPIRED, keep_request=False, failed_order_ids=(), is_told=True)

    def test_partly_filled_entry_is_protected_for_what_is_filled_so_far(self) -> None:
        """A-04: the next sync protects it while the rest still works."""
        assert step(PARTLY_FILLED_TRADE, RESTING_ENTRY) == PlaceProtection(
            protection=OPEN_TRADE.protection, quantity=Decimal(1)
        )

    def test_standing_bracket_is_left_alone(self) -> None:
        """I-20: a sync run twice does nothing the second time."""
        assert step(OPEN_TRADE, ENTRY, *BRACKET) == Wait(why="protected")

    def test_bracket_of_another_size_is_cancelled_first(self) -> None:
        """A-04, I-08: resized to what is held by cancel, confirm, place anew."""
        small = tuple(replace(order, quantity=Decimal(1)) for order in BRACKET)

        assert step(OPEN_TRADE, ENTRY, *small) == CancelOrders(orders=small)

    def test_holding_without_stop_or_target_needs_nothing(self) -> None:
        """A-04: no protection was asked for."""
        plain = replace(OPEN_TRADE, sl_price=None, tp_price=None)

        assert step(plain, ENTRY) == Wait(why="protected")
        assert step(plain, ENTRY, STOP) == CancelOrders(orders=(STOP,))

    @pytest.mark.parametrize("status", sorted(UNSETTLED))
    def test_unsettled_leg_holds_everything_up(self, status: OrderStatus) -> None:
        """I-05, I-08: it may be working, so no second one is placed."""
        assert step(OPEN_TRADE, ENTRY, replace(STOP, status=status)) == Wait(why="bracket unsettled")

    def test_stop_alone_stands_after_a_refused_oco(self) -> None:
        """A-04: one plain stop is tried; it is not torn down for an OCO each sync."""
        trade = replace(OPEN_TRADE, protection_failures=1)

        assert isinstance(step(trade, ENTRY, STOP), Wait)
        assert step(OPEN_TRADE, ENTRY, STOP) == CancelOrders(orders=(STOP,))

    def test_change_cancels_confirms_places_and_is_recorded(self) -> None:
        """A-04, I-12: adjusting goes by three steps; the other leg keeps its price."""
        moved = replace(STOP, stop_price=Decimal("4.50"), id=UUID(int=21))

        assert step(OPEN_TRADE, ENTRY, *BRACKET, change=HIGHER_STOP) == CancelOrders(orders=BRACKET)
        assert step(OPEN_TRADE, ENTRY, change=HIGHER_STOP) == PlaceProtection(
            protection=HIGHER_STOP.after, quantity=Decimal(2)
        )
        assert step(OPEN_TRADE, ENTRY, moved, TARGET, change=HIGHER_STOP) == ApplyChange(change=HIGHER_STOP)

    def test_rest_of_a_withdrawn_entry_is_cancelled_first(self) -> None:
        """A-14: what is filled stays; the rest ends."""
        trade = replace(PARTLY_FILLED_TRADE, cancel_requested_at=NOON)

        assert step(trade, RESTING_ENTRY) == CancelOrders(orders=(RESTING_ENTRY,))

    def test_rest_of_an_entry_ends_when_the_bracket_sold_everything(self) -> None:
        """A-14, I-10: that rest must not fill anew."""
        sold_out = replace(PARTLY_FILLED_TRADE, open_qty=Decimal(0))

        assert step(sold_out, RESTING_ENTRY) == CancelOrders(orders=(RESTING_ENTRY,))
        assert isinstance(step(sold_out, replace(RESTING_ENTRY, status=OrderStatus.UNKNOWN)), Wait)

    def test_working_sale_of_an_open_trade_is_cancelled_before_a_bracket(self) -> None:
        """I-08: a sale at market that still works sells what the bracket would sell again."""
        assert step(OPEN_TRADE, ENTRY, EXIT) == CancelOrders(orders=(EXIT,))
        assert isinstance(step(OPEN_TRADE, ENTRY, replace(EXIT, status=OrderStatus.UNKNOWN)), Wait)


class TestClosing:
    """The closing procedure (A-04), step by step."""

    def test_request_begins_in_the_session_only(self) -> None:
        """A-04: outside it the trade stays OPEN with its bracket."""
        asked = replace(OPEN_TRADE, close_requested_at=NOON, closing_reason=CloseReason.STRATEGY_EXIT)

        assert step(asked, ENTRY, *BRACKET) == BeginClose(reason=CloseReason.STRATEGY_EXIT)
        assert step(asked, ENTRY, *BRACKET, session=OUT) == Wait(why="session closed")

    def test_bracket_then_sale_then_patience(self) -> None:
        """A-04, 1. to 3.: cancel, sell what is held, wait for it."""
        gone = tuple(replace(order, status=OrderStatus.CANCELED) for order in BRACKET)

        assert step(CLOSING_TRADE, ENTRY, *BRACKET) == CancelOrders(orders=BRACKET)
        assert step(CLOSING_TRADE, ENTRY, *gone) == SendExit(quantity=Decimal(2), flatten=False)
        assert step(CLOSING_TRADE, ENTRY, *gone, EXIT) == Wait(why="exit working")

    def test_rest_of_the_entry_is_cancelled_before_the_sale(self) -> None:
        """A-14: as from OPEN, the rest of the entry cancelled first."""
        assert step(CLOSING_TRADE, RESTING_ENTRY) == CancelOrders(orders=(RESTING_ENTRY,))

    @pytest.mark.parametrize("status", sorted(UNSETTLED))
    @pytest.mark.parametrize("order", [STOP, EXIT, RESTING_ENTRY])
    def test_unknown_outcome_is_settled_never_sold_again(self, order: Order, status: OrderStatus) -> None:
        """A-04, 3.; I-05: by tag."""
        assert step(CLOSING_TRADE, replace(order, status=status)) == Wait(why="an order is unsettled")

    @pytest.mark.parametrize("ended", [OrderStatus.REJECTED, OrderStatus.CANCELED, OrderStatus.EXPIRED])
    def test_sale_that_fell_short_goes_back_to_open_once(self, ended: OrderStatus) -> None:
        """A-04, 4.: the bracket is put back; a failure dealt with does not stop the next close."""
        failed = replace(EXIT, status=ended, reason="no bid")
        taken = step(CLOSING_TRADE, ENTRY, failed)

        assert taken == AbandonClose(detail="no bid", keep_request=False, failed_order_ids=(failed.id,))
        again = step(CLOSING_TRADE, ENTRY, replace(failed, handled=True))
        assert again == SendExit(quantity=Decimal(2), flatten=False)

    @pytest.mark.parametrize("order_type", [OrderType.MARKET, OrderType.LIMIT])
    def test_sale_waits_its_time(self, order_type: OrderType) -> None:
        """A-04, A-12: a sale that still works after its wait is cancelled, so that protection comes back."""
        sale = replace(EXIT, type=order_type)
        moment = timedelta(microseconds=1)

        assert step(CLOSING_TRADE, sale, after=EXIT_WAIT - moment) == Wait(why="exit working")
        assert step(CLOSING_TRADE, sale, after=EXIT_WAIT) == CancelOrders(orders=(sale,))

    def test_close_that_the_session_ends_is_a_request_again(self) -> None:
        """A-04, I-18: protection is not cancelled outside the session, the request is kept."""
        for bracket in ((), BRACKET):
            taken = step(CLOSING_TRADE, ENTRY, *bracket, session=OUT)

            assert isinstance(taken, AbandonClose)
            assert taken.keep_request
        assert step(CLOSING_TRADE, ENTRY, EXIT, session=OUT) == Wait(why="session closed")

    def test_what_was_oversold_is_bought_back(self) -> None:
        """I-09: by the closing procedure, whatever else was asked for."""
        oversold = replace(OPEN_TRADE, open_qty=Decimal(0), excess_qty=Decimal(2))
        closing = replace(oversold, status=TradeStatus.CLOSING)

        assert step(oversold, ENTRY) == BeginClose(reason=CloseReason.SL_HIT)
        assert step(closing, ENTRY) == SendExit(quantity=Decimal(2), flatten=True)


class TestEnded:
    """A trade at its end (A-04, orphan guard)."""

    def test_order_left_working_is_cancelled(self) -> None:
        """I-10: with an alert, in the session."""
        ended = replace(OPEN_TRADE, status=TradeStatus.CLOSED)

        assert step(ended, ENTRY, STOP) == CancelOrders(orders=(STOP,), orphaned=True)
        assert step(ended, ENTRY, STOP, session=OUT) == Wait(why="ended")
        assert step(ended, ENTRY) == Wait(why="ended")


@st.composite
def some_orders(draw: st.DrawFn) -> tuple[Order, ...]:
    """Any orders of a trade, at most one entry and it comes first; sizes and states at random."""
    roles = [OrderRole.ENTRY] if draw(st.booleans()) else []
    roles += draw(
        st.lists(st.sampled_from([OrderRole.STOP_LOSS, OrderRole.TAKE_PROFIT, OrderRole.EXIT]), max_size=3)
    )
    return tuple(
        replace(
            an_order(
                role,
                draw(st.sampled_from(OrderStatus)),
                quantity=draw(st.integers(1, 2)),
                number=10 + index,
            ),
            handled=draw(st.booleans()),
        )
        for index, role in enumerate(roles)
    )


@st.composite
def some_trades(draw: st.DrawFn) -> Trade:
    """Any trade: what is closing holds or has oversold something, what is pending nothing."""
    status = draw(st.sampled_from(TradeStatus))
    open_qty, excess = Decimal(draw(st.integers(0, 2))), Decimal(0)
    if open_qty == 0 and (status is TradeStatus.CLOSING or draw(st.booleans())):
        excess = Decimal(draw(st.integers(1, 2)))
    if status is TradeStatus.PENDING:
        open_qty = excess = Decimal(0)
    asked = st.sampled_from([None, NOON])
    return replace(
        OPEN_TRADE,
        status=status,
        open_qty=open_qty,
        excess_qty=excess,
        sl_price=draw(st.sampled_from([None, Decimal(4)])),
        tp_price=draw(st.sampled_from([None, Decimal(8)])),
        close_requested_at=draw(asked),
        cancel_requested_at=draw(asked),
        protection_failures=draw(st.integers(0, 1)),
    )


Situation = tuple[Trade, tuple[Order, ...], PendingChange | None]
situations = st.tuples(some_trades(), some_orders(), st.sampled_from([None, HIGHER_STOP]))


@settings(max_examples=100)
@given(situation=situations)
def test_no_sale_leaves_while_another_may_be_working(situation: Situation) -> None:
    """I-08: a bracket or an exit is sent only when no exit and no leg works or may be working."""
    trade, orders, change = situation
    taken = step(trade, *orders, change=change)
    if not isinstance(taken, PlaceProtection | SendExit):
        return

    assert [one for one in orders if one.role is not OrderRole.ENTRY and one.is_outstanding] == []
    assert 0 < taken.quantity <= max(trade.open_qty, trade.excess_qty)
    if isinstance(taken, PlaceProtection):
        assert taken.quantity == trade.open_qty
        assert not taken.protection.is_none


@settings(max_examples=100)
@given(situation=situations)
def test_nothing_leaves_outside_the_session(situation: Situation) -> None:
    """I-18: no order is sent and no protection cancelled; an owner's entry may be withdrawn."""
    trade, orders, change = situation
    taken = step(trade, *orders, change=change, session=OUT)

    assert isinstance(taken, Wait | EndUnplaced | AbandonClose | CancelOrders)
    if isinstance(taken, CancelOrders):
        assert trade.cancel_requested_at is not None
        assert {order.role for order in taken.orders} == {OrderRole.ENTRY}


@settings(max_examples=80)
@given(situation=situations, status=st.sampled_from(sorted(ENDED)), session=st.sampled_from(SessionState))
def test_an_ended_trade_sends_nothing(
    situation: Situation, status: TradeStatus, session: SessionState
) -> None:
    """I-10, I-23: at most its leftovers are cancelled, all of them at once."""
    trade, orders, change = situation
    taken = step(replace(trade, status=status), *orders, change=change, session=session)
    live = tuple(order for order in orders if order.is_live)

    if live and session is IN:
        assert taken == CancelOrders(orders=live, orphaned=True)
    else:
        assert taken == Wait(why="ended")


@settings(max_examples=80)
@given(situation=situations, session=st.sampled_from(SessionState))
def test_only_an_intent_is_sent_and_only_what_works_is_cancelled(
    situation: Situation, session: SessionState
) -> None:
    """I-01, I-05: nothing is sent twice, and an order whose fate is open is not cancelled blindly."""
    trade, orders, change = situation
    taken = step(trade, *orders, change=change, session=session)

    if isinstance(taken, SendEntry):
        assert taken.order.status is OrderStatus.INTENT
        assert trade.status is TradeStatus.PENDING
    if isinstance(taken, CancelOrders):
        assert taken.orders
        assert {order.status for order in taken.orders} <= LIVE


@settings(max_examples=80)
@given(situation=situations)
def test_an_applied_change_stands_at_the_broker(situation: Situation) -> None:
    """I-12: a change is recorded only when exactly its bracket works."""
    trade, orders, change = situation
    taken = step(trade, *orders, change=change)
    if not isinstance(taken, ApplyChange):
        return

    bracket = [order for order in orders if order.role in PROTECTIVE and order.is_live]
    assert taken.change is change
    assert covers(due_slices(trade, orders, taken.change), bracket)


def test_protection_is_due_for_what_is_held_and_asked() -> None:
    """I-11: what the guard counts as unprotected."""
    plain = replace(OPEN_TRADE, sl_price=None, tp_price=None)

    assert is_protection_due(OPEN_TRADE)
    assert is_protection_due(PARTLY_FILLED_TRADE)
    for trade in (plain, PENDING_TRADE, CLOSING_TRADE, replace(OPEN_TRADE, open_qty=Decimal(0))):
        assert not is_protection_due(trade)


def test_protected_means_the_stop_works_over_the_whole_holding() -> None:
    """I-11: a target alone protects nothing where a stop is due."""
    target_only = replace(OPEN_TRADE, sl_price=None)

    assert is_protected(OPEN_TRADE, BRACKET)
    assert is_protected(OPEN_TRADE, [STOP])
    assert not is_protected(OPEN_TRADE, [TARGET])
    assert not is_protected(OPEN_TRADE, [replace(STOP, quantity=Decimal(1))])
    assert not is_protected(OPEN_TRADE, [replace(STOP, status=OrderStatus.UNKNOWN)])
    assert is_protected(target_only, [TARGET])
