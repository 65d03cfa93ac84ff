"""A model's change whose time has come, or whose owner wants it now: judged anew, claimed, done (C-04).

Whoever claims the row hands it to the core, once; from there on it is a change like any other, carried on by
whatever sync comes next. A worker that dies before it claimed leaves it to the next tick.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.domain.ai.decisions.decision import DecisionOutcome
from chalicelib.domain.ai.held import protection_after
from chalicelib.domain.ai.validation.changes import ChangePlan, judge_changes
from chalicelib.domain.ai.validation.facts import Case
from chalicelib.domain.trading.trades import ChangeState, Trade
from chalicelib.services.ai.positions.apart import Task, each_apart
from chalicelib.services.ai.positions.change_case import Held, change_case, read_held
from chalicelib.services.ai.told import AiAlert, tell
from chalicelib.services.commands.adjust_trade import bump_version
from chalicelib.services.commands.carry_on import carry_on
from chalicelib.services.commands.once_told import once_told
from chalicelib.services.commands.stops_of_pair import NO_STOP_LEFT, stops_for_change
from chalicelib.services.environment import Environment
from chalicelib.services.market_hours import read_calendar
from chalicelib.store.database import Isolation
from chalicelib.store.trades import proposals
from chalicelib.store.trades.proposals import Proposal
from chalicelib.store.trades.targets import last_target_no
from chalicelib.store.trades.trade_changes import load_pending_change
from chalicelib.vendors.deadline import Deadline

BLOCKED: Final = "AI suggested a risky change - blocked by the safety rules"
LAPSED: Final = "nobody answered in time: the stop stays where it was set by hand"
MOVED_AWAY: Final = "the price moved away before anybody answered: the stop stays where it was set by hand"
UNREADABLE: Final = "its trader cannot be read"
#: C-07: a question of another price is another question.
_MOVED_SHARE: Final = Decimal("0.005")


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of a change; `trade` is as it stands once the change was claimed, None where it was not."""

    state: ChangeState | None
    trade: Trade | None = None
    error: str | None = None


def carry_change(
    env: Environment,
    username: str,
    trade_id: UUID,
    change_id: UUID,
    *,
    case: Case | None = None,
    by_owner: bool = False,
) -> Taken:
    """Judge a change that waits anew and carry it out, or end it as FAILED with the reason.

    `case` is the present one, where the caller has just read it. Its owner alone overrides a stop that was
    set by hand, and has what the rules do not allow now told: it waits on. A state of None: no such change.
    """
    deadline = Deadline(env.clock)
    proposal = _read(env, username, trade_id, change_id)
    if proposal is None or not proposal.is_waiting:
        return Taken(state=None if proposal is None else proposal.state)
    if not by_owner and proposal.is_before(env.clock.now()):
        return Taken(state=ChangeState.PENDING)
    case = case or change_case(env, username, trade_id, proposal.asked.confidence)
    taken = env.database.run(
        lambda connection: _take(env, connection, trade_id, change_id, case, by_owner=by_owner),
        username=username,
        isolation=Isolation.READ_COMMITTED,
    )
    if taken.trade is None:
        return taken
    claimed = taken.trade

    def go_on() -> Taken:
        carry_on(env, claimed, read_calendar(env), deadline)
        settled = _read(env, username, trade_id, change_id)
        if settled is None:
            return replace(taken, state=None)
        return replace(taken, state=settled.state, error=settled.error)

    return once_told(go_on, taken)


def apply_due_changes(env: Environment, now: datetime) -> int:
    """Carry out what no message came for, and end the questions that nobody answered; returns how many.

    What a defect raises over one is raised once all others are done.
    """
    due = env.database.run(lambda connection: proposals.read_due(connection, now), username=None)
    tasks = [
        Task(
            username=one.username,
            trade_id=one.trade_id,
            work=partial(carry_change, env, one.username, one.trade_id, one.id),
        )
        for one in due
    ]
    each_apart(env, tasks, "a model's change could not be carried out").or_raise()
    return len(due)


def _read(env: Environment, username: str, trade_id: UUID, change_id: UUID) -> Proposal | None:
    return env.database.run(
        lambda connection: proposals.read(connection, trade_id, change_id), username=username
    )


def _take(
    env: Environment,
    connection: Connection,
    trade_id: UUID,
    change_id: UUID,
    case: Case | None,
    *,
    by_owner: bool,
) -> Taken:
    """Claim a change under its trade's lock."""
    held = read_held(connection, trade_id, lock=True)
    proposal = proposals.read(connection, trade_id, change_id)
    if held is None or proposal is None or not proposal.is_waiting:
        return Taken(state=None if proposal is None else proposal.state)
    if load_pending_change(connection, trade_id) is not None:
        # One at a time is under way at the broker; the next tick looks again.
        return Taken(state=ChangeState.PENDING)
    if case is None:
        return _fail(env, connection, proposal, UNREADABLE)
    lapsed = _lapsed(proposal, case, by_owner=by_owner)
    if lapsed is not None:
        return _fail(env, connection, proposal, lapsed)
    plan = judge_changes(case, held.position, proposal.asked.changes)
    if not _may_be(plan, by_owner=by_owner):
        if by_owner:
            return Taken(state=ChangeState.PENDING, error="; ".join(plan.validation.errors))
        tell(env, connection, held.trade.username, AiAlert.CHANGE_BLOCKED, BLOCKED, trade_id=trade_id)
        return _fail(env, connection, proposal, "; ".join(plan.validation.errors) or LAPSED, plan)
    judged = _as_judged(connection, held, proposal, plan)
    stops_max = stops_for_change(connection, held.trade, judged.after)
    if stops_max == 0:
        return _fail(env, connection, proposal, NO_STOP_LEFT, plan)
    proposals.claim(connection, judged)
    return Taken(
        state=ChangeState.PENDING, trade=bump_version(connection, held.trade, env, {"stops_max": stops_max})
    )


def _lapsed(proposal: Proposal, case: Case, *, by_owner: bool) -> str | None:
    """Say why a question is over: nobody answered it, or the price that it was asked at is gone."""
    if proposal.expires_at is None:
        return None
    if case.moment.now >= proposal.expires_at or not by_owner:
        return LAPSED
    price, then = case.moment.fresh_price, proposal.price_then
    if price is None or then is None or abs(price / then - 1) > _MOVED_SHARE:
        return MOVED_AWAY
    return None


def _may_be(plan: ChangePlan, *, by_owner: bool) -> bool:
    asks = plan.outcome is DecisionOutcome.AWAITING_APPROVAL
    return plan.outcome is DecisionOutcome.EXECUTED or (asks and by_owner)


def _as_judged(connection: Connection, held: Held, proposal: Proposal, plan: ChangePlan) -> Proposal:
    trade = held.trade
    after = protection_after(trade, held.position, plan.levels, last_target_no(connection, trade.id))
    return replace(
        proposal,
        before=trade.protection,
        after=after,
        trailing_pct=plan.levels.trailing_pct or trade.trailing_pct,
        validation=plan.validation.as_json(),
    )


def _fail(
    env: Environment,
    connection: Connection,
    proposal: Proposal,
    error: str,
    plan: ChangePlan | None = None,
) -> Taken:
    found = None if plan is None else plan.validation.as_json()
    now = env.clock.now()
    proposals.settle(connection, proposal.id, ChangeState.FAILED, error=error, now=now, validation=found)
    return Taken(state=ChangeState.FAILED, error=error)
