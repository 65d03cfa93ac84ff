"""TastytradeBroker: one account at tastytrade, certification or live; each method is build, call, parse."""

import re
from collections.abc import Callable
from datetime import date
from typing import Final, TypeVar

from chalicelib.brokers.checks import NO_MARKET_ORDERS, MarketOrders, check_market
from chalicelib.brokers.errors import AlreadyFinal, UnknownOrder
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
from chalicelib.brokers.tastytrade.capabilities import TASTYTRADE
from chalicelib.brokers.tastytrade.client import TastytradeClient
from chalicelib.brokers.tastytrade.parse import (
    not_accepted,
    parse_accounts,
    parse_balance,
    parse_positions,
)
from chalicelib.brokers.tastytrade.parse_orders import (
    COMPLEX_PREFIX,
    parse_complex_order,
    parse_orders,
    parse_placed,
    parse_placed_oco,
    parse_single_order,
)
from chalicelib.brokers.tastytrade.payloads import items, pages
from chalicelib.brokers.tastytrade.rules import Document, combined_document, oco_document, order_document
from chalicelib.domain.accounts import BrokerMode
from chalicelib.domain.ports import Clock
from chalicelib.vendors.budget import Urgency
from chalicelib.vendors.errors import AuthenticationFailed, OutcomeUnknown, VendorError
from chalicelib.vendors.wire import Node, UnreadablePayload

#: The most that a page holds (wire, 7.1).
PAGE_ROWS: Final = 200
PAGES_MAX: Final = 40
_ACCOUNT_ID: Final = re.compile(r"^[A-Za-z0-9-]{1,64}$")
_ORDER_ID: Final = re.compile(rf"^(?:{COMPLEX_PREFIX})?[0-9]{{1,18}}$")

T = TypeVar("T")


class TastytradeBroker:
    """The broker interface over tastytrade's Open API. Every call raises VendorError."""

    def __init__(
        self,
        mode: BrokerMode,
        client: TastytradeClient,
        account_id: str,
        *,
        clock: Clock,
        market_orders: MarketOrders = NO_MARKET_ORDERS,
    ) -> None:
        self._client = client
        self._account_id = account_id
        self._clock = clock
        self._market_orders = market_orders
        self._capabilities = TASTYTRADE[mode]

    @property
    def capabilities(self) -> Capabilities:
        """Describe what this broker can do."""
        return self._capabilities

    def check_room_to_place(self) -> None:
        """Raise BudgetSpent when an order sent now, or its reading back, would find no call left."""
        self._client.check_room(Urgency.ORDER)

    def place(self, request: OrderRequest, *, urgency: Urgency = Urgency.ORDER) -> Placed:
        """Send one order, once."""
        check_market(request, self._market_orders)
        return self._post("orders", order_document(request), parse_placed, urgency)

    def place_combined(self, request: CombinedRequest, *, urgency: Urgency = Urgency.ORDER) -> Placed:
        """Send several legs as one order, taken whole or not, once."""
        check_market(request, self._market_orders)
        return self._post("orders", combined_document(request), parse_placed, urgency)

    def place_oco(self, request: OcoRequest) -> Placed:
        """Send a stop and a target as one OCO, once; protection is an exit and may use the last calls."""
        return self._post("complex-orders", oco_document(request), parse_placed_oco, Urgency.EXIT)

    def _post(
        self, room: str, document: Document, parse: Callable[[Node], Placed], urgency: Urgency
    ) -> Placed:
        return _read(parse, self._client.post(self._path(room), document, urgency=urgency))

    def read_order(self, broker_order_id: str, *, urgency: Urgency = Urgency.ORDER) -> BrokerOrder:
        """Read one order or OCO; raises UnknownOrder when the broker shows none."""
        path = self._order_path(broker_order_id)
        body = self._client.get(path, urgency=urgency, about_order=True)
        is_complex = broker_order_id.startswith(COMPLEX_PREFIX)
        return _read(parse_complex_order if is_complex else parse_single_order, body)

    def list_orders(self) -> OrderList:
        """Read every page of what works and of what the day brought, or raise.

        A list that changes between two pages may have left an order out: one that does not add up to the
        count on its last page is no list.
        """
        read_at = self._clock.now()
        rows: dict[str, Node] = {}
        for page in range(PAGES_MAX):
            params = {"per-page": str(PAGE_ROWS), "page-offset": str(page)}
            body = self._client.get(self._path("orders") + "/live", params, urgency=Urgency.ORDER)
            rows |= {str(row.get("id")): row for row in _read(items, body)}
            told = _read(pages, body)
            if told is None or page + 1 >= told[0]:
                if told is not None and len(rows) < told[1]:
                    raise OutcomeUnknown("tastytrade's order list changed while it was read")
                return OrderList(orders=self._listed(list(rows.values())), read_at=read_at)
        raise OutcomeUnknown("tastytrade's order list has no end")

    def _listed(self, rows: list[Node]) -> tuple[BrokerOrder, ...]:
        orders, halves = _read(lambda _: parse_orders(rows), {})
        return (*orders, *(self.read_order(broker_order_id) for broker_order_id in halves))

    def cancel(self, broker_order_id: str) -> None:
        """Ask for a cancel; raises AlreadyFinal or UnknownOrder. The verdict is what reading then shows.

        The refusal does not say how the order ended, so that is read.
        """
        path = self._order_path(broker_order_id)
        try:
            self._client.delete(path, urgency=Urgency.EXIT)
        except AlreadyFinal as error:
            raise AlreadyFinal(self._ended_as(broker_order_id, error.reason)) from error

    def _ended_as(self, broker_order_id: str, said: str) -> str:
        try:
            order = self.read_order(broker_order_id, urgency=Urgency.EXIT)
        except VendorError:
            return said
        return f"{said}: {order.status.value.lower()}"

    def positions(self) -> tuple[Position, ...]:
        """Read what the account holds."""
        return _read(parse_positions, self._client.get(self._path("positions"), urgency=Urgency.ORDER))

    def sales_since(self, symbol: str, since: date) -> tuple[PastSale, ...]:
        """Return nothing: the account's transactions are not read, which the capabilities say."""
        del symbol, since
        return ()

    def balance(self) -> Balance:
        """Read the account's money."""
        return _read(parse_balance, self._client.get(self._path("balances"), urgency=Urgency.BROWSING))

    def test_connection(self) -> ConnectionReport:
        """Ask whose grant this is; one that is not known is a report, not an error."""
        try:
            body = self._client.get("/customers/me/accounts", urgency=Urgency.BROWSING)
        except AuthenticationFailed as refused:
            return not_accepted(self._account_id or None, refused.reason)
        return _read(lambda accounts: parse_accounts(accounts, self._account_id), body)

    def _path(self, room: str) -> str:
        if _ACCOUNT_ID.fullmatch(self._account_id) is None:
            raise AuthenticationFailed("The account number holds characters that no account has")
        return f"/accounts/{self._account_id}/{room}"

    def _order_path(self, broker_order_id: str) -> str:
        if _ORDER_ID.fullmatch(broker_order_id) is None:
            raise UnknownOrder("tastytrade's order ids are numbers")
        room = "complex-orders" if broker_order_id.startswith(COMPLEX_PREFIX) else "orders"
        return f"{self._path(room)}/{broker_order_id.removeprefix(COMPLEX_PREFIX)}"


def _read(parse: Callable[[Node], T], body: Node) -> T:
    """Parse an answer; one of an unknown shape says nothing of what it was asked for."""
    try:
        return parse(body)
    except UnreadablePayload as error:
        raise OutcomeUnknown(f"tastytrade's answer cannot be read: {error}") from error
