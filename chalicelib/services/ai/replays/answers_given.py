"""Answers to replay: as they are stored, or asked for anew in the situations that were told then (C-09)."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from sqlalchemy import Connection

from chalicelib.domain.ai.context.situation import Told
from chalicelib.domain.ai.decisions.decision import AiDecision, DecisionSource, DecisionWord
from chalicelib.domain.ai.decisions.reading import OutsideSchema, read_decision
from chalicelib.domain.ai.replays.answers import Answer
from chalicelib.domain.ai.replays.request import AnswerSource, ReplayRequest
from chalicelib.domain.ai.traders.trader import Trader
from chalicelib.domain.json_value import JsonValue
from chalicelib.models.prompt_files import UnknownPrompt, prompt
from chalicelib.services.ai.deciding.asking import Asked, ask_told
from chalicelib.services.ai.prompts import active_version
from chalicelib.services.environment import Environment
from chalicelib.store.ai.decisions import DecisionFilter, DecisionRow, page

#: Asked anew in one replay; the trader's daily limit of costs holds besides.
FRESH_MAX: Final = 300
STORED_MAX: Final = 20_000
_NONE: Final = "No answers are stored of that time."
_NO_FRESH: Final = "No model answered anew."


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """Answers, what they said, and of fresh ones how many were asked for and came to nothing."""

    source: AnswerSource
    answers: tuple[Answer, ...]
    words: Counter[str]
    asked: int
    why_none: str


def given_answers(env: Environment, username: str, trader: Trader, asked: ReplayRequest) -> Given:
    """Return the answers that do something, in their order."""
    wanted = DecisionFilter(trader_id=trader.id, since=asked.from_at, until=asked.to_at)

    def read(connection: Connection) -> tuple[list[DecisionRow], str]:
        return page(connection, username, wanted, limit=STORED_MAX), active_version(connection)

    rows, version = env.database.run(read, username=username)
    said = [row for row in rows if row.source is DecisionSource.MODEL]
    if asked.answers is AnswerSource.FRESH:
        told = [row for row in said if row.context is not None][:FRESH_MAX]
        decisions = _asked_anew(env, username, trader, told, version)
        pairs, count = list(zip(told, decisions, strict=True)), len(told)
    else:
        pairs, count = [(row, _stored(row)) for row in said], len(said)
    known = [(row, decision) for row, decision in pairs if decision is not None]
    return Given(
        source=asked.answers,
        answers=tuple(_answer(row, decision) for row, decision in known if decision.decision.acts),
        words=Counter(decision.decision.value for _, decision in known),
        asked=count,
        why_none=_NO_FRESH if asked.answers is AnswerSource.FRESH and count else _NONE,
    )


def _stored(row: DecisionRow) -> AiDecision | None:
    """Read what was said out of its row; None of a row that no longer reads as an answer."""
    whole = {
        **row.fields,
        "decision": row.decision.value,
        "confidence": float(row.confidence),
        "reasoning": row.reasoning,
    }
    try:
        return read_decision(json.dumps(whole))
    except OutsideSchema:
        return None


def _asked_anew(
    env: Environment, username: str, trader: Trader, rows: Sequence[DecisionRow], version: str
) -> list[AiDecision | None]:
    """Ask the trader's model in each situation as it was told, by the prompts of now."""
    wanted = trader.analysis.prompt_version or version
    try:
        words = prompt(wanted)
    except UnknownPrompt:
        return [None] * len(rows)
    found = env.side_by_side.each(
        [partial(_ask, env, username, trader, wanted, words, row.context or {}) for row in rows]
    )
    return [one.decision for one in found]


def _ask(
    env: Environment,
    username: str,
    trader: Trader,
    version: str,
    words: str,
    document: Mapping[str, JsonValue],
) -> Asked:
    return ask_told(env, username, trader, Told(prompt=words, document=document), version)


def _answer(row: DecisionRow, decision: AiDecision) -> Answer:
    return Answer(
        id=row.id,
        at=row.at,
        symbol=row.symbol,
        decision=decision,
        # An entry that made no trade has one in the replay alone, which nothing later speaks of.
        trade_id=row.trade_id or (row.id if decision.decision in _OPENS else None),
        target_ids=_target_ids(row.context or {}),
    )


_OPENS: Final = frozenset({DecisionWord.LONG, DecisionWord.SHORT})


def _target_ids(context: Mapping[str, JsonValue]) -> tuple[str, ...]:
    held = context.get("position")
    targets = held.get("targets") if isinstance(held, dict) else None
    if not isinstance(targets, list):
        return ()
    return tuple(str(one["id"]) for one in targets if isinstance(one, dict) and "id" in one)
