"""What a trader decided, and which rules stood against it, in sentences that a model can pass on."""

from collections.abc import Iterator, Mapping
from typing import Final

from chalicelib.api.shapes.values import instant, number
from chalicelib.domain.ai.decisions.decision import DecisionOutcome, DecisionSource
from chalicelib.domain.json_value import JsonValue
from chalicelib.store.ai.decisions import DecisionRow

_BECAME: Final[Mapping[DecisionOutcome, str]] = {
    DecisionOutcome.EXECUTED: "It was carried out.",
    DecisionOutcome.NO_TRADE: "Nothing was to be done.",
    DecisionOutcome.BELOW_CONFIDENCE: "Its confidence was under the trader's minimum: nothing was sent.",
    DecisionOutcome.VALIDATION_FAILED: "A rule stood against it: nothing was sent.",
    DecisionOutcome.AWAITING_APPROVAL: "It waits for its owner.",
    DecisionOutcome.USER_REJECTED: "Its owner rejected it.",
    DecisionOutcome.EXPIRED: "It lapsed before it was carried out.",
    DecisionOutcome.QUEUED: "It waits for a free slot.",
    DecisionOutcome.NOT_EXECUTED: "The trader, the AI or the symbol was paused: nothing was sent.",
}


def decision_in_words(row: DecisionRow) -> str:
    """Say what was decided, by whom, how surely, and what became of it."""
    who = "The model" if row.source is DecisionSource.MODEL else "Rules alone, as no model answered,"
    named = f" ({row.model}, prompts {row.prompt_version})" if row.model is not None else ""
    said = f"{who}{named} said {row.decision.value} of {row.symbol} at {instant(row.at)}"
    return f"{said} with a confidence of {number(row.confidence)}. {_BECAME[row.outcome]}"


def constraints_of(row: DecisionRow) -> Iterator[Mapping[str, JsonValue]]:
    """Return each rule's word as it is stored."""
    found = (row.validation or {}).get("constraints")
    for one in found if isinstance(found, list) else ():
        if isinstance(one, dict):
            yield one


def failed_of(row: DecisionRow) -> list[JsonValue]:
    """Return the rules that did not hold, each in a sentence."""
    return [constraint_in_words(one) for one in constraints_of(row) if one.get("satisfied") is not True]


def constraint_in_words(one: Mapping[str, JsonValue]) -> str:
    """Say one rule's word with its figures, in the rule's own unit."""
    word = "holds" if one.get("satisfied") is True else "does not hold"
    found, wanted = one.get("current_value"), one.get("required_value")
    figures = f": {_told(found)}, against {_told(wanted)}" if (found, wanted) != (None, None) else ""
    return f"{one.get('name')} {word}{figures}."


def _told(value: JsonValue) -> str:
    if value is None:
        return "not known"
    return f"{value:g}" if isinstance(value, float) else str(value) or "nothing"
