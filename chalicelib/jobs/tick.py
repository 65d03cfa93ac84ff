"""What every job is handed, and how it says that there was nothing to do."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from chalicelib.domain.clocks.calendar import MarketCalendar, new_york_date
from chalicelib.domain.clocks.sessions import Session
from chalicelib.domain.json_value import JsonValue
from chalicelib.services.environment import Environment

Result: TypeAlias = dict[str, JsonValue]


@dataclass(frozen=True, slots=True, kw_only=True)
class JobContext:
    """One run: the environment on the jobs' role, the instant it was due, what it was told.

    `calendar` has the operator's closings as they stood when the run began.
    """

    env: Environment
    due_at: datetime
    payload: Mapping[str, JsonValue]
    forced: bool
    calendar: MarketCalendar

    def session(self) -> Session | None:
        """Return the session of the Eastern day of the due instant, None when there is none."""
        return self.calendar.session(new_york_date(self.due_at))


Job = Callable[[JobContext], Result]


def skipped(why: str) -> Result:
    """Say that there was nothing to do, and why."""
    return {"skipped": why}
