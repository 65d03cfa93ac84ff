"""The desk's day in one alert for everybody who has one, 15 minutes after the close (B-13)."""

from chalicelib.jobs.summary import AFTER_CLOSE
from chalicelib.jobs.tick import JobContext, Result, skipped
from chalicelib.services.desk.told.summarise_desk import summarise_desk


def run(context: JobContext) -> Result:
    """Summarise today at its own time; the schedule also fires at the other kind of day's."""
    session = context.session()
    if session is None:
        return skipped("no trading day")
    if context.env.clock.now() < session.closes_at:
        return skipped("the session is not over")
    if not context.forced and context.due_at - session.closes_at != AFTER_CLOSE:
        return skipped("not 15 minutes after today's close")
    told = summarise_desk(context.env, session)
    return {"users": told} if told else skipped("no desk has anything to tell of today")
