"""The emulator of Discord's web hooks: executing one (wire/alerts.md, 2).

Any web hook is there until a test deletes it: a newcomer tries alerts with a made-up one.
"""

import json
import re
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from math import ceil
from typing import Any, Final

from infra.local.emulators.serving.exchange import EmulatorRequest, EmulatorResponse, json_response
from infra.local.emulators.serving.faults import Fault, FaultBook, FaultKind, Vendor
from infra.local.emulators.serving.vendor import VendorEmulator

BUCKET_CALLS: Final = 5
BUCKET: Final = timedelta(seconds=2)
CONTENT_MAX: Final = 2000
EMBEDS_MAX: Final = 10
EMBEDS_SUM_MAX: Final = 6000
RETRY_SECONDS: Final = 64.57
_PATH: Final = re.compile(r"/api/(?:v\d+/)?webhooks/(?P<id>\d+)/(?P<token>[A-Za-z0-9_-]+)")
_LIMITS: Final[Mapping[str, int]] = {"title": 256, "description": 4096}
_FIELD_LIMITS: Final[Mapping[str, int]] = {"name": 256, "value": 1024}


class DiscordEmulator(VendorEmulator):
    """All web hooks."""

    vendor = Vendor.DISCORD

    def __init__(
        self,
        faults: FaultBook,
        lock: threading.RLock,
        clock: Callable[[], datetime],
        wait: Callable[[float], None],
    ) -> None:
        super().__init__(faults, lock, clock, wait)
        self._deleted: set[str] = set()
        self._called_at: dict[str, deque[datetime]] = defaultdict(deque)
        self._messages: list[dict[str, Any]] = []

    def messages(self) -> list[dict[str, Any]]:
        """Return every message that was delivered: the hook's id, when, and its body."""
        with self._lock:
            return list(self._messages)

    def delete(self, webhook_id: str) -> None:
        """Let a web hook be gone."""
        self._deleted.add(webhook_id)

    def endpoint(self, request: EmulatorRequest) -> str:
        """Return the path without id and token."""
        return "/api/webhooks/{id}/{token}" if _PATH.fullmatch(request.path) else "/"

    def can_strike(self, kind: FaultKind, request: EmulatorRequest) -> bool:
        """Say that there is nothing here to bend."""
        del kind, request
        return False

    def too_many_calls(self, retry_after_seconds: float | None) -> EmulatorResponse:
        """Refuse with 429: fractions of seconds in the body, whole ones in the header."""
        seconds = RETRY_SECONDS if retry_after_seconds is None else retry_after_seconds
        body = {"message": "You are being rate limited.", "retry_after": seconds, "global": False}
        return json_response(body, 429, {"Retry-After": str(ceil(seconds)), "X-RateLimit-Scope": "user"})

    def answer(self, request: EmulatorRequest, fault: Fault | None) -> EmulatorResponse:
        """Answer one call."""
        del fault
        match = _PATH.fullmatch(request.path)
        if match is None or request.method != "POST":
            return json_response({"message": "404: Not Found", "code": 0}, 404)
        if match["id"] in self._deleted:
            return json_response({"message": "Unknown Webhook", "code": 10015}, 404)
        called_at, now = self._called_at[match["id"]], self._clock()
        while called_at and called_at[0] <= now - BUCKET:
            called_at.popleft()
        if len(called_at) >= BUCKET_CALLS:
            return self.too_many_calls((called_at[0] + BUCKET - now).total_seconds())
        called_at.append(now)
        response = self._execute(match["id"], request)
        headers = {**response.headers, **_bucket_headers(len(called_at), called_at[0], now)}
        return EmulatorResponse(status=response.status, headers=headers, body=response.body)

    def _execute(self, webhook_id: str, request: EmulatorRequest) -> EmulatorResponse:
        try:
            body = json.loads(request.body)
        except ValueError:
            return json_response({"message": "The request body contains invalid JSON.", "code": 50109}, 400)
        if not isinstance(body, dict) or not (body.get("content") or body.get("embeds")):
            return json_response({"message": "Cannot send an empty message", "code": 50006}, 400)
        faults = dict(_faults(body))
        if faults:
            return json_response(
                {"code": 50035, "errors": _nested(faults), "message": "Invalid Form Body"}, 400
            )
        self._messages.append({"webhook_id": webhook_id, "at": self._clock(), **body})
        if request.query.get("wait") == "true":
            return json_response({"id": str(len(self._messages)), "webhook_id": webhook_id, **body})
        return EmulatorResponse(status=204)


def _faults(body: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, str]]]:
    """Find what is too long, each by its path."""
    if len(body.get("content") or "") > CONTENT_MAX:
        yield "content", _too_long(CONTENT_MAX)
    embeds = body.get("embeds") or []
    if len(embeds) > EMBEDS_MAX:
        yield "embeds", _too_long(EMBEDS_MAX)
    total = 0
    for index, embed in enumerate(embeds):
        for name, most in _LIMITS.items():
            total += len(embed.get(name) or "")
            if len(embed.get(name) or "") > most:
                yield f"embeds.{index}.{name}", _too_long(most)
        for number, field in enumerate(embed.get("fields") or []):
            for name, most in _FIELD_LIMITS.items():
                total += len(field.get(name) or "")
                if not field.get(name):
                    yield (
                        f"embeds.{index}.fields.{number}.{name}",
                        ("BASE_TYPE_REQUIRED", "This field is required"),
                    )
                elif len(field[name]) > most:
                    yield f"embeds.{index}.fields.{number}.{name}", _too_long(most)
    if total > EMBEDS_SUM_MAX:
        yield (
            "embeds",
            ("MAX_EMBED_SIZE_EXCEEDED", f"Embed size exceeds maximum size of {EMBEDS_SUM_MAX}"),
        )


def _too_long(most: int) -> tuple[str, str]:
    return "BASE_TYPE_MAX_LENGTH", f"Must be {most} or fewer in length."


def _nested(faults: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
    """Write the faults under their paths, as Discord nests them."""
    tree: dict[str, Any] = {}
    for path, (code, message) in faults.items():
        node = tree
        for part in path.split("."):
            node = node.setdefault(part, {})
        node["_errors"] = [{"code": code, "message": message}]
    return tree


def _bucket_headers(used: int, first_at: datetime, now: datetime) -> dict[str, str]:
    resets_at = first_at + BUCKET
    return {
        "X-RateLimit-Limit": str(BUCKET_CALLS),
        "X-RateLimit-Remaining": str(max(0, BUCKET_CALLS - used)),
        "X-RateLimit-Reset": f"{resets_at.timestamp():.3f}",
        "X-RateLimit-Reset-After": f"{(resets_at - now).total_seconds():.2f}",
        "X-RateLimit-Bucket": "abcd1234",
    }
