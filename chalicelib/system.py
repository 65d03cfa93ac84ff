"""The machine's time and randomness, which the cloud composes with; `domain/ports.py` says what for."""

import contextvars
import secrets
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Lock
from typing import Final, TypeVar
from uuid import UUID

#: Thirty accounts of two calls of a second each (orders and positions) end within two; a desk's first scan of
#: the day asks three times of each of thirty underlyings and ends within five. They wait, mostly: the call
#: budget says how many go out, not this.
SIDE_BY_SIDE_MAX: Final = 32
T = TypeVar("T")


def machine_time() -> datetime:
    """Return the machine's own present instant, which token expiry goes by."""
    return datetime.now(UTC)


class SystemClock:
    """Product time in the cloud: the machine's."""

    def now(self) -> datetime:
        """Return the present instant."""
        return machine_time()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)

    def real_seconds_since(self, instant: datetime) -> float:
        """Return how long ago `instant` was, 0 when it lies ahead."""
        return max((self.now() - instant).total_seconds(), 0.0)

    def monotonic(self) -> float:
        """Return seconds from an arbitrary start."""
        return time.monotonic()


class Threads:
    """Tasks side by side in threads of their own, which end with them."""

    def __init__(self, at_once_max: int = SIDE_BY_SIDE_MAX) -> None:
        self._at_once_max = at_once_max

    def each(self, tasks: Sequence[Callable[[], T]]) -> list[T]:
        """Carry all out, each with the facts that log lines have here; raises the first failure in order."""
        if len(tasks) < 2:
            return [task() for task in tasks]
        with ThreadPoolExecutor(min(len(tasks), self._at_once_max), "side-by-side") as threads:
            running = [threads.submit(contextvars.copy_context().run, task) for task in tasks]
        return [one.result() for one in running]


class SystemRandomness:
    """Identifiers and secrets from the operating system's generator (safe after a snapshot is restored)."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._last = (0, 0)

    def uuid7(self, at: datetime) -> UUID:
        """Return a UUID v7 of this instant (RFC 9562, 5.7), above the last one of the same millisecond.

        Ids order what happened at one instant, which a product clock that stands still makes common.
        """
        milliseconds = int(at.timestamp() * 1000) & ((1 << 48) - 1)
        with self._lock:
            last_milliseconds, last_noise = self._last
            noise = int.from_bytes(secrets.token_bytes(9)) >> 1
            if milliseconds == last_milliseconds:
                noise = last_noise + 1 + int.from_bytes(secrets.token_bytes(4))
            self._last = (milliseconds, noise)
        return _uuid7(milliseconds, noise)

    def token_bytes(self, count: int) -> bytes:
        """Return `count` unpredictable bytes."""
        return secrets.token_bytes(count)


def _uuid7(milliseconds: int, noise: int) -> UUID:
    upper = (milliseconds << 16) | (0x7 << 12) | (noise >> 62 & 0xFFF)
    lower = (0b10 << 62) | (noise & ((1 << 62) - 1))
    return UUID(int=(upper << 64) | lower)
