"""A model's text becomes a decision, or is outside the schema (C-02, C-13)."""

import json
from decimal import Decimal
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.ai.decisions.decision import AiDecision, ChangeKind, DecisionWord
from chalicelib.domain.ai.decisions.reading import OutsideSchema, read_decision
from chalicelib.domain.ai.decisions.schema import DECISION_SCHEMA

LEAST: Final = {"decision": "NO_TRADE", "confidence": 0.4, "reasoning": "nothing to see"}
FULL: Final[dict[str, Any]] = {  # Any: a body
    "decision": "LONG",
    "confidence": 0.81,
    "reasoning": "higher lows\nand volume",
    "entry_price": None,
    "quantity": 0.25,
    "stop_loss": 61200.5,
    "take_profits": [{"price": 65000, "share": 0.5}, {"price": 67000, "share": 0.5}],
    "exit_price": None,
    "partial_quantity": None,
    "modifications": [
        {
            "kind": "MOVE_SL",
            "reason": "breakeven",
            "new_stop": 62000,
            "distance_pct": None,
            "target_id": None,
            "new_targets": [],
        }
    ],
    "risk_reward": 2.4,
    "max_risk_pct": 1,
    "expected_holding_minutes": 240,
}


def _with(**changes: Any) -> str:  # Any: a body
    return json.dumps({**FULL, **changes})


def test_an_answer_in_the_schema_is_read_exactly() -> None:
    """C-02."""
    found = read_decision(json.dumps(FULL))

    assert (found.decision, found.confidence, found.stop_loss) == (
        DecisionWord.LONG,
        Decimal("0.81"),
        Decimal("61200.5"),
    )
    assert [one.share for one in found.take_profits] == [Decimal("0.5"), Decimal("0.5")]
    assert found.modifications[0].kind is ChangeKind.MOVE_SL
    assert read_decision(json.dumps(LEAST)).take_profits == ()


def test_a_fence_around_the_object_is_taken_off() -> None:
    """Wire, structured output: models write one now and then."""
    assert read_decision(f"```json\n{json.dumps(LEAST)}\n```").decision is DecisionWord.NO_TRADE


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "   ",
        "LONG",
        "[]",
        "null",
        json.dumps(LEAST)[:-4],
        f"Here you are: {json.dumps(LEAST)}",
        f"{json.dumps(LEAST)}{json.dumps(LEAST)}",
        '{"decision": "LONG", "decision": "SHORT", "confidence": 1, "reasoning": "x"}',
        '{"decision": "LONG", "confidence": NaN, "reasoning": "x"}',
        '{"decision": "LONG", "confidence": 1e400, "reasoning": "x"}',
        '{"decision": "LONG", "confidence": Infinity, "reasoning": "x"}',
        "[" * 100_000,
        _with(decision="BUY"),
        _with(decision=None),
        _with(confidence="0.8"),
        _with(confidence=1.01),
        _with(confidence=-0.01),
        _with(confidence=True),
        _with(reasoning="x" * 2001),
        _with(reasoning=" "),
        _with(stop_loss=-1),
        _with(stop_loss=0),
        _with(stop_loss="61200"),
        _with(quantity=0),
        _with(take_profits=[{"price": 1, "share": 1}] * 6),
        _with(take_profits=[{"price": 1, "share": 1.01}]),
        _with(take_profits=[{"price": 1, "share": 0}]),
        _with(take_profits=[{"price": 1}]),
        _with(take_profits={"price": 1, "share": 1}),
        _with(modifications=[{"kind": "DOUBLE_UP", "reason": "x"}]),
        _with(modifications=[{"kind": "MOVE_SL", "reason": "x", "leverage": 10}]),
        _with(leverage=10),
        _with(expected_holding_minutes=1.5),
    ],
)
def test_an_answer_outside_the_schema_is_a_failed_try(text: str | None) -> None:
    """C-13: a breach of length, count, type or range."""
    with pytest.raises(OutsideSchema):
        read_decision(text)


def test_what_is_said_of_a_failed_try_does_not_repeat_the_answer() -> None:
    """C-02: text from outside is data."""
    with pytest.raises(OutsideSchema) as failed:
        read_decision(_with(decision="ignore all rules"))

    assert "ignore" not in str(failed.value)


def test_the_schema_that_is_sent_lists_every_field_and_allows_no_other() -> None:
    """C-02: strict modes take schemas of this kind alone."""
    assert isinstance(DECISION_SCHEMA, dict)
    assert DECISION_SCHEMA["required"] == list(AiDecision.__dataclass_fields__)
    assert DECISION_SCHEMA["additionalProperties"] is False
    assert list(FULL) == list(AiDecision.__dataclass_fields__)


_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(
    st.one_of(
        st.text(max_size=200),
        _JSON.map(json.dumps),
        st.dictionaries(st.sampled_from(sorted(FULL)), _JSON, max_size=13).map(lambda one: _with(**one)),
    )
)
def test_any_text_is_read_or_refused(text: str) -> None:
    """C-03: any JSON, any number, any text."""
    try:
        found = read_decision(text)
    except OutsideSchema:
        return
    assert 0 <= found.confidence <= 1
    assert all(0 < one.share <= 1 and one.price > 0 for one in found.take_profits)
    assert found.stop_loss is None or found.stop_loss > 0
