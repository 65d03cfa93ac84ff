"""00:05 UTC: a row a trader and day of what came of it (C-09); days that were missed are made up for."""

from datetime import UTC, timedelta
from typing import Final

from chalicelib.jobs.tick import JobContext, Result, skipped
from chalicelib.services.analysis.ai_days import write_days

#: A correction of the broker's, or a night without this job, is made up for within a week.
_DAYS: Final = 7


def run(context: JobContext) -> Result:
    """Write the days before the instant; the same again says the same."""
    last = (context.due_at.astimezone(UTC) - timedelta(days=1)).date()
    written = write_days(context.env, last - timedelta(days=_DAYS - 1), last)
    return {"rows": written} if written else skipped("there are no traders")
