"""What is stored of the trade at which an invariant did not hold: the end of a failing run's report."""

from collections.abc import Sequence

from infra.local.invariants.findings import Violation
from infra.local.invariants.view import View


def story_of(view: View | None, violation: Violation) -> Sequence[str]:
    """Tell a trade's row, orders, fills, transitions, changes and alerts, and its broker's own orders."""
    trade = None if view is None or violation.trade_id is None else view.trades.get(violation.trade_id)
    if view is None or trade is None:
        return []
    orders = view.orders.get(trade.id, ())
    account = view.account_of(trade)
    tags = {order.tag for order in orders}
    truth = [] if account is None else [one for one in account.orders if one.tag in tags]
    rows: Sequence[object] = (
        trade,
        *orders,
        *view.fills.get(trade.id, ()),
        *view.transitions.get(trade.id, ()),
        *view.changes.get(trade.id, ()),
        *(alert for alert in view.alerts if alert.trade_id == trade.id),
        *(one for one in view.desk.evaluations if one.trade_id == trade.id),
        *truth,
        *view.snapshots.get(trade.id, ()),
    )
    return [f"{violation}", *(f"  {row}" for row in rows)]
