"""The day in one alert for everybody with something to tell, 15 minutes after the close."""

from datetime import timedelta
from typing import Final

from chalicelib.jobs.tick import JobContext, Result, skipped
from chalicelib.services.alerts.deliver_alerts import send_overdue
from chalicelib.services.analysis.summarise_day import summarise_day

AFTER_CLOSE: Final = timedelta(minutes=15)


def run(context: JobContext) -> Result:
    """Summarise today at its own time; the schedule also fires at the other kind of day's."""
    session = context.session()
    if session is None:
        return skipped("no trading day")
    if context.env.clock.now() < session.closes_at:
        return skipped("the session is not over")
    if not context.forced and context.due_at - session.closes_at != AFTER_CLOSE:
        return skipped("not 15 minutes after today's close")
    send_overdue(context.env)
    told = summarise_day(context.env, session)
    return {"users": told} if told else skipped("nobody has anything to be told of today")
