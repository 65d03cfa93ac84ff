"""Order lists that left out an order of their own day, as the emulator itself knows.

An order whose answer was lost counts as never placed once two complete lists do not show it (architecture.md,
Never twice). A broker that twice leaves out the only order there is cannot be found out: a run in which that
happened proves nothing any more and ends there, counted as misled.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from infra.local.emulators.market.sessions import new_york_date
from infra.local.emulators.world import World
from infra.local.invariants.findings import Violation
from infra.local.invariants.foreign import is_foreign
from infra.local.invariants.view import View

_LIST: Final = re.compile(r"/v1/accounts/([^/]+)/orders")
_ID: Final = re.compile(rb'"id":\s*(\d+)')
#: A list counts as of the instant at which it was asked for.
_CALL_MAX: Final = timedelta(seconds=30)
LISTS_BELIEVED: Final = 2


@dataclass(slots=True)
class Lies:
    """When each account's list was a lie."""

    world: World
    told: dict[str, list[datetime]] = field(default_factory=dict)

    def heard(self, path: str, body: bytes, at: datetime) -> None:
        """Compare a good answer of an order list with the emulator's own record."""
        found = _LIST.fullmatch(path)
        if found is None:
            return
        listed = {int(one) for one in _ID.findall(body)}
        today = new_york_date(at)
        known = [one for one in (self.world.sandbox, self.world.live) if found[1] in one.accounts()]
        for order in (order for one in known for order in one.truth_orders(found[1])):
            if is_foreign(str(order.get("tag"))):
                continue
            created = datetime.fromisoformat(str(order["create_date"]))
            if new_york_date(created) == today and int(str(order["id"])) not in listed:
                self.told.setdefault(found[1], []).append(at)
                return

    def misled(self, view: View | None, violations: Sequence[Violation]) -> bool:
        """Say whether all that does not hold comes of an order that lists had left out often enough."""
        if view is None or not violations:
            return False
        return all(
            one.number in {5, 6} and one.trade_id is not None and self._believed(view, one.trade_id)
            for one in violations
        )

    def believed(self, view: View) -> bool:
        """Say whether an order was taken for never placed because of lies, be it that it ended unfilled."""
        return any(self._believed(view, trade_id) for trade_id in view.trades)

    def _believed(self, view: View, trade_id: UUID) -> bool:
        lies = self.told.get(view.trades[trade_id].account_id, ())
        return any(
            sum(sent <= at <= order.ended_at + _CALL_MAX for at in lies) >= LISTS_BELIEVED
            for order in view.orders.get(trade_id, ())
            if order.status == "CANCELED"
            and order.broker_order_id is None
            and order.ended_at is not None
            and (sent := order.submitted_at or order.created_at) is not None
        )
