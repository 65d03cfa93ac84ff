"""A trade's states as its transitions tell them, held to the edges that there are."""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Final

from infra.local.outside_checker.history import Step, ToldTrade

#: A trade's edges; the first state of all is PENDING (a-monitor.md, A-14).
EDGES: Final[Mapping[str, frozenset[str]]] = {
    "": frozenset({"PENDING"}),
    "PENDING": frozenset({"OPEN", "PARTIALLY_FILLED", "CANCELED"}),
    "PARTIALLY_FILLED": frozenset({"OPEN", "CLOSING", "CLOSED", "EXPIRED"}),
    "OPEN": frozenset({"CLOSING", "CLOSED", "EXPIRED"}),
    "CLOSING": frozenset({"CLOSED", "OPEN", "EXPIRED"}),
    "CLOSED": frozenset(),
    "EXPIRED": frozenset(),
    "CANCELED": frozenset(),
}
#: What becomes of a leg moves no state, nor does leave to send an order at market.
STILL: Final = frozenset({"ASSIGNED", "EXERCISED", "EXPIRED", "MARKET_OVERRIDE"})


def broken_steps(trade: ToldTrade) -> Iterator[str]:
    """Say where a trade's transitions are no path along the edges, or not in time."""
    before = Step(at=trade.steps[0].at, before="", after="") if trade.steps else None
    if before is None or trade.steps[-1].after != trade.status:
        last = "nothing" if before is None else trade.steps[-1].after
        yield f"the last transition is to {last}, it is {trade.status}"
    if before is None:
        return
    for earlier, later in pairwise((before, *trade.steps)):
        stays = later.before == later.after and later.reason in STILL
        allowed = stays or later.after in EDGES.get(later.before, frozenset())
        if later.before != earlier.after or not allowed:
            yield f"from {later.before or 'nothing'} to {later.after} after {earlier.after or 'nothing'}"
        if later.at < earlier.at:
            yield f"{later.after} at {later.at} comes before {earlier.after} at {earlier.at}"
