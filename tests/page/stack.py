"""The local stack as these tests use it."""

from typing import Final

from infra.local.running import RunningStack as Stack
from infra.local.running import call_json

__all__ = ["CLOCK", "CLOCK_LATE", "Stack", "call_json"]

#: Ten minutes into a Thursday's session. The clock stands still, so nothing moves but what a test moves.
CLOCK: Final = "2026-02-19T09:40:00-05:00"
#: Half an hour before the end of the same session.
CLOCK_LATE: Final = "2026-02-19T15:30:00-05:00"
