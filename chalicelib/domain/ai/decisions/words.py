"""Decisions that rules make without a model, and the fields of any as JSON (C-02, C-13)."""

from typing import Final

from chalicelib.domain.ai.decisions.decision import (
    AiDecision,
    DecisionWord,
    Modification,
    TakeProfit,
)
from chalicelib.domain.json_value import JsonValue, plain_json
from chalicelib.domain.money import ZERO

#: What is stored in columns of its own.
_APART: Final = frozenset({"decision", "confidence", "reasoning"})


def ruled(why: str, *, is_held: bool) -> AiDecision:
    """Return what rules decide alone: nothing new is opened, what is held goes on by its levels."""
    word = DecisionWord.HOLD if is_held else DecisionWord.NO_TRADE
    return AiDecision(decision=word, confidence=ZERO, reasoning=why)


def other_fields(decision: AiDecision) -> dict[str, JsonValue]:
    """Return the fields of an answer beside its word, confidence and reasoning."""
    names = (name for name in AiDecision.__dataclass_fields__ if name not in _APART)
    return {name: _plain(getattr(decision, name)) for name in names}


def _plain(value: object) -> JsonValue:
    match value:
        case tuple():
            return [_plain(one) for one in value]
        case TakeProfit() | Modification():
            return {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__}
    return plain_json(value)
