"""The emulator of Interactive Brokers' Web API: sessions, pacing, preflights, routes."""

import re
import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Final

from infra.local.emulators.brokerage.account import Fees
from infra.local.emulators.brokerage.broker import Broker
from infra.local.emulators.brokerage.orders import Order
from infra.local.emulators.brokerage.refusals import Refusal
from infra.local.emulators.brokerage.venue import DEFAULT_CASH, BrokerageEmulator
from infra.local.emulators.ibkr import account_views
from infra.local.emulators.ibkr.asked import read_body
from infra.local.emulators.ibkr.callers import Callers
from infra.local.emulators.ibkr.contracts import Contracts, Shown
from infra.local.emulators.ibkr.oauth import Consumers, Registration, register
from infra.local.emulators.ibkr.order_desk import (
    LIST,
    LISTS,
    ORDER_PATH,
    ORDERS_PATH,
    STATUS_PATH,
    TRADES,
    WHATIF_PATH,
    OrderDesk,
)
from infra.local.emulators.ibkr.problems import (
    ApiRefusal,
    answer_to,
    no_route,
    too_many,
    unauthorized,
)
from infra.local.emulators.ibkr.sessions import Session, Sessions
from infra.local.emulators.market.calendars import Calendars
from infra.local.emulators.market.feed import Feed
from infra.local.emulators.serving.exchange import EmulatorRequest, EmulatorResponse, json_response
from infra.local.emulators.serving.faults import Fault, FaultBook, FaultKind, Vendor
from infra.local.emulators.serving.vendor import retry_after
from infra.local.seed.consumers import Credentials

BASE_PATH: Final = "/v1/api"
FEES: Final = Fees(to_open=Decimal("0.65"))
REPLY_PATH: Final = re.compile(r"/iserver/reply/([^/]+)")
PORTFOLIO_PATH: Final = re.compile(r"/portfolio/([^/]+)/(positions/(?:\d+|invalidate)|summary|ledger)")
_SNAPSHOT_MAX: Final = 100
_PLACING: Final = frozenset({FaultKind.REJECT_AFTER_200, FaultKind.PARTIAL_FILL, FaultKind.FILL_BEFORE_ORDER})


class IbkrEmulator(BrokerageEmulator):
    """Paper accounts at Interactive Brokers over a market."""

    vendor = Vendor.IBKR

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
        broker = Broker(
            feed, 1_799_796_559, FEES, calendars, delivers_shares=True, assigns_early=assigns_early
        )
        super().__init__(feed, faults, lock, wait, broker)
        self._feed = feed
        self._contracts = Contracts(feed)
        self._pages: dict[str, list[Shown]] = {}
        self._knows_accounts: set[str] = set()
        self.consumers = Consumers()
        self.sessions = Sessions()
        self._callers = Callers(broker)
        self.order_desk = OrderDesk(broker, self._callers, self._contracts, feed.market.now)
        faults.watch_tokens(self.vendor, self._tokens_of)

    def open_account(self, account_id: str, credentials: Credentials, cash: Decimal = DEFAULT_CASH) -> None:
        """Open an account whose user registered these credentials; several may share an access token."""
        self.add_account(account_id, credentials.access_token, cash)
        with self._lock:
            self.consumers.add(register(f"user-of-{credentials.consumer_key}", credentials))

    def endpoint(self, request: EmulatorRequest) -> str:
        """Return the path with accounts and ids replaced by names."""
        path = _path(request)
        path = WHATIF_PATH.sub("/iserver/account/{account}/orders/whatif", path)
        path = ORDERS_PATH.sub("/iserver/account/{account}/orders", path)
        path = ORDER_PATH.sub("/iserver/account/{account}/order/{order}", path)
        path = STATUS_PATH.sub("/iserver/account/order/status/{order}", path)
        path = REPLY_PATH.sub("/iserver/reply/{question}", path)
        return PORTFOLIO_PATH.sub(r"/portfolio/{account}/\2", path)

    def can_strike(self, kind: FaultKind, request: EmulatorRequest) -> bool:
        """Say whether a fault of orders or lists would bend anything about this call."""
        path, reads = _path(request), request.method == "GET"
        if kind in _PLACING:
            return request.method == "POST" and ORDERS_PATH.fullmatch(path) is not None
        if kind in LISTS:
            return reads and (path == LIST or path.endswith("/positions/0"))
        if kind is FaultKind.LIST_MISSES:
            fits = reads and path == LIST
        elif kind is FaultKind.CANCEL_LOSES:
            fits = request.method == "DELETE" and ORDER_PATH.fullmatch(path) is not None
        elif kind is FaultKind.FILL_TWICE:
            fits = reads and path == TRADES
        elif kind is FaultKind.BOTH_LEGS_FILL:
            fits = reads and (path == LIST or STATUS_PATH.fullmatch(path) is not None)
        else:
            return False
        self._broker.catch_up()
        return fits and bool(self._bendable(kind, path))

    def too_many_calls(self, retry_after_seconds: float | None) -> EmulatorResponse:
        """Refuse with 429."""
        refused = answer_to(too_many())
        return replace(refused, headers={**refused.headers, **retry_after(retry_after_seconds)})

    def answer(self, request: EmulatorRequest, fault: Fault | None) -> EmulatorResponse:
        """Answer one call."""
        try:
            now, path = self._clock(), _path(request)
            if "user-agent" not in request.headers:
                raise ApiRefusal(403, "Access Denied")
            if path == "/oauth/live_session_token" and request.method == "POST":
                told = self.consumers.exchange(request, _url(request), now)
                return json_response(told)
            who = self.consumers.caller(request, _url(request), now)
            if self._faults.has_expired(self.vendor, who.access_token):
                raise unauthorized("access token revoked")
            self._callers.keep_count(who, now)
            self._broker.catch_up()
            if fault is not None and fault.kind is FaultKind.BOTH_LEGS_FILL:
                for order in self._bendable(fault.kind, path):
                    self._broker.forced.force_both(order)
            reply = REPLY_PATH.fullmatch(path)
            if reply is not None and request.method == "POST":
                self.sessions.for_orders(who.username, now)
                return self.order_desk.replied(request, who, reply[1])
            self.order_desk.void_question(who.username)  # whatever is asked for in between voids a question
            return self._route(request, path, who, fault, now)
        except Refusal as refusal:
            return answer_to(refusal)

    # Faults.

    def _bendable(self, kind: FaultKind, path: str) -> list[Order]:
        one = STATUS_PATH.fullmatch(path) or ORDER_PATH.fullmatch(path)
        order_id = None if one is None else int(one[one.lastindex or 1])
        return [
            order
            for account in self._broker.accounts.values()
            for order in self.struck_orders(kind, account, order_id)
        ]

    def _tokens_of(self, account_id: str) -> Iterable[str]:
        known = self._broker.accounts.values()
        return {account.token for account in known if account_id in {"", account.account_id}}

    # Routes.

    def _route(
        self, request: EmulatorRequest, path: str, who: Registration, fault: Fault | None, now: datetime
    ) -> EmulatorResponse:
        if path in {"/tickle", "/logout"} or path.startswith("/iserver/auth/"):
            return json_response(self.sessions.answer(request, path, who.username, now))
        if path == "/trsrv/stocks":
            return json_response(self._contracts.stocks(request.query))
        if path.startswith("/portfolio/"):
            return self._of_portfolio(path, who, fault, now)
        if path == "/iserver/accounts":
            session = self.sessions.required(who.username, now)
            session.knows_accounts = True
            return json_response(
                {"accounts": [one.account_id for one in self._callers.own(who)], "isPaper": True}
            )
        if path == "/iserver/questions/suppress" and request.method == "POST":
            session = self.sessions.required(who.username, now)
            ids = read_body(request.body).get("messageIds")
            session.suppressed = {str(one) for one in ids} if isinstance(ids, list) else set()
            return json_response({"status": "submitted"})
        if path.startswith("/iserver/secdef/"):
            session = self.sessions.required(who.username, now)
            return json_response(self._contracts.answer(path, request.query, session))
        if path == "/iserver/marketdata/snapshot":
            return self._snapshot(request, self.sessions.for_orders(who.username, now), now)
        if path.startswith("/iserver/account"):
            session = self.sessions.for_orders(who.username, now)
            return self.order_desk.answer(request, path, who, session, fault, now)
        raise no_route()

    def _of_portfolio(
        self, path: str, who: Registration, fault: Fault | None, now: datetime
    ) -> EmulatorResponse:
        """Answer what needs no brokerage session; before the accounts were asked for there is nothing."""
        if path == "/portfolio/accounts":
            self._callers.keep_pace(who, path, now)
            self._knows_accounts.add(who.username)
            return json_response([account_views.account_row(one) for one in self._callers.own(who)])
        found = PORTFOLIO_PATH.fullmatch(path)
        if found is None:
            raise no_route()
        account, room = self._callers.account(who, found[1]), found[2]
        if room == "positions/invalidate":
            self._pages.pop(account.account_id, None)
            return json_response({"message": "success"})
        is_known = who.username in self._knows_accounts
        standing = self._broker.standing(account)
        if room in {"summary", "ledger"}:
            view = account_views.summary if room == "summary" else account_views.ledger
            return json_response(view(standing) if is_known else {})
        if not is_known or (fault is not None and fault.kind in LISTS):
            return json_response(None if fault and fault.kind is FaultKind.NULL_LISTS else [])
        rows = self._pages.setdefault(
            account.account_id, account_views.position_rows(account, self._feed, self._contracts)
        )
        page = int(room.rpartition("/")[2])
        size = account_views.PAGE_ROWS
        return json_response(rows[page * size : (page + 1) * size])

    def _snapshot(self, request: EmulatorRequest, session: Session, now: datetime) -> EmulatorResponse:
        """Answer with quotes; of a contract that was never asked for its numbers alone (wire, 7)."""
        conids = [int(one) for one in request.query.get("conids", "").split(",") if one.isdigit()]
        if not conids or len(conids) > _SNAPSHOT_MAX:
            raise ApiRefusal(400, "conids are missing or too many")
        fields = request.query.get("fields", "").split(",")
        rows = []
        for conid in conids:
            symbol = self._contracts.symbol(conid)
            if conid in session.quoted:
                rows.append(
                    account_views.only(account_views.snapshot_row(symbol, conid, self._feed, now), fields)
                )
            else:
                rows.append({"conid": conid, "conidEx": str(conid)})
            session.quoted.add(conid)
        return json_response(rows)


def _path(request: EmulatorRequest) -> str:
    """Return the path without what all begin with; clients end some with a slash, which means nothing."""
    return request.path.removeprefix(BASE_PATH).rstrip("/")


def _url(request: EmulatorRequest) -> str:
    """Return the address that a call was signed for."""
    host = request.headers.get("host", "")
    scheme = "http" if host.startswith(("127.0.0.1", "localhost")) else "https"
    return f"{scheme}://{host}{request.path}"
