"""After the close: the day's IV of what strategies trade, and VIX's close (B-02, B-03).

What could not be read is tried again by the evening's next runs; what is stored stays.
"""

from chalicelib.jobs.tick import JobContext, Result, skipped
from chalicelib.services.desk.market.record_volatility import record_volatility


def run(context: JobContext) -> Result:
    """Record today's values; the schedule also fires at the other kind of day's time."""
    session = context.session()
    if session is None:
        return skipped("no trading day")
    if context.env.clock.now() < session.closes_at:
        return skipped("the session is not over")
    report = record_volatility(context.env, session)
    if not report.recorded and not report.missing:
        return skipped("nothing is missing of today")
    return {"recorded": [*report.recorded], "missing": {**report.missing}}
