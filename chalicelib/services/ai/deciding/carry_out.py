"""What becomes of an answer: judged by its word, stored with its outcome, carried out (C-02, C-03)."""

import logging
from dataclasses import replace
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.domain.ai.decisions.decision import WITH_POSITION, DecisionOutcome, DecisionWord
from chalicelib.domain.ai.decisions.stored_changes import AskedChanges
from chalicelib.domain.ai.traders.trader import TraderState
from chalicelib.domain.ai.validation.constraint import Constraint, ConstraintName, Validation
from chalicelib.domain.ai.validation.entries import judge_entry
from chalicelib.domain.ai.validation.reductions import judge_reduction
from chalicelib.domain.json_value import JsonValue
from chalicelib.domain.trading.trades import CloseReason
from chalicelib.services.ai.deciding.door import (
    AiTicket,
    Judgement,
    Said,
    Settled,
    Stopped,
    Withheld,
    enter_for,
)
from chalicelib.services.ai.deciding.draft import Draft
from chalicelib.services.ai.deciding.matter import HeldStory
from chalicelib.services.ai.deciding.scene import Scene
from chalicelib.services.ai.deciding.telling import tell_of
from chalicelib.services.ai.positions.propose_changes import propose_changes
from chalicelib.services.commands.leave_trade import leave
from chalicelib.services.environment import Environment
from chalicelib.services.errors import ServiceError
from chalicelib.store.ai.decisions import DecisionRow
from chalicelib.store.database import Isolation

_LOG: Final = logging.getLogger("papertape.ai")
#: C-07: an approval waits no longer than this, and no longer than its candle.
APPROVAL_WAITS: Final = timedelta(minutes=5)
#: What a trader that is paused does not do; what is failed by the rules says so.
_CARRIED_OUT: Final = frozenset(
    {DecisionOutcome.EXECUTED, DecisionOutcome.AWAITING_APPROVAL, DecisionOutcome.QUEUED}
)


def store(env: Environment, draft: Draft, row: DecisionRow) -> DecisionOutcome | None:
    """Store a decision that nothing follows, and tell of it; None where it was decided by somebody else."""

    def work(connection: Connection) -> bool:
        return _put(env, connection, draft, row)

    stored = env.database.run(work, username=row.username, isolation=Isolation.READ_COMMITTED)
    return row.outcome if stored else None


def _put(env: Environment, connection: Connection, draft: Draft, row: DecisionRow) -> bool:
    """Store a decision and tell of it; False where it was decided by somebody else."""
    if not draft.put(connection, row):
        return False
    tell_of(env, connection, draft, row)
    return True


def carry_out(env: Environment, draft: Draft, scene: Scene) -> DecisionOutcome | None:
    """Judge an answer and carry it out; returns its outcome, None where somebody else decided meanwhile."""
    word, position = draft.decision.decision, draft.matter.position
    if word in {DecisionWord.NO_TRADE, DecisionWord.WATCH}:
        until = draft.waits_until if word is DecisionWord.WATCH else None
        return store(env, draft, draft.row(DecisionOutcome.NO_TRADE, expires_at=until))
    if word in WITH_POSITION and position is None:
        return store(env, draft, draft.row(DecisionOutcome.VALIDATION_FAILED, validation=_NOTHING_HELD))
    if word.opens or position is None:
        return _enter(env, draft, scene)
    if word is DecisionWord.HOLD:
        return store(env, draft, draft.row(DecisionOutcome.EXECUTED))
    if word.reduces:
        return _reduce(env, draft, scene, position)
    return _modify(env, draft, scene, position)


_NOTHING_HELD: Final = Validation(
    constraints=(
        Constraint(
            name=ConstraintName.POSITION,
            satisfied=False,
            current_value="none",
            required_value="held",
            message="nothing is held that this could be done to",
        ),
    )
)


def _enter(env: Environment, draft: Draft, scene: Scene) -> DecisionOutcome | None:
    judgement = Judgement(case=scene.case, plan=judge_entry(scene.case, draft.decision))
    outcome = _of_state(draft, judgement.plan.outcome)
    if outcome is not DecisionOutcome.EXECUTED:
        return store(env, draft, entry_row(draft, outcome, judgement))
    said = Said(
        decision_id=draft.id,
        word=draft.decision.decision.value,
        confidence=draft.decision.confidence,
        reasoning=draft.decision.reasoning,
    )

    def note(connection: Connection, trade_id: UUID, at_the_door: Judgement) -> bool:
        row = entry_row(draft, DecisionOutcome.EXECUTED, at_the_door)
        return _put(env, connection, draft, replace(row, trade_id=trade_id))

    ticket = AiTicket(
        trader_id=draft.matter.trader.id,
        mode=draft.matter.trader.trading.broker_mode,
        symbol=draft.matter.symbol,
        wish=judgement.plan.wish,
        confidence=scene.case.confidence,
        seen=scene.seen,
        funds=scene.funds,
        now=env.clock.now,
        note=note,
    )
    try:
        enter_for(env, draft.matter.username, draft.matter.trader, ticket, said)
    except Withheld as withheld:
        outcome = _of_state(draft, withheld.judgement.plan.outcome)
        return store(env, draft, entry_row(draft, outcome, withheld.judgement))
    except Stopped:
        return store(env, draft, entry_row(draft, DecisionOutcome.NOT_EXECUTED, judgement))
    except Settled:
        return None
    except ServiceError as error:
        refused = entry_row(draft, DecisionOutcome.VALIDATION_FAILED, judgement)
        validation = _refused(judgement.plan.validation, error)
        return store(env, draft, replace(refused, validation=validation))
    return DecisionOutcome.EXECUTED


def entry_row(draft: Draft, outcome: DecisionOutcome, judgement: Judgement) -> DecisionRow:
    """Return the row of an entry: until when its wait, or its limit, goes on."""
    moment, timeframe = judgement.case.moment, draft.matter.trader.timeframe
    now, expires_at = moment.now, None
    match outcome:
        case DecisionOutcome.AWAITING_APPROVAL:
            expires_at = min(timeframe.next_close(now), now + APPROVAL_WAITS)
        case DecisionOutcome.QUEUED:
            expires_at = draft.waits_until
        case DecisionOutcome.EXECUTED if judgement.plan.wish.limit is not None:
            expires_at = timeframe.next_close(now)
    return draft.row(
        outcome,
        validation=judgement.plan.validation,
        judgement=judgement,
        expires_at=expires_at,
        price_then=moment.fresh_price,
    )


def _refused(found: Validation, error: ServiceError) -> dict[str, JsonValue]:
    """Return a validation that the core did not share."""
    told = found.as_json()
    return {**told, "is_valid": False, "errors": [*found.errors, str(error)]}


def _of_state(draft: Draft, outcome: DecisionOutcome) -> DecisionOutcome:
    """Return what becomes of it while its trader is paused: analysed, and not executed (C-07)."""
    is_paused = draft.matter.row.state is not TraderState.ON
    return DecisionOutcome.NOT_EXECUTED if is_paused and outcome in _CARRIED_OUT else outcome


def _reduce(env: Environment, draft: Draft, scene: Scene, story: HeldStory) -> DecisionOutcome | None:
    plan = judge_reduction(scene.case, story.held.position, draft.decision)
    row = draft.row(plan.outcome, validation=plan.validation, price_then=scene.case.moment.fresh_price)
    if plan.outcome is not DecisionOutcome.EXECUTED:
        return store(env, draft, row)
    part = None if draft.decision.decision is DecisionWord.CLOSE else plan.quantity
    trade_id = story.held.trade.id
    try:
        left = leave(
            env,
            row.username,
            trade_id,
            CloseReason.STRATEGY_EXIT,
            lambda connection: _put(env, connection, draft, row),
            qty=part,
        )
    except ServiceError as error:
        failed = draft.row(DecisionOutcome.VALIDATION_FAILED, price_then=row.price_then)
        return store(env, draft, replace(failed, validation=_refused(plan.validation, error)))
    if left is not None:
        return DecisionOutcome.EXECUTED
    # It was left meanwhile, or somebody else decided.
    gone = draft.row(DecisionOutcome.VALIDATION_FAILED, validation=_NOTHING_HELD)
    return store(env, draft, gone)


def _modify(env: Environment, draft: Draft, scene: Scene, story: HeldStory) -> DecisionOutcome | None:
    if draft.matter.row.state is not TraderState.ON:
        return store(env, draft, draft.row(DecisionOutcome.NOT_EXECUTED))
    asked = AskedChanges(confidence=scene.case.confidence, changes=draft.decision.modifications)
    proposed = propose_changes(
        env, draft.matter.username, story.held.trade.id, asked, scene.case, decision_id=draft.id
    )
    if proposed is None:
        gone = draft.row(DecisionOutcome.VALIDATION_FAILED, validation=_NOTHING_HELD)
        return store(env, draft, gone)
    row = draft.row(
        proposed.outcome,
        validation=proposed.validation,
        expires_at=proposed.expires_at,
        price_then=scene.case.moment.fresh_price,
    )
    return store(env, draft, row)
