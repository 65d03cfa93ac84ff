"""How a trade's state follows from its orders and fills (A-14; I-04, I-09, I-30)."""

from dataclasses import replace
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.trading.lifecycle import Standing, standing
from chalicelib.domain.trading.orders import (
    Fill,
    ForbiddenTransition,
    Order,
    OrderRole,
    OrderStatus,
)
from chalicelib.domain.trading.position import Position, position_of
from chalicelib.domain.trading.trades import (
    ENDED,
    HOLDING,
    NOT_ENDED,
    CloseReason,
    Trade,
    TradeStatus,
    check_transition,
)
from tests.domain.support import LONG_CALL, NOON, OPEN_TRADE, PENDING_TRADE, a_fill, an_order

PENDING, PARTLY, OPEN = TradeStatus.PENDING, TradeStatus.PARTIALLY_FILLED, TradeStatus.OPEN
CLOSING, CLOSED, EXPIRED = TradeStatus.CLOSING, TradeStatus.CLOSED, TradeStatus.EXPIRED
CANCELED = TradeStatus.CANCELED

#: The table of A-14, written out once more by hand.
EDGES = (
    {(PENDING, to) for to in (OPEN, PARTLY, CANCELED)}
    | {(PARTLY, to) for to in (OPEN, CLOSING, CLOSED, EXPIRED)}
    | {(OPEN, to) for to in (CLOSING, CLOSED, EXPIRED)}
    | {(CLOSING, to) for to in (CLOSED, OPEN, EXPIRED)}
)

ENTRY = an_order(OrderRole.ENTRY, OrderStatus.FILLED, filled=2)
STOP = an_order(OrderRole.STOP_LOSS, OrderStatus.FILLED, filled=2, number=11)
TARGET = an_order(OrderRole.TAKE_PROFIT, OrderStatus.FILLED, filled=2, number=12)
EXIT = an_order(OrderRole.EXIT, OrderStatus.FILLED, filled=2, number=13)


def stands(trade: Trade, orders: list[Order], fills: list[Fill]) -> Standing:
    """Return where the trade stands by these orders and fills."""
    return standing(trade, orders, position_of(fills, orders, LONG_CALL))


def path(result: Standing) -> list[TradeStatus]:
    """Return the states moved to."""
    return [move.to_status for move in result.moves]


@pytest.mark.parametrize(("from_status", "to_status"), list(product(TradeStatus, TradeStatus)))
def test_only_the_edges_of_the_table_may_be_taken(from_status: TradeStatus, to_status: TradeStatus) -> None:
    """A-14, I-04: each edge is allowed, every other pair is refused by name."""
    if (from_status, to_status) in EDGES:
        check_transition(from_status, to_status)
        return
    with pytest.raises(ForbiddenTransition, match=f"{from_status} to {to_status}"):
        check_transition(from_status, to_status)


def test_the_ends_lead_nowhere_and_the_sets_are_whole() -> None:
    """A-14: CLOSED, EXPIRED and CANCELED are ends."""
    assert not [edge for edge in EDGES if edge[0] in ENDED]
    assert set(TradeStatus) == ENDED | NOT_ENDED
    assert {PENDING} == NOT_ENDED - HOLDING


def test_an_entry_filled_whole_opens() -> None:
    """A-14: PENDING → OPEN; PARTIALLY_FILLED → OPEN."""
    fills = [a_fill(ENTRY, 2, "5")]
    partly = replace(PENDING_TRADE, status=PARTLY, filled_qty=Decimal(1), open_qty=Decimal(1))

    assert path(stands(PENDING_TRADE, [ENTRY], fills)) == [OPEN]
    assert path(stands(partly, [ENTRY], fills)) == [OPEN]
    assert stands(PENDING_TRADE, [ENTRY], fills).open_qty == 2


def test_an_entry_filled_in_part_with_the_rest_working_is_partial() -> None:
    """A-14: PENDING → PARTIALLY_FILLED."""
    entry = replace(ENTRY, status=OrderStatus.PARTIALLY_FILLED, filled_quantity=Decimal(1))
    result = stands(PENDING_TRADE, [entry], [a_fill(entry, 1, "5")])

    assert path(result) == [PARTLY]
    assert result.open_qty == 1


@pytest.mark.parametrize("ended", [OrderStatus.CANCELED, OrderStatus.EXPIRED])
def test_an_entry_whose_rest_ended_opens_with_what_was_filled(ended: OrderStatus) -> None:
    """A-02, A-14, I-30: a partly filled entry that expires leaves an open trade, never a cancelled one."""
    entry = replace(ENTRY, status=ended, filled_quantity=Decimal(1))
    fills = [a_fill(entry, 1, "5")]
    partly = replace(PENDING_TRADE, status=PARTLY, filled_qty=Decimal(1), open_qty=Decimal(1))

    assert path(stands(PENDING_TRADE, [entry], fills)) == [PARTLY, OPEN]
    assert path(stands(partly, [entry], fills)) == [OPEN]


@pytest.mark.parametrize(
    ("ended", "was_sent", "cancel_asked", "reason"),
    [
        (OrderStatus.REJECTED, True, False, CloseReason.REJECTED),
        (OrderStatus.EXPIRED, True, False, CloseReason.UNFILLED),
        (OrderStatus.CANCELED, True, True, CloseReason.CANCELED),
        (OrderStatus.CANCELED, True, False, CloseReason.CANCELED),
        (OrderStatus.CANCELED, False, True, CloseReason.CANCELED),
        (OrderStatus.CANCELED, False, False, CloseReason.NOT_PLACED),
    ],
)
def test_an_entry_without_fills_cancels_with_its_reason(
    ended: OrderStatus, was_sent: bool, cancel_asked: bool, reason: CloseReason
) -> None:
    """A-14: PENDING → CANCELED: REJECTED, UNFILLED, NOT_PLACED, or CANCELED by its owner."""
    entry = replace(
        ENTRY,
        status=ended,
        filled_quantity=Decimal(0),
        broker_order_id="b-10" if was_sent else None,
        reason="the broker's words",
    )
    trade = replace(PENDING_TRADE, cancel_requested_at=NOON if cancel_asked else None)
    result = stands(trade, [entry], [])

    assert path(result) == [CANCELED]
    assert (result.close_reason, result.close_detail) == (reason, "the broker's words")


@pytest.mark.parametrize("status", [PARTLY, OPEN, CLOSING])
@pytest.mark.parametrize(
    ("closer", "reason"),
    [
        (STOP, CloseReason.SL_HIT),
        (TARGET, CloseReason.TP_HIT),
        (EXIT, CloseReason.MANUAL_CLOSE),
    ],
)
def test_a_holding_sold_whole_closes_by_the_exit_that_sold_it(
    status: TradeStatus, closer: Order, reason: CloseReason
) -> None:
    """A-04, A-14: CLOSED from every holding state, TP_HIT or SL_HIT by the leg, else as it was asked."""
    trade = replace(OPEN_TRADE, status=status)
    result = stands(trade, [ENTRY, closer], [a_fill(ENTRY, 2, "5"), a_fill(closer, 2, "6", minute=1)])

    assert path(result)[-1] is CLOSED
    assert result.close_reason is reason
    assert result.open_qty == 0


def test_a_close_keeps_the_reason_it_was_asked_for() -> None:
    """A-04: a market already through the stop is sold by hand, and counts as SL_HIT."""
    trade = replace(OPEN_TRADE, status=CLOSING, closing_reason=CloseReason.SL_HIT)
    result = stands(trade, [ENTRY, EXIT], [a_fill(ENTRY, 2, "5"), a_fill(EXIT, 2, "3", minute=1)])

    assert result.close_reason is CloseReason.SL_HIT


def test_a_leg_filled_in_part_lowers_what_is_open() -> None:
    """A-04: the rest stays protected; the trade goes on."""
    stop = replace(STOP, status=OrderStatus.PARTIALLY_FILLED, filled_quantity=Decimal(1))
    result = stands(OPEN_TRADE, [ENTRY, stop], [a_fill(ENTRY, 2, "5"), a_fill(stop, 1, "4", minute=1)])

    assert path(result) == []
    assert result.open_qty == 1


def test_both_exits_filled_keeps_the_trade_closing_with_its_excess() -> None:
    """I-09: what was sold beyond the holding is known, and the trade ends only when it is bought back."""
    fills = [
        a_fill(ENTRY, 2, "5"),
        a_fill(STOP, 2, "4", minute=1),
        a_fill(TARGET, 2, "8", minute=2),
    ]
    result = stands(OPEN_TRADE, [ENTRY, STOP, TARGET], fills)

    assert path(result) == [CLOSING]
    assert result.open_qty == 0
    assert result.excess_qty == 2


def test_a_bracket_that_sold_all_waits_for_the_entrys_rest() -> None:
    """A-14: the rest of the entry is cancelled first; then the trade closes."""
    entry = replace(ENTRY, status=OrderStatus.PARTIALLY_FILLED, filled_quantity=Decimal(1))
    fills = [a_fill(entry, 1, "5"), a_fill(STOP, 1, "4", minute=1)]
    partly = replace(OPEN_TRADE, status=PARTLY, filled_qty=Decimal(1), open_qty=Decimal(1))
    ended = replace(entry, status=OrderStatus.CANCELED)

    assert path(stands(partly, [entry, STOP], fills)) == []
    assert path(stands(partly, [ended, STOP], fills)) == [OPEN, CLOSED]


@st.composite
def situations(draw: st.DrawFn) -> tuple[Trade, list[Order], Position]:
    """Any trade not ended, its entry and exits, with fills that agree with whether it was ever open."""
    status = draw(st.sampled_from(sorted(NOT_ENDED)))
    bought = draw(st.integers(0 if status is PENDING else 1, 2))
    entry_status = draw(st.sampled_from([one for one in OrderStatus if bought == 0 or one != "INTENT"]))
    if bought == 2:
        entry_status = draw(st.sampled_from([OrderStatus.FILLED, OrderStatus.PARTIALLY_FILLED]))
    entry = replace(ENTRY, status=entry_status, filled_quantity=Decimal(bought))
    sold = draw(st.lists(st.tuples(st.sampled_from([STOP, TARGET, EXIT]), st.integers(1, 2)), max_size=3))
    fills = [a_fill(entry, bought, "5")] if bought else []
    fills += [
        a_fill(order, quantity, "6", minute=index + 1)
        for index, (order, quantity) in enumerate(sold if bought else [])
    ]
    orders = [entry, STOP, TARGET, EXIT]
    if status in {OPEN, CLOSING} and not entry.is_ended:
        orders[0] = replace(entry, status=OrderStatus.CANCELED)
    trade = replace(OPEN_TRADE, status=status)
    return trade, orders, position_of(fills, orders, LONG_CALL)


@settings(max_examples=200)
@given(situation=situations())
def test_moves_follow_the_table_and_never_cancel_what_is_held(
    situation: tuple[Trade, list[Order], Position],
) -> None:
    """A-14, I-04, I-30, I-09: every move is an edge; CANCELED only without fills; the holding is told."""
    trade, orders, position = situation
    result = standing(trade, orders, position)
    status = trade.status
    for move in result.moves:
        check_transition(status, move.to_status)
        status = move.to_status

    assert result.status_after(trade.status) is status
    assert status is not CANCELED or position.filled_qty == 0
    assert status is not CLOSED or (position.held == 0 and result.close_reason is not None)
    assert (status in ENDED) == (result.close_reason is not None)
    assert result.open_qty - result.excess_qty == position.held
    assert result.open_qty == 0 or result.excess_qty == 0


@pytest.mark.parametrize("status", sorted(ENDED))
def test_news_of_an_ended_trade_moves_nothing(status: TradeStatus) -> None:
    """I-23: facts of an ended trade never change."""
    trade = replace(OPEN_TRADE, status=status)
    result = stands(trade, [ENTRY, EXIT], [a_fill(ENTRY, 2, "5")])

    assert result.moves == ()
    assert (result.open_qty, result.excess_qty) == (trade.open_qty, trade.excess_qty)


def test_trade_does_not_end_while_its_other_leg_may_still_sell() -> None:
    """I-09: both legs of an OCO can fill; the trade ends once the other leg is known to be gone."""
    stop = an_order(OrderRole.STOP_LOSS, OrderStatus.FILLED, filled=2, number=11)
    target = an_order(OrderRole.TAKE_PROFIT, OrderStatus.OPEN, number=12)
    gone = an_order(OrderRole.TAKE_PROFIT, OrderStatus.CANCELED, number=12)
    position = position_of(
        [a_fill(ENTRY, 2, "5"), a_fill(stop, 2, "4", number=101)], [ENTRY, stop], LONG_CALL
    )

    waiting = standing(OPEN_TRADE, [ENTRY, stop, target], position)
    ended = standing(OPEN_TRADE, [ENTRY, stop, gone], position)

    assert (waiting.moves, waiting.open_qty) == ((), Decimal(0))
    assert ended.close_reason is CloseReason.SL_HIT
