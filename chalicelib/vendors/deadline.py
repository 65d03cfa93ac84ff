"""How long calls may wait: a job's call 30 s, all calls of one API request together under 20 s (A-12)."""

from typing import Final

from chalicelib.domain.ports import Clock

CALL_SECONDS_MAX: Final = 30.0
#: The request itself must end within 20 s (api.md, Time): what is left is for everything around the calls.
REQUEST_SECONDS_MAX: Final = 18.0
#: With less than this left a call is not begun: it could only end as an unknown outcome.
SECONDS_LEFT_MIN: Final = 1.0


class Deadline:
    """An instant on the clock's monotonic scale that several calls share; counts real seconds."""

    def __init__(self, clock: Clock, seconds: float = REQUEST_SECONDS_MAX) -> None:
        self._clock = clock
        self._ends = clock.monotonic() + seconds

    def seconds_left(self) -> float:
        """Return the seconds left, 0 when it has passed."""
        return max(0.0, self._ends - self._clock.monotonic())

    def earlier(self, other: "Deadline | None") -> "Deadline":
        """Return whichever ends first."""
        return other if other is not None and other._ends < self._ends else self
