"""A wish to enter, sized by the trader's rule and held against every rule of entries (C-02, C-03, C-13)."""

from dataclasses import dataclass
from decimal import Decimal

from chalicelib.domain.ai.decisions.decision import AiDecision, DecisionOutcome, DecisionWord, TakeProfit
from chalicelib.domain.ai.sizing import SizingFacts, largest_quantity, wanted_quantity
from chalicelib.domain.ai.validation import account_rules, entry_rules
from chalicelib.domain.ai.validation.constraint import Constraint, FailsAs, Validation, collected
from chalicelib.domain.ai.validation.entry_rules import Wish
from chalicelib.domain.ai.validation.facts import Case
from chalicelib.domain.coins.terms import SymbolFilters
from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.money import ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryPlan:
    """What an entry comes to: as it would be sent, what stands against it, what becomes of the decision.

    EXECUTED means that it may be sent. AWAITING_APPROVAL with an offered quantity waits for a yes to that.
    """

    wish: Wish
    validation: Validation
    outcome: DecisionOutcome


def judge_entry(case: Case, decision: AiDecision) -> EntryPlan:
    """Judge a LONG or SHORT."""
    wish, warnings = _wish(case, decision)
    return judge_wish(case, wish, warnings)


def judge_wish(case: Case, wish: Wish, warnings: tuple[str, ...] = ()) -> EntryPlan:
    """Judge an entry as it would be sent: again right before sending, and what a person made of it."""
    constraints = collected(_judged(case, wish))
    found = Validation(constraints=constraints, warnings=warnings)
    if found.failed(FailsAs.SIZE) and not found.failed(FailsAs.ERROR):
        found = Validation(constraints=constraints, warnings=warnings, offered_quantity=_offer(case, wish))
    return EntryPlan(wish=wish, validation=found, outcome=_outcome(case, found))


def _judged(case: Case, wish: Wish) -> list[Constraint | None]:
    entry, worth = wish.entry(case), wish.notional(case)
    return [
        account_rules.tier(case),
        account_rules.kill_switch(case),
        account_rules.exchange(case),
        account_rules.live_short(case, wish.side),
        account_rules.position(case),
        account_rules.min_confidence(case),
        account_rules.price_age(case),
        entry_rules.entry_price(case, wish),
        entry_rules.stop_required(case, wish),
        entry_rules.stop_side(case, wish),
        entry_rules.min_stop_distance(case, wish),
        entry_rules.max_risk(case, wish),
        entry_rules.max_position_size(case, wish),
        entry_rules.correlated_exposure(case, wish),
        entry_rules.balance(case, wish),
        entry_rules.targets_beyond_fees(case, wish.sign, wish.targets),
        entry_rules.target_distance(case, wish),
        entry_rules.tick(case, wish),
        entry_rules.lot(case, wish.quantity),
        entry_rules.notional(case, wish.quantity, entry),
        account_rules.positions_of_trader(case),
        account_rules.positions_of_account(case),
        account_rules.daily_drawdown(case),
        account_rules.total_drawdown(case),
        account_rules.live_cap(case, worth),
    ]


def _wish(case: Case, decision: AiDecision) -> tuple[Wish, tuple[str, ...]]:
    """Put a model's prices on the exchange's steps and have the trader's sizing decide the quantity."""
    filters = case.moment.filters
    side = LegSide.LONG if decision.decision is DecisionWord.LONG else LegSide.SHORT
    limit, stop = (_on_tick(filters, one) for one in (decision.entry_price, decision.stop_loss))
    targets = tuple(
        TakeProfit(price=_on_tick(filters, one.price) or one.price, share=one.share)
        for one in decision.take_profits
    )
    unsized = Wish(side=side, limit=limit, stop=stop, targets=targets, quantity=ZERO)
    sized = _sized(case, unsized) or ZERO
    asked = decision.quantity
    warnings: tuple[str, ...] = ()
    if asked is not None and asked > sized:
        warnings = (f"the size was cut from {asked:f} to what the trader's sizing allows",)
    quantity = sized if asked is None else min(asked, sized)
    cut = quantity if filters is None else filters.to_lot(quantity)
    return Wish(side=side, limit=limit, stop=stop, targets=targets, quantity=cut), warnings


def _on_tick(filters: SymbolFilters | None, price: Decimal | None) -> Decimal | None:
    if price is None or filters is None:
        return price
    down = filters.to_tick(price, up=False)
    return down if down > 0 else price


def _facts(case: Case, wish: Wish) -> SizingFacts | None:
    entry = wish.entry(case)
    if entry is None:
        return None
    return SizingFacts(
        entry=entry,
        stop=wish.stop,
        atr=case.moment.atr,
        portfolio=case.account.portfolio,
        free_balance=case.account.free_balance,
        fee_rate=case.moment.fee_rate,
    )


def _sized(case: Case, wish: Wish) -> Decimal | None:
    facts = _facts(case, wish)
    return None if facts is None else wanted_quantity(case.trading, facts)


def _offer(case: Case, wish: Wish) -> Decimal | None:
    """Return the largest size, None where the exchange would not take that either.

    What moves with it counts too: an offer that correlation forbids would be none.
    """
    facts, filters = _facts(case, wish), case.moment.filters
    if facts is None or filters is None:
        return None
    largest = largest_quantity(case.trading, facts, filters)
    if largest is None:
        return None
    room = entry_rules.correlated_exposure(case, wish)
    if not room.satisfied and isinstance(room.required_value, Decimal):
        left = max(room.required_value - (case.account.correlated or ZERO), ZERO)
        largest = min(largest, filters.to_lot(left / facts.entry))
    return largest if largest * facts.entry >= filters.least_notional and largest > 0 else None


def _outcome(case: Case, found: Validation) -> DecisionOutcome:
    if found.failed(FailsAs.CONFIDENCE):
        return DecisionOutcome.BELOW_CONFIDENCE
    if found.failed(FailsAs.ERROR):
        return DecisionOutcome.VALIDATION_FAILED
    if found.failed(FailsAs.SIZE) and found.offered_quantity is None:
        return DecisionOutcome.VALIDATION_FAILED
    if found.failed(FailsAs.QUEUED):
        return DecisionOutcome.QUEUED
    if found.failed(FailsAs.SIZE) or case.trading.require_approval:
        return DecisionOutcome.AWAITING_APPROVAL
    return DecisionOutcome.EXECUTED
