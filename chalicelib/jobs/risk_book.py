"""Work the risk books out, each minute of the session (B-09)."""

from chalicelib.jobs.tick import JobContext, Result, skipped
from chalicelib.services.desk.risk.risk_book import work_out


def run(context: JobContext) -> Result:
    """Work out everybody's books."""
    session = context.session()
    is_open = session is not None and session.contains(context.due_at)
    if not is_open and not context.env.force_market_open:
        return skipped("market closed")
    report = work_out(context.env, context.due_at)
    if not report.books:
        return skipped("nothing is held")
    return {"books": report.books, "unknown": report.unknown, "written": report.written}
