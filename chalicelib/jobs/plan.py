"""Arm the instants of the next minute (architecture.md, Clocks): the 09:29 run arms those of 09:30."""

from chalicelib.domain.planning import armed_instants
from chalicelib.jobs.tick import JobContext, Result, skipped


def run(context: JobContext) -> Result:
    """Send one delayed message for each instant due in the minute after this run's."""
    session = context.session()
    if session is None:
        return skipped("no trading day")
    armed = armed_instants(session, context.due_at)
    for job, due_at in armed:
        context.env.bus.send(job, {}, due_at=due_at)
    return {"armed": len(armed)}
