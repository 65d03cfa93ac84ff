"""SchwabBroker: one account at Schwab; each method is build, call, parse."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Final, TypeVar

from chalicelib.brokers.checks import NO_MARKET_ORDERS, MarketOrders, check_market
from chalicelib.brokers.errors import AlreadyFinal, Refused, UnknownOrder
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
from chalicelib.brokers.schwab.capabilities import SCHWAB
from chalicelib.brokers.schwab.client import SchwabClient
from chalicelib.brokers.schwab.naming import SentOrders, named
from chalicelib.brokers.schwab.parse import (
    NOT_THIS_ACCOUNT,
    not_accepted,
    parse_balance,
    parse_hashes,
    parse_positions,
    report_of,
)
from chalicelib.brokers.schwab.parse_orders import parse_one, parse_orders, parse_placed
from chalicelib.brokers.schwab.payloads import rows_of
from chalicelib.brokers.schwab.rules import Document, combined_document, oco_document, order_document
from chalicelib.domain.accounts import BrokerMode
from chalicelib.domain.clocks.calendar import new_york_date, new_york_midnight
from chalicelib.domain.ports import Clock
from chalicelib.domain.trading.orders import ENDED
from chalicelib.vendors.budget import Urgency
from chalicelib.vendors.errors import AuthenticationFailed, OutcomeUnknown, VendorError
from chalicelib.vendors.wire import UnreadablePayload

#: The most that a list holds unless it is asked for less (wire, 6.1).
ROWS_MAX: Final = 3000
#: Orders entered longer ago are not listed (wire, 6.1: 60 days).
_LISTED_FOR: Final = timedelta(days=59)
_ORDER_ID: Final = re.compile(r"^[0-9]{1,18}$")
_HASH: Final = re.compile(r"^[A-Za-z0-9]{1,128}$")

B = TypeVar("B")
T = TypeVar("T")


class SchwabBroker:
    """The broker interface over Schwab's Trader API. Every call raises VendorError."""

    def __init__(
        self,
        mode: BrokerMode,
        client: SchwabClient,
        account_id: str,
        *,
        sent: SentOrders,
        clock: Clock,
        account_hash: str | None = None,
        market_orders: MarketOrders = NO_MARKET_ORDERS,
    ) -> None:
        """`account_hash` is the name that addresses have for the account; without it the login is asked."""
        self._client = client
        self._account_id = account_id
        self._sent = sent
        self._clock = clock
        self._hash = account_hash
        self._market_orders = market_orders
        self._capabilities = SCHWAB[mode]

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
        return self._post(order_document(request), urgency)

    def place_combined(self, request: CombinedRequest, *, urgency: Urgency = Urgency.ORDER) -> Placed:
        """Send several legs as one order, taken whole or not, once."""
        check_market(request, self._market_orders)
        return self._post(combined_document(request), urgency)

    def place_oco(self, request: OcoRequest) -> Placed:
        """Send a stop and a target as one OCO, once; protection is an exit and may use the last calls."""
        return self._post(oco_document(request), Urgency.EXIT)

    def _post(self, document: Document, urgency: Urgency) -> Placed:
        path = self._path("/orders", urgency)
        return parse_placed(self._client.post(path, document, urgency=urgency))

    def read_order(self, broker_order_id: str, *, urgency: Urgency = Urgency.ORDER) -> BrokerOrder:
        """Read one order or OCO; raises UnknownOrder when the broker shows none."""
        path = self._order_path(broker_order_id, urgency)
        order = _read(parse_one, self._client.get(path, urgency=urgency, about_order=True))
        return named([order], self._sent.since(self._today()))[0]

    def list_orders(self) -> OrderList:
        """Read what works, whenever it was entered, and all that was entered today, or raise.

        What left both lists meanwhile is in neither, and is read by its number by whoever knows that.
        """
        read_at = self._clock.now()
        today = self._today()
        sent = self._sent.since(today)
        working = self._listed(read_at - _LISTED_FOR, read_at, {"status": "WORKING"})
        entered = self._listed(today, read_at, {})
        return OrderList(orders=named(_read_both(working, entered), sent), read_at=read_at)

    def _listed(self, since: datetime, until: datetime, more: dict[str, str]) -> object:
        span = {"fromEnteredTime": _instant(since), "toEnteredTime": _instant(until)}
        body = self._client.get(self._path("/orders", Urgency.ORDER), {**span, **more}, urgency=Urgency.ORDER)
        if len(_read(rows_of, body)) >= ROWS_MAX:
            raise OutcomeUnknown("Schwab's order list is cut off")
        return body

    def _today(self) -> datetime:
        return new_york_midnight(new_york_date(self._clock.now()))

    def cancel(self, broker_order_id: str) -> None:
        """Ask for a cancel; raises AlreadyFinal or UnknownOrder. The verdict is what reading then shows.

        How an order that had ended before is refused is not documented, so it is read.
        """
        path = self._order_path(broker_order_id, Urgency.EXIT)
        try:
            self._client.delete(path, urgency=Urgency.EXIT)
        except UnknownOrder:
            raise
        except Refused as error:
            order = self._found(broker_order_id)
            if order is None or order.status not in ENDED:
                raise
            raise AlreadyFinal(f"{error.reason}: {order.status.value.lower()}") from error

    def _found(self, broker_order_id: str) -> BrokerOrder | None:
        try:
            return self.read_order(broker_order_id, urgency=Urgency.EXIT)
        except VendorError:
            return None

    def positions(self) -> tuple[Position, ...]:
        """Read what the account holds."""
        return _read(parse_positions, self._account("positions", Urgency.ORDER))

    def sales_since(self, symbol: str, since: date) -> tuple[PastSale, ...]:
        """Return nothing: the account's transactions are not read, which the capabilities say."""
        del symbol, since
        return ()

    def balance(self) -> Balance:
        """Read the account's money."""
        return _read(parse_balance, self._account(None, Urgency.BROWSING))

    def _account(self, fields: str | None, urgency: Urgency) -> object:
        params = {} if fields is None else {"fields": fields}
        return self._client.get(self._path("", urgency), params, urgency=urgency)

    def test_connection(self) -> ConnectionReport:
        """Ask which accounts the login reaches; one that has ended is a report, not an error."""
        try:
            hashes = self._hashes(Urgency.BROWSING)
        except AuthenticationFailed as refused:
            return not_accepted(self._account_id or None, refused.reason, has_expired=True)
        return report_of(hashes, self._account_id)

    def hash_of(self, account_id: str) -> str:
        """Return the name that addresses have for an account; raises AuthenticationFailed without it."""
        found = self._hashes(Urgency.ORDER).get(account_id)
        if found is None:
            raise AuthenticationFailed(NOT_THIS_ACCOUNT)
        return found

    def _hashes(self, urgency: Urgency) -> dict[str, str]:
        return _read(parse_hashes, self._client.get("/accounts/accountNumbers", urgency=urgency))

    def _path(self, rest: str, urgency: Urgency) -> str:
        if self._hash is None:
            self._hash = self._hashes(urgency).get(self._account_id)
        if self._hash is None or _HASH.fullmatch(self._hash) is None:
            raise AuthenticationFailed(NOT_THIS_ACCOUNT)
        return f"/accounts/{self._hash}{rest}"

    def _order_path(self, broker_order_id: str, urgency: Urgency) -> str:
        if _ORDER_ID.fullmatch(broker_order_id) is None:
            raise UnknownOrder("Schwab's order ids are numbers")
        return self._path(f"/orders/{broker_order_id}", urgency)


def _read_both(working: object, entered: object) -> tuple[BrokerOrder, ...]:
    """Read both lists; what the second one shows of an order that is in both was read later."""
    return _read(lambda bodies: parse_orders(*bodies), (working, entered))


def _read(parse: Callable[[B], T], body: B) -> T:
    """Parse an answer; one of an unknown shape says nothing of what it was asked for."""
    try:
        return parse(body)
    except UnreadablePayload as error:
        raise OutcomeUnknown(f"Schwab's answer cannot be read: {error}") from error


def _instant(at: datetime) -> str:
    """Write an instant as lists want it, `2026-03-09T15:50:23.000Z`."""
    utc = at.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}Z"
