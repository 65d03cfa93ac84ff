"""Answers of chat completions, read defensively (wire/openrouter.md, 3 and 5); pure.

HTTP 200 is not success: an error may stand in the body or in the choice. Reasons are our own words and the
provider's stable ones; its prose is left out, since it may repeat what was asked.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from re import fullmatch
from typing import Final

from chalicelib.models.interface import NOTHING_USED, TryFailure, Usage
from chalicelib.vendors.wire import Node, UnreadablePayload, as_number, read_body

_OK: Final = 200
#: Statuses that say something else than their hundred does.
_OF_STATUS: Final[Mapping[int, TryFailure]] = {
    401: TryFailure.KEY_REFUSED,
    402: TryFailure.OUT_OF_CREDIT,
    408: TryFailure.NO_ANSWER,
    429: TryFailure.RATE_LIMITED,
    504: TryFailure.NO_ANSWER,
    524: TryFailure.NO_ANSWER,
}
#: The stable words, where a body has one and no status.
_OF_WORD: Final[Mapping[str, TryFailure]] = {
    "authentication": TryFailure.KEY_REFUSED,
    "payment_required": TryFailure.OUT_OF_CREDIT,
    "rate_limit_exceeded": TryFailure.RATE_LIMITED,
    "provider_overloaded": TryFailure.PROVIDER_DOWN,
    "provider_unavailable": TryFailure.PROVIDER_DOWN,
    "server": TryFailure.PROVIDER_DOWN,
    "unmapped": TryFailure.PROVIDER_DOWN,
    "timeout": TryFailure.NO_ANSWER,
}
_WORD: Final = "[a-z][a-z0-9_]{0,39}"
_DATE: Final = "-(20[0-9]{6}|20[0-9]{2}-[0-9]{2}-[0-9]{2})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What an answer says: its text, or why there is none, and after how long it may be asked for again."""

    text: str | None = field(default=None, repr=False)
    failure: TryFailure | None = None
    reason: str = ""
    usage: Usage = NOTHING_USED
    model: str | None = None
    retry_after_seconds: float | None = None


def read_reply(status: int, body: str, *, asked_model: str) -> Reading:
    """Read one reply, whatever it is."""
    try:
        node = read_body(body)
    except UnreadablePayload:
        if status != _OK:
            return _failed(status, {})
        return Reading(failure=TryFailure.UNREADABLE, reason="the answer is not a JSON object", usage=Usage())
    error = node.get("error")
    if status != _OK or error:
        return _failed(status, node)
    return _completed(node, asked_model)


def _completed(node: Node, asked_model: str) -> Reading:
    usage, model = _usage(node.get("usage")), _word(node.get("model"))
    choices = node.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    if not isinstance(choice, dict):
        return Reading(failure=TryFailure.EMPTY, reason="the answer has no choice", usage=usage, model=model)
    finish = choice.get("finish_reason")
    if choice.get("error") or finish == "error":
        spent = NOTHING_USED if usage.cost_usd is None else usage
        return replace(_failed(_OK, choice), model=model, usage=spent)
    message = choice.get("message")
    text = message.get("content") if isinstance(message, dict) else None
    failure, reason = _fault(text, finish, model, asked_model)
    said = text if failure is None and isinstance(text, str) else None
    return Reading(text=said, failure=failure, reason=reason, usage=usage, model=model)


def _fault(text: object, finish: object, model: str | None, asked: str) -> tuple[TryFailure | None, str]:
    if model is not None and not _is_same_model(model, asked):
        return TryFailure.OTHER_MODEL, "another model answered than the one asked for"
    if text is not None and not isinstance(text, str):
        return TryFailure.UNREADABLE, "the answer's content is not a text"
    if finish == "length":
        return TryFailure.CUT_OFF, "the answer was cut off at its longest"
    if not text or not text.strip():
        return TryFailure.EMPTY, "the answer is empty"
    return None, ""


def _is_same_model(answered: str, asked: str) -> bool:
    """Take a dated name for its undated one; variants after a colon are ways to the same model."""
    one, other = (name.partition(":")[0].lower() for name in (answered, asked))
    longer, shorter = (one, other) if len(one) >= len(other) else (other, one)
    rest = longer.removeprefix(shorter)
    return longer == shorter or (longer.startswith(shorter) and fullmatch(_DATE, rest) is not None)


def _failed(status: int, node: Node) -> Reading:
    """Sort an error of any family: OpenRouter's, OpenAI's, a bare text, or none but the status."""
    error = node.get("error")
    told: Node = error if isinstance(error, dict) else {}
    metadata, availability = _node(told, "metadata"), _node(told, "availability")
    code = status if status != _OK else _status(told)
    words = [
        word
        for word in (told.get("error_type"), metadata.get("error_type"), availability.get("code"))
        if isinstance(word, str) and fullmatch(_WORD, word)
    ]
    failure = _sorted(code, words)
    retryable = availability.get("retryable")
    if retryable is False and not failure.is_final:
        failure = TryFailure.REFUSED
    elif retryable is True and failure is TryFailure.REFUSED:
        failure = TryFailure.PROVIDER_DOWN
    said = ", ".join([*([] if code is None else [str(code)]), *words]) or "an error without a code"
    return Reading(
        failure=failure,
        reason=f"the model's endpoint answered {said}",
        usage=Usage() if failure is TryFailure.NO_ANSWER else NOTHING_USED,
        retry_after_seconds=_seconds(availability.get("retry_after")),
    )


def _sorted(code: int | None, words: list[str]) -> TryFailure:
    if code is not None and code != _OK:
        known = _OF_STATUS.get(code)
        return known or (TryFailure.PROVIDER_DOWN if code >= 500 else TryFailure.REFUSED)
    found = (_OF_WORD[word] for word in words if word in _OF_WORD)
    return next(found, TryFailure.REFUSED if words else TryFailure.PROVIDER_DOWN)


def _status(error: Node) -> int | None:
    """Return the status that an error names: `code` is a number, its text, a word or null."""
    for name in ("code", "http_status"):
        value = error.get(name)
        if isinstance(value, str) and value.isdigit() and len(value) == 3:
            return int(value)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
    return None


def _usage(value: object) -> Usage:
    node: Node = value if isinstance(value, dict) else {}
    return Usage(
        prompt_tokens=_count(node.get("prompt_tokens")),
        answer_tokens=_count(node.get("completion_tokens")),
        cost_usd=_amount(node.get("cost")),
    )


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _amount(value: object) -> Decimal | None:
    try:
        read = as_number(value, "cost")
    except UnreadablePayload:
        return None
    return read if read is not None and read >= 0 else None


def _seconds(value: object) -> float | None:
    amount = _amount(value)
    return None if amount is None else float(amount)


def _node(node: Node, key: str) -> Node:
    value = node.get(key)
    return value if isinstance(value, dict) else {}


def _word(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
