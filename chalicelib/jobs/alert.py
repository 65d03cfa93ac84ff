"""Tell the channels of one user what they have not been told yet; without a user, of all who wait (A-17)."""

from datetime import timedelta

from chalicelib.domain.clocks.job_messages import parse_user
from chalicelib.jobs.tick import JobContext, Result, skipped
from chalicelib.services.alerts.deliver_alerts import DeliveryReport, deliver_alerts, users_overdue


def run(context: JobContext) -> Result:
    """Deliver what waits."""
    named = parse_user(context.payload)
    users = [named] if named is not None else users_overdue(context.env, older_than=timedelta(0))
    report = DeliveryReport()
    for username in users:
        report = report.plus(deliver_alerts(context.env, username))
    if report == DeliveryReport():
        return skipped("no alert has channels to go to")
    return {"messages": report.messages, "alerts": report.alerts, "troubled": report.troubled}
