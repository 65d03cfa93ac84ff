"""Arm the instants of the next minute (architecture.md, Clocks): the 09:29 run arms those of 09:30."""

from datetime import timedelta
from typing import Final

from chalicelib.domain.clocks.jobs import armed_instants
from chalicelib.jobs.tick import JobContext, Result, skipped
from chalicelib.services.alerts.deliver_alerts import send_overdue
from chalicelib.services.users.login_ends import warn_of_logins

#: Alerts whose message was lost are looked for each quarter of an hour, and by `premarket` and `summary`.
ALERTS_LOOKED_FOR_MINUTES: Final = 15


def run(context: JobContext) -> Result:
    """Send one delayed message for each instant due in the minute after this run's."""
    session = context.session()
    if session is None:
        return skipped("no trading day")
    armed = armed_instants(session, context.due_at)
    for job, due_at in armed:
        context.env.bus.send(job, {}, due_at=due_at)
    if context.due_at.minute % ALERTS_LOOKED_FOR_MINUTES == 0:
        send_overdue(context.env)
        warn_of_logins(context.env, look_again_in=timedelta(minutes=ALERTS_LOOKED_FOR_MINUTES))
    return {"armed": len(armed)}
