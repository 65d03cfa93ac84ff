"""Limits on entries and owners: I-24 and I-27."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final

from infra.local.emulators.market.sessions import new_york_date
from infra.local.invariants.brackets import working_exits
from infra.local.invariants.findings import Findings
from infra.local.invariants.rows import SettingsRow, TradeRow
from infra.local.invariants.view import View

ENDED: Final = frozenset({"CLOSED", "EXPIRED", "CANCELED"})
#: Ended trades that say nothing of the day's loss.
NOT_COUNTED: Final = "BROKER_RESET"
ZERO: Final = Decimal(0)


def check_limits(view: View, findings: Findings) -> None:
    """I-24: no entry past the positions allowed, or after the day's loss was spent.

    Held against the limits of now, so only for entries since they were last changed. Paper, sandbox and live
    are counted apart (A-07), all of one together, coins by days of UTC (W-06, W-07). Shadows count for
    nothing (B-11). Shares that an exercise brought are no entry, but their result is one.
    """
    limits = {one.username: one for one in view.settings}
    entered = {trade.id: at for trade in view.trades.values() if (at := _entered_at(view, trade)) is not None}
    by_owner: dict[tuple[str, str], list[TradeRow]] = {}
    for trade in view.trades.values():
        if trade.broker_mode != "IMPORTED" and trade.shadow_of is None:
            by_owner.setdefault((trade.username, trade.broker_mode), []).append(trade)
    for (username, _), own in by_owner.items():
        of_owner = limits.get(username)
        if of_owner is None:
            continue
        ordered = sorted(
            (trade for trade in own if trade.id in entered), key=lambda trade: (entered[trade.id], trade.id)
        )
        for index, trade in enumerate(ordered):
            at = entered[trade.id]
            if at <= of_owner.updated_at or trade.holds_shares:
                continue
            _check_positions(view, trade, ordered[:index], at, of_owner, findings)
            _check_loss(view, trade, own, at, of_owner, findings)


def _check_positions(
    view: View,
    trade: TradeRow,
    earlier: Sequence[TradeRow],
    at: datetime,
    limits: SettingsRow,
    findings: Findings,
) -> None:
    live = sum((ended := _ended_at(view, other)) is None or ended >= at for other in earlier)
    text = f"{trade.ticker} was entered as number {live + 1} of {limits.max_positions}"
    findings.check(24, live < limits.max_positions, text, trade.id)


def _check_loss(
    view: View,
    trade: TradeRow,
    own: Sequence[TradeRow],
    at: datetime,
    limits: SettingsRow,
    findings: Findings,
) -> None:
    day_of = _utc_date if trade.is_coin else new_york_date
    realized = sum(
        (
            other.realized_pnl
            for other in own
            if other.realized_pnl is not None
            and other.close_date is not None
            and day_of(other.close_date) == day_of(at)
            and other.close_reason != NOT_COUNTED
            and (ended := _ended_at(view, other)) is not None
            and ended < at
        ),
        ZERO,
    )
    text = f"{trade.ticker} was entered after {-realized} of {limits.daily_loss_limit} were lost"
    findings.check(24, -realized < limits.daily_loss_limit, text, trade.id)


def check_owners(view: View, findings: Findings) -> None:
    """F, I-27: whatever works at a broker works for a trade that goes on, and that trade for somebody."""
    known = {one.username for one in view.settings}
    working = _working_tags(view)
    for trade in view.trades.values():
        owned = trade.username in known
        findings.check(27, owned, f"{trade.ticker} belongs to {trade.username}, who is nobody", trade.id)
        ended = trade.status in ENDED
        own = {order.tag for order in view.orders.get(trade.id, ())}
        text = f"an order of {trade.ticker} works although the trade is {trade.status}"
        findings.check(27, not (ended and own & working.keys()), text, trade.id)
        if ended:
            findings.check(27, not working_exits(view, trade), text, trade.id)
    tags = {order.tag for order in view.all_orders()}
    for tag, account_id in working.items():
        findings.check(27, tag in tags, f"an order of {account_id} works for no trade at all")


def _working_tags(view: View) -> Mapping[str, str]:
    """Return the tags of all working orders, with the account each works in."""
    return {
        order.tag or f"(order {order.order_id})": account.account_id
        for account in view.accounts.values()
        for order in account.orders
        if any(leg.is_working for leg in order.trading())
    }


def _utc_date(at: datetime) -> date:
    return at.astimezone(UTC).date()


def _entered_at(view: View, trade: TradeRow) -> datetime | None:
    steps = view.transitions.get(trade.id, ())
    return steps[0].at if steps and steps[0].to_status == "PENDING" else None


def _ended_at(view: View, trade: TradeRow) -> datetime | None:
    steps = view.transitions.get(trade.id, ())
    return steps[-1].at if steps and steps[-1].to_status in ENDED else None
