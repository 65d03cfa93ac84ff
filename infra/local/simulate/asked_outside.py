"""The checker that shares no code, asked at a run's end: the broker's log beside the exported history."""

from dataclasses import dataclass, field

from infra.local.invariants.view import View
from infra.local.second_opinion import second_opinion
from infra.local.simulate.stage import Stage


@dataclass(slots=True, kw_only=True)
class AskedOutside:
    """What it said, and of how many trades."""

    stage: Stage
    findings: list[str] = field(default_factory=list)
    trades: int = 0

    def ask(self, view: View) -> bool:
        """Ask where books tie; returns whether lies made the product believe what its rule says.

        They do not while an excess, flagged, waits for the next session or an owner is asked of a leg, nor
        where lies made an order that ended unfilled look as if it had never been, nor of a trade whose facts
        the broker's later word amends (A-01).
        """
        if any(
            trade.excess_qty
            or trade.lacks_a_leg
            or len(view.facts_of(trade)) < len(view.fills.get(trade.id, ()))
            for trade in view.trades.values()
        ):
            return False
        if self.stage.lies.believed(view):
            return True
        opinion = second_opinion(self.stage.world, self.stage.engine.now(), self.stage.reads_as)
        self.findings = [str(finding) for finding in opinion.findings]
        self.trades = opinion.trades
        return False
