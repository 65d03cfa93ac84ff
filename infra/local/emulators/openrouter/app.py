"""The endpoint: bearer check, queued answers, a default, and a record of what was asked."""

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from infra.local.emulators.openrouter.answers import AnswerQueue, Scripted, read_answers
from infra.local.emulators.openrouter.asked import Asked, read_asked
from infra.local.emulators.openrouter.deciding import Decide, always, read_default
from infra.local.emulators.openrouter.problems import OpenRouterRefusal
from infra.local.emulators.openrouter.writing import complete
from infra.local.emulators.serving.exchange import EmulatorRequest, EmulatorResponse, json_response
from infra.local.emulators.serving.faults import Fault, FaultBook, FaultKind, Vendor
from infra.local.emulators.serving.vendor import VendorEmulator, retry_after

#: Where other compatible endpoints have it too, for whoever was given a base URL of another form.
COMPLETIONS: Final = frozenset({"/api/v1/chat/completions", "/v1/chat/completions", "/chat/completions"})
#: 20 KB each with a whole context.
CALLS_KEPT: Final = 1000


def _saying(decide: Decide) -> Callable[[Asked], Scripted]:
    return lambda asked: Scripted(content=decide(asked))


class OpenRouterEmulator(VendorEmulator):
    """Many models behind one key, all of whom say what they are told to."""

    vendor = Vendor.OPENROUTER

    def __init__(
        self,
        faults: FaultBook,
        lock: threading.RLock,
        clock: Callable[[], datetime],
        wait: Callable[[float], None],
        wait_really: Callable[[float], None] = time.sleep,
    ) -> None:
        super().__init__(faults, lock, clock, wait, wait_really)
        self._keys: set[str] = set()
        self._queue = AnswerQueue()
        self._otherwise = _saying(always("NO_TRADE"))
        self._asked: deque[dict[str, object]] = deque(maxlen=CALLS_KEPT)
        self._number = 0
        faults.watch_tokens(self.vendor, lambda _account: set(self._keys))

    # For whoever runs the world.

    def add_key(self, key: str) -> None:
        """Let a key in, one that had expired too."""
        with self._lock:
            self._faults.expire_due(self._clock())
            self._faults.renew(self.vendor, key)
            self._keys.add(key)

    def queue(self, answers: object) -> None:
        """Queue what the next calls get. Raises BadAnswer, and queues nothing then."""
        read = read_answers(answers)
        with self._lock:
            self._queue.add(read)

    def clear(self) -> None:
        """Forget what is queued."""
        with self._lock:
            self._queue.clear()

    def set_default(self, body: Mapping[str, object]) -> None:
        """Say from now on what is told where nothing is queued. Raises BadAnswer."""
        self.answer_by(_saying(read_default(body)))

    def answer_by(self, answer: Callable[[Asked], Scripted]) -> None:
        """Have somebody answer from now on where nothing is queued."""
        with self._lock:
            self._otherwise = answer

    def asked(self) -> list[dict[str, object]]:
        """Return the last calls that reached a model, oldest first."""
        with self._lock:
            return list(self._asked)

    # For whoever calls.

    def endpoint(self, request: EmulatorRequest) -> str:
        """Return the path."""
        return request.path

    def can_strike(self, kind: FaultKind, request: EmulatorRequest) -> bool:
        """Return False: every fault here is one of any call."""
        del kind, request
        return False

    def too_many_calls(self, retry_after_seconds: float | None) -> EmulatorResponse:
        """Refuse with 429, as a provider behind the endpoint does."""
        metadata = {"error_type": "rate_limit_exceeded", "provider_code": "rate_limited"}
        error = {"code": 429, "message": "Rate limit exceeded", "metadata": metadata}
        return json_response({"error": error}, 429, retry_after(retry_after_seconds))

    def answer(self, request: EmulatorRequest, fault: Fault | None) -> EmulatorResponse:
        """Answer one call."""
        del fault
        try:
            self._check_key(request)
            if request.method != "POST" or request.path not in COMPLETIONS:
                raise OpenRouterRefusal(404)
            asked = read_asked(request.body)
        except OpenRouterRefusal as refusal:
            return json_response(refusal.body, refusal.status)
        said = self._queue.take(asked) or self._otherwise(asked)
        return replace(self._say(asked, said), late_seconds=said.seconds)

    def _check_key(self, request: EmulatorRequest) -> None:
        kind, _, key = request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or not key:
            raise OpenRouterRefusal(401)
        if key not in self._keys or self._faults.has_expired(self.vendor, key):
            raise OpenRouterRefusal(401, "User not found.")

    def _say(self, asked: Asked, said: Scripted) -> EmulatorResponse:
        if said.status != 200:
            body = said.content
            self._note(asked, None, body)
            if isinstance(body, str):
                kind = {"Content-Type": "text/plain", **said.headers}
                return EmulatorResponse(status=said.status, headers=kind, body=body.encode())
            usual = OpenRouterRefusal(said.status).body
            return json_response(usual if body is None else body, said.status, said.headers)
        self._number += 1
        completion = complete(self._number, self._clock(), asked, said)
        if asked.is_stream:
            self._note(asked, completion.usage, completion.text)
            return completion.stream(said.error)
        if said.error is not None:
            self._note(asked, None, None)
            return json_response({"error": said.error}, 200, said.headers)
        self._note(asked, completion.usage, completion.text)
        return json_response(completion.body(), 200, said.headers)

    def _note(self, asked: Asked, usage: object, answer: object) -> None:
        self._asked.append(
            {
                "at": self._clock(),
                "model": asked.model,
                "messages": asked.messages,
                "response_format": asked.response_format,
                "max_tokens": asked.max_tokens,
                "usage": usage,
                "answer": answer,
            }
        )
