"""The rules of changes to a position: a model may tighten and extend, nothing else (C-03, C-04)."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Final

from chalicelib.domain.ai.decisions.decision import TakeProfit
from chalicelib.domain.ai.validation.constraint import Constraint, ConstraintName
from chalicelib.domain.ai.validation.entry_rules import SL_RANGES_MIN
from chalicelib.domain.ai.validation.facts import Case, HeldTarget, Position

CHANGE_INTERVAL: Final = timedelta(seconds=300)


def stop_only_tighter(position: Position, new_stop: Decimal) -> Constraint:
    """A new stop is nearer to the price than the one before; a first one may stand anywhere."""
    old = position.stop
    return Constraint(
        name=ConstraintName.STOP_ONLY_TIGHTER,
        satisfied=old is None or (new_stop - old) * position.sign > 0,
        current_value=new_stop,
        required_value=old,
        message="the stop would be loosened",
    )


def breakeven_lock(position: Position, new_stop: Decimal) -> Constraint:
    """Once a stop keeps the entry, no later one gives it up."""
    old, entry, sign = position.stop, position.entry_price, position.sign
    is_locked = old is not None and (old - entry) * sign >= 0
    return Constraint(
        name=ConstraintName.BREAKEVEN_LOCK,
        satisfied=not is_locked or (new_stop - entry) * sign >= 0,
        current_value=new_stop,
        required_value=entry if is_locked else None,
        message="the stop would give up the entry again",
    )


def moved_stop_distance(case: Case, position: Position, new_stop: Decimal) -> Constraint:
    """A moved stop keeps its distance from the present price, and stands on its losing side."""
    price, atr = case.moment.fresh_price, case.moment.atr
    distance = None if price is None else (price - new_stop) * position.sign
    least = None if atr is None else atr * SL_RANGES_MIN
    return Constraint(
        name=ConstraintName.MIN_SL_DISTANCE,
        satisfied=distance is not None and least is not None and distance >= least,
        current_value=distance,
        required_value=least,
        message="the stop is too near to the present price, or beyond it",
    )


def targets_only_extended(
    case: Case, position: Position, before: Sequence[HeldTarget], after: Sequence[TakeProfit]
) -> Constraint:
    """Targets may be added and raised; none comes nearer, nor under the present price and its fees.

    `before` and `after` are pairs as far as both go; what is beyond them in `after` is new.
    """
    price, sign = case.moment.fresh_price, position.sign
    least = None if price is None else price * (1 + sign * 2 * case.moment.fee_rate)
    lowered = [
        new.price for old, new in zip(before, after, strict=False) if (new.price - old.price) * sign < 0
    ]
    beneath = [one.price for one in after if least is None or (one.price - least) * sign <= 0]
    wrong = [*lowered, *beneath]
    return Constraint(
        name=ConstraintName.TP_ONLY_EXTENDED,
        satisfied=not wrong,
        current_value=wrong[0] if wrong else None,
        required_value=least,
        message="a target would come nearer",
    )


def change_interval(case: Case, position: Position) -> Constraint:
    """A model changes a position once in five minutes; rules and people are not counted."""
    last = position.last_ai_change_at
    since = None if last is None else case.moment.now - last
    return Constraint(
        name=ConstraintName.CHANGE_INTERVAL,
        satisfied=since is None or since >= CHANGE_INTERVAL,
        current_value=None if since is None else int(since.total_seconds()),
        required_value=int(CHANGE_INTERVAL.total_seconds()),
        message="the last change is not five minutes old",
    )


def quantity_held(position: Position, quantity: Decimal) -> Constraint:
    """No more is sold than is held."""
    return Constraint(
        name=ConstraintName.QUANTITY_HELD,
        satisfied=0 < quantity <= position.quantity,
        current_value=quantity,
        required_value=position.quantity,
        message="more than is held",
    )
