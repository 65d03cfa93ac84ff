"""One decision, many callers (ADR 0031): live, paper, shadow and backtest ask this function and no other.

`evaluate` reduces a market to what is stored, then judges that and nothing else; `judge` alone judges a
stored row again. `rehearse` decides the same, and asks every stage besides.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from chalicelib.domain.desk.pipeline import gates_of_the_account as account
from chalicelib.domain.desk.pipeline import gates_of_the_market as market
from chalicelib.domain.desk.pipeline import gates_of_the_structure as structure
from chalicelib.domain.desk.pipeline.case import NONE_TAKEN, Case, Premises
from chalicelib.domain.desk.pipeline.facts import Facts, Inputs
from chalicelib.domain.desk.pipeline.plan import ProposedOrder, execution
from chalicelib.domain.desk.pipeline.verdicts import Verdict, taken_for_granted
from chalicelib.domain.desk.pipeline.vix import vix_in_force
from chalicelib.domain.desk.selection.candidate import Selection
from chalicelib.domain.desk.stored import as_stored
from chalicelib.domain.desk.strategies.settings import DeskSettings
from chalicelib.domain.desk.strategies.strategy import Strategy
from chalicelib.domain.desk.strategies.strategy_types import sold_now

if TYPE_CHECKING:
    from chalicelib.domain.desk.selection.chains import Chain


class Decision(StrEnum):
    """What an evaluation of an entry comes to."""

    ENTER = "ENTER"
    REJECT = "REJECT"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Snapshot:
    """Market and account at one moment; `chain` has the expiries that may be entered, None: not known."""

    facts: Facts
    chain: "Chain | None"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """A decision with all that it rests on; `reason` is that of the stage that ended it."""

    decision: Decision
    reason: str
    inputs: Inputs
    verdicts: tuple[Verdict, ...]
    order: ProposedOrder | None = None

    @property
    def ended_by(self) -> Verdict | None:
        """Return the stage that failed, None where none did."""
        last = self.verdicts[-1]
        return None if last.passed else last


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """A decision that nothing comes of, with every stage's word: also past the first that fails.

    Without a candidate the stages that judge one say nothing.
    """

    case: Case
    evaluation: Evaluation
    verdicts: tuple[Verdict, ...]


Gate = Callable[[Case], Verdict | None]

_OPENING: Final[tuple[Gate, ...]] = (market.universe, market.macro_calendar)
#: B-16, order of judging; a gate answers None where it does not run.
_GATES: Final[tuple[Gate, ...]] = (
    structure.spread,
    structure.volume,
    structure.open_interest,
    market.underlying_volume,
    structure.age,
    structure.eligibility,
    market.term_structure,
    market.regime,
    market.iv_rank,
    structure.structure,
    structure.earnings,
    structure.ex_dividend,
    structure.value,
    market.trading_hours,
)
#: What can be asked without a candidate.
_WITHOUT_CANDIDATE: Final[tuple[Gate, ...]] = (
    market.underlying_volume,
    structure.eligibility,
    market.term_structure,
    market.regime,
    market.iv_rank,
    structure.structure,
    market.trading_hours,
)


def evaluate(
    snapshot: Snapshot, strategy: Strategy, desk: DeskSettings, premises: Premises = NONE_TAKEN
) -> Evaluation:
    """Judge whether a strategy enters now, and by which order."""
    facts = as_stored(snapshot.facts)
    unselected = Inputs(facts=facts, selection=_nothing(facts, strategy))
    opening = Case(inputs=unselected, strategy=strategy, desk=desk, premises=premises)
    if any(not verdict.passed for verdict in _first_failure(opening, (gate(opening) for gate in _OPENING))):
        return judge(unselected, strategy, desk, premises)
    selection = _select(snapshot.chain, opening)
    return judge(Inputs(facts=facts, selection=selection), strategy, desk, premises)


def rehearse(snapshot: Snapshot, strategy: Strategy, desk: DeskSettings) -> Rehearsal:
    """Judge as `evaluate` does, and ask every stage that can be asked, whatever one before it said."""
    facts = as_stored(snapshot.facts)
    unselected = Case(
        inputs=Inputs(facts=facts, selection=_nothing(facts, strategy)), strategy=strategy, desk=desk
    )
    selection = _select(snapshot.chain, unselected)
    case = Case(inputs=Inputs(facts=facts, selection=selection), strategy=strategy, desk=desk)
    return Rehearsal(
        case=case,
        evaluation=judge(case.inputs, strategy, desk),
        verdicts=tuple(said for said in _every_verdict(case) if said is not None),
    )


def judge(
    inputs: Inputs, strategy: Strategy, desk: DeskSettings, premises: Premises = NONE_TAKEN
) -> Evaluation:
    """Judge what is stored; the same inputs and configuration always say the same."""
    case = Case(inputs=inputs, strategy=strategy, desk=desk, premises=premises)
    verdicts = _first_failure(case, _until_execution(case))
    order = None
    if verdicts[-1].passed:
        last, order = execution(case)
        verdicts.append(last)
    is_entry = order is not None
    return Evaluation(
        decision=Decision.ENTER if is_entry else Decision.REJECT,
        reason="every stage passed" if is_entry else verdicts[-1].reason,
        inputs=inputs,
        verdicts=tuple(verdicts),
        order=order,
    )


def _until_execution(case: Case) -> Iterator[Verdict | None]:
    for gate in (*_OPENING, *_GATES):
        yield gate(case)
    yield from account.filters(case)
    yield account.sizing(case)
    yield account.book(case)


def _every_verdict(case: Case) -> Iterator[Verdict | None]:
    if case.worth is None:
        yield from (gate(case) for gate in (*_OPENING, *_WITHOUT_CANDIDATE))
        return
    yield from _until_execution(case)
    yield execution(case)[0]


def _first_failure(case: Case, verdicts: Iterable[Verdict | None]) -> list[Verdict]:
    """Return the verdicts up to the first against, which ends the scan; those that did not run left out."""
    given: list[Verdict] = []
    for said in verdicts:
        if said is None:
            continue
        is_granted = said.is_missing and said.stage in case.premises.assumed
        verdict = taken_for_granted(said) if is_granted else said
        given.append(verdict)
        if not verdict.passed:
            break
    return given


def _nothing(facts: Facts, strategy: Strategy, lacking: str | None = None) -> Selection:
    entry = strategy.entry_conditions
    return Selection(
        kind=sold_now(strategy.type, facts.account.free_shares),
        dte_min=entry.dte_min,
        dte_max=entry.dte_max,
        lacks=lacking,
    )


def _select(chain: "Chain | None", case: Case) -> Selection:
    """Return what is chosen as it is stored; without a choice there is nothing to round."""
    # numpy comes with it: a function that never selects does not pay for it.
    from chalicelib.domain.desk.selection.select import Market, select

    facts, strategy = case.facts, case.strategy
    realised = facts.technicals.realised_volatility
    if chain is None or not chain.expiries:
        return _nothing(facts, strategy, "option chain")
    if realised is None or case.spot is None:
        return _nothing(facts, strategy, "realised volatility")
    vix = vix_in_force(facts, case.liquidity.max_quote_age_s)
    known = Market(
        at=facts.at,
        spot=case.spot,
        realised_volatility=realised,
        closes_at=facts.closes_at,
        vix=None if vix is None else vix.value,
        next_earnings=None if facts.earnings is None else facts.earnings.on,
    )
    return select(
        chain,
        sold_now(strategy.type, facts.account.free_shares),
        strategy.entry_conditions,
        known,
        case.commission,
    )
