"""01:00: thin old snapshots, prune what nobody asks for any more, erase who left (A-01, C-09)."""

from datetime import timedelta

from chalicelib.jobs.tick import JobContext, Result, skipped
from chalicelib.services.operations.erase_leavers import erase_leavers
from chalicelib.services.operations.thin_snapshots import thin
from chalicelib.services.users.login_ends import warn_of_logins


def run(context: JobContext) -> Result:
    """Thin by the ages that rows have now, every day of the week."""
    now = context.env.clock.now()
    report = thin(context.env, now)
    erased = erase_leavers(context.env, now)
    # Each day of the week, for logins that end on a day without a session.
    warn_of_logins(context.env, look_again_in=timedelta(days=1))
    if not (report.snapshots or report.pruned or erased):
        return skipped("nothing is old enough")
    return {
        "trades": report.trades,
        "snapshots": report.snapshots,
        "pruned": dict(report.pruned),
        "erased": erased,
    }
