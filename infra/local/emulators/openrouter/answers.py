"""What the next calls get: answers that a tester queued, in order, each for the first call that fits."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from infra.local.emulators.openrouter.asked import Asked

_NAMES: Final = frozenset(
    {
        "content",
        "status",
        "seconds",
        "match",
        "headers",
        "error",
        "finish_reason",
        "model",
        "usage",
        "reasoning",
    }
)
_MATCHES: Final = frozenset({"symbol", "trader_id"})
_LONGEST_SECONDS: Final = 600


class BadAnswer(ValueError):
    """An answer that cannot be queued; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scripted:
    """One answer: `content` an object (sent as its JSON text), a text or None; `seconds` late, in real time.

    `status` other than 200 is an error with `content` as its body, or the vendor's own. `error` stands in
    the body of a 200, or comes in the middle of a stream. `model` and `finish_reason` replace the usual
    ones; `usage` too, and None leaves it out.
    """

    content: object = None
    status: int = 200
    seconds: float = 0.0
    symbol: str | None = None
    trader_id: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    error: Mapping[str, Any] | None = None
    finish_reason: str | None = None
    model: str | None = None
    has_usage: bool = True
    usage: Mapping[str, Any] | None = None
    reasoning: str | None = None

    def fits(self, asked: Asked) -> bool:
        """Say whether it is for a call."""
        if self.symbol is not None and not asked.is_about(self.symbol):
            return False
        return self.trader_id is None or asked.is_for(self.trader_id)


class AnswerQueue:
    """Answers that wait."""

    def __init__(self) -> None:
        self._waiting: list[Scripted] = []

    def add(self, answers: list[Scripted]) -> None:
        """Queue answers behind those that wait."""
        self._waiting.extend(answers)

    def clear(self) -> None:
        """Forget what waits."""
        self._waiting.clear()

    def take(self, asked: Asked) -> Scripted | None:
        """Return the first that fits, which waits no more."""
        for index, one in enumerate(self._waiting):
            if one.fits(asked):
                return self._waiting.pop(index)
        return None


def read_answers(value: object) -> list[Scripted]:
    """Read a list of answers. Raises BadAnswer."""
    if not isinstance(value, list) or not value:
        raise BadAnswer("answers must be a list of at least one")
    return [_scripted(one) for one in value]


def _scripted(value: object) -> Scripted:
    if not isinstance(value, dict):
        raise BadAnswer("an answer must be an object")
    unknown = sorted(set(value) - _NAMES)
    if unknown:
        raise BadAnswer(f"an answer knows no {', '.join(unknown)}")
    if "content" not in value and "error" not in value and value.get("status", 200) == 200:
        raise BadAnswer("an answer needs content, an error or a status")
    match = value.get("match") or {}
    if not isinstance(match, dict) or not set(match) <= _MATCHES:
        raise BadAnswer("match names symbol or trader_id")
    content, error, usage = value.get("content"), value.get("error"), value.get("usage")
    if content is not None and not isinstance(content, dict | list | str):
        raise BadAnswer("content must be an object or a text")
    if (error is not None and not isinstance(error, dict)) or not isinstance(usage, dict | None):
        raise BadAnswer("error and usage must be objects")
    headers = value.get("headers") or {}
    if not isinstance(headers, dict):
        raise BadAnswer("headers must be an object")
    return Scripted(
        content=content,
        status=int(_number(value, "status", 200, 200, 599)),
        seconds=_number(value, "seconds", 0, 0, _LONGEST_SECONDS),
        symbol=_text(match, "symbol"),
        trader_id=_text(match, "trader_id"),
        headers={str(name): str(said) for name, said in headers.items()},
        error=error,
        finish_reason=_text(value, "finish_reason"),
        model=_text(value, "model"),
        has_usage=not ("usage" in value and usage is None),
        usage=usage,
        reasoning=_text(value, "reasoning"),
    )


def _number(value: Mapping[str, Any], name: str, usual: float, least: float, most: float) -> float:
    found = value.get(name, usual)
    if isinstance(found, bool) or not isinstance(found, int | float) or not least <= found <= most:
        raise BadAnswer(f"{name} must be a number from {least} to {most}")
    return found


def _text(value: Mapping[str, Any], name: str) -> str | None:
    found = value.get(name)
    if found is not None and not isinstance(found, str):
        raise BadAnswer(f"{name} must be a text")
    return found
