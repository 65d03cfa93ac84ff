"""A queue of delayed messages on product time: what SQS is in the cloud."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Protocol

from chalicelib.domain.clocks.jobs import RECEIVES_MAX
from chalicelib.domain.json_value import JsonValue
from chalicelib.domain.ports import Outgoing


class TellsTime(Protocol):
    def now(self) -> datetime: ...


#: What SQS' visibility timeout is in the cloud: how long a message that failed is out of sight.
AGAIN_AFTER: Final = timedelta(seconds=130)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One delivery to come: which job, with what, for which instant, and when at the earliest.

    `receives` counts the deliveries that failed.
    """

    job: str
    payload: Mapping[str, JsonValue]
    due_at: datetime
    deliver_at: datetime | None = None
    receives: int = 0

    @property
    def visible_at(self) -> datetime:
        return self.deliver_at or self.due_at

    @property
    def is_dead(self) -> bool:
        return self.receives >= RECEIVES_MAX

    def as_json(self) -> dict[str, JsonValue]:
        return {
            "job": self.job,
            "payload": dict(self.payload),
            "due_at": self.due_at.isoformat(),
            "deliver_at": None if self.deliver_at is None else self.deliver_at.isoformat(),
            "receives": self.receives,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, JsonValue]) -> "Message":
        """Read what `as_json` made; raises ValueError when it is something else."""
        job, payload, due_at = stored.get("job"), stored.get("payload"), stored.get("due_at")
        deliver_at, receives = stored.get("deliver_at"), stored.get("receives", 0)
        if not isinstance(job, str) or not isinstance(payload, dict) or not isinstance(due_at, str):
            raise ValueError("not a stored message")
        if not isinstance(receives, int) or not isinstance(deliver_at, str | None):
            raise ValueError("not a stored message")
        return cls(
            job=job,
            payload=payload,
            due_at=datetime.fromisoformat(due_at),
            deliver_at=None if deliver_at is None else datetime.fromisoformat(deliver_at),
            receives=receives,
        )


class MessageQueue:
    """The `MessageBus` of the local stack: messages in the order they come into sight, equals as sent.

    What failed comes again, and after `RECEIVES_MAX` deliveries lies among the dead letters.
    """

    def __init__(self, clock: TellsTime, *, on_send: Callable[[], None] = lambda: None) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._messages: list[Message] = []
        self._dead: list[Message] = []
        self.on_send = on_send

    def send(self, job: str, payload: Mapping[str, JsonValue], *, due_at: datetime | None = None) -> None:
        """Have `job` run with `payload` at `due_at`, or now."""
        self.put(Message(job=job, payload=dict(payload), due_at=due_at or self._clock.now()))
        self.on_send()

    def send_all(self, messages: Sequence[Outgoing]) -> None:
        """Have all of these run, each for its instant, when it is to be delivered (now when that is None)."""
        now = self._clock.now()
        self.put(
            *(
                Message(
                    job=one.job,
                    payload=dict(one.payload),
                    due_at=one.due_at,
                    deliver_at=one.deliver_at or now,
                )
                for one in messages
            )
        )
        self.on_send()

    def put(self, *messages: Message) -> None:
        with self._lock:
            self._messages.extend(messages)
            self._messages.sort(key=lambda message: message.visible_at)  # stable: equals stay as sent

    def give_back(self, message: Message) -> bool:
        """Take back a message whose run failed; False when that was its last delivery."""
        again = replace(message, deliver_at=self._clock.now() + AGAIN_AFTER, receives=message.receives + 1)
        if again.is_dead:
            self.bury(again)
            return False
        self.put(again)
        return True

    def dead(self) -> Sequence[Message]:
        """Return the dead letters, oldest first."""
        with self._lock:
            return tuple(self._dead)

    def bury(self, *messages: Message) -> None:
        """Lay messages among the dead letters."""
        with self._lock:
            self._dead.extend(messages)

    def redrive(self) -> int:
        """Deliver every dead letter anew, from its first delivery on; returns how many."""
        with self._lock:
            dead, self._dead = self._dead, []
        now = self._clock.now()
        self.put(*(replace(one, deliver_at=now, receives=0) for one in dead))
        self.on_send()
        return len(dead)

    def next_due_at(self) -> datetime | None:
        """Return when the next message comes into sight."""
        with self._lock:
            return self._messages[0].visible_at if self._messages else None

    def take(self) -> Message | None:
        """Remove and return the message that comes into sight first."""
        with self._lock:
            return self._messages.pop(0) if self._messages else None

    def take_more(self, job: str, until: datetime) -> list[Message]:
        """Remove and return the messages to a job that are in sight by then."""
        with self._lock:
            taken = [one for one in self._messages if one.job == job and one.visible_at <= until]
            self._messages = [one for one in self._messages if one not in taken]
        return taken

    def waiting(self) -> Sequence[Message]:
        with self._lock:
            return tuple(self._messages)
