"""The Tradier emulator: tokens, rate limits, routes."""

import re
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Final
from uuid import UUID, uuid5

from infra.local.emulators.brokerage.account import Fees
from infra.local.emulators.brokerage.broker import Broker
from infra.local.emulators.brokerage.orders import Order
from infra.local.emulators.brokerage.refusals import (
    PlainText,
    Refusal,
    RiskRefusal,
    UnauthorizedAccount,
)
from infra.local.emulators.brokerage.venue import BrokerageEmulator
from infra.local.emulators.market.calendars import Calendars
from infra.local.emulators.market.feed import Feed
from infra.local.emulators.serving.exchange import (
    EmulatorRequest,
    EmulatorResponse,
    json_response,
    text_response,
)
from infra.local.emulators.serving.faults import Fault, FaultBook, FaultKind, Vendor
from infra.local.emulators.serving.rate_limit import RateLimiter
from infra.local.emulators.serving.vendor import retry_after
from infra.local.emulators.tradier.answers.account_routes import ORDER_PATH, AccountRoutes
from infra.local.emulators.tradier.answers.account_views import profile
from infra.local.emulators.tradier.answers.bearer import bearer_token
from infra.local.emulators.tradier.answers.market_answers import MarketAnswers
from infra.local.emulators.tradier.answers.struck import (
    ON_BOOKS,
    PLACING,
    is_of_endpoint,
)
from infra.local.emulators.tradier.answers.wire import to_xml
from infra.local.emulators.tradier.environment import FIRST_ORDER, Environment, bucket_of
from infra.local.emulators.tradier.event_sessions import EVENT_SESSIONS, EventSessions
from infra.local.emulators.tradier.problems import GatewayFault, quota_violation, risk_body
from infra.local.emulators.tradier.quirks import Quirks

NAMESPACE: Final = UUID("c4998eb7-06e8-4820-a7ab-55d9760065fb")
ACCOUNT_PATH: Final = re.compile(r"/v1/accounts/([^/]+)(/.*)")


class TradierEmulator(BrokerageEmulator):
    """One environment of Tradier over a market.

    A token of the other environment is as unknown here as any other: 401.
    """

    vendor = Vendor.TRADIER

    def __init__(
        self,
        environment: Environment,
        feed: Feed,
        faults: FaultBook,
        lock: threading.RLock,
        wait: Callable[[float], None],
        commission: Decimal,
        quirks: Quirks,
        calendars: Calendars,
        *,
        assigns_early: bool,
    ) -> None:
        broker = Broker(
            feed,
            FIRST_ORDER[environment],
            Fees(to_open=commission),
            calendars,
            delivers_shares=environment is Environment.LIVE,
            assigns_early=assigns_early,
        )
        super().__init__(feed, faults, lock, wait, broker)
        self._environment = environment
        self._limiter = RateLimiter()
        partner = str(uuid5(NAMESPACE, environment))
        self._of_accounts = AccountRoutes(
            self._broker, feed.market.now, partner, quirks, has_history=environment is Environment.LIVE
        )
        self._quirks = quirks
        self._of_markets = MarketAnswers(feed, calendars, ticks=environment is Environment.LIVE)
        self._sessions = EventSessions(environment)
        faults.watch_tokens(self.vendor, self._tokens_of)

    def endpoint(self, request: EmulatorRequest) -> str:
        """Return the path with account and order replaced by names."""
        found = ACCOUNT_PATH.fullmatch(request.path)
        if found is None:
            return request.path
        return "/v1/accounts/{account}" + ORDER_PATH.sub("/orders/{order}", found[2])

    def can_strike(self, kind: FaultKind, request: EmulatorRequest) -> bool:
        """Say whether a fault of orders, lists or quotes would bend anything about this call."""
        if not is_of_endpoint(kind, request.method, self.endpoint(request)):
            return False
        if kind in PLACING:
            return request.fields.get("preview", "").lower() != "true"
        self._broker.catch_up()
        return kind not in ON_BOOKS or bool(self._struck_orders(kind, request))

    def too_many_calls(self, retry_after_seconds: float | None) -> EmulatorResponse:
        """Refuse with 429 and none of the headers that tell when the window ends."""
        return _refused(quota_violation(), retry_after(retry_after_seconds))

    def _struck_orders(self, kind: FaultKind, request: EmulatorRequest) -> list[Order]:
        """Return the orders that a fault could bend in this call."""
        found = ACCOUNT_PATH.fullmatch(request.path)
        account = None if found is None else self._broker.accounts.get(found[1])
        if found is None or account is None:
            return []
        one = ORDER_PATH.fullmatch(found[2])
        return self.struck_orders(kind, account, None if one is None else int(one[1]))

    def answer(self, request: EmulatorRequest, fault: Fault | None) -> EmulatorResponse:
        """Answer one call."""
        headers: dict[str, str] = {}
        try:
            token = bearer_token(request, self._tokens_of(""), self._has_expired)
            bucket = bucket_of(request)
            allowed = bucket.allowed(self._environment)
            allowance = self._limiter.count((token, bucket.name), allowed, self._clock())
            headers = allowance.headers()
            if allowance.refused:
                raise quota_violation()
            self._broker.catch_up()
            self._strike_books(request, fault)
            body = self._quirks.bend(self._route(request, token, fault))
        except Refusal as refusal:
            return _refused(refusal, headers)
        return _shown(request, body, headers, self._quirks)

    def _strike_books(self, request: EmulatorRequest, fault: Fault | None) -> None:
        if fault is not None and fault.kind is FaultKind.BOTH_LEGS_FILL:
            for order in self._struck_orders(fault.kind, request):
                self._broker.forced.force_both(order)

    def _has_expired(self, token: str) -> bool:
        return self._faults.has_expired(self.vendor, token)

    def _tokens_of(self, account_id: str) -> Iterable[str]:
        known = self._broker.accounts.values()
        return {account.token for account in known if account_id in {"", account.account_id}}

    def _route(self, request: EmulatorRequest, token: str, fault: Fault | None) -> object:
        if request.path in EVENT_SESSIONS:
            return self._sessions.open(request)
        found = ACCOUNT_PATH.fullmatch(request.path)
        if found is not None:
            account = self._broker.accounts.get(found[1])
            if account is None or account.token != token:
                raise UnauthorizedAccount(found[1])
            return self._of_accounts.answer(request, account, found[2], fault)
        if request.path == "/v1/user/profile" and request.method == "GET":
            own = [account for account in self._broker.accounts.values() if account.token == token]
            mark = "id-sb-sample" if self._environment is Environment.SANDBOX else "id-sample"
            return profile(own, mark)
        return self._of_markets.answer(request, fault)


def _shown(
    request: EmulatorRequest, body: object, headers: Mapping[str, str], quirks: Quirks
) -> EmulatorResponse:
    """Write an answer as JSON for who accepts it, else as XML."""
    if "json" in request.headers.get("accept", ""):
        response = json_response(body, headers=headers)
        return replace(response, body=quirks.bend_text(response.body))
    return EmulatorResponse(
        status=200, headers={"Content-Type": "application/xml", **headers}, body=to_xml(body)
    )


def _refused(refusal: Refusal, headers: Mapping[str, str]) -> EmulatorResponse:
    if isinstance(refusal, PlainText):
        return text_response(refusal.sentence, refusal.status, headers)
    if isinstance(refusal, GatewayFault):
        return json_response(refusal.body, refusal.status, headers)
    if isinstance(refusal, RiskRefusal):
        return json_response(risk_body(refusal), 200, headers)
    raise TypeError(f"no answer is known for {type(refusal).__name__}") from refusal
