"""Order lists that left out an order of their own day, as the emulator itself knows.

An order whose answer was lost counts as never placed once two complete lists do not show it (architecture.md,
Never twice). A broker that twice leaves out the only order there is cannot be found out: a run in which that
happened proves nothing any more and ends there, counted as misled.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import httpx

from infra.local.emulators.brokerage.venue import BrokerageEmulator
from infra.local.emulators.market.sessions import new_york_date
from infra.local.emulators.schwab.account_views import hash_of
from infra.local.emulators.world import World
from infra.local.invariants.findings import Violation
from infra.local.invariants.foreign import is_foreign
from infra.local.invariants.view import View

_LIST: Final = re.compile(
    r"(?:/v1/accounts/([^/]+)/orders|/accounts/([^/]+)/orders/live|/trader/v1/accounts/([^/]+)/orders)"
)
#: Interactive Brokers', of whoever signed; the first of a session is none.
_LIST_OF_CALLER: Final = "/v1/api/iserver/account/orders"
_NO_LIST_YET: Final = b'"snapshot":false'
_CALLER: Final = re.compile(r'oauth_token="([^"]*)"')
_ID: Final = re.compile(rb'"(?:id|orderId|complex-order-id)":\s*(\d+)')
#: A list counts as of the instant at which it was asked for.
_CALL_MAX: Final = timedelta(seconds=30)
LISTS_BELIEVED: Final = 2


@dataclass(slots=True)
class Lies:
    """When each account's list was a lie."""

    world: World
    told: dict[str, list[datetime]] = field(default_factory=dict)

    def heard(self, request: httpx.Request, body: bytes, at: datetime) -> None:
        """Compare a good answer of an order list with the emulator's own record."""
        listed = {int(one) for one in _ID.findall(body)}
        today = new_york_date(at)
        for broker, account_id in self._listed_in(request, body):
            for order in broker.truth_orders(account_id):
                created = datetime.fromisoformat(str(order["create_date"]))
                is_ours = not is_foreign(str(order.get("tag")))
                if is_ours and new_york_date(created) == today and not _ids(order) & listed:
                    self.told.setdefault(account_id, []).append(at)
                    break

    def _listed_in(self, request: httpx.Request, body: bytes) -> Iterator[tuple[BrokerageEmulator, str]]:
        """Yield the accounts whose orders an answer lists: none of any other answer."""
        path, brokers = request.url.path, self.world.brokers.values()
        found = _LIST.fullmatch(path)
        if found is not None:
            name = found[found.lastindex or 0]
            for broker in brokers:
                yield from ((broker, one) for one in broker.accounts() if name in {one, hash_of(one)})
        if path == _LIST_OF_CALLER and _NO_LIST_YET not in body:
            said = _CALLER.search(request.headers.get("authorization", ""))
            ibkr = self.world.ibkr
            yield from ((ibkr, one) for one in ibkr.accounts() if said and ibkr.token_of(one) == said[1])

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


def _ids(order: Mapping[str, object]) -> set[int]:
    """Return the ids of an order and of its legs: a group is shown by either."""
    legs = order.get("leg")
    return {int(str(one["id"])) for one in (order, *(legs if isinstance(legs, list) else ()))}
