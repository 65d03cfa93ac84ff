"""C-06: where fewer stops may rest than there are slices the nearest targets rest, the tick does the rest."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.instruments.sides import LegSide, OrderSide
from chalicelib.domain.trading.kept_targets import TURN, within
from chalicelib.domain.trading.market_seen import UNREADABLE, MarketSeen
from chalicelib.domain.trading.next_step import due_slices, is_protected, next_step
from chalicelib.domain.trading.orders import Order, OrderRole, OrderStatus
from chalicelib.domain.trading.protection import WHOLE, Protection, Target
from chalicelib.domain.trading.refusals import refused_bracket
from chalicelib.domain.trading.slices import Slice, slices
from chalicelib.domain.trading.steps import (
    BeginClose,
    CancelOrders,
    LookAtMarket,
    PlaceProtection,
    SessionState,
    Step,
    Wait,
)
from chalicelib.domain.trading.trades import CloseReason, Trade
from tests.domain.support import LONG_CALL, NOON, OPEN_TRADE, an_order

STOP = Decimal(4)
#: Twelve contracts with six targets at 8 to 13, numbered 2 to 7, two contracts each; two stops may rest.
SIXTH, LAST_SIXTH = Decimal("0.16666666"), Decimal("0.16666670")
TARGETS = tuple(
    Target(no=no, price=Decimal(6 + no), share=LAST_SIXTH if no == 7 else SIXTH) for no in range(2, 8)
)
TRADE = replace(
    OPEN_TRADE,
    qty=Decimal(12),
    filled_qty=Decimal(12),
    open_qty=Decimal(12),
    tp_price=Decimal(8),
    targets=TARGETS,
    stops_max=2,
)
QUIET = MarketSeen(bid=Decimal(6), ask=Decimal(6))
ENTRY = an_order(OrderRole.ENTRY, OrderStatus.FILLED, quantity=12, filled=12)


def at(price: int) -> MarketSeen:
    """Return a market that stands at this price."""
    return MarketSeen(bid=Decimal(price), ask=Decimal(price))


def rests(
    no: int,
    *,
    quantity: int = 2,
    stop: bool = True,
    target: bool = True,
    status: OrderStatus = OrderStatus.OPEN,
    filled: int = 0,
    after: timedelta = timedelta(0),
) -> list[Order]:
    """Return what rests for one slice since so long after noon: its stop, its target, or both as one."""
    found = []
    for is_there, role, number in (
        (stop, OrderRole.STOP_LOSS, 100 + 2 * no),
        (target, OrderRole.TAKE_PROFIT, 101 + 2 * no),
    ):
        if is_there:
            order = an_order(role, status, quantity=quantity, filled=filled, number=number)
            price = Decimal(6 + no) if role is OrderRole.TAKE_PROFIT else None
            named = replace(order, target_no=no, tag=f"slice-{no}-{after}", limit_price=price)
            over = NOON + after if order.is_ended else None
            found.append(replace(named, submitted_at=NOON + after, ended_at=over))
    return found


def rest(quantity: int) -> list[Order]:
    """Return the plain stop over what no resting target is over."""
    return rests(WHOLE, quantity=quantity, target=False)


FIRST = (ENTRY, *rests(2), *rest(10))


def step(
    *orders: Order, market: MarketSeen | None = None, trade: Trade = TRADE, after: timedelta = timedelta(0)
) -> Step:
    """Return the next step of the trade with these orders."""
    return next_step(trade, orders, None, SessionState.OPEN, NOON + after, market)


def placed(found: Step) -> tuple[int, int, Decimal | None, Decimal | None]:
    """Return number, quantity, stop and target of what is placed."""
    assert isinstance(found, PlaceProtection), found
    return (
        found.target_no,
        int(found.quantity),
        found.protection.sl_price,
        found.protection.tp_price,
    )


def test_the_nearest_target_rests_and_one_stop_is_over_all_else() -> None:
    """One OCO over the nearest's share, one plain stop over the rest; the market is looked at first."""
    due = due_slices(TRADE, [ENTRY], None)

    assert [(one.target_no, int(one.quantity), one.protection.tp_price) for one in due] == [
        (2, 2, Decimal(8)),
        (WHOLE, 10, None),
    ]
    assert isinstance(step(ENTRY), LookAtMarket)
    assert placed(step(ENTRY, market=QUIET)) == (2, 2, STOP, Decimal(8))
    assert placed(step(ENTRY, *rests(2), market=QUIET)) == (WHOLE, 10, STOP, None)
    assert isinstance(step(*FIRST), LookAtMarket), "the others are kept here: each sync looks"
    assert step(*FIRST, market=QUIET) == Wait(why="protected")
    assert is_protected(TRADE, FIRST)


def test_as_many_as_may_rest_rest() -> None:
    """The figure is general: with one stop no target rests, with three two do, with six all."""
    for most, expected in {
        1: [(WHOLE, 12)],
        3: [(2, 2), (3, 2), (WHOLE, 8)],
        6: [(no, 2) for no in range(2, 8)],
    }.items():
        due = due_slices(replace(TRADE, stops_max=most), [ENTRY], None)
        assert [(one.target_no, int(one.quantity)) for one in due] == expected


def test_without_a_stop_nothing_is_joined() -> None:
    """The figure counts stops: targets alone all rest."""
    bare = replace(TRADE, sl_price=None)

    assert [one.target_no for one in due_slices(bare, [ENTRY], None)] == [2, 3, 4, 5, 6, 7]
    assert placed(step(ENTRY, trade=bare)) == (2, 2, None, Decimal(8))


def test_the_next_nearest_takes_the_place_of_one_that_sold() -> None:
    """The stop over the rest goes, confirmed, and comes back smaller beside the next target's OCO."""
    held = replace(TRADE, open_qty=Decimal(10), tp_price=Decimal(9))
    sold = (ENTRY, *rests(2, stop=False, status=OrderStatus.FILLED, filled=2))

    first = step(*sold, *rest(10), market=QUIET, trade=held)
    assert isinstance(first, CancelOrders)
    assert [order.target_no for order in first.orders] == [WHOLE]
    assert placed(step(*sold, market=QUIET, trade=held)) == (3, 2, STOP, Decimal(9))
    assert placed(step(*sold, *rests(3), market=QUIET, trade=held)) == (WHOLE, 8, STOP, None)


def test_what_the_market_has_reached_is_sold_at_its_price_or_better() -> None:
    """Two targets leapt over at once: stops first, then each share by a limit of its own."""
    held = replace(TRADE, open_qty=Decimal(10), tp_price=Decimal(9))
    sold = (ENTRY, *rests(2, stop=False, status=OrderStatus.FILLED, filled=2))
    leapt = at(10)

    assert placed(step(*sold, market=leapt, trade=held)) == (5, 2, STOP, Decimal(11))
    stopped = (*sold, *rests(5))
    assert placed(step(*stopped, market=leapt, trade=held)) == (WHOLE, 4, STOP, None)
    stopped = (*stopped, *rest(4))
    assert placed(step(*stopped, market=leapt, trade=held)) == (3, 2, None, Decimal(9))
    assert placed(step(*stopped, *rests(3, stop=False), market=leapt, trade=held)) == (
        *(4, 2, None),
        Decimal(10),
    )


def test_what_rests_at_the_exchange_is_left_to_it() -> None:
    """An OCO whose target the market has reached fills there: it is not torn down for a sale of ours."""
    assert step(*FIRST, market=at(8)) == Wait(why="protected")


def test_a_market_that_falls_back_gets_the_stop_again() -> None:
    """The sale is cancelled, confirmed; what it sold meanwhile is its target's, the rest has its stop."""
    selling = (ENTRY, *rests(2), *rest(8), *rests(3, stop=False))
    assert step(*selling, market=at(9)) == Wait(why="protected")
    back = step(*selling, market=at(8))
    assert isinstance(back, CancelOrders)
    assert sorted(order.target_no for order in back.orders) == [WHOLE, 3]

    partly = rests(3, stop=False, status=OrderStatus.CANCELED, filled=1)
    held = replace(TRADE, open_qty=Decimal(11))
    assert placed(step(ENTRY, *rests(2), *partly, market=at(8), trade=held)) == (WHOLE, 9, STOP, None)


def test_a_market_that_cannot_be_read_reaches_nothing() -> None:
    """Missing data fails closed: the stop is over all of it."""
    selling = (ENTRY, *rests(2), *rest(8), *rests(3, stop=False))

    assert isinstance(step(*selling, market=UNREADABLE), CancelOrders)
    assert step(*FIRST, market=UNREADABLE) == Wait(why="protected")


def test_a_sale_that_nobody_takes_lacks_its_stop_for_one_tick() -> None:
    """It is tried again a tick later, as long as the market stands there."""
    selling = (ENTRY, *rests(2), *rest(8), *rests(3, stop=False))
    assert step(*selling, market=at(9), after=TURN - timedelta(seconds=1)) == Wait(why="protected")
    assert isinstance(step(*selling, market=at(9), after=TURN), CancelOrders)

    over = (ENTRY, *rests(2), *rest(10), *rests(3, stop=False, status=OrderStatus.CANCELED))
    assert step(*over, market=at(9), after=TURN - timedelta(seconds=1)) == Wait(why="protected")
    assert isinstance(step(*over, market=at(9), after=TURN), CancelOrders), "its share leaves the stop's"


def test_a_refused_sale_waits_longer_each_time_and_keeps_no_stop_away() -> None:
    """I-35; and an OCO is no attempt at what was refused without a stop: it goes out at once."""
    refused = [
        one
        for minute in (0, 1)
        for one in rests(3, stop=False, status=OrderStatus.REJECTED, after=timedelta(minutes=minute))
    ]
    over = (ENTRY, *rests(2), *rest(10), *refused)

    assert step(*over, market=at(9), after=timedelta(seconds=119)) == Wait(why="protected")
    assert isinstance(step(*over, market=at(9), after=timedelta(minutes=2)), CancelOrders)
    oco = Protection(sl_price=STOP, tp_price=Decimal(9))
    assert refused_bracket(refused, oco, Decimal(2)) is None


def test_a_market_at_the_stop_closes_all_of_it() -> None:
    """Whatever is kept here."""
    assert step(ENTRY, market=at(4)) == BeginClose(reason=CloseReason.SL_HIT)


def test_a_short_is_bought_back_from_its_nearest_target_down() -> None:
    """Mirrored: reached is what is asked no more than."""
    short = replace(LONG_CALL[0], side=LegSide.SHORT)
    down = tuple(replace(one, price=16 - one.price) for one in TARGETS)
    trade = replace(TRADE, legs=(short,), sl_price=Decimal(12), tp_price=down[0].price, targets=down)
    mirrored = [
        replace(
            one,
            side=OrderSide.BUY_TO_CLOSE,
            stop_price=None if one.stop_price is None else Decimal(12),
            limit_price=None if one.limit_price is None else 16 - one.limit_price,
        )
        for one in (*rests(2), *rest(10))
    ]

    assert step(ENTRY, *mirrored, market=at(10), trade=trade) == Wait(why="protected")
    assert isinstance(step(ENTRY, *mirrored, market=at(7), trade=trade), CancelOrders)
    assert placed(step(ENTRY, *mirrored[:2], market=at(7), trade=trade)) == (WHOLE, 8, Decimal(12), None)


shares = st.lists(st.integers(1, 100), max_size=6).filter(lambda parts: sum(parts) <= 100)


@given(
    held=st.integers(0, 60),
    parts=shares,
    most=st.integers(1, 6),
    reached=st.sets(st.integers(1, 7)),
    has_stop=st.booleans(),
)
def test_never_more_stops_than_may_rest(
    held: int, parts: list[int], most: int, reached: set[int], has_stop: bool
) -> None:
    """Quantities add up to what is held, and each unit has a stop unless its target is reached."""
    wanted = Protection(
        sl_price=STOP if has_stop else None,
        tp_price=Decimal(8) if parts else None,
        targets=tuple(
            Target(no=no, price=Decimal(6 + no), share=Decimal(part) / 100)
            for no, part in enumerate(parts, start=2)
        ),
    )
    cut = slices(wanted, Decimal(held), [], Decimal(1))
    own = {one.target_no for one in cut if one.protection.tp_price is not None}
    found = within(cut, most, reached & own)

    assert quantity_of(found) == quantity_of(cut)
    assert len({one.target_no for one in found}) == len(found)
    if not has_stop:
        assert found == cut
        return
    stopped = [one for one in found if one.protection.sl_price is not None]
    assert len(stopped) <= most
    sold = {one.target_no: one.quantity for one in found if one.protection.sl_price is None}
    assert sold == {one.target_no: one.quantity for one in cut if one.target_no in reached & own}
    nearest = [one.target_no for one in stopped if one.protection.tp_price is not None]
    assert nearest == [one.target_no for one in cut if one.target_no in own - reached][: len(nearest)]


def quantity_of(found: Sequence[Slice]) -> Decimal:
    """Return what slices are over together."""
    return sum((one.quantity for one in found), Decimal(0))
