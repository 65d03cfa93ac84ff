"""The order that enters: stored with its trade, or the next step of one that walks (B-05)."""

from collections.abc import Sequence
from dataclasses import replace

from chalicelib.domain.money import ZERO
from chalicelib.domain.trading.entry_walk import entries
from chalicelib.domain.trading.orders import Order, OrderLeg, OrderStatus
from chalicelib.domain.trading.steps import WalkOn
from chalicelib.domain.trading.trades import ENTERING, Trade
from chalicelib.services.accounts.keeper import AccountKeeper


def next_of(keeper: AccountKeeper, orders: Sequence[Order], step: WalkOn) -> Order:
    """Return the intent of a walk's next step: the first order at another price, under a tag of its own."""
    env, now = keeper.env, keeper.env.clock.now()
    first = entries(orders)[0]
    return Order(
        id=env.randomness.uuid7(now),
        username=first.username,
        trade_id=first.trade_id,
        role=first.role,
        tag=env.tags.mark(keeper.username).tag(env.randomness.uuid7(now)),
        status=OrderStatus.INTENT,
        type=first.type,
        side=first.side,
        symbol=first.symbol,
        quantity=step.quantity,
        limit_price=step.limit_price,
        duration=first.duration,
        legs=tuple(_unfilled(leg) for leg in first.legs),
    )


def is_wanted(now: Trade, then: Trade) -> bool:
    """Say whether an entry that was decided on is still to be sent: nobody took it back, nothing filled."""
    return (
        now.status in ENTERING
        and now.cancel_requested_at is None
        and now.close_requested_at is None
        and now.walk_ended_at is None
        and now.filled_qty == then.filled_qty
    )


def _unfilled(leg: OrderLeg) -> OrderLeg:
    return replace(leg, filled_quantity=ZERO, avg_fill_price=None)
