"""How many structures are entered, and whether there is room for them (B-01)."""

from dataclasses import dataclass
from enum import StrEnum
from math import floor

from chalicelib.domain.desk.pipeline.case import Case
from chalicelib.domain.desk.selection.economics import mid_credit_of, widest_wing
from chalicelib.domain.desk.strategies.strategy import SizingKind
from chalicelib.domain.desk.strategies.strategy_types import StrategyType


class Room(StrEnum):
    """Whether so many may be added, or what stands against it."""

    ENOUGH = ""
    POSITIONS_OF_STRATEGY = "the strategy has its most positions"
    POSITIONS_OF_DESK = "the desk has its most positions"
    CONDORS_OF_EXPIRY = "the expiry has its most condors"
    COLLATERAL = "cash for it is promised to something else"
    COLLATERAL_UNKNOWN = "not known"
    SHARES = "shares for it are promised to something else"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sized:
    """So many structures; `risk_usd` is what the sizing lets them lose, None for a fixed number."""

    qty: int
    risk_usd: float | None = None
    lacks: str | None = None


def _risked_per_share(case: Case) -> float:
    """Return dollars per share that stand behind one structure: its wing, strike, debit or shares."""
    if case.kind is StrategyType.BUTTERFLY:
        return -mid_credit_of(case.legs)
    if case.kind is StrategyType.CASH_SECURED_PUT:
        return case.legs[0].strike
    if case.kind is StrategyType.COVERED_CALL:
        return case.spot or 0.0
    return widest_wing(case.legs)


def max_loss_of_one(case: Case) -> float:
    """Return the most that one structure can lose at all, in dollars: not the mean that EV counts."""
    assert case.candidate is not None
    assert case.worth is not None
    if case.kind is StrategyType.BUTTERFLY:
        return case.worth.max_loss
    return (_risked_per_share(case) - case.worth.credit) * case.candidate.multiplier


def premium_pct(case: Case) -> float:
    """Return the credit at mid in per cent of what stands behind it: wing, strike, or price of the shares."""
    behind = _risked_per_share(case)
    return round(mid_credit_of(case.legs) / behind * 100, 6) if behind > 0 else 0.0


def size(case: Case, of_one: float) -> Sized:
    """Return floor(balance × pct / maximum loss of one), or the fixed number."""
    sizing = case.strategy.sizing
    if sizing.kind is SizingKind.FIXED:
        assert sizing.qty is not None
        return Sized(qty=sizing.qty)
    balance = case.facts.account.balance
    if balance is None:
        return Sized(qty=0, lacks="balance of the account")
    assert sizing.pct is not None
    risk = float(balance * sizing.pct / 100)
    return Sized(qty=floor(risk / of_one) if of_one > 0 and risk > 0 else 0, risk_usd=risk)


def room_for(case: Case, qty: int, of_one: float) -> Room:
    """Say whether positions, cash and shares leave room for so many."""
    account, candidate = case.facts.account, case.candidate
    assert candidate is not None
    if account.open_of_strategy >= case.strategy.max_positions:
        return Room.POSITIONS_OF_STRATEGY
    if account.open_of_desk >= case.desk.max_positions:
        return Room.POSITIONS_OF_DESK
    condors = dict(account.condors_by_expiry).get(candidate.expiry, 0)
    if case.kind is StrategyType.IRON_CONDOR and condors >= case.desk.max_condors_per_expiry:
        return Room.CONDORS_OF_EXPIRY
    if case.kind is StrategyType.COVERED_CALL:
        return Room.ENOUGH if qty * candidate.multiplier <= account.free_shares else Room.SHARES
    is_put = case.kind is StrategyType.CASH_SECURED_PUT
    needed = case.legs[0].strike * candidate.multiplier if is_put else of_one
    if account.free_cash is None:
        return Room.COLLATERAL_UNKNOWN
    return Room.COLLATERAL if qty * needed > float(account.free_cash) else Room.ENOUGH
