"""See to it that a kill switch holds (B-08): each minute of the session, and at the operator's word."""

from chalicelib.domain.clocks.job_messages import EVERYBODY_NOW
from chalicelib.jobs.tick import JobContext, Result, skipped
from chalicelib.services.desk.switch.switch_round import go_round


def run(context: JobContext) -> Result:
    """Go one round."""
    session = context.session()
    is_open = session is not None and session.contains(context.due_at)
    if not is_open and not context.forced and context.payload != EVERYBODY_NOW:
        return skipped("market closed")
    report = go_round(context.env, context.calendar)
    if not report.users and not report.tripped:
        return skipped("no kill switch is set")
    return {
        "users": report.users,
        "tripped": report.tripped,
        "withdrawn": report.withdrawn,
        "closing": report.closing,
        "flat": report.flat,
        "not_flat": report.not_flat,
    }
