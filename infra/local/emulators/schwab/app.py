"""The Schwab emulator: logins, rate limits, routes."""

import re
import threading
from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import Decimal
from typing import Final

from infra.local.emulators.brokerage.account import Account, Fees
from infra.local.emulators.brokerage.broker import Broker
from infra.local.emulators.brokerage.orders import Order
from infra.local.emulators.brokerage.refusals import Refusal
from infra.local.emulators.brokerage.venue import DEFAULT_CASH, BrokerageEmulator
from infra.local.emulators.market.calendars import Calendars
from infra.local.emulators.market.feed import Feed
from infra.local.emulators.schwab.account_views import account_number_row, account_row, hash_of
from infra.local.emulators.schwab.logins import Application, Logins, Seen
from infra.local.emulators.schwab.market_routes import DATA, market_data
from infra.local.emulators.schwab.order_desk import TRADER, OrderDesk
from infra.local.emulators.schwab.order_views import Shown
from infra.local.emulators.schwab.problems import (
    DataRefusal,
    TraderRefusal,
    answer_to,
    no_route,
)
from infra.local.emulators.serving.exchange import EmulatorRequest, EmulatorResponse, json_response
from infra.local.emulators.serving.faults import Fault, FaultBook, FaultKind, Vendor
from infra.local.emulators.serving.rate_limit import RateLimiter
from infra.local.emulators.serving.vendor import retry_after

ACCOUNT_PATH: Final = re.compile(rf"{TRADER}/accounts/([^/]+)(/.*)?")
ORDER_PATH: Final = re.compile(r"/orders/(\d+)")
CALLS_A_MINUTE: Final = 120
FEES: Final = Fees(to_open=Decimal("0.65"), to_close=Decimal("0.65"))
FIRST_ORDER: Final = 1_000_000_000_101
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
        self.logins = Logins(
            lambda login: faults.has_expired(self.vendor, login),
            lambda login: faults.renew(self.vendor, login),
        )
        self.orders = OrderDesk(broker, self._clock)
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
                return market_data(self._feed, request)
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
            return json_response(
                [row for account in own for row in self.orders.listed(request, account, fault)]
            )
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
            return self.orders.one(request, account, int(one[1]), fault)
        match request.method, rest:
            case "GET", "":
                return json_response(self._account_row(request, account, fault))
            case "GET", "/orders":
                return json_response(self.orders.listed(request, account, fault))
            case "POST", "/orders":
                return self.orders.take(request, account, fault)
            case "POST", "/previewOrder":
                return json_response(self.orders.preview(request, account))
            case _:
                raise no_route()

    def _account_row(self, request: EmulatorRequest, account: Account, fault: Fault | None) -> Shown:
        fields = request.query.get("fields", "").split(",")
        is_empty = fault is not None and fault.kind is FaultKind.EMPTY_LISTS
        return account_row(self._broker.standing(account), positions="positions" in fields and not is_empty)


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
