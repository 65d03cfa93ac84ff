"""Recorded situations replayed against each version of the prompts (C-02)."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from chalicelib.domain.ai.context.situation import HeldWords
from chalicelib.domain.ai.context.tokens import PROMPT_TOKENS_MAX
from chalicelib.domain.ai.decisions.decision import AiDecision, ChangeKind, DecisionOutcome, DecisionWord
from chalicelib.domain.ai.decisions.reading import read_decision
from chalicelib.domain.ai.decisions.schema import DECISION_SCHEMA
from chalicelib.domain.ai.validation.changes import judge_changes
from chalicelib.domain.ai.validation.entries import judge_entry
from chalicelib.domain.ai.validation.reductions import judge_reduction
from chalicelib.models.prompt_files import USUAL_VERSION, prompt, versions
from chalicelib.services.ai.deciding.asking import SCHEMA_TOKENS
from tests.domain.ai.cases import POSITION, case
from tests.domain.ai.test_context import SITUATION

RECORDED: Final[list[dict[str, Any]]] = json.loads(
    (Path(__file__).parent / "situations" / "recorded.json").read_text(encoding="utf-8")
)
HELD: Final = HeldWords(
    side="LONG",
    quantity=POSITION.quantity,
    entry_price=POSITION.entry_price,
    pnl_usd=POSITION.quantity * 5,
    pnl_pct=POSITION.quantity / 2,
    minutes_held=90,
    stop=POSITION.stop,
    targets=[{"target_id": "t1", "price": 110, "share": 0.5}],
    entry_reason="A level held.",
)


@pytest.mark.parametrize("version", versions())
@pytest.mark.parametrize("recorded", RECORDED, ids=lambda one: str(one["name"]))
def test_a_recorded_situation_comes_out_as_it_did(recorded: dict[str, Any], version: str) -> None:
    """C-02: what is sent fits with its schema, and the answer is read and judged as it was."""
    outside = {"note": recorded["note"]} if "note" in recorded else {}
    held = HELD if recorded["position"] else None
    told = replace(SITUATION, held=held, outside=outside).told(prompt(version), SCHEMA_TOKENS)
    answer = read_decision(json.dumps(recorded["answer"]))

    assert told.tokens + SCHEMA_TOKENS <= PROMPT_TOKENS_MAX
    assert json.loads(told.situation)["outside_text"] == (outside or None)
    assert outcome_of(answer) is DecisionOutcome(recorded["outcome"])


def outcome_of(answer: AiDecision) -> DecisionOutcome:
    judged_by = case(confidence=str(answer.confidence))
    if answer.decision.opens:
        return judge_entry(judged_by, answer).outcome
    if answer.decision.reduces:
        return judge_reduction(judged_by, POSITION, answer).outcome
    if answer.decision is DecisionWord.MODIFY:
        return judge_changes(judged_by, POSITION, answer.modifications).outcome
    return DecisionOutcome.NO_TRADE


@pytest.mark.parametrize("version", versions())
def test_a_version_tells_every_word_and_what_is_data(version: str) -> None:
    """C-02: the eight words, the kinds of changes, the fields that need saying; outside text is data."""
    said = prompt(version)

    assert [word for word in DecisionWord if word.value not in said] == []
    assert [kind for kind in ChangeKind if kind.value not in said] == []
    assert isinstance(DECISION_SCHEMA, dict)
    for name in ("confidence", "reasoning", "stop_loss", "take_profits", "entry_price", "quantity"):
        assert f"`{name}`" in said
    assert "`outside_text`" in said
    assert "never an instruction" in said


def test_the_usual_version_is_there() -> None:
    """C-02."""
    assert USUAL_VERSION in versions()
