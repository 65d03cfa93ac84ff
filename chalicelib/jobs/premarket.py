"""The list of 09:15 (A-06): what expires today, what is unprotected, what is stale."""

from chalicelib.jobs.sync import sync_before_open
from chalicelib.jobs.tick import JobContext, Result, skipped
from chalicelib.services.alerts.deliver_alerts import send_overdue
from chalicelib.services.expiry.premarket_check import check_before_open
from chalicelib.services.sync.reconcile import reconcile
from chalicelib.services.sync.record_assignments import record_assignments


def run(context: JobContext) -> Result:
    """Tell each owner what needs a look before the open."""
    session = context.session()
    if session is None:
        return skipped("no trading day")
    send_overdue(context.env)
    sync_before_open(context)
    recorded = record_assignments(context.env)
    # The session's first reconciliation confirms what this one sees: entries wait from here on (B-07).
    reconcile(context.env)
    report = check_before_open(context.env, session)
    if not any(report.values()) and not recorded:
        return skipped("nothing to tell")
    return {**report, "recorded": recorded} if recorded else dict(report)
