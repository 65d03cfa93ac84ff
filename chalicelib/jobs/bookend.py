"""The snapshots before the open and after the close, which every session has one of each (A-05)."""

from typing import Final

from chalicelib.domain.clocks.calendar import new_york_instant
from chalicelib.domain.clocks.session_instants import CLOSING_BOOKEND_AFTER, OPENING_BOOKEND
from chalicelib.domain.clocks.sessions import Session
from chalicelib.jobs.legs import snapshot_legs
from chalicelib.jobs.tick import JobContext, Result, skipped
from chalicelib.services.users.seal_anew import seal_anew
from chalicelib.store.market.snapshots import SnapshotKind

#: What a run by hand may call its bookend.
KINDS: Final = {
    "PRE_MARKET": SnapshotKind.PRE_MARKET,
    "POST_MARKET": SnapshotKind.POST_MARKET,
    "premarket": SnapshotKind.PRE_MARKET,
    "open": SnapshotKind.PRE_MARKET,
    "opening": SnapshotKind.PRE_MARKET,
    "postmarket": SnapshotKind.POST_MARKET,
    "close": SnapshotKind.POST_MARKET,
    "closing": SnapshotKind.POST_MARKET,
}


def run(context: JobContext) -> Result:
    """Take the bookend that the time of day calls for; a run by hand names its kind."""
    asked = context.payload.get("kind")
    session = context.session()
    kind = KINDS.get(str(asked)) if asked is not None else _kind_by_time(context, session)
    if kind is None:
        return skipped("no trading day" if session is None else "not a bookend's time")
    result = snapshot_legs(context, "bookend", kind)
    if kind is SnapshotKind.POST_MARKET and not context.payload:
        # Once a day, where the keys are: what a rotation has left under older keys is sealed anew.
        renewed = seal_anew(context.env)
        return {**result, "sealed_anew": renewed} if renewed else result
    return result


def _kind_by_time(context: JobContext, session: Session | None) -> SnapshotKind | None:
    """A bookend runs late rather than not at all, the opening one until the open."""
    if session is None:
        return None
    now = context.env.clock.now()
    if new_york_instant(session.day, OPENING_BOOKEND) <= now < session.opens_at:
        return SnapshotKind.PRE_MARKET
    return SnapshotKind.POST_MARKET if now >= session.closes_at + CLOSING_BOOKEND_AFTER else None
