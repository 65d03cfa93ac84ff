"""The strict JSON schema of a decision, as it is sent with each call (C-02, wire: structured output).

Every property is listed and required, nothing beyond is allowed, what may be missing is nullable: the subset
that strict modes take. What it cannot say (ranges, lengths) is checked where an answer is read.
"""

from typing import Final

from chalicelib.domain.ai.decisions.decision import ChangeKind, DecisionWord
from chalicelib.domain.json_value import JsonValue

NAME: Final = "trade_decision"
REASONING_CHARS_MAX: Final = 2000
REASON_CHARS_MAX: Final = 500
TARGETS_MAX: Final = 5
MODIFICATIONS_MAX: Final = 10


def _object(properties: dict[str, JsonValue]) -> JsonValue:
    return {
        "type": "object",
        "properties": properties,
        "required": [*properties],
        "additionalProperties": False,
    }


def _list(items: JsonValue) -> JsonValue:
    return {"type": ["array", "null"], "items": items}


_NUMBER: Final[JsonValue] = {"type": ["number", "null"]}
_TARGETS: Final = _list(_object({"price": {"type": "number"}, "share": {"type": "number"}}))
_CHANGES: Final = _list(
    _object(
        {
            "kind": {"type": "string", "enum": [kind.value for kind in ChangeKind]},
            "reason": {"type": "string"},
            "new_stop": _NUMBER,
            "distance_pct": _NUMBER,
            "target_id": {"type": ["string", "null"]},
            "new_targets": _TARGETS,
        }
    )
)
DECISION_SCHEMA: Final = _object(
    {
        "decision": {"type": "string", "enum": [word.value for word in DecisionWord]},
        "confidence": {"type": "number"},
        "reasoning": {"type": "string"},
        "entry_price": _NUMBER,
        "quantity": _NUMBER,
        "stop_loss": _NUMBER,
        "take_profits": _TARGETS,
        "exit_price": _NUMBER,
        "partial_quantity": _NUMBER,
        "modifications": _CHANGES,
        "risk_reward": _NUMBER,
        "max_risk_pct": _NUMBER,
        "expected_holding_minutes": {"type": ["integer", "null"]},
    }
)
