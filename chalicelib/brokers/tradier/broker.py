"""TradierBroker: one account at Tradier, sandbox or live; each method is build, call, parse."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Final, TypeVar

from chalicelib.brokers.checks import NO_MARKET_ORDERS, MarketOrders, check_market
from chalicelib.brokers.errors import UnknownOrder
from chalicelib.brokers.interface import (
    Balance,
    BrokerOrder,
    Capabilities,
    CombinedRequest,
    ConnectionReport,
    OcoRequest,
    OrderList,
    OrderRequest,
    PastSale,
    Placed,
    Position,
)
from chalicelib.brokers.tradier.capabilities import TRADIER
from chalicelib.brokers.tradier.client import TradierClient
from chalicelib.brokers.tradier.environment import TradierEnvironment
from chalicelib.brokers.tradier.parse import (
    parse_balance,
    parse_positions,
    parse_profile,
    parse_sales,
)
from chalicelib.brokers.tradier.parse_orders import (
    parse_orders,
    parse_placed,
    parse_single_order,
    total_pages,
)
from chalicelib.brokers.tradier.rules import combined_form, oco_form, order_form
from chalicelib.domain.ports import Clock
from chalicelib.vendors.budget import CallBudget, Urgency
from chalicelib.vendors.deadline import Deadline
from chalicelib.vendors.errors import AuthenticationFailed, OutcomeUnknown
from chalicelib.vendors.http import HttpPool
from chalicelib.vendors.wire import Node, UnreadablePayload

#: The documented page holds 25; some 1,500 fit in one answer (wire, 6.1).
PAGE_ROWS: Final = 1000
PAGE_ROWS_BY_DEFAULT: Final = 25
PAGES_MAX: Final = 40
#: The gateway's sentence of a token that was good once (wire, section 3).
EXPIRED: Final = "Access Token expired"
_ACCOUNT_ID: Final = re.compile(r"^[A-Za-z0-9-]{1,64}$")
_ORDER_ID: Final = re.compile(r"^[0-9]{1,18}$")

T = TypeVar("T")


class TradierBroker:
    """The broker interface over Tradier's REST API. Every call raises VendorError."""

    def __init__(
        self,
        environment: TradierEnvironment,
        account_id: str,
        *,
        budget: CallBudget,
        clock: Clock,
        http: HttpPool,
        deadline: Deadline | None = None,
        market_orders: MarketOrders = NO_MARKET_ORDERS,
    ) -> None:
        self._market_orders = market_orders
        self._account_id = account_id
        self._clock = clock
        self._client = TradierClient(environment, budget=budget, clock=clock, http=http, deadline=deadline)
        self._capabilities = TRADIER[environment.mode]

    @property
    def capabilities(self) -> Capabilities:
        """Describe what this broker can do."""
        return self._capabilities

    def check_room_to_place(self) -> None:
        """Raise BudgetSpent when an order sent now, or its reading back, would find no call left."""
        self._client.check_room_to_place()

    def place(self, request: OrderRequest, *, urgency: Urgency = Urgency.ORDER) -> Placed:
        """Send one order, once."""
        check_market(request, self._market_orders)
        return self._post(order_form(request), urgency)

    def place_combined(self, request: CombinedRequest, *, urgency: Urgency = Urgency.ORDER) -> Placed:
        """Send several legs as one order, taken whole or not, once."""
        check_market(request, self._market_orders)
        return self._post(combined_form(request), urgency)

    def place_oco(self, request: OcoRequest) -> Placed:
        """Send a stop and a target as one OCO, once; protection is an exit and may use the last calls."""
        return self._post(oco_form(request), Urgency.EXIT)

    def _post(self, form: Mapping[str, str], urgency: Urgency) -> Placed:
        return _read(parse_placed, self._client.post(self._path("orders"), form, urgency=urgency))

    def read_order(self, broker_order_id: str, *, urgency: Urgency = Urgency.ORDER) -> BrokerOrder:
        """Read one order or OCO parent; raises UnknownOrder when the broker shows none."""
        path = self._order_path(broker_order_id)
        body = self._client.get(path, {"includeTags": "true"}, urgency=urgency, about_order=True)
        return _read(parse_single_order, body)

    def list_orders(self) -> OrderList:
        """Read every page of the day's orders, or raise.

        A page is the last when it is empty, brings nothing new, or is shorter than what was asked for; a page
        of exactly the documented default size may mean that our size was ignored, so it is not taken for one.
        """
        read_at = self._clock.now()
        found: dict[str, BrokerOrder] = {}
        for page in range(1, PAGES_MAX + 1):
            body = self._page(page)
            listed = _read(parse_orders, body)
            fresh = {order.broker_order_id: order for order in listed if order.broker_order_id not in found}
            found |= fresh
            full = len(listed) >= PAGE_ROWS or len(listed) == PAGE_ROWS_BY_DEFAULT
            if not fresh or not (full or page < _read(total_pages, body)):
                return OrderList(orders=tuple(found.values()), read_at=read_at)
        raise OutcomeUnknown("Tradier's order list has no end")

    def _page(self, page: int) -> Node:
        params = {"page": str(page), "limit": str(PAGE_ROWS), "includeTags": "true"}
        return self._client.get(self._path("orders"), params, urgency=Urgency.ORDER)

    def cancel(self, broker_order_id: str) -> None:
        """Ask for a cancel; raises AlreadyFinal or UnknownOrder. The verdict is what reading then shows."""
        self._client.delete(self._order_path(broker_order_id), urgency=Urgency.EXIT)

    def positions(self) -> tuple[Position, ...]:
        """Read what the account holds."""
        return _read(parse_positions, self._client.get(self._path("positions"), urgency=Urgency.ORDER))

    def sales_since(self, symbol: str, since: date) -> tuple[PastSale, ...]:
        """Read the nightly history's sales of a contract; the sandbox has none (wire, section 5.4)."""
        asked = {"type": "trade", "symbol": symbol, "exactMatch": "true", "start": since.isoformat()}
        params = {**asked, "limit": str(PAGE_ROWS)}
        body = self._client.get(self._path("history"), params, urgency=Urgency.ORDER)
        return tuple(one for one in _read(parse_sales, body) if one.symbol == symbol)

    def balance(self) -> Balance:
        """Read the account's money."""
        return _read(parse_balance, self._client.get(self._path("balances"), urgency=Urgency.BROWSING))

    def test_connection(self) -> ConnectionReport:
        """Ask whose token this is; a token that is not known is a report, not an error."""
        try:
            body = self._client.get("/user/profile", urgency=Urgency.BROWSING)
        except AuthenticationFailed as refused:
            return ConnectionReport(
                ok=False,
                account_id=self._account_id,
                account_type=None,
                status=None,
                options_level=None,
                reason=refused.reason,
                has_expired=refused.reason.startswith(EXPIRED),
            )
        return _read(lambda profile: parse_profile(profile, self._account_id), body)

    def _path(self, room: str) -> str:
        if _ACCOUNT_ID.fullmatch(self._account_id) is None:
            raise AuthenticationFailed("The account number holds characters that no account has")
        return f"/accounts/{self._account_id}/{room}"

    def _order_path(self, broker_order_id: str) -> str:
        if _ORDER_ID.fullmatch(broker_order_id) is None:
            raise UnknownOrder("Tradier's order ids are numbers")
        return f"{self._path('orders')}/{broker_order_id}"


def _read(parse: Callable[[Node], T], body: Node) -> T:
    """Parse an answer; one of an unknown shape says nothing of what it was asked for."""
    try:
        return parse(body)
    except UnreadablePayload as error:
        raise OutcomeUnknown(f"Tradier's answer cannot be read: {error}") from error
