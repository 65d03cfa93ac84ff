"""01:00: thin old snapshots and prune what nobody asks for any more (A-01)."""

from chalicelib.jobs.tick import JobContext, Result, skipped
from chalicelib.services.operations.thin_snapshots import thin


def run(context: JobContext) -> Result:
    """Thin by the ages that rows have now, every day of the week."""
    report = thin(context.env, context.env.clock.now())
    if not (report.snapshots or report.pruned):
        return skipped("nothing is old enough")
    return {"trades": report.trades, "snapshots": report.snapshots, "pruned": dict(report.pruned)}
