"""Whether an open structure is left now (B-06): causes, grace, persistence, suspect marks.

Nothing is remembered here. What was counted comes in and goes out and is stored between two scans, so that
a restart neither forgets nor counts twice.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar, Final

from chalicelib.domain.desk.exits.causes import (
    AT_ONCE,
    BY_MARK,
    ExitCause,
    ExitRules,
    OpenStructure,
    Sight,
    causes_at_once,
    causes_by_mark,
    causes_by_time,
)
from chalicelib.domain.desk.exits.guardrails import (
    JUMP_AGAINST_AGE_MAX,
    MIN_HOLDING,
    SCANS_APART_MAX,
    STOP_PERSISTENCE_SCANS,
    SUSPECT_MARK_JUMP_FRACTION,
)

#: Why an exit that was decided before is asked once more.
NOT_CLOSED: Final = "not closed yet"
#: Why what holds is not decided yet.
COUNTING: Final = "must hold on three scans running"


class ExitDecision(StrEnum):
    """What a scan comes to; HOLD is nothing to tell, READ_AGAIN asks for quotes once more at once."""

    EXIT = "EXIT"
    WAIT = "WAIT"
    HOLD = "HOLD"
    READ_AGAIN = "READ_AGAIN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A cause that holds, on so many scans running."""

    STORED_AS_LIST: ClassVar = True

    cause: ExitCause
    scans: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitState:
    """What is kept of a structure between two scans; `best` is its highest believed result in dollars.

    `leaving` is why it is being left: what was decided once is asked again each scan until it is closed,
    `decided_on` on how many scans that had held.
    """

    scan_at: datetime | None = None
    counts: tuple[Held, ...] = ()
    mark: Decimal | None = None
    mark_at: datetime | None = None
    best: Decimal | None = None
    leaving: ExitCause | None = None
    decided_on: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitVerdict:
    """The decision with its cause, on how many scans it has held, and the state to store."""

    decision: ExitDecision
    state: ExitState
    cause: ExitCause | None = None
    scans: int = 0
    reason: str = ""

    @property
    def also_waiting(self) -> tuple[Held, ...]:
        """Return the other causes that hold and are counted: each is told of from its first scan on."""
        others = (one for one in self.state.counts if one.cause is not self.cause)
        return tuple(one for one in others if one.scans < STOP_PERSISTENCE_SCANS)


def judge_exit(held: OpenStructure, rules: ExitRules, sight: Sight, state: ExitState) -> ExitVerdict:
    """Judge one scan of one structure; the same scan again, delivered twice, counts nothing more."""
    is_suspect = _is_suspect(sight, state)
    seen = _seen(held, sight, state, is_suspect=is_suspect)
    at_once = next(causes_at_once(held, rules, sight), None)
    if at_once is ExitCause.VIX_SPIKE and is_suspect and not sight.is_second_read:
        return ExitVerdict(decision=ExitDecision.READ_AGAIN, state=seen, cause=at_once, reason="suspect mark")
    if at_once is not None:
        return ExitVerdict(decision=ExitDecision.EXIT, state=seen, cause=at_once, reason="at once")
    if is_suspect:
        return _waiting(replace(seen, scan_at=sight.scan_at), "suspect mark")
    counted = seen
    if not _is_repeated(sight, state):
        counted = replace(seen, scan_at=sight.scan_at, counts=_counted(held, rules, sight, seen))
    if sight.at - held.filled_at < MIN_HOLDING:
        return _waiting(replace(counted, counts=()), "grace after the fill")
    due = next((one for one in counted.counts if one.scans >= STOP_PERSISTENCE_SCANS), None)
    if due is None:
        return _waiting(counted, COUNTING)
    return ExitVerdict(
        decision=ExitDecision.EXIT, state=counted, cause=due.cause, scans=due.scans, reason="held long enough"
    )


def until_closed(before: ExitState, verdict: ExitVerdict) -> ExitVerdict:
    """Return a verdict with what was decided at an earlier scan: an exit is asked again until it is done.

    The VIX path stays that. `before` is the state that the scan began with. The scans that it was decided on
    stay told: counting begins anew after a gap, the decision does not.
    """
    decided = before.leaving
    if verdict.decision is ExitDecision.READ_AGAIN:
        return verdict
    if verdict.decision is ExitDecision.EXIT and decided is not ExitCause.VIX_SPIKE:
        decisive = replace(verdict.state, leaving=verdict.cause, decided_on=verdict.scans)
        return replace(verdict, state=decisive)
    if decided is None:
        return verdict
    running = next((one.scans for one in verdict.state.counts if one.cause is decided), 0)
    scans = max(running, before.decided_on)
    return ExitVerdict(
        decision=ExitDecision.EXIT, state=verdict.state, cause=decided, scans=scans, reason=NOT_CLOSED
    )


def _waiting(state: ExitState, reason: str) -> ExitVerdict:
    """Return WAIT with the first cause that holds, HOLD where none does."""
    if not state.counts:
        return ExitVerdict(decision=ExitDecision.HOLD, state=state, reason=reason)
    first = state.counts[0]
    return ExitVerdict(
        decision=ExitDecision.WAIT, state=state, cause=first.cause, scans=first.scans, reason=reason
    )


def _is_suspect(sight: Sight, state: ExitState) -> bool:
    """Say whether the mark jumped by more than half against one of the last five minutes."""
    if sight.mark is None or state.mark is None or state.mark_at is None:
        return False
    is_old = sight.at - state.mark_at > JUMP_AGAINST_AGE_MAX
    return not is_old and abs(sight.mark - state.mark) > abs(state.mark) * SUSPECT_MARK_JUMP_FRACTION


def _seen(held: OpenStructure, sight: Sight, state: ExitState, *, is_suspect: bool) -> ExitState:
    """Remember the mark: a level that stays is believed on the next scan; a suspect one is no best result."""
    if sight.mark is None or sight.at < (state.mark_at or sight.at):
        return state
    if _is_repeated(sight, state) and not sight.is_second_read:
        return state
    result = held.result(sight.mark)
    best = state.best if is_suspect else max(result, result if state.best is None else state.best)
    return replace(state, mark=sight.mark, mark_at=sight.at, best=best)


def _is_repeated(sight: Sight, state: ExitState) -> bool:
    return state.scan_at is not None and sight.scan_at <= state.scan_at


def _counted(held: OpenStructure, rules: ExitRules, sight: Sight, state: ExitState) -> tuple[Held, ...]:
    """Count each cause that holds up by this scan and drop the others; without a mark its causes stay."""
    is_running = state.scan_at is not None and sight.scan_at - state.scan_at <= SCANS_APART_MAX
    before = {one.cause: one.scans for one in state.counts} if is_running else {}
    holding = set(causes_by_time(held, rules, sight.at))
    if sight.mark is not None:
        best = held.result(sight.mark) if state.best is None else state.best
        holding |= set(causes_by_mark(held, rules.conditions, sight.mark, best))
    counts = {cause: before.get(cause, 0) + sight.stands_for for cause in holding}
    if sight.mark is None:
        counts |= _kept(before, BY_MARK)
    return tuple(
        Held(cause=cause, scans=counts[cause])
        for cause in ExitCause
        if cause in counts and cause not in AT_ONCE
    )


def _kept(before: Mapping[ExitCause, int], causes: Set[ExitCause]) -> dict[ExitCause, int]:
    return {cause: scans for cause, scans in before.items() if cause in causes}
