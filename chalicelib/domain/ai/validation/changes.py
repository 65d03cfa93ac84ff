"""MODIFY: what a position's levels would become, and whether a model may make them so (C-03, C-04).

All of an answer's changes or none: half of what a model meant is something that nobody meant.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from chalicelib.domain.ai.decisions.decision import ChangeKind, DecisionOutcome, Modification, TakeProfit
from chalicelib.domain.ai.decisions.schema import TARGETS_MAX
from chalicelib.domain.ai.validation import account_rules, change_rules, entry_rules
from chalicelib.domain.ai.validation.constraint import (
    Constraint,
    ConstraintName,
    FailsAs,
    Validation,
    collected,
)
from chalicelib.domain.ai.validation.facts import Case, HeldTarget, Position


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """Stop and targets of a position; `trailing_pct` is the distance at which its stop follows the price.

    New targets have ids of their own, `new-1` and on, until they are stored.
    """

    stop: Decimal | None
    targets: Mapping[str, HeldTarget]
    trailing_pct: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePlan:
    """What the levels become, and what becomes of the decision; EXECUTED means that it may be stored.

    AWAITING_APPROVAL: its owner set the stop by hand and is asked.
    """

    levels: Levels
    validation: Validation
    outcome: DecisionOutcome


class Unclear(ValueError):
    """A change that lacks what its kind needs, or names no target of the position."""


def judge_changes(case: Case, position: Position, changes: Iterable[Modification]) -> ChangePlan:
    """Judge a MODIFY."""
    before = Levels(stop=position.stop, targets=position.targets)
    always = [
        account_rules.min_confidence(case),
        account_rules.price_age(case),
        change_rules.change_interval(case, position),
    ]
    changes = tuple(changes)
    try:
        after = changed(case, position, changes)
    except Unclear as error:
        wrong = _unclear(changes, str(error))
        return _plan(before, Validation(constraints=collected([*always, wrong])), position)
    rules = [*always, *_of_stop(case, position, changes, after), *_of_targets(case, position, changes, after)]
    return _plan(after, Validation(constraints=collected(rules)), position)


def changed(case: Case, position: Position, changes: Iterable[Modification]) -> Levels:
    """Return the levels after changes, one after the other. Raises Unclear."""
    levels = Levels(stop=position.stop, targets=dict(position.targets))
    for one in changes:
        match one.kind:
            case ChangeKind.MOVE_SL:
                levels = replace(levels, stop=_given(one.new_stop, "new_stop"))
            case ChangeKind.TRAIL_SL:
                levels = _trailed(case, position, levels, _given(one.distance_pct, "distance_pct"))
            case ChangeKind.ADD_TP:
                levels = _added(levels, one.new_targets)
            case ChangeKind.MODIFY_TP:
                levels = _moved(levels, one)
            case ChangeKind.CANCEL_TP:
                levels = _cancelled(levels, one)
    return _on_ticks(case, levels)


def _given(value: Decimal | None, name: str) -> Decimal:
    if value is None:
        raise Unclear(f"{name} is missing")
    return value


def _trailed(case: Case, position: Position, levels: Levels, distance_pct: Decimal) -> Levels:
    """Follow at a distance from the present price on; a stop that is nearer already stays."""
    price = case.moment.fresh_price
    if price is None:
        raise Unclear("there is no present price to follow")
    stop, sign = price * (1 - position.sign * distance_pct / 100), position.sign
    if levels.stop is not None and (levels.stop - stop) * sign >= 0:
        stop = levels.stop
    return replace(levels, stop=stop, trailing_pct=distance_pct)


def _added(levels: Levels, targets: tuple[TakeProfit, ...]) -> Levels:
    if not targets:
        raise Unclear("new_targets are missing")
    if len(levels.targets) + len(targets) > TARGETS_MAX:
        raise Unclear(f"there would be more than {TARGETS_MAX} targets")
    begun = sum(name.startswith("new-") for name in levels.targets)
    new = {
        f"new-{number}": HeldTarget(price=one.price, share=one.share)
        for number, one in enumerate(targets, start=begun + 1)
    }
    return replace(levels, targets={**levels.targets, **new})


def _moved(levels: Levels, change: Modification) -> Levels:
    held = _named(levels, change.target_id)
    if len(change.new_targets) != 1:
        raise Unclear("new_targets has to be the one new target")
    (new,) = change.new_targets
    return replace(levels, targets={**levels.targets, held: HeldTarget(price=new.price, share=new.share)})


def _cancelled(levels: Levels, change: Modification) -> Levels:
    """Take a target away; the last one is the model's to move, not to take (C-13)."""
    held = _named(levels, change.target_id)
    left = {name: one for name, one in levels.targets.items() if name != held}
    if not left:
        raise Unclear("no other target would stay")
    return replace(levels, targets=left)


def _named(levels: Levels, target_id: str | None) -> str:
    if target_id is None or target_id not in levels.targets:
        raise Unclear("target_id names no open target")
    return target_id


def _on_ticks(case: Case, levels: Levels) -> Levels:
    filters = case.moment.filters
    if filters is None:
        return levels
    stop = None if levels.stop is None else filters.to_tick(levels.stop, up=False)
    targets = {
        name: replace(one, price=filters.to_tick(one.price, up=False)) for name, one in levels.targets.items()
    }
    return replace(levels, stop=stop, targets=targets)


def _of_stop(
    case: Case, position: Position, changes: tuple[Modification, ...], after: Levels
) -> list[Constraint]:
    is_asked = any(one.kind in {ChangeKind.MOVE_SL, ChangeKind.TRAIL_SL} for one in changes)
    if not is_asked:
        return []
    rules = [_switch(ConstraintName.DYNAMIC_SL, is_on=case.trading.dynamic_sl)]
    if after.stop is None or (after.stop == position.stop and after.trailing_pct is not None):
        return rules
    return [
        *rules,
        change_rules.stop_only_tighter(position, after.stop),
        change_rules.breakeven_lock(position, after.stop),
        change_rules.moved_stop_distance(case, position, after.stop),
    ]


def _of_targets(
    case: Case, position: Position, changes: tuple[Modification, ...], after: Levels
) -> list[Constraint]:
    if all(one.kind in {ChangeKind.MOVE_SL, ChangeKind.TRAIL_SL} for one in changes):
        return []
    kept = [name for name in position.targets if name in after.targets]
    new = [name for name in after.targets if name not in position.targets]
    touched = [name for name in kept if after.targets[name] != position.targets[name]]
    wanted = [
        TakeProfit(price=after.targets[name].price, share=after.targets[name].share)
        for name in (*touched, *new)
    ]
    shares = [TakeProfit(price=one.price, share=one.share) for one in after.targets.values()]
    return [
        _switch(ConstraintName.DYNAMIC_TP, is_on=case.trading.dynamic_tp),
        change_rules.targets_only_extended(
            case, position, [position.targets[name] for name in touched], wanted
        ),
        entry_rules.targets_beyond_fees(case, position.sign, shares),
    ]


def _switch(name: ConstraintName, *, is_on: bool) -> Constraint:
    return Constraint(
        name=name,
        satisfied=is_on,
        current_value=is_on,
        required_value=True,
        message="its owner keeps these for people and rules",
    )


def _unclear(changes: tuple[Modification, ...], message: str) -> Constraint:
    of_stop = all(one.kind in {ChangeKind.MOVE_SL, ChangeKind.TRAIL_SL} for one in changes)
    name = ConstraintName.STOP_REQUIRED if of_stop else ConstraintName.TP_ONLY_EXTENDED
    return Constraint(name=name, satisfied=False, current_value=None, required_value=None, message=message)


def _plan(levels: Levels, found: Validation, position: Position) -> ChangePlan:
    outcome = DecisionOutcome.EXECUTED
    if found.failed(FailsAs.CONFIDENCE):
        outcome = DecisionOutcome.BELOW_CONFIDENCE
    elif not found.is_valid:
        outcome = DecisionOutcome.VALIDATION_FAILED
    elif position.is_stop_by_hand and levels.stop != position.stop:
        outcome = DecisionOutcome.AWAITING_APPROVAL
    return ChangePlan(levels=levels, validation=found, outcome=outcome)
