"""What Schwab does with orders: taken, shown, listed, replaced, cancelled."""

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from infra.local.emulators.brokerage.account import Account
from infra.local.emulators.brokerage.broker import Broker
from infra.local.emulators.brokerage.orders import Order, Status
from infra.local.emulators.brokerage.refusals import Refusal
from infra.local.emulators.brokerage.rules import check
from infra.local.emulators.brokerage.venue import newest
from infra.local.emulators.schwab.account_views import hash_of
from infra.local.emulators.schwab.bodies import read_body, read_order
from infra.local.emulators.schwab.order_views import TRIGGERING, OrderViews, Shown
from infra.local.emulators.schwab.previews import preview
from infra.local.emulators.schwab.problems import TraderRefusal, no_route, not_found
from infra.local.emulators.serving.exchange import EmulatorRequest, EmulatorResponse, json_response
from infra.local.emulators.serving.faults import Fault, FaultKind

TRADER: Final = "/trader/v1"
#: No least distance between the two orders of an OCO is documented.
OCO_DISTANCE: Final = Decimal("0.01")
ORDERS_MAX: Final = 3000
#: Counted by the day: clients ask for sixty days to the second and are answered.
ORDERS_SPAN: Final = timedelta(days=60)
_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?(Z|[+-]\d{4})")


class OrderDesk:
    """Takes orders of every account of a broker's."""

    def __init__(self, broker: Broker, clock: Callable[[], datetime]) -> None:
        self._broker = broker
        self._clock = clock
        self._replaced: set[int] = set()
        #: Whether new orders are acknowledged without the address that names them (wire, 6.1).
        self.drops_location = False

    def take(self, request: EmulatorRequest, account: Account, fault: Fault | None) -> EmulatorResponse:
        """Place what a body tells, and acknowledge it."""
        return self._made(account, self._place(request, account, fault))

    def preview(self, request: EmulatorRequest, account: Account) -> Shown:
        """Return what an order would cost."""
        body = read_body(request.body)
        return preview(read_order(body), self._broker.standing(account), body, OCO_DISTANCE)

    def one(
        self, request: EmulatorRequest, account: Account, order_id: int, fault: Fault | None
    ) -> EmulatorResponse:
        """Show, replace or cancel an order. Raises Refusal."""
        kind = None if fault is None else fault.kind
        order = self._found(account, order_id)
        match request.method:
            case "GET":
                views = self._views(twice=kind is FaultKind.FILL_TWICE)
                return json_response(views.one(order, order_id))
            case "PUT":
                self._cancel(account, order, order_id)
                self._replaced.add(order_id)
                return self._made(account, self._place(request, account, fault))
            case "DELETE":
                if kind is FaultKind.CANCEL_LOSES:
                    self._broker.forced.force(order)
                else:
                    self._cancel(account, order, order_id)
                return EmulatorResponse(status=200)
            case _:
                raise no_route()

    def listed(self, request: EmulatorRequest, account: Account, fault: Fault | None) -> list[Shown]:
        """Return the orders that were entered in a span, whatever has become of them, newest first."""
        since, until = (_instant(request, name) for name in ("fromEnteredTime", "toEnteredTime"))
        if since.date() < (self._clock() - ORDERS_SPAN).date():
            raise TraderRefusal(400, "fromEnteredTime must be within 60 days")
        kind = None if fault is None else fault.kind
        if kind is FaultKind.EMPTY_LISTS:
            return []
        self._broker.listed(account)  # whoever looks finds what was doomed rejected
        placed = self._broker.orders_of(account)  # entered in whole seconds, as their times are shown
        orders = [one for one in placed if since <= one.created_at.replace(microsecond=0) <= until]
        if kind is FaultKind.LIST_MISSES and fault is not None:
            missed = newest(orders, self._clock())[-fault.count :]
            orders = [order for order in orders if order not in missed]
        views = self._views(twice=kind is FaultKind.FILL_TWICE)
        rows = [views.top(order) for order in reversed(orders)]
        wanted = request.query.get("status")
        rows = [row for row in rows if wanted in {None, row["status"]}]
        return rows[: int(request.query.get("maxResults") or ORDERS_MAX)]

    def _place(self, request: EmulatorRequest, account: Account, fault: Fault | None) -> Order:
        form = read_order(read_body(request.body))
        check(form, self._broker.standing(account), oco_distance=OCO_DISTANCE)
        return self._broker.place(account, form, fault)

    def _made(self, account: Account, order: Order) -> EmulatorResponse:
        """Acknowledge a new order: no body, and its number in an address alone."""
        if self.drops_location:
            return EmulatorResponse(status=201)
        path = f"{TRADER}/accounts/{hash_of(account.account_id)}/orders/{order.order_id}"
        return EmulatorResponse(status=201, headers={"Location": f"https://api.schwabapi.com{path}"})

    def _cancel(self, account: Account, order: Order, order_id: int) -> None:
        """Cancel an order with what hangs on it; of one that was triggered, or its exits, those alone."""
        if order.order_class not in TRIGGERING or order_id == order.order_id:
            self._broker.cancel(account, order_id)
            return
        now = self._clock()
        exits = order.legs[1:]
        for leg in exits:
            leg.end(Status.CANCELED, now)
        if not order.legs[0].working:
            self._broker.cancel(account, order.order_id)

    def _found(self, account: Account, order_id: int) -> Order:
        """Return the order that has a number, or a part that has. Raises Refusal."""
        try:
            self._broker.find(account, order_id)
        except Refusal as refusal:
            raise not_found() from refusal
        order = self._broker.parent_of(order_id)
        if order_id not in self._views().numbers(order):
            raise not_found()  # legs of a net order have no numbers here
        return order

    def _views(self, *, twice: bool = False) -> OrderViews:
        return OrderViews(frozenset(self._replaced), self._clock(), twice=twice)


def _instant(request: EmulatorRequest, name: str) -> datetime:
    """Read an instant to the second; schwab-py leaves the milliseconds out, and is answered."""
    given = request.query.get(name, "")
    with suppress(ValueError):
        if _INSTANT.fullmatch(given):
            return datetime.fromisoformat(given).replace(microsecond=0)
    raise TraderRefusal(400, f"{name} is missing or not yyyy-MM-dd'T'HH:mm:ss.SSSZ")
