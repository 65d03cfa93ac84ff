"""The tastytrade emulator: grants, rate limits, routes."""

import re
import threading
from collections.abc import Callable, Iterable
from decimal import Decimal
from enum import StrEnum
from typing import Final

from infra.local.emulators.brokerage.account import Account, Fees
from infra.local.emulators.brokerage.broker import Broker
from infra.local.emulators.brokerage.orders import Order
from infra.local.emulators.brokerage.refusals import Refusal
from infra.local.emulators.brokerage.rules import check
from infra.local.emulators.brokerage.venue import DEFAULT_CASH, BrokerageEmulator, newest
from infra.local.emulators.market.calendars import Calendars
from infra.local.emulators.market.feed import Feed
from infra.local.emulators.serving.exchange import EmulatorRequest, EmulatorResponse, json_response
from infra.local.emulators.serving.faults import Fault, FaultBook, FaultKind, Vendor
from infra.local.emulators.serving.rate_limit import RateLimiter
from infra.local.emulators.serving.vendor import retry_after
from infra.local.emulators.tastytrade import account_views, views
from infra.local.emulators.tastytrade.bodies import read_body, read_complex, read_order
from infra.local.emulators.tastytrade.grants import Grants
from infra.local.emulators.tastytrade.problems import (
    NoUserAgent,
    answer_to,
    no_route,
    not_found,
    not_permitted,
    too_many,
)

ACCOUNT_PATH: Final = re.compile(r"/accounts/([^/]+)(/.*)")
ORDER_PATH: Final = re.compile(r"/(orders|complex-orders)/(\d+)")
ONE_ACCOUNT: Final = re.compile(r"/customers/me/accounts/([^/]+)")
CALLS_A_MINUTE: Final = 120
FEES: Final = Fees(to_open=Decimal("1.00"), to_close=Decimal(0), leg_max=Decimal(10))
#: No least distance between the two orders of an OCO is documented.
OCO_DISTANCE: Final = Decimal("0.01")
PAGE_ROWS: Final = 10
PAGE_ROWS_MAX: Final = 200
_PLACING: Final = frozenset({FaultKind.REJECT_AFTER_200, FaultKind.PARTIAL_FILL, FaultKind.FILL_BEFORE_ORDER})
_LISTS: Final = frozenset({FaultKind.EMPTY_LISTS, FaultKind.NULL_LISTS})
_LIVE: Final = "/accounts/{account}/orders/live"
_ONE: Final = frozenset({"/accounts/{account}/orders/{order}", "/accounts/{account}/complex-orders/{order}"})
_ORDERS: Final = frozenset({"/accounts/{account}/orders", "/accounts/{account}/complex-orders"})
_COMPLEX: Final = "complex-orders"


class Environment(StrEnum):
    """tastytrade's two worlds, with their own grants and accounts."""

    CERT = "cert"
    LIVE = "live"


_FIRST_ORDER: Final = {Environment.CERT: 270_001, Environment.LIVE: 412_000_001}


class TastytradeEmulator(BrokerageEmulator):
    """One environment of tastytrade over a market; a grant of the other one is as unknown as any other."""

    vendor = Vendor.TASTYTRADE

    def __init__(
        self,
        environment: Environment,
        feed: Feed,
        faults: FaultBook,
        lock: threading.RLock,
        wait: Callable[[float], None],
        calendars: Calendars,
        *,
        assigns_early: bool,
    ) -> None:
        broker = Broker(
            feed,
            _FIRST_ORDER[environment],
            FEES,
            calendars,
            delivers_shares=environment is Environment.LIVE,
            assigns_early=assigns_early,
        )
        super().__init__(feed, faults, lock, wait, broker)
        self._feed = feed
        self._limiter = RateLimiter()
        self.grants = Grants(environment, lambda token: faults.has_expired(self.vendor, token))
        faults.watch_tokens(self.vendor, self._grants_of)

    def open_account(
        self, account_id: str, refresh_token: str, client_secret: str, cash: Decimal = DEFAULT_CASH
    ) -> None:
        """Open an account that a grant reaches; several may share one."""
        self.add_account(account_id, refresh_token, cash)
        with self._lock:
            self.grants.allow(refresh_token, client_secret)

    def endpoint(self, request: EmulatorRequest) -> str:
        """Return the path with account and order replaced by names."""
        found = ACCOUNT_PATH.fullmatch(request.path)
        if found is None:
            return request.path
        return "/accounts/{account}" + ORDER_PATH.sub(r"/\1/{order}", found[2])

    def can_strike(self, kind: FaultKind, request: EmulatorRequest) -> bool:
        """Say whether a fault of orders or lists would bend anything about this call."""
        endpoint, reads = self.endpoint(request), request.method == "GET"
        if kind in _PLACING:
            return request.method == "POST" and endpoint in _ORDERS
        if kind in _LISTS:
            return reads and endpoint in {_LIVE, "/accounts/{account}/positions"}
        if kind is FaultKind.LIST_MISSES:
            fits = reads and endpoint == _LIVE
        elif kind is FaultKind.CANCEL_LOSES:
            fits = request.method == "DELETE" and endpoint in _ONE
        elif kind in {FaultKind.FILL_TWICE, FaultKind.BOTH_LEGS_FILL}:
            fits = reads and endpoint in {_LIVE, *_ONE}
        else:
            return False
        self._broker.catch_up()
        return fits and bool(self._bendable(kind, request))

    def too_many_calls(self, retry_after_seconds: float | None) -> EmulatorResponse:
        """Refuse with 429, which has no headers of the vendor's own."""
        refused = answer_to(too_many())
        headers = {**refused.headers, **retry_after(retry_after_seconds)}
        return EmulatorResponse(status=refused.status, headers=headers, body=refused.body)

    def answer(self, request: EmulatorRequest, fault: Fault | None) -> EmulatorResponse:
        """Answer one call."""
        try:
            if "/" not in request.headers.get("user-agent", ""):
                raise NoUserAgent
            now = self._clock()
            if request.path == "/oauth/token" and request.method == "POST":
                return json_response(self.grants.renew(request, now))
            grant = self.grants.of_caller(request, now)
            if self._limiter.count((grant, "all"), CALLS_A_MINUTE, now).refused:
                raise too_many()
            self._broker.catch_up()
            if fault is not None and fault.kind is FaultKind.BOTH_LEGS_FILL:
                for order in self._bendable(fault.kind, request):
                    self._broker.forced.force_both(order)
            return self._route(request, grant, fault)
        except Refusal as refusal:
            return answer_to(refusal)

    def _bendable(self, kind: FaultKind, request: EmulatorRequest) -> list[Order]:
        found = ACCOUNT_PATH.fullmatch(request.path)
        account = None if found is None else self._broker.accounts.get(found[1])
        if found is None or account is None:
            return []
        one = ORDER_PATH.fullmatch(found[2])
        return self.struck_orders(kind, account, None if one is None else int(one[2]))

    def _grants_of(self, account_id: str) -> Iterable[str]:
        known = self._broker.accounts.values()
        return {account.token for account in known if account_id in {"", account.account_id}}

    def _route(self, request: EmulatorRequest, grant: str, fault: Fault | None) -> EmulatorResponse:
        found = ACCOUNT_PATH.fullmatch(request.path)
        if found is not None:
            account = self._broker.accounts.get(found[1])
            if account is None or account.token != grant:
                raise not_permitted()
            return self._of_account(request, account, found[2], fault)
        own = [account for account in self._broker.accounts.values() if account.token == grant]
        if request.method != "GET":
            raise no_route()
        if request.path == "/customers/me/accounts":
            return _listed(request, [account_views.account_row(account) for account in own])
        one = ONE_ACCOUNT.fullmatch(request.path)
        for account in own:
            if one is not None and one[1] == account.account_id:
                return _enveloped(request, account_views.account_row(account)["account"])
        raise no_route()

    def _of_account(
        self, request: EmulatorRequest, account: Account, rest: str, fault: Fault | None
    ) -> EmulatorResponse:
        one = ORDER_PATH.fullmatch(rest)
        if one is not None:
            return self._one_order(request, account, one[1], int(one[2]), fault)
        if request.method == "POST":
            return self._place(request, account, rest, fault)
        if request.method != "GET":
            raise no_route()
        match rest:
            case "/orders/live":
                return self._live_orders(request, account, fault)
            case "/complex-orders/live":
                shown = [one for one in self._broker.listed(account) if views.is_complex(one)]
                return _listed(request, [views.complex_row(order) for order in shown])
            case "/positions":
                rows = account_views.position_rows(account, self._feed, self._clock())
                return _listed(request, rows, fault)
            case "/balances" | "/balances/USD":
                return _enveloped(request, account_views.balance(self._broker.standing(account)))
            case _:
                raise no_route()

    def _place(
        self, request: EmulatorRequest, account: Account, rest: str, fault: Fault | None
    ) -> EmulatorResponse:
        room, _, dry = rest.removeprefix("/").partition("/")
        if room not in {"orders", _COMPLEX} or dry not in {"", "dry-run"}:
            raise no_route()
        body = read_body(request.body)
        form = (read_complex if room == _COMPLEX else read_order)(body, account)
        standing = self._broker.standing(account)
        check(form, standing, oco_distance=OCO_DISTANCE)
        told = views.effects(form, standing)
        if dry:
            return _enveloped(request, views.dry_body(form, account, told, self._clock()), 201)
        order = self._broker.place(account, form, fault)
        return _enveloped(request, views.placed_body(order, told, self._clock()), 201)

    def _one_order(
        self, request: EmulatorRequest, account: Account, room: str, order_id: int, fault: Fault | None
    ) -> EmulatorResponse:
        kind = None if fault is None else fault.kind
        order = self._found(account, room, order_id)
        twice = kind is FaultKind.FILL_TWICE
        if request.method == "GET":
            if room == _COMPLEX:
                return _enveloped(request, views.complex_row(order, twice=twice))
            return _enveloped(request, _row_of(order, order_id, twice=twice))
        if request.method != "DELETE":
            raise no_route()
        before = _shown(order, room, order_id)
        if kind is FaultKind.CANCEL_LOSES:
            self._broker.forced.force(order)
        else:
            self._broker.cancel(account, order_id)
        return _enveloped(request, before | {"status": "Cancel Requested"})

    def _found(self, account: Account, room: str, order_id: int) -> Order:
        """Return an order of the room that was asked for. Raises Refusal: one room knows not the other's."""
        self._broker.find(account, order_id)
        order = self._broker.parent_of(order_id)
        named_whole = order.order_id == order_id
        if (room == _COMPLEX) != (views.is_complex(order) and named_whole):
            raise not_found()
        if not views.is_complex(order) and not named_whole:
            raise not_found()  # legs of a net order have no ids here
        return order

    def _live_orders(
        self, request: EmulatorRequest, account: Account, fault: Fault | None
    ) -> EmulatorResponse:
        """Return what works, and what the day began or ended, whatever its state."""
        orders = self._broker.listed(account)
        if fault is not None and fault.kind is FaultKind.LIST_MISSES:
            missed = newest(orders, self._clock())[-fault.count :]
            orders = [order for order in orders if order not in missed]
        twice = fault is not None and fault.kind is FaultKind.FILL_TWICE
        rows = [row for order in orders for row in views.order_rows(order, twice=twice)]
        return _listed(request, rows, fault)


def _row_of(order: Order, order_id: int, *, twice: bool = False) -> views.Shown:
    return next(row for row in views.order_rows(order, twice=twice) if row["id"] == order_id)


def _shown(order: Order, room: str, order_id: int) -> views.Shown:
    return views.complex_row(order) if room == _COMPLEX else _row_of(order, order_id)


def _enveloped(request: EmulatorRequest, data: object, status: int = 200) -> EmulatorResponse:
    return json_response({"data": data, "context": request.path}, status)


def _listed(
    request: EmulatorRequest, rows: list[views.Shown], fault: Fault | None = None
) -> EmulatorResponse:
    """Return a list, cut into pages for who asks for them."""
    if fault is not None and fault.kind in _LISTS:
        nothing: object = [] if fault.kind is FaultKind.EMPTY_LISTS else None
        return _enveloped(request, {"items": nothing})
    if "per-page" not in request.query:
        return _enveloped(request, {"items": rows})
    size = min(int(request.query["per-page"] or PAGE_ROWS), PAGE_ROWS_MAX)
    page = int(request.query.get("page-offset") or 0)
    shown = rows[page * size : (page + 1) * size]
    pagination = {
        "per-page": size,
        "page-offset": page,
        "item-offset": page * size,
        "total-items": len(rows),
        "total-pages": -(-len(rows) // size),
        "current-item-count": len(shown),
        "previous-link": None,
        "next-link": None,
        "paging-link-template": None,
    }
    body = {"data": {"items": shown}, "context": request.path, "pagination": pagination}
    return json_response(body)
