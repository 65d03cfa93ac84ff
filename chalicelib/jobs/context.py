"""Capture what was known at the entry of trades that lack it (A-08); asked for by sync, by message."""

from chalicelib.domain.clocks.job_messages import parse_user
from chalicelib.jobs.tick import JobContext, Result, skipped
from chalicelib.services.analysis.capture_context import capture_missing


def run(context: JobContext) -> Result:
    """Capture the context of every opened trade that lacks it, of one user's when the message names one."""
    report = capture_missing(context.env, parse_user(context.payload))
    if report.captured == report.waiting == 0:
        return skipped("every opened trade has its context")
    return {"captured": report.captured, "waiting": report.waiting, "errors": dict(report.errors)}
