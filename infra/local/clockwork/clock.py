"""Product time on this machine: it runs at any speed, or stands still and is moved."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta


class ProductClock:
    """The `Clock` of the local stack (local.md, "Time is a service"); safe to use from any thread."""

    def __init__(
        self,
        start: datetime,
        *,
        speed: float,
        monotonic: Callable[[], float] = time.monotonic,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        """Begin at `start` (aware), `speed` times life; 0 stands still. The functions count real seconds."""
        if start.tzinfo is None:
            raise ValueError("the clock's start needs an offset from UTC")
        if speed < 0:
            raise ValueError("the clock's speed is 0 or more")
        self.speed = speed
        self._monotonic = monotonic
        self._wait = wait
        self._lock = threading.RLock()
        self._anchor_at = start.astimezone(UTC)
        self._anchor_real_seconds = monotonic()
        self._held = False

    def now(self) -> datetime:
        """Return the present instant of product time, in UTC."""
        with self._lock:
            if self._held or self.speed == 0:
                return self._anchor_at
            elapsed = self._monotonic() - self._anchor_real_seconds
            return self._anchor_at + timedelta(seconds=elapsed * self.speed)

    def sleep(self, seconds: float) -> None:
        """Wait inside a call: real seconds, fewer when time runs faster than life; never moves the clock."""
        self._wait(max(seconds, 0.0) / max(self.speed, 1.0))

    def monotonic(self) -> float:
        """Return real seconds from an arbitrary start."""
        return self._monotonic()

    def real_seconds_since(self, instant: datetime) -> float:
        """Count how late `instant` is: real seconds when time runs, 0 when it stands and is moved exactly."""
        if self.speed == 0:
            return 0.0
        return max((self.now() - instant).total_seconds(), 0.0) / self.speed

    def move(self, instant: datetime) -> None:
        """Set the clock forward to `instant`; it never goes back."""
        with self._lock:
            if instant > self.now():
                self._anchor(instant)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let the clock stand for a while, so that it can be moved from instant to instant."""
        with self._lock:
            self._anchor(self.now())
            self._held = True
        try:
            yield
        finally:
            with self._lock:
                self._anchor(self._anchor_at)
                self._held = False

    def _anchor(self, instant: datetime) -> None:
        self._anchor_at = instant.astimezone(UTC)
        self._anchor_real_seconds = self._monotonic()
