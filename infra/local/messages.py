"""A queue of delayed messages on product time: what SQS is in the cloud."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from chalicelib.domain.ports import JsonValue


class TellsTime(Protocol):
    def now(self) -> datetime: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One delivery to come: which job, with what, and when at the earliest."""

    job: str
    payload: Mapping[str, JsonValue]
    due_at: datetime

    def as_json(self) -> dict[str, JsonValue]:
        return {"job": self.job, "payload": dict(self.payload), "due_at": self.due_at.isoformat()}

    @classmethod
    def from_json(cls, stored: Mapping[str, JsonValue]) -> "Message":
        """Read what `as_json` made; raises ValueError when it is something else."""
        job, payload, due_at = stored.get("job"), stored.get("payload"), stored.get("due_at")
        if not isinstance(job, str) or not isinstance(payload, dict) or not isinstance(due_at, str):
            raise ValueError("not a stored message")
        return cls(job=job, payload=payload, due_at=datetime.fromisoformat(due_at))


class MessageQueue:
    """The `MessageBus` of the local stack: messages in the order they fall due, equals in the order sent."""

    def __init__(self, clock: TellsTime, *, on_send: Callable[[], None] = lambda: None) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._messages: list[Message] = []
        self.on_send = on_send

    def send(self, job: str, payload: Mapping[str, JsonValue], *, due_at: datetime | None = None) -> None:
        """Have `job` run with `payload` at `due_at`, or now."""
        self.put(Message(job=job, payload=dict(payload), due_at=due_at or self._clock.now()))
        self.on_send()

    def put(self, *messages: Message) -> None:
        with self._lock:
            self._messages.extend(messages)
            self._messages.sort(key=lambda message: message.due_at)  # stable: equals stay as sent

    def next_due_at(self) -> datetime | None:
        with self._lock:
            return self._messages[0].due_at if self._messages else None

    def take(self) -> Message | None:
        """Remove and return the message that falls due first."""
        with self._lock:
            return self._messages.pop(0) if self._messages else None

    def waiting(self) -> Sequence[Message]:
        with self._lock:
            return tuple(self._messages)
