"""What a model would change of an open position: judged, stored with its veto's end, told (C-03, C-04).

The change is stored before anything is done about it; `carry_changes` takes it up, at once where the trader
gives no time for a veto.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.domain.ai.decisions.decision import DecisionOutcome
from chalicelib.domain.ai.decisions.stored_changes import AskedChanges
from chalicelib.domain.ai.held import protection_after
from chalicelib.domain.ai.traders.timeframes import Timeframe
from chalicelib.domain.ai.validation.changes import ChangePlan, judge_changes
from chalicelib.domain.ai.validation.constraint import Validation
from chalicelib.domain.ai.validation.facts import Case
from chalicelib.domain.clocks.job_messages import OneChange
from chalicelib.domain.trading.trades import ChangeState, Trade
from chalicelib.services.ai.positions.carry_changes import BLOCKED, carry_change
from chalicelib.services.ai.positions.change_case import Held, read_held, trader_of
from chalicelib.services.ai.told import AiAlert, tell
from chalicelib.services.commands.adjust_trade import bump_version
from chalicelib.services.environment import Environment
from chalicelib.services.raise_alert import Severity
from chalicelib.store.database import Isolation
from chalicelib.store.trades import proposals
from chalicelib.store.trades.proposals import Proposal
from chalicelib.store.trades.targets import last_target_no

_LOG: Final = logging.getLogger("papertape.ai")
NEWER: Final = "a newer suggestion took its place"
#: C-07: a question waits no longer than an approval does.
ASKED_FOR: Final = timedelta(minutes=5)
#: The job that carries a change out once its veto's time is over.
AI_CHANGE: Final = "ai_change"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """What became of an answer's changes.

    EXECUTED: stored, and carried out at `apply_at`; AWAITING_APPROVAL: its owner is asked, who set the stop;
    BELOW_CONFIDENCE, VALIDATION_FAILED: the position is as it was.
    """

    outcome: DecisionOutcome
    validation: Validation
    change_id: UUID | None = None
    apply_at: datetime | None = None
    expires_at: datetime | None = None


def propose_changes(
    env: Environment,
    username: str,
    trade_id: UUID,
    asked: AskedChanges,
    case: Case,
    *,
    decision_id: UUID | None,
) -> Proposed | None:
    """Judge what a model would change and store it; None where nothing of the trade can be changed any more,
    or its owner paused the AI on it.

    `case` is what the decision was judged by. What a newer answer asks for takes the place of what waits.
    """
    now = env.clock.now()
    change_id = env.randomness.uuid7(now)

    def store(connection: Connection) -> tuple[Proposed, Trade] | None:
        held = read_held(connection, trade_id, lock=True)
        if held is None or held.trade.ai_paused:
            return None
        plan = judge_changes(case, held.position, asked.changes)
        if plan.outcome is DecisionOutcome.BELOW_CONFIDENCE:
            return Proposed(outcome=plan.outcome, validation=plan.validation), held.trade
        proposal = _proposal(connection, held, plan, asked, change_id, decision_id, case)
        if proposal.waits:
            _take_the_place(env, connection, held.trade)
        proposals.add(connection, held.trade, proposal)
        if proposal.waits:
            bump_version(connection, held.trade, env)
        _tell(env, connection, held.trade, plan)
        return _proposed(plan, proposal), held.trade

    done = env.database.run(store, username=username, isolation=Isolation.READ_COMMITTED)
    if done is None:
        return None
    proposed, trade = done
    if proposed.apply_at is not None and proposed.change_id is not None:
        if proposed.apply_at <= now:
            carry_change(env, username, trade_id, proposed.change_id, case=case)
        else:
            _arm(env, trade, proposed.change_id, proposed.apply_at)
    return proposed


def _proposed(plan: ChangePlan, proposal: Proposal) -> Proposed:
    return Proposed(
        outcome=plan.outcome,
        validation=plan.validation,
        change_id=proposal.id,
        apply_at=proposal.apply_at,
        expires_at=proposal.expires_at,
    )


def _proposal(
    connection: Connection,
    held: Held,
    plan: ChangePlan,
    asked: AskedChanges,
    change_id: UUID,
    decision_id: UUID | None,
    case: Case,
) -> Proposal:
    trade, now = held.trade, case.moment.now
    waits = plan.outcome in {DecisionOutcome.EXECUTED, DecisionOutcome.AWAITING_APPROVAL}
    asks = plan.outcome is DecisionOutcome.AWAITING_APPROVAL
    veto = timedelta(seconds=case.trading.veto_seconds)
    return Proposal(
        id=change_id,
        trade_id=trade.id,
        at=now,
        state=ChangeState.PENDING if waits else ChangeState.FAILED,
        waits=waits,
        before=trade.protection,
        after=protection_after(trade, held.position, plan.levels, last_target_no(connection, trade.id)),
        trailing_pct=plan.levels.trailing_pct or trade.trailing_pct,
        asked=asked,
        validation=plan.validation.as_json(),
        decision_id=decision_id,
        apply_at=now + veto if waits and not asks else None,
        expires_at=_expires_at(connection, trade, now) if asks else None,
        price_then=case.moment.fresh_price if asks else None,
        error=None if waits else "; ".join(plan.validation.errors),
    )


def _expires_at(connection: Connection, trade: Trade, now: datetime) -> datetime:
    """Return when nobody is asked any more: at the trader's next candle, after five minutes at the latest."""
    trader = trader_of(connection, trade)
    timeframe = Timeframe.M5 if trader is None else trader.timeframe
    return min(timeframe.closed_at(now) + timeframe.length, now + ASKED_FOR)


def _take_the_place(env: Environment, connection: Connection, trade: Trade) -> None:
    waiting = proposals.read_waiting(connection, trade.id)
    if waiting is not None:
        now = env.clock.now()
        proposals.settle(connection, waiting.id, ChangeState.SUPERSEDED, error=NEWER, now=now)


def _tell(env: Environment, connection: Connection, trade: Trade, plan: ChangePlan) -> None:
    match plan.outcome:
        case DecisionOutcome.VALIDATION_FAILED:
            tell(env, connection, trade.username, AiAlert.CHANGE_BLOCKED, BLOCKED, trade_id=trade.id)
        case DecisionOutcome.AWAITING_APPROVAL:
            stop = plan.levels.stop
            shown = "none" if stop is None else f"{stop.normalize():f}"
            text = f"Manual stop detected. AI suggestion: {shown}. Override?"
            kind, severity = AiAlert.CHANGE_ASKS, Severity.WARNING
            tell(env, connection, trade.username, kind, text, trade_id=trade.id, severity=severity)


def _arm(env: Environment, trade: Trade, change_id: UUID, apply_at: datetime) -> None:
    """Have the change carried out at its time; what keeps the message from leaving, a tick makes up for."""
    payload = OneChange(username=trade.username, trade_id=trade.id, change_id=change_id).payload()
    try:
        env.bus.send(AI_CHANGE, payload, due_at=apply_at)
    except Exception as error:  # noqa: BLE001  # the change is stored: the minute's tick carries it out
        _LOG.warning("the message of a change was not sent: %s", type(error).__name__)
