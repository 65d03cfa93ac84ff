"""A script: what users and markets do, each at its instant; played against a rig in order."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final

from chalicelib.domain.clocks.calendar import new_york_instant
from infra.local.day.rig import Rig

LOOK_EVERY: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happens."""

    at: datetime
    order: int
    action: Callable[[], None]


@dataclass(slots=True)
class Script:
    """Events of one run. `surprises` are what did not go as the script expects."""

    surprises: list[str] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    def at(self, day: date, clock: str, action: Callable[[], None]) -> None:
        """Have something happen at an Eastern wall-clock time, `10:05` or `10:05:30`."""
        self.when(new_york_instant(day, time.fromisoformat(clock)), action)

    def when(self, instant: datetime, action: Callable[[], None]) -> None:
        """Have something happen at an instant."""
        self.events.append(Event(at=instant, order=len(self.events), action=action))

    def play(self, rig: Rig, until: datetime, look: Callable[[], None]) -> None:
        """Let time pass from event to event; `look` follows each, and each ten minutes without one."""
        waiting = sorted(self.events, key=lambda event: (event.at, event.order))
        while True:
            next_at = waiting[0].at if waiting else until
            step = min(next_at, until, rig.clock.now() + LOOK_EVERY)
            rig.advance(step)
            while waiting and waiting[0].at <= step:
                waiting.pop(0).action()
            look()
            if step >= until:
                return
