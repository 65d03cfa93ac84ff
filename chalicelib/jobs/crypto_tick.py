"""What coins do in a minute: fills, protection, marks, what traders hold; at all hours, by UTC (C-05, C-12).

A defect in one of its parts, met at one user perhaps, keeps no other part from its minute: it is raised last.
"""

import logging
from collections.abc import Callable
from typing import Final, TypeVar

from chalicelib.domain.json_value import JsonValue
from chalicelib.jobs.tick import JobContext, Result, skipped
from chalicelib.services.ai.deciding.waiting import WaitReport, lapse_waiting
from chalicelib.services.ai.positions.carry_changes import apply_due_changes
from chalicelib.services.ai.positions.close_all import close_due
from chalicelib.services.ai.positions.drawdowns import watch_drawdowns
from chalicelib.services.ai.positions.mind_positions import mind_positions
from chalicelib.services.coins.tick import TickReport, tick

_LOG: Final = logging.getLogger("papertape.jobs")

T = TypeVar("T")


def run(context: JobContext) -> Result:
    """Make up for all minutes that closed until the instant, whatever ticks were missed."""
    env, defects = context.env, _Defects()
    report = defects.aside(TickReport(), lambda: tick(env, context.due_at))
    now = env.clock.now()
    # A limit that is reached comes before anything that may wait for a market.
    locked = defects.aside(0, lambda: watch_drawdowns(env, now))
    closing = defects.aside(0, lambda: close_due(env))
    ruled = defects.aside(0, lambda: mind_positions(env, now))
    changes = defects.aside(0, lambda: apply_due_changes(env, now))
    waited = defects.aside(WaitReport(), lambda: lapse_waiting(env, now))
    defects.tell()
    if not (report.coins or report.told or changes or closing or waited.any):
        return skipped("no coins are at work")
    errors: dict[str, JsonValue] = dict(report.errors)
    return {
        "coins": report.coins,
        "accounts": report.accounts,
        "quiet": report.quiet,
        "busy": report.busy,
        "failed": report.failed,
        "news": report.news,
        "marks": report.marks,
        "told": report.told,
        "changes": changes,
        "ruled": ruled,
        "locked": locked,
        "closing": closing,
        "lapsed": waited.lapsed,
        "anew": waited.anew,
        "withdrawn": waited.withdrawn,
        "errors": errors,
    }


class _Defects:
    """What parts of a run raised, kept until all of them were run."""

    def __init__(self) -> None:
        self._found: list[Exception] = []

    def aside(self, nothing: T, work: Callable[[], T]) -> T:
        """Return what a part of the run did, `nothing` where it raised."""
        try:
            return work()
        except Exception as error:  # noqa: BLE001  # what went wrong in one part holds up no other
            _LOG.exception("a part of the minute failed")
            self._found.append(error)
            return nothing

    def tell(self) -> None:
        """Raise the first of them."""
        for error in self._found:
            raise error
