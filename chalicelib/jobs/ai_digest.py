"""00:05 UTC: the changes of the day before to traders' positions, told to each owner at once (C-07)."""

from datetime import UTC, timedelta

from chalicelib.jobs.tick import JobContext, Result, skipped
from chalicelib.services.analysis.ai_digest import tell_changes


def run(context: JobContext) -> Result:
    """Tell of the UTC day before the instant, once however often it runs."""
    day = (context.due_at.astimezone(UTC) - timedelta(days=1)).date()
    told = tell_changes(context.env, day)
    return {"users": told} if told else skipped("nothing was changed that somebody wants to be told of")
