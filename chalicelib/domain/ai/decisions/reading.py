"""From a model's text to a decision: the schema is checked here, whatever was promised (C-02)."""

import json
from decimal import Decimal, InvalidOperation
from re import DOTALL, fullmatch
from typing import Final, NoReturn

from chalicelib.domain.ai.decisions.decision import (
    AiDecision,
    ChangeKind,
    DecisionWord,
    Modification,
    TakeProfit,
)
from chalicelib.domain.ai.decisions.schema import (
    MODIFICATIONS_MAX,
    REASON_CHARS_MAX,
    REASONING_CHARS_MAX,
    TARGETS_MAX,
)
from chalicelib.domain.body_reader import BodyReader, FieldFault, limits

TEXT_CHARS_MAX: Final = 64_000
_TARGET_ID_CHARS_MAX: Final = 64
_CONFIDENCE: Final = limits(0, 1)
_PRICE: Final = limits(0, 1_000_000_000, above=True)
_QUANTITY: Final = limits(0, 1_000_000_000_000, above=True)
_SHARE: Final = limits(0, 1, above=True)
_DISTANCE: Final = limits(0, 100, above=True)
_ESTIMATE: Final = limits(0, 1_000_000)
_MINUTES: Final = limits(0, 10_000_000)


class OutsideSchema(ValueError):
    """An answer that is no decision: a failed try. The text says what is wrong, without the answer."""


def read_decision(text: str | None) -> AiDecision:
    """Read the one JSON object of an answer; a code fence around it is taken off. Raises OutsideSchema."""
    faults: list[FieldFault] = []
    found = _decision(BodyReader(_parsed(text), faults))
    if faults or found is None:
        raise OutsideSchema("; ".join(f"{one.field or 'answer'} {one.message}" for one in faults[:5]))
    return found


def _parsed(text: str | None) -> object:
    if text is None or not text.strip():
        raise OutsideSchema("the answer is empty")
    if len(text) > TEXT_CHARS_MAX:
        raise OutsideSchema("the answer is too long")
    fenced = fullmatch(r"\s*```(?:json)?\s*\n(.*?)\n?\s*```\s*", text, DOTALL)
    try:
        return json.loads(
            text if fenced is None else fenced.group(1),
            parse_float=Decimal,
            parse_int=_whole,
            parse_constant=_no_number,
            object_pairs_hook=_once_each,
        )
    except (json.JSONDecodeError, InvalidOperation, RecursionError) as error:
        raise OutsideSchema("the answer is not one JSON object") from error


def _whole(digits: str) -> Decimal:
    return Decimal(digits)


def _no_number(word: str) -> NoReturn:
    raise OutsideSchema(f"{word} is no number")


def _once_each(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise OutsideSchema("the answer names a field twice")
    return found


def _decision(reader: BodyReader) -> AiDecision | None:
    word = reader.word("decision", DecisionWord, required=True)
    confidence = reader.number("confidence", _CONFIDENCE, required=True)
    reasoning = _words(reader, "reasoning", REASONING_CHARS_MAX)
    entry_price, stop_loss, exit_price = (
        reader.number(name, _PRICE) for name in ("entry_price", "stop_loss", "exit_price")
    )
    quantity, partial = (reader.number(name, _QUANTITY) for name in ("quantity", "partial_quantity"))
    targets = _targets(reader, "take_profits")
    changes = _changes(reader)
    risk_reward, risk = (reader.number(name, _ESTIMATE) for name in ("risk_reward", "max_risk_pct"))
    minutes = reader.whole("expected_holding_minutes", _MINUTES)
    reader.end()
    if word is None or confidence is None or reasoning is None:
        return None
    return AiDecision(
        decision=word,
        confidence=confidence,
        reasoning=reasoning,
        entry_price=entry_price,
        quantity=quantity,
        stop_loss=stop_loss,
        take_profits=targets,
        exit_price=exit_price,
        partial_quantity=partial,
        modifications=changes,
        risk_reward=risk_reward,
        max_risk_pct=risk,
        expected_holding_minutes=minutes,
    )


def _words(reader: BodyReader, name: str, most: int) -> str | None:
    """Read plain words, which may have lines; a text without any says nothing."""
    value = reader.take(name, required=True)
    if isinstance(value, str) and value.strip() and len(value) <= most and "\0" not in value:
        return value.strip()
    if value is not None:
        reader.fault(name, f"must have 1 to {most} characters")
    return None


def _items(reader: BodyReader, name: str, most: int) -> list[BodyReader]:
    value = reader.take(name)
    if value is None:
        return []
    if not isinstance(value, list) or len(value) > most:
        reader.fault(name, f"must be a list of at most {most}")
        return []
    return [reader.inside(f"{name}[{number}]", one) for number, one in enumerate(value)]


def _targets(reader: BodyReader, name: str) -> tuple[TakeProfit, ...]:
    found = []
    for one in _items(reader, name, TARGETS_MAX):
        price, share = one.number("price", _PRICE, required=True), one.number("share", _SHARE, required=True)
        one.end()
        if price is not None and share is not None:
            found.append(TakeProfit(price=price, share=share))
    return tuple(found)


def _changes(reader: BodyReader) -> tuple[Modification, ...]:
    found = []
    for one in _items(reader, "modifications", MODIFICATIONS_MAX):
        kind = one.word("kind", ChangeKind, required=True)
        reason = _words(one, "reason", REASON_CHARS_MAX)
        new_stop, distance = one.number("new_stop", _PRICE), one.number("distance_pct", _DISTANCE)
        target_id = one.text("target_id", _TARGET_ID_CHARS_MAX)
        targets = _targets(one, "new_targets")
        one.end()
        if kind is None or reason is None:
            continue
        found.append(
            Modification(
                kind=kind,
                reason=reason,
                new_stop=new_stop,
                distance_pct=distance,
                target_id=target_id,
                new_targets=targets,
            )
        )
    return tuple(found)
