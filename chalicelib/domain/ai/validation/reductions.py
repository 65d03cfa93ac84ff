"""CLOSE and PARTIAL_TP: they make a risk smaller, so that next to nothing may hold them back (C-03)."""

from dataclasses import dataclass
from decimal import Decimal

from chalicelib.domain.ai.decisions.decision import AiDecision, DecisionOutcome, DecisionWord
from chalicelib.domain.ai.validation import account_rules, change_rules, entry_rules
from chalicelib.domain.ai.validation.constraint import FailsAs, Validation, collected
from chalicelib.domain.ai.validation.facts import Case, Position


@dataclass(frozen=True, slots=True, kw_only=True)
class ReductionPlan:
    """How much goes, all of it for a CLOSE, and whether it may."""

    quantity: Decimal
    validation: Validation
    outcome: DecisionOutcome


def judge_reduction(case: Case, position: Position, decision: AiDecision) -> ReductionPlan:
    """Judge a CLOSE or PARTIAL_TP by confidence, by what is held, and by the exchange's steps.

    All that is held always goes: steps are the business of parts.
    """
    is_all = decision.decision is DecisionWord.CLOSE
    quantity = position.quantity if is_all else decision.partial_quantity or Decimal(0)
    filters = case.moment.filters
    if not is_all and filters is not None and quantity < position.quantity:
        quantity = filters.to_lot(quantity)
    rules = [account_rules.min_confidence(case), change_rules.quantity_held(position, quantity)]
    if not is_all and quantity != position.quantity:
        rules += [
            entry_rules.lot(case, quantity),
            entry_rules.notional(case, quantity, case.moment.price),
        ]
    found = Validation(constraints=collected(rules))
    outcome = DecisionOutcome.EXECUTED
    if found.failed(FailsAs.CONFIDENCE):
        outcome = DecisionOutcome.BELOW_CONFIDENCE
    elif not found.is_valid:
        outcome = DecisionOutcome.VALIDATION_FAILED
    return ReductionPlan(quantity=quantity, validation=found, outcome=outcome)
