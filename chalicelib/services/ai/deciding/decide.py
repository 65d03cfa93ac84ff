"""One decision, from what starts it to what becomes of it (C-02): each signal once, each position a candle.

Whoever stores its row has decided; a worker that dies before leaves it to the next one, and one that comes
late finds the row. What follows an order's row is the core's, which carries on by itself.
"""

import logging
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from chalicelib.domain.ai.decisions.decision import DecisionOutcome, DecisionSource
from chalicelib.domain.ai.decisions.words import ruled
from chalicelib.domain.ai.validation.constraint import Constraint, ConstraintName, Validation
from chalicelib.domain.clocks.decide_messages import DecideWork
from chalicelib.domain.people import Tier
from chalicelib.services.ai.deciding.asking import Asked
from chalicelib.services.ai.deciding.carry_out import carry_out, store
from chalicelib.services.ai.deciding.draft import Draft
from chalicelib.services.ai.deciding.drift import watch_drift
from chalicelib.services.ai.deciding.matter import Matter, read_matter
from chalicelib.services.ai.deciding.scene import ask_about, set_scene
from chalicelib.services.ai.prompts import active_version
from chalicelib.services.environment import Environment
from chalicelib.services.market_hours import read_calendar
from chalicelib.store.ai.traders import UnreadableTrader

_LOG: Final = logging.getLogger("papertape.ai")
SILENCED: Final = "This symbol was closed by hand: the model leaves it alone until its owner resumes it."
AI_PAUSED: Final = "Its owner paused the AI on this position: rules and levels go on."
TOO_LATE: Final = "A newer candle has closed before this one was decided."
MARKET_CLOSED: Final = "The trader enters in the hours of the US market only."
LOOKS_ONLY: Final = "The tier Free looks only."
NOT_CONNECTED: Final = "The trader's exchange is not connected."
_FREE: Final = Validation(
    constraints=(
        Constraint(
            name=ConstraintName.TIER,
            satisfied=False,
            current_value=Tier.FREE.value,
            required_value=Tier.PRO.value,
            message="the tier Free does not trade",
        ),
    )
)
_UNCONNECTED: Final = Validation(
    constraints=(
        Constraint(
            name=ConstraintName.EXCHANGE,
            satisfied=False,
            current_value="none",
            required_value="connected",
            message="the exchange is not connected",
        ),
    )
)


def decide(env: Environment, username: str, work: DecideWork) -> DecisionOutcome | None:
    """Decide one thing; returns its outcome, None where there was nothing to decide any more."""
    now = env.clock.now()

    def read(connection: Connection) -> tuple[Matter, str] | None:
        matter = read_matter(connection, username, work, now)
        return None if matter is None else (matter, active_version(connection))

    try:
        found = env.database.run(read, username=username)
    except UnreadableTrader as error:
        _LOG.error("a trader cannot be read: %s", error)
        return None
    if found is None:
        return None
    matter, prompt_version = found
    unasked = _unasked(env, matter, now)
    if unasked is not None:
        return unasked
    return _decide(env, matter, prompt_version)


def _unasked(env: Environment, matter: Matter, now: datetime) -> DecisionOutcome | None:
    """Store what needs no model's word; None where one is to be asked."""
    if matter.candle != matter.trader.timeframe.closed_at(now):
        return _without_model(env, matter, TOO_LATE, DecisionOutcome.EXPIRED)
    if matter.position is not None:
        if matter.position.held.trade.ai_paused:
            return _without_model(env, matter, AI_PAUSED, DecisionOutcome.NOT_EXECUTED)
        return None
    if matter.is_silenced:
        return _without_model(env, matter, SILENCED, DecisionOutcome.NOT_EXECUTED)
    if (matter.rules.tier or Tier.FREE) is Tier.FREE:
        return _without_model(env, matter, LOOKS_ONLY, DecisionOutcome.VALIDATION_FAILED, _FREE)
    if matter.trader.trading.broker_mode not in matter.rules.connected:
        failed = DecisionOutcome.VALIDATION_FAILED
        return _without_model(env, matter, NOT_CONNECTED, failed, _UNCONNECTED)
    if matter.trader.trading.market_hours_only and not read_calendar(env).is_open(now):
        return _without_model(env, matter, MARKET_CLOSED, DecisionOutcome.NOT_EXECUTED)
    return None


def _decide(env: Environment, matter: Matter, prompt_version: str) -> DecisionOutcome | None:
    timeframe = matter.trader.timeframe
    scene = set_scene(env, matter)
    asked = ask_about(env, matter, scene, prompt_version)
    draft = drafted(env, matter, asked)
    if matter.candle != timeframe.closed_at(draft.at):
        return store(env, draft, draft.row(DecisionOutcome.EXPIRED))
    outcome = carry_out(env, draft, scene.with_answer(env, matter, draft.decision))
    if draft.source is DecisionSource.MODEL:
        watch_drift(env, matter.username, matter.trader.id, matter.trader.name, asked.prompt_version)
    return outcome


def _without_model(
    env: Environment,
    matter: Matter,
    why: str,
    outcome: DecisionOutcome,
    validation: Validation | None = None,
) -> DecisionOutcome | None:
    draft = drafted(env, matter, None, why)
    return store(env, draft, draft.row(outcome, validation=validation))


def drafted(env: Environment, matter: Matter, asked: Asked | None, why: str = "") -> Draft:
    """Return what was decided: the model's word, or what rules say alone where there is none."""
    now = env.clock.now()
    decision = None if asked is None else asked.decision
    source = DecisionSource.MODEL
    if decision is None:
        if asked is not None and asked.unasked is not None:
            why = f"{asked.unasked.value} {asked.reason}".rstrip()
        decision = ruled(why, is_held=matter.position is not None)
        source = DecisionSource.RULE_FALLBACK
    return Draft(
        id=env.randomness.uuid7(now) if matter.queued is None else matter.queued.id,
        at=now,
        matter=matter,
        decision=decision,
        source=source,
        asked=asked,
    )
