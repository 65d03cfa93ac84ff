"""One question to a model: counted and paid for before, read by our schema after, three tries (C-02, C-13).

The worst that it can cost is put aside first. A worker that dies in between leaves it put aside for that day:
the limit errs on the owner's side.
"""

import json
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.domain.ai.context.situation import Situation, Told, TooLong
from chalicelib.domain.ai.context.tokens import tokens_of
from chalicelib.domain.ai.decisions.decision import AiDecision
from chalicelib.domain.ai.decisions.reading import read_decision
from chalicelib.domain.ai.decisions.schema import DECISION_SCHEMA, NAME
from chalicelib.domain.ai.traders.trader import Trader
from chalicelib.domain.clocks.instrument_calendars import ALWAYS_OPEN
from chalicelib.models.interface import TRIES_MAX, Message, Question, Role, Talk, TryFailure, worst_cost
from chalicelib.models.prompt_files import UnknownPrompt, prompt
from chalicelib.services.environment import Environment
from chalicelib.store.ai import costs
from chalicelib.store.database import Isolation
from chalicelib.vendors.deadline import Deadline

#: The schema goes along with each question.
SCHEMA_TOKENS: Final = tokens_of(json.dumps(DECISION_SCHEMA))


class Unasked(StrEnum):
    """Why no model answered, in words that its owner reads."""

    COST_LIMIT = "The day's limit of model costs is reached: no model is asked until the next UTC day."
    OUT_OF_CREDIT = "The model's provider is out of credit (402)."
    NO_ANSWER = "No model answered."
    NO_PROMPT = "The trader's version of the prompts is not there."
    TOO_LONG = "What is to be told does not fit into a question."


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What came of a question: a decision, or why there is none; what it took, and what was told."""

    model: str
    prompt_version: str
    told: Told | None = None
    decision: AiDecision | None = None
    raw_answer: str | None = None
    unasked: Unasked | None = None
    reason: str = ""
    latency_ms: int | None = None
    tokens: tuple[int, int] | None = None
    cost_usd: Decimal | None = None


def ask(
    env: Environment,
    username: str,
    trader: Trader,
    situation: Situation,
    prompt_version: str,
    *,
    deadline: Deadline | None = None,
) -> Asked:
    """Ask a trader's model for a decision, whose calls end before a deadline; raises no VendorError."""
    model = trader.analysis.model or env.models.usual_model
    version = trader.analysis.prompt_version or prompt_version
    asked = Asked(model=model, prompt_version=version)
    try:
        told = situation.told(prompt(version), SCHEMA_TOKENS)
    except UnknownPrompt:
        return replace(asked, unasked=Unasked.NO_PROMPT)
    except TooLong:
        return replace(asked, unasked=Unasked.TOO_LONG)
    return ask_told(env, username, trader, told, version, deadline=deadline)


def ask_told(
    env: Environment,
    username: str,
    trader: Trader,
    told: Told,
    version: str,
    *,
    deadline: Deadline | None = None,
) -> Asked:
    """Ask what is told already, within the day's limit of costs; raises no VendorError."""
    model = trader.analysis.model or env.models.usual_model
    asked = Asked(model=model, prompt_version=version)
    worst = worst_cost(env.models.prices, told.tokens + SCHEMA_TOKENS)
    day = ALWAYS_OPEN.day_of(env.clock.now())
    if not _reserve(env, username, trader, day, worst):
        return replace(asked, told=told, unasked=Unasked.COST_LIMIT)
    talk = env.models.for_user(username, deadline=deadline).ask(
        _question(model, told, trader.id), read_decision
    )
    spent = talk.cost_usd(worst / TRIES_MAX)
    calls = len(talk.tries)

    def settle(connection: Connection) -> None:
        costs.settle(connection, username, trader.id, day, worst=worst, spent=spent, calls=calls)

    env.database.run(settle, username=username, isolation=Isolation.READ_COMMITTED)
    return replace(
        asked,
        told=told,
        decision=talk.value,
        raw_answer=talk.answer,
        unasked=None if talk.value is not None else _why(talk),
        reason=talk.reason,
        latency_ms=talk.latency_ms,
        tokens=talk.tokens,
        cost_usd=spent,
    )


def _question(model: str, told: Told, trader_id: UUID) -> Question:
    return Question(
        model=model,
        messages=(
            Message(role=Role.SYSTEM, content=told.prompt),
            Message(role=Role.USER, content=told.situation),
        ),
        schema_name=NAME,
        schema=DECISION_SCHEMA,
        asker=str(trader_id),
    )


def _why(talk: Talk[AiDecision]) -> Unasked:
    return Unasked.OUT_OF_CREDIT if talk.failure is TryFailure.OUT_OF_CREDIT else Unasked.NO_ANSWER


def _reserve(env: Environment, username: str, trader: Trader, day: date, worst: Decimal) -> bool:
    most = trader.trading.daily_cost_limit_usd

    def work(connection: Connection) -> bool:
        return costs.reserve(connection, username, trader.id, day, worst=worst, most=most)

    return env.database.run(work, username=username, isolation=Isolation.READ_COMMITTED)
