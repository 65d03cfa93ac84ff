"""Targets that are kept here where fewer stops may rest than there are slices (C-06). Pure.

The nearest targets rest with their stop at the exchange; one plain stop is over all else, and each tick
carries the other targets out: what the market has reached is sold at its target's price or better.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.money import ZERO
from chalicelib.domain.trading.market_seen import MarketSeen
from chalicelib.domain.trading.orders import Order, OrderRole
from chalicelib.domain.trading.protection import WHOLE, Protection
from chalicelib.domain.trading.refusals import ended_at, refused_bracket
from chalicelib.domain.trading.slices import Slice, orders_of

#: Half of the minute between two ticks: a sale that was not taken rests until the next one and no longer, and
#: its stop is back until the one after. Nothing lacks its stop for more than a tick (C-06).
TURN: Final = timedelta(seconds=30)


def within(
    cut: Sequence[Slice], stops_max: int | None, reached: Collection[int] = frozenset()
) -> tuple[Slice, ...]:
    """Join slices so that no more stops rest than may; `cut` has the nearest target first.

    Of the targets that are `reached` each share is a slice with its target alone, behind those with a stop.
    """
    if stops_max is None or not any(_has_stop(one) for one in cut):
        return tuple(cut)
    sold = [_target_alone(one) for one in cut if one.target_no in reached]
    stopped = [one for one in cut if one.target_no not in reached]
    if len(stopped) > stops_max:
        nearest, rest = stopped[: stops_max - 1], stopped[stops_max - 1 :]
        stopped = [*nearest, _joined(rest)]
    return (*stopped, *sold)


def keeps_targets(cut: Iterable[Slice], stops_max: int | None, orders: Sequence[Order]) -> bool:
    """Say whether the market has to be looked at: a target does not rest at the exchange, with its stop."""
    return stops_max is not None and any(_is_kept(one, orders_of(orders, one.target_no)) for one in cut)


def reached_targets(
    cut: Iterable[Slice],
    stops_max: int | None,
    orders: Sequence[Order],
    market: MarketSeen,
    side: LegSide,
    now: datetime,
) -> frozenset[int]:
    """Return which targets that are kept here are to be sold now, by their numbers.

    Of a market that could not be read nothing follows: the stop is over all of it.
    """
    if stops_max is None:
        return frozenset()
    return frozenset(
        one.target_no
        for one in cut
        if _is_reached(one, market, side)
        and _is_kept(one, mine := orders_of(orders, one.target_no))
        and _has_turn(one, mine, now)
    )


def _is_reached(one: Slice, market: MarketSeen, side: LegSide) -> bool:
    target = one.protection.tp_price
    return target is not None and market.reaches(target, side)


def _is_kept(one: Slice, mine: Sequence[Order]) -> bool:
    """Say whether a slice with stop and target does not rest as both."""
    if not _has_stop(one) or one.protection.tp_price is None:
        return False
    return {order.role for order in mine if order.is_live} != {OrderRole.STOP_LOSS, OrderRole.TAKE_PROFIT}


def _has_turn(one: Slice, mine: Sequence[Order], now: datetime) -> bool:
    """Say whether a sale may be tried, or may go on resting: not too long, nor too soon after the last."""
    sales = _sales_alone(mine)
    if not sales:
        return True
    last = sales[-1]
    if not last.is_ended:
        return last.submitted_at is None or now < last.submitted_at + TURN
    refused = refused_bracket(sales, _target_alone(one).protection, one.quantity)
    again_at = ended_at(last) + TURN
    return now >= (again_at if refused is None else max(again_at, refused.retry_at))


def _sales_alone(mine: Sequence[Order]) -> list[Order]:
    """Return the sales at a target without a stop beside them, oldest first."""
    stopped = {order.tag for order in mine if order.role is OrderRole.STOP_LOSS}
    return [one for one in mine if one.role is OrderRole.TAKE_PROFIT and one.tag not in stopped]


def _has_stop(one: Slice) -> bool:
    return one.protection.sl_price is not None


def _target_alone(one: Slice) -> Slice:
    return replace(one, protection=Protection(sl_price=None, tp_price=one.protection.tp_price))


def _joined(parts: Sequence[Slice]) -> Slice:
    """Return one slice over all of these, with the stop that they share."""
    stop = Protection(sl_price=parts[0].protection.sl_price, tp_price=None)
    quantity = sum((one.quantity for one in parts), ZERO)
    return Slice(target_no=WHOLE, protection=stop, quantity=quantity)
