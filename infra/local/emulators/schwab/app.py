"""The Schwab emulator: logins, rate limits, routes."""

import re
import threading
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final
from urllib.parse import unquote

from infra.local.emulators.brokerage.account import Account, Fees
from infra.local.emulators.brokerage.broker import Broker
from infra.local.emulators.brokerage.orders import Order, Status
from infra.local.emulators.brokerage.refusals import Refusal
from infra.local.emulators.brokerage.rules import check
from infra.local.emulators.brokerage.venue import DEFAULT_CASH, BrokerageEmulator, newest
from infra.local.emulators.market.calendars import Calendars
from infra.local.emulators.market.feed import Feed
from infra.local.emulators.schwab import market_views
from infra.local.emulators.schwab.account_views import account_number_row, account_row, hash_of
from infra.local.emulators.schwab.bodies import read_body, read_order
from infra.local.emulators.schwab.logins import Application, Logins, Seen
from infra.local.emulators.schwab.order_views import TRIGGERING, OrderViews, Shown
from infra.local.emulators.schwab.previews import preview
from infra.local.emulators.schwab.problems import (
    DataRefusal,
    TraderRefusal,
    answer_to,
    no_route,
    not_found,
)
from infra.local.emulators.serving.exchange import EmulatorRequest, EmulatorResponse, json_response
from infra.local.emulators.serving.faults import Fault, FaultBook, FaultKind, Vendor
from infra.local.emulators.serving.rate_limit import RateLimiter
from infra.local.emulators.serving.vendor import retry_after

TRADER: Final = "/trader/v1"
DATA: Final = "/marketdata/v1"
ACCOUNT_PATH: Final = re.compile(rf"{TRADER}/accounts/([^/]+)(/.*)?")
ORDER_PATH: Final = re.compile(r"/orders/(\d+)")
QUOTE_PATH: Final = re.compile(rf"{DATA}/([^/]+)/quotes")
CALLS_A_MINUTE: Final = 120
FEES: Final = Fees(to_open=Decimal("0.65"), to_close=Decimal("0.65"))
#: No least distance between the two orders of an OCO is documented.
OCO_DISTANCE: Final = Decimal("0.01")
FIRST_ORDER: Final = 1_000_000_000_101
ORDERS_MAX: Final = 3000
ORDERS_SPAN: Final = timedelta(days=60)
_ORDERS: Final = f"{TRADER}/accounts/{{account}}/orders"
_ONE: Final = f"{_ORDERS}/{{order}}"
_NUMBERS: Final = f"{TRADER}/accounts/accountNumbers"
_PLACING: Final = frozenset({FaultKind.REJECT_AFTER_200, FaultKind.PARTIAL_FILL, FaultKind.FILL_BEFORE_ORDER})


class SchwabEmulator(BrokerageEmulator):
    """Schwab over a market: there is no other environment than the live one."""

    vendor = Vendor.SCHWAB

    def __init__(
        self,
        feed: Feed,
        faults: FaultBook,
        lock: threading.RLock,
        wait: Callable[[float], None],
        calendars: Calendars,
        *,
        assigns_early: bool,
    ) -> None:
        broker = Broker(feed, FIRST_ORDER, FEES, calendars, delivers_shares=True, assigns_early=assigns_early)
        super().__init__(feed, faults, lock, wait, broker)
        self._feed = feed
        self._limiter = RateLimiter()
        self._replaced: set[int] = set()
        self.logins = Logins(
            lambda login: faults.has_expired(self.vendor, login),
            lambda login: faults.renew(self.vendor, login),
        )
        #: Whether new orders are acknowledged without the address that names them (wire, 6.1).
        self.drops_location = False
        faults.watch_tokens(self.vendor, self._logins_of)

    def open_account(self, account_id: str, login: str, cash: Decimal = DEFAULT_CASH) -> None:
        """Open a customer's account; a customer may have several."""
        self.add_account(account_id, login, cash)

    def register(self, application: Application) -> None:
        """Let an application be used by whoever lets it in."""
        with self._lock:
            self.logins.register(application)

    def sign_in(self, client_id: str, login: str) -> str:
        """Return the refresh token of a customer who lets an application in now."""
        with self._lock:
            return self.logins.sign_in(client_id, login, self._clock())

    def endpoint(self, request: EmulatorRequest) -> str:
        """Return the path with account and order replaced by names."""
        found = None if request.path == _NUMBERS else ACCOUNT_PATH.fullmatch(request.path)
        if found is None:
            return request.path
        return f"{TRADER}/accounts/{{account}}" + ORDER_PATH.sub("/orders/{order}", found[2] or "")

    def can_strike(self, kind: FaultKind, request: EmulatorRequest) -> bool:
        """Say whether a fault of orders or lists would bend anything about this call."""
        endpoint, reads = self.endpoint(request), request.method == "GET"
        if kind in _PLACING:
            return request.method == "POST" and endpoint == _ORDERS
        if kind is FaultKind.EMPTY_LISTS:
            return reads and (endpoint == _ORDERS or "fields" in request.query)
        if kind is FaultKind.LIST_MISSES:
            fits = reads and endpoint == _ORDERS
        elif kind is FaultKind.CANCEL_LOSES:
            fits = request.method == "DELETE" and endpoint == _ONE
        elif kind in {FaultKind.FILL_TWICE, FaultKind.BOTH_LEGS_FILL}:
            fits = reads and endpoint in {_ORDERS, _ONE}
        else:
            return False
        self._broker.catch_up()
        return fits and bool(self._bendable(kind, request))

    def too_many_calls(self, retry_after_seconds: float | None) -> EmulatorResponse:
        """Refuse with 429, which has no headers of the vendor's own."""
        refused = answer_to(TraderRefusal(429, "Too many requests"))
        headers = {**refused.headers, **retry_after(retry_after_seconds)}
        return EmulatorResponse(status=refused.status, headers=headers, body=refused.body)

    def answer(self, request: EmulatorRequest, fault: Fault | None) -> EmulatorResponse:
        """Answer one call."""
        try:
            now = self._clock()
            if request.path == "/v1/oauth/authorize" and request.method == "GET":
                customers = sorted({one.token for one in self._broker.accounts.values()})
                return self.logins.page(request, customers, now)
            if request.path == "/v1/oauth/token" and request.method == "POST":
                return json_response(self.logins.token(request, now))
            seen = self._caller(request, now)
            if self._limiter.count((seen.client_id, "all"), CALLS_A_MINUTE, now).refused:
                return self.too_many_calls(None)
            self._broker.catch_up()
            if fault is not None and fault.kind is FaultKind.BOTH_LEGS_FILL:
                for order in self._bendable(fault.kind, request):
                    self._broker.forced.force_both(order)
            if request.path.startswith(DATA):
                return self._market_data(request)
            return self._route(request, seen, fault)
        except Refusal as refusal:
            return answer_to(refusal)

    def _caller(self, request: EmulatorRequest, now: datetime) -> Seen:
        seen = self.logins.of_caller(request, now)
        if seen is not None:
            return seen
        if request.path.startswith(DATA):
            raise DataRefusal(401, "Unauthorized", "Client not authorized")
        raise TraderRefusal(401, "Client not authorized")

    def _bendable(self, kind: FaultKind, request: EmulatorRequest) -> list[Order]:
        found = ACCOUNT_PATH.fullmatch(request.path)
        account = None if found is None else self._account_named(found[1])
        if found is None or account is None:
            return []
        one = ORDER_PATH.fullmatch(found[2] or "")
        return self.struck_orders(kind, account, None if one is None else int(one[1]))

    def _account_named(self, name: str) -> Account | None:
        known = self._broker.accounts.values()
        return next((one for one in known if hash_of(one.account_id) == name), None)

    def _logins_of(self, account_id: str) -> Iterable[str]:
        known = self._broker.accounts.values()
        return {account.token for account in known if account_id in {"", account.account_id}}

    def _route(self, request: EmulatorRequest, seen: Seen, fault: Fault | None) -> EmulatorResponse:
        own = [account for account in self._broker.accounts.values() if account.token == seen.login]
        reads = request.method == "GET"
        if request.path == _NUMBERS and reads:
            return json_response([account_number_row(account) for account in own])
        if request.path == f"{TRADER}/accounts" and reads:
            return json_response([self._account_row(request, account, fault) for account in own])
        if request.path == f"{TRADER}/orders" and reads:
            return json_response([row for account in own for row in self._listed(request, account, fault)])
        if request.path == f"{TRADER}/userPreference" and reads:
            return json_response(_preference(own))
        found = ACCOUNT_PATH.fullmatch(request.path)
        if found is None:
            raise no_route()
        account = self._account_named(found[1])
        if account is None or account not in own:  # a number in place of the name, too (unconfirmed)
            raise TraderRefusal(404, "Invalid account number")
        return self._of_account(request, account, found[2] or "", fault)

    def _of_account(
        self, request: EmulatorRequest, account: Account, rest: str, fault: Fault | None
    ) -> EmulatorResponse:
        one = ORDER_PATH.fullmatch(rest)
        if one is not None:
            return self._one_order(request, account, int(one[1]), fault)
        match request.method, rest:
            case "GET", "":
                return json_response(self._account_row(request, account, fault))
            case "GET", "/orders":
                return json_response(self._listed(request, account, fault))
            case "POST", "/orders":
                return self._made(account, self._place(request, account, fault))
            case "POST", "/previewOrder":
                form = read_order(read_body(request.body))
                standing = self._broker.standing(account)
                return json_response(preview(form, standing, read_body(request.body), OCO_DISTANCE))
            case _:
                raise no_route()

    def _account_row(self, request: EmulatorRequest, account: Account, fault: Fault | None) -> Shown:
        fields = request.query.get("fields", "").split(",")
        is_empty = fault is not None and fault.kind is FaultKind.EMPTY_LISTS
        return account_row(self._broker.standing(account), positions="positions" in fields and not is_empty)

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

    def _one_order(
        self, request: EmulatorRequest, account: Account, order_id: int, fault: Fault | None
    ) -> EmulatorResponse:
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

    def _listed(self, request: EmulatorRequest, account: Account, fault: Fault | None) -> list[Shown]:
        """Return the orders that were entered in a span, whatever has become of them, newest first."""
        since, until = (_instant(request, name) for name in ("fromEnteredTime", "toEnteredTime"))
        if since < self._clock() - ORDERS_SPAN:
            raise TraderRefusal(400, "fromEnteredTime must be within 60 days")
        kind = None if fault is None else fault.kind
        if kind is FaultKind.EMPTY_LISTS:
            return []
        self._broker.listed(account)  # whoever looks finds what was doomed rejected
        orders = [one for one in self._broker.orders_of(account) if since <= one.created_at <= until]
        if kind is FaultKind.LIST_MISSES and fault is not None:
            missed = newest(orders, self._clock())[-fault.count :]
            orders = [order for order in orders if order not in missed]
        views = self._views(twice=kind is FaultKind.FILL_TWICE)
        rows = [views.top(order) for order in reversed(orders)]
        wanted = request.query.get("status")
        rows = [row for row in rows if wanted in {None, row["status"]}]
        return rows[: int(request.query.get("maxResults") or ORDERS_MAX)]

    def _market_data(self, request: EmulatorRequest) -> EmulatorResponse:
        if request.method != "GET":
            raise DataRefusal(404, "Not Found")
        single = QUOTE_PATH.fullmatch(request.path)
        if single is not None:
            return json_response(market_views.quotes(self._feed, [unquote(single[1])]))
        match request.path.removeprefix(DATA):
            case "/quotes":
                symbols = [one for one in request.query.get("symbols", "").split(",") if one]
                if not symbols:
                    raise DataRefusal(400, "Bad Request", "Search combination should have min of 1.")
                return json_response(market_views.quotes(self._feed, symbols))
            case "/chains":
                return json_response(market_views.chain(self._feed, request.query))
            case "/expirationchain":
                return json_response(market_views.expirations(self._feed, request.query.get("symbol", "")))
            case _:
                raise DataRefusal(404, "Not Found")


def _instant(request: EmulatorRequest, name: str) -> datetime:
    try:
        return datetime.strptime(request.query[name], "%Y-%m-%dT%H:%M:%S.%f%z")
    except (KeyError, ValueError) as error:
        raise TraderRefusal(400, f"{name} is missing or not yyyy-MM-dd'T'HH:mm:ss.SSSZ") from error


def _preference(accounts: Iterable[Account]) -> Shown:
    return {
        "accounts": [
            {
                "accountNumber": account.account_id,
                "primaryAccount": index == 0,
                "type": "BROKERAGE",
                "nickName": "Individual",
                "displayAcctId": f"...{account.account_id[-3:]}",
                "autoPositionEffect": True,
                "accountColor": "Green",
            }
            for index, account in enumerate(accounts)
        ],
        "streamerInfo": [],
        "offers": [{"level2Permissions": True, "mktDataPermission": "NP"}],
    }
