"""What a model may do with an open position (C-03, C-04)."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.ai.decisions.decision import (
    ChangeKind,
    DecisionOutcome,
    DecisionWord,
    Modification,
    TakeProfit,
)
from chalicelib.domain.ai.validation.changes import ChangePlan, judge_changes
from chalicelib.domain.ai.validation.constraint import ConstraintName
from chalicelib.domain.ai.validation.facts import HeldTarget, Position
from chalicelib.domain.ai.validation.reductions import judge_reduction
from chalicelib.domain.instruments.sides import LegSide
from tests.domain.ai.cases import LONG, NOW, POSITION, case

D = Decimal


def _move(stop: str | None) -> Modification:
    new_stop = None if stop is None else D(stop)
    return Modification(kind=ChangeKind.MOVE_SL, reason="a test's", new_stop=new_stop)


def _targets(kind: ChangeKind, *targets: tuple[str, str], target_id: str | None = None) -> Modification:
    new = tuple(TakeProfit(price=D(price), share=D(share)) for price, share in targets)
    return Modification(kind=kind, reason="a test's", target_id=target_id, new_targets=new)


def _failed(plan: ChangePlan) -> set[str]:
    return {one.name.value for one in plan.validation.constraints if not one.satisfied}


@pytest.mark.parametrize(
    ("position", "stop", "rule", "holds"),
    [
        (POSITION, "93.99", "STOP_ONLY_TIGHTER", False),
        (POSITION, "94", "STOP_ONLY_TIGHTER", False),
        (POSITION, "94.01", "STOP_ONLY_TIGHTER", True),
        (replace(POSITION, stop=D(96)), "94.99", "BREAKEVEN_LOCK", False),
        (replace(POSITION, stop=D(96)), "95", "BREAKEVEN_LOCK", True),
        (replace(POSITION, stop=D(96)), "96.5", "BREAKEVEN_LOCK", True),
        (POSITION, "94.5", "BREAKEVEN_LOCK", True),
        (POSITION, "99.49", "MIN_SL_DISTANCE", True),
        (POSITION, "99.50", "MIN_SL_DISTANCE", True),
        (POSITION, "99.51", "MIN_SL_DISTANCE", False),
        (POSITION, "101", "MIN_SL_DISTANCE", False),
        (replace(POSITION, last_ai_change_at=NOW - timedelta(seconds=299)), "95", "CHANGE_INTERVAL", False),
        (replace(POSITION, last_ai_change_at=NOW - timedelta(seconds=300)), "95", "CHANGE_INTERVAL", True),
        (replace(POSITION, last_ai_change_at=NOW - timedelta(seconds=301)), "95", "CHANGE_INTERVAL", True),
        (replace(POSITION, last_ai_change_at=None), "95", "CHANGE_INTERVAL", True),
    ],
)
def test_a_stop_may_only_come_nearer(position: Position, stop: str, rule: str, *, holds: bool) -> None:
    """C-03: at the limit, below and above."""
    assert (rule not in _failed(judge_changes(case(), position, [_move(stop)]))) is holds


def test_a_stop_at_50_with_the_price_at_100_is_refused_and_the_old_one_stays() -> None:
    """C-03."""
    plan = judge_changes(case(), POSITION, [_move("50")])

    assert plan.outcome is DecisionOutcome.VALIDATION_FAILED
    assert POSITION.stop == D(94)


def test_of_a_short_the_mirror_holds() -> None:
    short = replace(POSITION, side=LegSide.SHORT, entry_price=D(105), stop=D(106), targets={})

    assert judge_changes(case(), short, [_move("105.5")]).outcome is DecisionOutcome.EXECUTED
    assert _failed(judge_changes(case(), short, [_move("106.5")])) == {"STOP_ONLY_TIGHTER"}
    assert "MIN_SL_DISTANCE" in _failed(judge_changes(case(), short, [_move("100.4")]))


@pytest.mark.parametrize(
    ("change", "failed"),
    [
        (_targets(ChangeKind.MODIFY_TP, ("110.01", "0.5"), target_id="t1"), set()),
        (_targets(ChangeKind.MODIFY_TP, ("110", "0.6"), target_id="t1"), set()),
        (_targets(ChangeKind.MODIFY_TP, ("109.99", "0.5"), target_id="t1"), {"TP_ONLY_EXTENDED"}),
        (_targets(ChangeKind.MODIFY_TP, ("120", "0.5"), target_id="t9"), {"TP_ONLY_EXTENDED"}),
        (_targets(ChangeKind.ADD_TP, ("105", "0.5")), set()),
        (_targets(ChangeKind.ADD_TP, ("105", "0.51")), {"TP_BEYOND_FEES"}),
        (_targets(ChangeKind.ADD_TP, ("100.21", "0.5")), set()),
        (_targets(ChangeKind.ADD_TP, ("100.20", "0.5")), {"TP_ONLY_EXTENDED", "TP_BEYOND_FEES"}),
        (_targets(ChangeKind.ADD_TP), {"TP_ONLY_EXTENDED"}),
        (_targets(ChangeKind.CANCEL_TP, target_id="t1"), {"TP_ONLY_EXTENDED"}),
        (_move(None), {"STOP_REQUIRED"}),
    ],
)
def test_targets_may_only_be_extended(change: Modification, failed: set[str]) -> None:
    """C-03, C-13: the last target is the model's to move, not to take."""
    assert _failed(judge_changes(case(), POSITION, [change])) == failed


def test_a_target_may_go_while_another_stays() -> None:
    """C-13."""
    two = replace(POSITION, targets={**POSITION.targets, "t2": HeldTarget(price=D(120), share=D("0.5"))})
    plan = judge_changes(case(), two, [_targets(ChangeKind.CANCEL_TP, target_id="t1")])

    assert plan.outcome is DecisionOutcome.EXECUTED
    assert set(plan.levels.targets) == {"t2"}


def test_a_trail_follows_from_here_and_never_loosens() -> None:
    """C-04."""
    trail = Modification(kind=ChangeKind.TRAIL_SL, reason="a test's", distance_pct=D(3))
    near = judge_changes(case(), POSITION, [trail])
    kept = judge_changes(case(), replace(POSITION, stop=D("98.5")), [trail])

    assert (near.outcome, near.levels.stop, near.levels.trailing_pct) == (
        DecisionOutcome.EXECUTED,
        D(97),
        D(3),
    )
    assert (kept.outcome, kept.levels.stop) == (DecisionOutcome.EXECUTED, D("98.5"))


@pytest.mark.parametrize(
    ("rules", "change", "failed"),
    [
        ({"dynamic_sl": False}, _move("95"), {"DYNAMIC_SL"}),
        ({"dynamic_tp": False}, _targets(ChangeKind.ADD_TP, ("105", "0.5")), {"DYNAMIC_TP"}),
        ({"dynamic_tp": False}, _move("95"), set()),
        ({"dynamic_sl": False}, _targets(ChangeKind.ADD_TP, ("105", "0.5")), set()),
    ],
)
def test_an_owner_may_keep_stops_or_targets(
    rules: dict[str, bool], change: Modification, failed: set[str]
) -> None:
    """C-01: two switches."""
    assert _failed(judge_changes(case(trading=rules), POSITION, [change])) == failed


def test_all_of_an_answers_changes_or_none() -> None:
    """C-04: what is left of an answer without a part of it is what nobody meant."""
    plan = judge_changes(case(), POSITION, [_move("95"), _targets(ChangeKind.ADD_TP, ("99", "0.1"))])

    assert plan.outcome is DecisionOutcome.VALIDATION_FAILED


def test_a_stop_that_its_owner_set_is_asked_about() -> None:
    """C-04, people first."""
    by_hand = replace(POSITION, is_stop_by_hand=True)

    assert judge_changes(case(), by_hand, [_move("95")]).outcome is DecisionOutcome.AWAITING_APPROVAL
    assert judge_changes(case(), by_hand, [_move("90")]).outcome is DecisionOutcome.VALIDATION_FAILED


@pytest.mark.parametrize(
    ("word", "part", "confidence", "outcome", "quantity"),
    [
        (DecisionWord.CLOSE, None, "0.7", DecisionOutcome.EXECUTED, "10"),
        (DecisionWord.CLOSE, None, "0.69", DecisionOutcome.BELOW_CONFIDENCE, "10"),
        (DecisionWord.PARTIAL_TP, "4.0009", "0.7", DecisionOutcome.EXECUTED, "4"),
        (DecisionWord.PARTIAL_TP, "10", "0.7", DecisionOutcome.EXECUTED, "10"),
        (DecisionWord.PARTIAL_TP, "10.001", "0.7", DecisionOutcome.VALIDATION_FAILED, "10.001"),
        (DecisionWord.PARTIAL_TP, "0.099", "0.7", DecisionOutcome.VALIDATION_FAILED, "0.099"),
        (DecisionWord.PARTIAL_TP, None, "0.7", DecisionOutcome.VALIDATION_FAILED, "0"),
    ],
)
def test_next_to_nothing_holds_an_exit_back(
    word: DecisionWord, part: str | None, confidence: str, outcome: DecisionOutcome, quantity: str
) -> None:
    """C-03: a stopped account, a drawdown, an old price: an exit goes on."""
    blocked = case(
        confidence=confidence,
        account={"stopped_by": None, "portfolio": None, "free_balance": None},
        moment={"price_at": None, "atr": None, "candle_at": None},
    )
    wish = replace(LONG, decision=word, partial_quantity=None if part is None else D(part))
    plan = judge_reduction(blocked, POSITION, wish)

    assert (plan.outcome, plan.quantity) == (outcome, D(quantity))


@given(
    stops=st.lists(st.decimals("0.01", "200", places=2), min_size=1, max_size=3),
    old=st.one_of(st.none(), st.decimals("80", "99", places=2)),
    side=st.sampled_from(LegSide),
)
def test_a_models_stop_never_loosens(stops: list[Decimal], old: Decimal | None, side: LegSide) -> None:
    """I-41: whatever it says, and however often in one answer."""
    if side is LegSide.SHORT and old is not None:
        old = 200 - old
    position = replace(POSITION, side=side, stop=old, targets={})
    plan = judge_changes(case(), position, [_move(str(stop)) for stop in stops])

    if plan.outcome is DecisionOutcome.EXECUTED and old is not None:
        assert plan.levels.stop is not None
        assert (plan.levels.stop - old) * side.sign > 0
    assert ConstraintName.CHANGE_INTERVAL.value not in _failed(plan)


def test_a_position_has_five_targets_at_most() -> None:
    """C-02: each is an order of its own."""
    four = [("111", "0.1"), ("112", "0.1"), ("113", "0.1"), ("114", "0.1")]
    fits = judge_changes(case(), POSITION, [_targets(ChangeKind.ADD_TP, *four)])
    beyond = judge_changes(case(), POSITION, [_targets(ChangeKind.ADD_TP, *four, ("115", "0.1"))])

    assert fits.outcome is DecisionOutcome.EXECUTED
    assert _failed(beyond) == {"TP_ONLY_EXTENDED"}
