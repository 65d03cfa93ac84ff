"""Examine the trades that ended (A-09), at 20:00 and again by message while some could not be done.

The function that the clock calls is given no sealing keys; trades whose history comes by their owner's
token are left to the message, which goes to a function that has them.
"""

from datetime import timedelta
from typing import Final
from uuid import UUID

from chalicelib.jobs.tick import JobContext, Result, skipped
from chalicelib.services.analysis.examine_trades import ForensicsReport, examine_ended
from chalicelib.services.environment import NoKeyRing

#: The budget of calls is a minute's; a vendor that fails gets longer with each round.
_AGAIN_AFTER: Final = timedelta(seconds=61)
#: After so many rounds that examined nothing, our own snapshots have to do.
_EMPTY_ROUNDS_MAX: Final = 3


def run(context: JobContext) -> Result:
    """Examine what ended and was not examined yet; a payload with `trade_id` has that trade examined anew."""
    empty_rounds = context.payload.get("empty_rounds", 0)
    assert isinstance(empty_rounds, int)
    named = context.payload.get("trade_id")
    report = examine_ended(
        context.env,
        trade_id=UUID(named) if isinstance(named, str) else None,
        may_wait=empty_rounds < _EMPTY_ROUNDS_MAX,
    )
    if report.without_keys and context.payload:
        raise NoKeyRing  # a message goes to a function that has them: going on would go round for ever
    if report.waiting and named is None:
        _ask_again(context, report, empty_rounds)
    if report.examined == report.waiting == 0:
        return skipped("every ended trade has been examined")
    return {
        "by_history": report.by_history,
        "by_snapshots": report.by_snapshots,
        "waiting": report.waiting,
        "errors": dict(report.errors),
    }


def _ask_again(context: JobContext, report: ForensicsReport, empty_rounds: int) -> None:
    rounds = 0 if report.examined else empty_rounds + 1
    due_at = context.env.clock.now() + _AGAIN_AFTER * max(rounds, 1)
    context.env.bus.send("forensics", {"empty_rounds": rounds}, due_at=due_at)
