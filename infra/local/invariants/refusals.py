"""Orders that are refused again and again: I-35, and what may wait for its next try at rest."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from infra.local.invariants.findings import Findings
from infra.local.invariants.orders import TAG_PREFIX
from infra.local.invariants.rows import OrderRow, TradeRow
from infra.local.invariants.view import View

BRACKET_ROLES: Final = frozenset({"STOP_LOSS", "TAKE_PROFIT"})
#: A-04: how long the next try waits after so many refusals for the same reason, from the second one on.
WAITS: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 10, 15))
#: An order is stamped when it is committed to be sent, its refusal when that is booked.
TOLERANCE: Final = timedelta(seconds=2)
#: The syncs that pass until a try that is due is made.
SYNCS: Final = timedelta(minutes=3)

Attempt = Sequence[OrderRow]
Terms = tuple[Decimal | None, Decimal]


def check_refusals(view: View, findings: Findings) -> None:
    """Check that no order is sent again sooner than A-04 allows (I-35)."""
    for trade in view.trades.values():
        # What was sold in the account by no order of ours was not sent by us.
        orders = [one for one in view.orders.get(trade.id, ()) if one.tag.startswith(TAG_PREFIX)]
        _check_waits(trade, _attempts(one for one in orders if one.role in BRACKET_ROLES), findings)
        by_itself = [one for one in orders if one.role == "EXIT" and not _asked_for(view, one)]
        for buys in (False, True):
            sales = (one for one in by_itself if one.side.startswith("buy") is buys)
            _check_waits(trade, _attempts(sales), findings)


def waits_to_try_again(view: View, trade: TradeRow) -> bool:
    """Say whether an order was refused so lately that its next try may be yet to come, and is told of."""
    kinds = {"protection_refused", "close_failed"}
    told = any(
        one.trade_id == trade.id and one.kind in kinds and one.resolved_at is None for one in view.alerts
    )
    refused = (
        one.ended_at or one.created_at
        for one in view.orders.get(trade.id, ())
        if one.role != "ENTRY" and one.status in {"REJECTED", "CANCELED"}
    )
    last = max(refused, default=None)
    return told and last is not None and view.now - last <= WAITS[-1] + SYNCS


def _asked_for(view: View, order: OrderRow) -> bool:
    """Say whether the close that sent this order was asked for by somebody, who does not have to wait."""
    sent_at = order.submitted_at or order.created_at
    begun = [
        one
        for one in view.transitions.get(order.trade_id, ())
        if one.to_status == "CLOSING" and one.at <= sent_at
    ]
    return bool(begun) and begun[-1].actor == "user"


def _attempts(orders: Iterable[OrderRow]) -> list[Attempt]:
    """Gather the legs of an OCO; what the broker was never told of is no attempt."""
    by_tag: dict[str, list[OrderRow]] = {}
    for order in orders:
        unsent = order.submitted_at is None or (
            order.status == "CANCELED" and not (order.broker_order_id or order.parent_broker_order_id)
        )
        if not unsent:
            by_tag.setdefault(order.tag, []).append(order)
    return list(by_tag.values())


def _check_waits(trade: TradeRow, attempts: Sequence[Attempt], findings: Findings) -> None:
    streak: list[str] = []
    tried: dict[str, Terms] = {}
    last: Attempt | None = None
    for attempt in attempts:
        terms = _terms(attempt)
        if last is not None and streak and terms.items() <= tried.items():
            times = streak.count(streak[-1])
            wait = WAITS[min(times - 2, len(WAITS) - 1)] if times > 1 else timedelta(0)
            early = _sent_at(attempt) - _ended_at(last) < wait - TOLERANCE
            text = f"{attempt[0].role} {attempt[0].tag} follows {times} refusals too early"
            findings.check(35, not early, text, trade.id)
        else:
            streak, tried = [], terms
        refused = attempt[0].status == "REJECTED"
        streak = [*streak, attempt[0].reason or ""] if refused else []
        last = attempt


def _terms(attempt: Attempt) -> dict[str, Terms]:
    """Return price and quantity by role: a bracket and the plain stop in its place are tries at the same.

    A sale at another price is the same sale, one of what is left after a sale by hand is not.
    """
    return {
        order.role: (None if order.role == "EXIT" else order.stop_price or order.limit_price, order.quantity)
        for order in attempt
    }


def _sent_at(attempt: Attempt) -> datetime:
    return attempt[0].submitted_at or attempt[0].created_at


def _ended_at(attempt: Attempt) -> datetime:
    return attempt[0].ended_at or _sent_at(attempt)
