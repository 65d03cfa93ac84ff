"""One request and one answer, as both carriers (the HTTP server, the in-process transport) see them."""

import json
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol
from urllib.parse import parse_qsl, urlsplit

#: Counts are kept whole; of the single calls those of a busy account's day are enough to look back on.
CALLS_REMEMBERED: Final = 5_000
JSON_HEADERS: Final = {"Content-Type": "application/json"}


class Effect(StrEnum):
    """What happens to the answer on its way."""

    NONE = "none"
    TIMEOUT = "timeout"
    DROP = "drop"


@dataclass(frozen=True, slots=True, kw_only=True)
class EmulatorRequest:
    """A call to a vendor; header names in lower case, of repeated parameters the last one."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    raw_query: str = ""
    """The query as it was sent: what a signature was made over."""

    @property
    def form(self) -> dict[str, str]:
        """The form in the body."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))

    @property
    def fields(self) -> dict[str, str]:
        """What is asked for, in the query string or in the form; the form wins where both say something."""
        return {**self.query, **self.form}


@dataclass(frozen=True, slots=True, kw_only=True)
class EmulatorResponse:
    """A vendor's answer; with an effect other than NONE the caller never sees it.

    `late_seconds` is how late it comes, in real time whatever the speed.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    effect: Effect = Effect.NONE
    late_seconds: float = 0.0


class Handler(Protocol):
    """Anything that answers calls."""

    def handle(self, request: EmulatorRequest) -> EmulatorResponse:
        """Answer one call; safe to call from several threads."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call that reached a vendor, at product time."""

    at: datetime
    endpoint: str
    status: int


class CallLog:
    """Counts the calls that reached a vendor, whatever became of their answers."""

    def __init__(self) -> None:
        self._by_endpoint: Counter[str] = Counter()
        self._recent: deque[Call] = deque(maxlen=CALLS_REMEMBERED)

    def note(self, call: Call) -> None:
        """Count one call."""
        self._by_endpoint[call.endpoint] += 1
        self._recent.append(call)

    def summary(self) -> dict[str, object]:
        """Return `{"total", "by_endpoint"}`."""
        return {"total": self._by_endpoint.total(), "by_endpoint": dict(sorted(self._by_endpoint.items()))}

    def recent(self) -> list[Call]:
        """Return the last calls, oldest first."""
        return list(self._recent)


def request_from_target(method: str, target: str, headers: Mapping[str, str], body: bytes) -> EmulatorRequest:
    """Build a request from its target (path and query, percent-encoded)."""
    parts = urlsplit(target)
    return EmulatorRequest(
        method=method.upper(),
        path=parts.path,
        query=dict(parse_qsl(parts.query, keep_blank_values=True)),
        headers={name.lower(): value for name, value in headers.items()},
        body=body,
        raw_query=parts.query,
    )


def json_response(
    body: object, status: int = 200, headers: Mapping[str, str] | None = None
) -> EmulatorResponse:
    """Answer with JSON."""
    text = json.dumps(body, separators=(",", ":"), allow_nan=False)
    return EmulatorResponse(status=status, headers={**JSON_HEADERS, **(headers or {})}, body=text.encode())


def text_response(text: str, status: int, headers: Mapping[str, str] | None = None) -> EmulatorResponse:
    """Answer with a bare sentence."""
    kind = {"Content-Type": "text/plain;charset=UTF-8"}
    return EmulatorResponse(status=status, headers={**kind, **(headers or {})}, body=text.encode())
