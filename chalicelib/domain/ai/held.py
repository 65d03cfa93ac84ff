"""A trade as a model's changes are judged against it, and what they make of its stop and targets. Pure.

Shares are parts of what is left: a target that has sold its share counts no more (C-02).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import ROUND_DOWN, Decimal
from typing import Final

from chalicelib.domain.ai.validation.changes import Levels
from chalicelib.domain.ai.validation.facts import HeldTarget, Position
from chalicelib.domain.money import ZERO
from chalicelib.domain.trading.commands import WantedTarget, numbered
from chalicelib.domain.trading.orders import Order
from chalicelib.domain.trading.protection import Protection, Target
from chalicelib.domain.trading.slices import unfinished
from chalicelib.domain.trading.trades import Trade

#: As many decimals as shares are stored with.
_SHARE_STEP: Final = Decimal("0.00000001")
_ALL: Final = Decimal(1)


def held_position(
    trade: Trade,
    orders: Sequence[Order],
    target_ids: Mapping[int, str],
    *,
    last_ai_change_at: datetime | None,
    is_stop_by_hand: bool,
) -> Position | None:
    """Return what is held of a trade of one leg; None where nothing is, or its price is not known.

    `target_ids` are the ids under which its targets are shown, by their numbers.
    """
    if trade.entry_price is None or trade.open_qty <= 0:
        return None
    goals = unfinished(trade.protection, orders)
    shares = shares_left(trade.protection.goals, goals)
    return Position(
        side=trade.side,
        entry_price=trade.entry_price,
        quantity=trade.open_qty,
        stop=trade.sl_price,
        targets={
            target_ids[goal.no]: HeldTarget(price=goal.price, share=share)
            for goal, share in zip(goals, shares, strict=True)
        },
        last_ai_change_at=last_ai_change_at,
        is_stop_by_hand=is_stop_by_hand,
    )


def shares_left(goals: Sequence[Target], left: Sequence[Target]) -> list[Decimal]:
    """Return the shares of the targets that are left, of what is left once the others have sold theirs."""
    numbers = {goal.no for goal in left}
    gone = sum((goal.share for goal in goals if goal.no not in numbers), ZERO)
    if gone == 0 or not left:
        return [goal.share for goal in left]
    if len(left) == 1 and gone == _ALL - left[0].share:
        return [_ALL]
    found = [(goal.share / (_ALL - gone)).quantize(_SHARE_STEP, ROUND_DOWN) for goal in left]
    if sum((goal.share for goal in goals), ZERO) == _ALL:
        found[-1] = _ALL - sum(found[:-1], ZERO)
    return found


def protection_after(trade: Trade, position: Position, levels: Levels, last_no: int) -> Protection:
    """Return the stop and targets that levels ask for; targets that nobody touched stay what they are.

    Where one is touched all are numbered anew, after `last_no`: their shares are of what is left now.
    """
    if levels.targets == position.targets:
        return Protection(sl_price=levels.stop, tp_price=trade.tp_price, targets=trade.targets)
    wanted = [WantedTarget(price=one.price, share=one.share) for one in levels.targets.values()]
    targets = numbered(wanted, last_no, trade.side)
    return Protection(sl_price=levels.stop, tp_price=targets[0].price if targets else None, targets=targets)
