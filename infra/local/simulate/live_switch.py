"""A live switch thrown off and on in the midst of a day, and what must not leave while it is off (I-29)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from infra.local.invariants.findings import Findings
from infra.local.invariants.view import View

#: A call that had asked before the switch may be under way for so long (api.md, Time).
UNDER_WAY_MAX: Final = timedelta(seconds=25)


@dataclass(slots=True, kw_only=True)
class LiveOff:
    """A time in which somebody's live switch was off, as they were told; `until` is None while it lasts."""

    since: datetime
    until: datetime | None = None


def check_no_entry_while_off(
    view: View, name: str, times: list[LiveOff], findings: Findings, *, mode: str = "TRADIER_LIVE"
) -> None:
    """No entry of theirs reached the live host meanwhile."""
    entries = {
        order.tag: trade
        for trade in view.trades.values()
        if trade.username == name and trade.broker_mode == mode
        for order in view.orders.get(trade.id, ())
        if order.role == "ENTRY"
    }
    for account in view.accounts.values():
        for order in account.orders if account.mode == mode else ():
            trade = entries.get(order.tag or "")
            if trade is None:
                continue
            inside = any(
                one.since + UNDER_WAY_MAX < order.created_at < (one.until or view.now) for one in times
            )
            text = f"an entry of {name} reached the live host at {order.created_at}, while live was off"
            findings.check(29, not inside, text, trade.id)
