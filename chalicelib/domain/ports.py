"""What the rules and services need from the outside, as protocols.

Nothing below the composition root reads the clock, the environment or a random source: it is handed
one of these. Product time orders everything papertape does; the machine's time serves token expiry only.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar
from uuid import UUID

from chalicelib.domain.json_value import JsonValue

T = TypeVar("T")


class Clock(Protocol):
    """Product time, and waiting inside a call."""

    def now(self) -> datetime:
        """Return the present instant of product time, aware, in UTC."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait inside a call; never moves product time (local.md, Time is a service)."""
        ...

    def real_seconds_since(self, instant: datetime) -> float:
        """Return how late a run due at `instant` is, in real seconds; 0 when time stands and is moved."""
        ...

    def monotonic(self) -> float:
        """Return real seconds from an arbitrary start, for time limits of a call."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A message to a job: the instant it stands for, and when it is delivered (at once when None)."""

    job: str
    payload: Mapping[str, JsonValue]
    due_at: datetime
    deliver_at: datetime | None = None


class MessageBus(Protocol):
    """Delayed messages to jobs: SQS in the cloud, a queue on product time locally."""

    def send(self, job: str, payload: Mapping[str, JsonValue], *, due_at: datetime | None = None) -> None:
        """Have `job` run with `payload` at `due_at` (now when None), at least once."""
        ...

    def send_all(self, messages: Sequence[Outgoing]) -> None:
        """Send many in few calls; raises when some could not be sent, though others were."""
        ...


class Randomness(Protocol):
    """The only source of identifiers and secrets."""

    def uuid7(self, at: datetime) -> UUID:
        """Return a new UUID v7 (RFC 9562) whose time part is `at`."""
        ...

    def token_bytes(self, count: int) -> bytes:
        """Return `count` bytes fit for secrets and nonces."""
        ...


class SideBySide(Protocol):
    """Carries out what does not wait for one another: threads where it runs, in turn where order is all."""

    def each(self, tasks: Sequence[Callable[[], T]]) -> list[T]:
        """Carry all of them out, and return their answers in the order of the tasks.

        Raises what the first of them in that order raised, once none is running any more.
        """
        ...


class InTurn:
    """One after the other, in order: what a simulation and a test can repeat."""

    def each(self, tasks: Sequence[Callable[[], T]]) -> list[T]:
        """Carry them out in order; raises at the first that does."""
        return [task() for task in tasks]
