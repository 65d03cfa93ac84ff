"""Entries that walk (I-39): each step after the end of the one before, never past the worst price."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Final

from infra.local.invariants.findings import Findings
from infra.local.invariants.rows import OrderRow, TradeRow
from infra.local.invariants.view import View

#: A broker's clock tells the end of an order, ours the sending of the next.
_TOLERANCE: Final = timedelta(seconds=2)
_ENDED: Final = frozenset({"CANCELED"})


def check_walks(view: View, findings: Findings) -> None:
    """Check that an entry is one order, or a walk of orders (I-01, I-39)."""
    for trade in view.trades.values():
        entries = [one for one in view.orders.get(trade.id, ()) if one.role == "ENTRY"]
        if trade.walk_worst is None:
            findings.check(1, len(entries) <= 1, f"{len(entries)} entries were stored", trade.id)
        elif entries:
            _check_walk(trade, trade.walk_worst, entries, findings)


def _check_walk(trade: TradeRow, worst: Decimal, entries: Sequence[OrderRow], findings: Findings) -> None:
    filled = sum((one.filled_quantity for one in entries), Decimal(0))
    findings.check(1, filled <= trade.qty, f"{filled} entered of {trade.qty}", trade.id)
    way = 1 if entries[0].side.startswith("buy") else -1
    for order in entries:
        assert order.limit_price is not None, "a walk has limits"
        past = (order.limit_price - worst) * way > 0
        findings.check(
            39, not past, f"entered at {order.limit_price}, at worst {worst} was allowed", trade.id
        )
    for earlier, later in pairwise(entries):
        assert earlier.limit_price is not None
        assert later.limit_price is not None
        back = (later.limit_price - earlier.limit_price) * way < 0
        findings.check(39, not back, f"a step back to {later.limit_price}", trade.id)
        sent_at = later.submitted_at or later.created_at
        over = earlier.status in _ENDED and earlier.ended_at is not None
        over = over and (earlier.ended_at or sent_at) <= sent_at + _TOLERANCE
        findings.check(39, over, f"{later.tag} was sent before {earlier.tag} had ended", trade.id)
        rest = later.quantity <= earlier.quantity - earlier.filled_quantity
        findings.check(39, rest, f"{later.tag} asks for more than was left", trade.id)
