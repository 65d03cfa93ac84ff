"""Live trades on their expiry day (A-06): listed an hour before the close, closed 15 minutes before it."""

from datetime import timedelta
from typing import Final

from chalicelib.jobs.tick import JobContext, Result, skipped
from chalicelib.services.expiry.unwind_trades import close_expiring, list_expiring, tell_expiring

LIST_BEFORE: Final = timedelta(hours=1)
CLOSE_BEFORE: Final = timedelta(minutes=15)


def run(context: JobContext) -> Result:
    """Do what the time before today's close calls for; the schedule also fires at other days' times."""
    session = context.session()
    if session is None:
        return skipped("no trading day")
    left = session.closes_at - context.due_at
    if not context.forced and left not in {LIST_BEFORE, CLOSE_BEFORE}:
        return skipped("not this long before today's close")
    expiring = list_expiring(context.env, session.day)
    if not expiring:
        return skipped("no live trade expires today")
    if left > CLOSE_BEFORE:
        tell_expiring(context.env, expiring)
        return {"expiring": len(expiring)}
    return {"expiring": len(expiring), "closed": close_expiring(context.env, expiring)}
