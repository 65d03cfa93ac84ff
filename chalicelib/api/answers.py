"""Answers: JSON texts, entity tags, and the headers that every answer carries."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from chalicelib.api.problems import CONTENT_TYPE as PROBLEM_TYPE
from chalicelib.api.problems import Problem
from chalicelib.domain.json_value import JsonValue

JSON_TYPE: Final = "application/json"
#: Answers hold one user's money: no cache keeps them, and no browser guesses their type.
COMMON_HEADERS: Final[Mapping[str, str]] = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}
_TAG: Final = re.compile(r'\s*(?:W/)?("[^"]*")\s*(?:,|$)')


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer before it is written; `text` is a body that is JSON already, none of all is no body."""

    status: int = 200
    body: Mapping[str, JsonValue] | None = None
    text: str | None = None
    data: bytes | None = None
    """A body that is no text."""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """An answer as text, ready for the gateway; `data` in its place where it is none."""

    status: int
    text: str
    headers: Mapping[str, str]
    data: bytes | None = None


def write(reply: Reply) -> Written:
    """Write a reply as JSON."""
    headers = {**COMMON_HEADERS, **reply.headers}
    text = to_json(reply.body) if reply.body is not None else reply.text
    if text is None:
        return Written(status=reply.status, text="", headers=headers, data=reply.data)
    return Written(status=reply.status, text=text, headers={"Content-Type": JSON_TYPE, **headers})


def write_problem(problem: Problem) -> Written:
    """Write a problem document."""
    headers = {"Content-Type": PROBLEM_TYPE, **COMMON_HEADERS, **problem.headers}
    return Written(status=problem.status, text=to_json(problem.body()), headers=headers)


def to_json(value: object) -> str:
    """Write compact JSON; Decimals become plain numbers, non-finite numbers are refused."""
    return json.dumps(value, separators=(",", ":"), allow_nan=False, ensure_ascii=False, default=_plain)


def _plain(value: object) -> int | float:
    if not isinstance(value, Decimal):
        raise TypeError(f"{type(value).__name__} has no form in JSON")
    return int(value) if value == value.to_integral_value() else float(value)


def entity_tag(*parts: str) -> str:
    """Return a strong tag over these texts."""
    joined = "\x1f".join(parts).encode()
    return f'"{hashlib.sha256(joined).hexdigest()[:32]}"'


def matches(if_none_match: str | None, tag: str) -> bool:
    """Say whether If-None-Match names this tag (RFC 9110: weak comparison, a list, or `*`)."""
    if if_none_match is None:
        return False
    if if_none_match.strip() == "*":
        return True
    return tag in {match.group(1) for match in _TAG.finditer(if_none_match)}


def not_modified(tag: str) -> Reply:
    """Answer that the caller's copy is still good."""
    return Reply(status=304, headers={"ETag": tag})
