"""What to do next for a trade, decided from what is stored alone: one table of cases, no I/O.

The same function serves the call that placed or closed a trade, every sync, and whoever takes over from a
worker that was killed between two lines: each step is stored before its effect, so the state says where the
procedure stands. The rules are A-04 (brackets, closing, adjusting), A-07 (placing) and A-14 (edges).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from chalicelib.domain.clocks.calendar import new_york_date
from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.trading.closing_step import closing_step, part_after_the_bell, part_step
from chalicelib.domain.trading.entering_step import pending_step, walking_step
from chalicelib.domain.trading.kept_targets import keeps_targets, reached_targets, within
from chalicelib.domain.trading.market_seen import UNREADABLE, MarketSeen, was_withdrawn
from chalicelib.domain.trading.orders import PROTECTIVE, UNSETTLED, Order, OrderRole, OrderStatus, newest
from chalicelib.domain.trading.parts import part_left, quantity_that_stays
from chalicelib.domain.trading.protection import Protection
from chalicelib.domain.trading.refusals import refused_bracket, refused_sales
from chalicelib.domain.trading.slices import Slice, covers, of_number, orders_of, slices, stands
from chalicelib.domain.trading.steps import (
    ApplyChange,
    BeginClose,
    CancelOrders,
    EndWalk,
    LookAtMarket,
    PlaceProtection,
    SessionState,
    Step,
    Wait,
    WalkOn,
)
from chalicelib.domain.trading.tradable import has_expired, tradable
from chalicelib.domain.trading.trades import PROTECTABLE, CloseReason, PendingChange, Trade, TradeStatus
from chalicelib.domain.trading.uneven import flatten_step
from chalicelib.domain.trading.watched_levels import level_reached


def next_step(
    trade: Trade,
    orders: Sequence[Order],
    change: PendingChange | None,
    session: SessionState,
    now: datetime,
    market: MarketSeen | None = None,
    *,
    has_turn: bool | None = None,
) -> Step:
    """Return the one next step for a trade; Wait when it stands as it should or nothing is allowed now.

    `market` is what was just seen of what is held; None is "not looked yet", and LookAtMarket is the step
    where that matters. `has_turn` says, where an entry would begin to walk, that no other of the account
    does; None is "not asked yet", and LookForTurn the step.
    """
    if trade.is_ended:
        return _after_the_end(orders, session)
    if trade.status is TradeStatus.PENDING:
        return pending_step(trade, orders, session, now, has_turn=has_turn)
    today = new_york_date(now)
    if has_expired(trade, today):
        session = SessionState.CLOSED
    left = tradable(trade, today)
    if trade.status is TradeStatus.CLOSING:
        return closing_step(left, orders, session, now, market)
    return _holding(left, orders, change, session, now, market)


def _after_the_end(orders: Sequence[Order], session: SessionState) -> Step:
    live = tuple(order for order in orders if order.is_live)
    if live and session is SessionState.OPEN:
        return CancelOrders(orders=live, orphaned=True)
    return Wait(why="ended")


def _holding(
    trade: Trade,
    orders: Sequence[Order],
    change: PendingChange | None,
    session: SessionState,
    now: datetime,
    market: MarketSeen | None,
) -> Step:
    entry = newest(orders, {OrderRole.ENTRY})
    if trade.cancel_requested_at is not None and entry is not None and entry.is_live:
        return CancelOrders(orders=(entry,))
    walking = walking_step(trade, orders, session, now)
    if isinstance(walking, CancelOrders | EndWalk):
        return walking
    step = _held(trade, orders, change, session, now, market)
    # What is held stands as it should before more is entered.
    return walking if isinstance(walking, WalkOn) and isinstance(step, Wait) else step


def _held(
    trade: Trade,
    orders: Sequence[Order],
    change: PendingChange | None,
    session: SessionState,
    now: datetime,
    market: MarketSeen | None,
) -> Step:
    if session is SessionState.CLOSED:
        # What stood in time is recorded after the bell, too: nothing is sent for it.
        if change is not None and _is_applied(trade, orders, change):
            return ApplyChange(change=change)
        if _is_to_be_dropped(trade, orders):
            return BeginClose(reason=trade.closing_reason or CloseReason.MANUAL_CLOSE)
        return part_after_the_bell(trade, orders)
    if trade.excess_qty > 0:
        return _unless_refused(trade, orders, now, trade.closing_reason or CloseReason.SL_HIT)
    flatten = flatten_step(trade, orders, now)
    if flatten is not None:
        return flatten
    if trade.open_qty == 0:
        # A bracket sold everything: neither the rest of the entry nor its other leg may fill any more.
        return _end_what_works(orders)
    if trade.close_requested_at is not None and trade.closing_qty is None:
        return BeginClose(reason=trade.closing_reason or CloseReason.MANUAL_CLOSE)
    if trade.is_structure:
        return _watched(trade, orders, change, now, market)
    return _protection(trade, orders, change, now, market)


def _is_to_be_dropped(trade: Trade, orders: Sequence[Order]) -> bool:
    """Say whether a close was asked for of what has expired meanwhile: begun, it is given up at once."""
    is_over = trade.open_qty > 0 and not trade.held_legs
    return is_over and trade.close_requested_at is not None and not any(one.is_outstanding for one in orders)


def _is_applied(trade: Trade, orders: Sequence[Order], change: PendingChange) -> bool:
    """Say whether the bracket works as a change wants it, and nothing else sells."""
    sales = _sales(orders)
    is_bracket = bool(sales) and all(order.role in PROTECTIVE and order.is_live for order in sales)
    return is_bracket and covers(due_slices(trade, orders, change), sales)


def _sales(orders: Sequence[Order]) -> list[Order]:
    return [order for order in orders if order.role is not OrderRole.ENTRY and order.is_outstanding]


def _in_the_way(trade: Trade, sales: Sequence[Order]) -> tuple[Order, ...]:
    """Return the exits that nobody wants any more: what they may still sell, a bracket would sell again."""
    is_part = trade.closing_qty is not None
    return tuple(one for one in sales if one.role is OrderRole.EXIT and (one.handled or not is_part))


def _outlived_protection(sales: Sequence[Order]) -> tuple[Order, ...]:
    """Return what protected a single leg until it was assigned: what is left is watched (W-04, W-05)."""
    return tuple(one for one in sales if one.role in PROTECTIVE)


def _watched(
    trade: Trade,
    orders: Sequence[Order],
    change: PendingChange | None,
    now: datetime,
    market: MarketSeen | None,
) -> Step:
    """Hold the structure's mark against its stop and target: no broker does that for several legs (W-04)."""
    if change is not None:
        return ApplyChange(change=change)
    sales = _sales(orders)
    if any(order.status in UNSETTLED for order in sales):
        return Wait(why="an exit is unsettled")
    in_the_way = _in_the_way(trade, sales) + _outlived_protection(sales)
    if in_the_way:
        return CancelOrders(orders=in_the_way)
    reached = level_reached(trade, now)
    step = Wait(why="watched") if reached is None else _unless_refused(trade, orders, now, reached)
    if isinstance(step, Wait) and trade.closing_qty is not None:
        return part_step(trade, orders, now, market)
    return step


def _end_what_works(orders: Sequence[Order]) -> Step:
    live = tuple(order for order in orders if order.is_live)
    return CancelOrders(orders=live) if live else Wait(why="an order is unsettled")


def _unless_refused(trade: Trade, orders: Sequence[Order], now: datetime, reason: CloseReason) -> Step:
    """Begin a close that nobody asked for just now, unless its order was refused too often (I-35)."""
    refused = refused_sales(trade, orders)
    if refused is not None and now < refused.retry_at:
        return Wait(why="refused again and again")
    return BeginClose(reason=reason)


def _protection(
    trade: Trade,
    orders: Sequence[Order],
    change: PendingChange | None,
    now: datetime,
    market: MarketSeen | None,
) -> Step:
    """See to it that what stays is protected, then to the part that is being closed (W-03)."""
    sales = _sales(orders)
    if any(order.status in UNSETTLED for order in sales):
        return Wait(why="bracket unsettled")
    in_the_way = _in_the_way(trade, sales)
    if in_the_way:
        return CancelOrders(orders=in_the_way)
    step = _bracket(trade, orders, change, now, market)
    if isinstance(step, Wait) and trade.closing_qty is not None:
        return part_step(trade, orders, now, market)
    return step


def _bracket(
    trade: Trade,
    orders: Sequence[Order],
    change: PendingChange | None,
    now: datetime,
    market: MarketSeen | None,
) -> Step:
    """Protect each slice by itself: what is not as it is due goes first, then what is missing is placed."""
    cut, most = _cut(trade, orders, change), trade.stops_max
    if market is None and keeps_targets(cut, most, orders):
        return LookAtMarket()
    seen = UNREADABLE if market is None else market
    due = within(cut, most, reached_targets(cut, most, orders, seen, trade.side, now))
    bracket = [order for order in _sales(orders) if order.role in PROTECTIVE]
    wrong = tuple(one for one in bracket if not _stands(trade, change, due, bracket, one.target_no))
    if wrong:
        return CancelOrders(orders=wrong)
    missing = [one for one in due if not orders_of(bracket, one.target_no)]
    if not missing and change is not None:
        return ApplyChange(change=change)
    if not missing:
        return Wait(why="protected" if covers(due, bracket) else "the broker took the stop alone")
    stop = missing[0].protection.sl_price
    if stop is not None:
        if market is None:
            return LookAtMarket()
        if market.is_through(stop, trade.side):
            return _stopped_out(trade, orders, change, now, market)
        if not market.lets_stand(stop, trade.side):
            return Wait(why="nobody bids above the stop")
    return _unless_bracket_refused(orders, change, missing, now)


def due_slices(trade: Trade, orders: Sequence[Order], change: PendingChange | None) -> tuple[Slice, ...]:
    """Return what is to be protected how: all that stays, as the trade or a change of it wants it.

    Nothing at the broker of several legs, be it that shares came of one: they are watched (W-04). No target
    that is kept here counts as reached: who looks at the market asks for more.
    """
    return within(_cut(trade, orders, change), trade.stops_max)


def _cut(trade: Trade, orders: Sequence[Order], change: PendingChange | None) -> tuple[Slice, ...]:
    if trade.is_structure:
        return ()
    wanted = trade.quotable(change.after if change is not None else trade.protection)
    return slices(wanted, quantity_that_stays(trade, orders), orders, trade.leg.lot)


def _stands(
    trade: Trade,
    change: PendingChange | None,
    due: Sequence[Slice],
    bracket: Sequence[Order],
    target_no: int,
) -> bool:
    """Say whether a slice is as it is due, or has the plain stop that a refused OCO left us with: that is not
    torn down each sync.
    """
    one, works = of_number(due, target_no), orders_of(bracket, target_no)
    if stands(one, works) or one is None or change is not None:
        return stands(one, works)
    stop_alone = Protection(sl_price=one.protection.sl_price, tp_price=None)
    may_lack = trade.protection_failures > 0 and not stop_alone.is_none
    return may_lack and stands(replace(one, protection=stop_alone), works)


def _stopped_out(
    trade: Trade,
    orders: Sequence[Order],
    change: PendingChange | None,
    now: datetime,
    market: MarketSeen,
) -> Step:
    if change is not None:
        return ApplyChange(change=change)
    if market.nobody_bids and was_withdrawn(orders):
        return Wait(why="its owner withdrew the sale; the stop waits for a bid")
    return _unless_refused(trade, orders, now, CloseReason.SL_HIT)


def _unless_bracket_refused(
    orders: Sequence[Order], change: PendingChange | None, missing: Sequence[Slice], now: datetime
) -> Step:
    for one in missing:
        attempts, wanted = orders_of(orders, one.target_no), one.protection
        refused = refused_bracket(attempts, wanted, one.quantity) if change is None else None
        if refused is not None and now < refused.retry_at:
            continue
        if change is None and _was_refused(attempts, wanted, one.quantity):
            wanted = Protection(sl_price=wanted.sl_price, tp_price=None)
        return PlaceProtection(protection=wanted, quantity=one.quantity, target_no=one.target_no)
    return Wait(why="refused again and again")


def _was_refused(orders: Sequence[Order], wanted: Protection, quantity: Decimal) -> bool:
    """Say whether the last bracket was this OCO and the broker refused it, be it after its 200 (A-04).

    One over another quantity was refused for that, perhaps.
    """
    last = newest(orders, PROTECTIVE)
    legs = [order for order in orders if last is not None and order.tag == last.tag]
    refused = [order for order in legs if order.status is OrderStatus.REJECTED and order.quantity == quantity]
    prices = {(order.role, order.stop_price or order.limit_price) for order in refused}
    oco = {(OrderRole.STOP_LOSS, wanted.sl_price), (OrderRole.TAKE_PROFIT, wanted.tp_price)}
    return prices == oco


def working_exits(orders: Sequence[Order], side: LegSide = LegSide.LONG) -> Decimal:
    """Return how many contracts working exits could close: of a stop and its target only one."""
    sold: dict[int, dict[OrderRole, Decimal]] = {}
    for order in orders:
        if order.is_live and order.side is side.closes_by:
            left = sold.setdefault(order.target_no, dict.fromkeys(OrderRole, Decimal(0)))
            left[order.role] += order.remaining_quantity
    return sum((_at_most(left) for left in sold.values()), Decimal(0))


def _at_most(left: Mapping[OrderRole, Decimal]) -> Decimal:
    return max(left[OrderRole.STOP_LOSS], left[OrderRole.TAKE_PROFIT]) + left[OrderRole.EXIT]


def is_protection_due(trade: Trade) -> bool:
    """Say whether this trade should have a working bracket now; structures are watched instead (W-04)."""
    is_the_brokers = trade.status in PROTECTABLE and not trade.is_structure
    return is_the_brokers and trade.sellable_qty > 0 and not trade.protection.is_none


def is_protected(trade: Trade, orders: Sequence[Order]) -> bool:
    """Say whether the stop works over the whole holding; without one, whether the targets over their shares.

    What a working exit is about to sell needs none: a part that is being closed leaves before the rest.
    """
    role = OrderRole.STOP_LOSS if trade.sl_price is not None else OrderRole.TAKE_PROFIT
    stays = sum((one.quantity for one in due_slices(trade, orders, None)), Decimal(0))
    works = [order for order in orders if order.role in {role, OrderRole.EXIT} and order.is_live]
    leaves = part_left(trade, orders)
    return sum((one.remaining_quantity for one in works), Decimal(0)) >= stays + leaves
