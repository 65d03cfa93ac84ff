"""Read-only checks of a stack against invariants.md, by its numbers.

`check_step` holds at any moment; `check_quiescent` once faults have stopped and two syncs have run. Both read
a `View`: the product's rows beside the brokers' own truth. They share no rules with the product.
"""

from dataclasses import dataclass, field

from infra.local.invariants import (
    brackets,
    desk,
    exchange,
    foreign,
    holdings,
    instants,
    limits,
    marks,
    money,
    orders,
    refusals,
    times,
    together,
    traders,
    walks,
)
from infra.local.invariants.findings import Findings, Violation
from infra.local.invariants.view import View

__all__ = ["Findings", "Memory", "Violation", "check_at_rest", "check_quiescent", "check_step"]


@dataclass(slots=True)
class Memory:
    """What the looks of one run remember of each other; one per run, handed to each `check_step`."""

    before: times.Memory = field(default_factory=times.Memory)
    bare: brackets.BareSince = field(default_factory=brackets.BareSince)
    paper: money.SeenFills = field(default_factory=money.SeenFills)
    changes: traders.SeenChanges = field(default_factory=traders.SeenChanges)


def check_step(view: View, memory: Memory) -> Findings:
    """Check what must hold after every step."""
    findings = Findings()
    orders.check_orders(view, findings)
    walks.check_walks(view, findings)
    brackets.check_brackets(view, memory.bare, findings)
    money.check_money(view, memory.paper, findings)
    times.check_changes_since(view, memory.before, findings)
    times.check_sent_in_session(view, findings)
    foreign.check_foreign(view, findings)
    refusals.check_refusals(view, findings)
    together.check_together(view, findings)
    desk.check_desk(view, findings)
    traders.check_traders(view, memory.changes, findings)
    exchange.check_exchange(view, findings)
    holdings.check_settled_is_held(view, findings)
    holdings.check_delivered_is_exercised(view, findings)
    return findings


def check_quiescent(view: View) -> Findings:
    """Check what must hold at rest; a view with snapshots has its marks and gaps checked too."""
    findings = check_at_rest(view)
    times.check_day(view, findings)
    return findings


def check_at_rest(view: View) -> Findings:
    """Check the same for a run that did not live through whole days, or whose jobs were kept from running."""
    findings = Findings()
    orders.check_books_agree(view, findings)
    orders.check_nothing_unsettled(view, findings)
    brackets.check_brackets_stand(view, findings)
    holdings.check_nothing_gone_is_held(view, findings)
    money.check_cash(view, findings)
    money.check_settled(view, findings)
    marks.check_marks(view, findings)
    times.check_calls(view, findings)
    times.check_readers(view, findings)
    instants.check_instants(view, findings)
    limits.check_limits(view, findings)
    limits.check_owners(view, findings)
    times.check_all_ends(view, findings)
    desk.check_desk_at_rest(view, findings)
    traders.check_traders_at_rest(view, findings)
    exchange.check_exchange_at_rest(view, findings)
    return findings
