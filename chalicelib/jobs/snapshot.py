"""Record the market for every open leg, each 40 seconds of the session (A-02)."""

from chalicelib.jobs.legs import snapshot_legs
from chalicelib.jobs.tick import JobContext, Result, skipped
from chalicelib.services.market.data_cadence import cadence_seconds, is_left_out
from chalicelib.store.market.snapshots import SnapshotKind


def run(context: JobContext) -> Result:
    """Take this instant's snapshots; a stretched cadence leaves instants out and says so."""
    session = context.session()
    is_open = session is not None and session.contains(context.due_at)
    if not is_open and not (context.forced or context.env.force_market_open):
        return skipped("market closed")
    cadence = cadence_seconds(context.env)
    if session is not None and not context.forced:
        since_open = int((context.due_at - session.opens_at).total_seconds())
        if is_left_out(since_open, cadence):
            return skipped(f"the data budget allows one snapshot in {cadence} s")
    return snapshot_legs(context, "snapshot", SnapshotKind.INTRADAY)
