"""Binance over HTTP, in Binance's words: signed requests, the clock's offset, weights and order counts.

Knows the key and its host, the budget and the repeats; knows nothing of what an order means to papertape.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import quote, urlencode

from chalicelib.brokers.binance.answers import ClockOff, read_answer
from chalicelib.brokers.binance.environment import BinanceEnvironment
from chalicelib.brokers.binance.line import BinanceLine
from chalicelib.brokers.binance.memory import ExchangeMemory
from chalicelib.domain.ports import Clock
from chalicelib.vendors.budget import CallBudget, Urgency
from chalicelib.vendors.deadline import Deadline
from chalicelib.vendors.errors import OutcomeUnknown
from chalicelib.vendors.http import HttpPool, HttpReply, HttpRequest
from chalicelib.vendors.wire import UnreadablePayload, as_node, whole

#: How long after its timestamp the exchange may begin with a request: no longer than one of our calls runs,
#: so that what was not begun by then never is.
WINDOW_MILLISECONDS: Final = 20_000
#: What an account may place in ten seconds, the least that is documented; a few are left to its owner.
ORDERS_IN_TEN_SECONDS: Final = 50
_ORDERS_LEFT_ALONE: Final = 5
_TEN_SECONDS: Final = timedelta(seconds=10)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_ROOT: Final = "/api/v3"


class BinanceTrading:
    """Signed calls of one key to its own host. Every call raises VendorError."""

    def __init__(
        self,
        environment: BinanceEnvironment,
        *,
        memory: ExchangeMemory,
        budget: CallBudget,
        clock: Clock,
        http: HttpPool,
        deadline: Deadline | None = None,
    ) -> None:
        self.environment = environment
        self._memory = memory
        self._clock = clock
        self._line = BinanceLine(
            environment.base_url, budget=budget, clock=clock, http=http, deadline=deadline
        )

    def get(self, path: str, params: Mapping[str, str], *, weight: int, urgency: Urgency) -> object:
        """Read; repeated on passing trouble."""
        return self._signed("GET", path, params, weight=weight, urgency=urgency)

    def place(self, path: str, params: Mapping[str, str], *, urgency: Urgency) -> object:
        """Send an order or a list of orders, once; its account's orders are counted."""
        return self._signed(
            "POST", path, params, weight=1, urgency=urgency, orders_key=self.environment.orders_key
        )

    def delete(self, path: str, params: Mapping[str, str], *, urgency: Urgency) -> object:
        """Ask for the end of an order or a list; repeated on passing trouble."""
        return self._signed("DELETE", path, params, weight=1, urgency=urgency)

    def public(self, path: str, params: Mapping[str, str], *, weight: int, urgency: Urgency) -> object:
        """Read what needs no key, from the environment's own host."""
        request = self._request("GET", path, urlencode(params), keyed=False)
        return read_answer(self._line.call(request, urgency=urgency, weight=weight))

    def check_room_to_place(self) -> None:
        """Raise BudgetSpent when an order sent now, or its reading back, would find no call left."""
        self._line.check_room(Urgency.ORDER, self.environment.orders_key)

    def _signed(
        self,
        method: str,
        path: str,
        params: Mapping[str, str],
        *,
        weight: int,
        urgency: Urgency,
        orders_key: str | None = None,
    ) -> object:
        """Send; a refusal for the clock has done nothing, so that it is measured anew and sent once more."""
        try:
            return self._once(method, path, params, weight, urgency, orders_key, self._offset(urgency))
        except ClockOff:
            return self._once(method, path, params, weight, urgency, orders_key, self._measure(urgency))

    def _once(
        self,
        method: str,
        path: str,
        params: Mapping[str, str],
        weight: int,
        urgency: Urgency,
        orders_key: str | None,
        offset: timedelta,
    ) -> object:
        at = (self._clock.now() + offset - _EPOCH) // _MILLISECOND
        stamped = {**params, "recvWindow": str(WINDOW_MILLISECONDS), "timestamp": str(at)}
        # What is signed is what is sent, to the byte: encoded first (wire, 2.2).
        payload = urlencode(stamped, quote_via=quote)
        signature = self.environment.credentials.sign(payload.encode())
        request = self._request(method, path, f"{payload}&signature={quote(signature, safe='')}", keyed=True)
        reply = self._line.call(request, urgency=urgency, weight=weight, orders_key=orders_key)
        if orders_key is not None:
            self._note_orders(reply, orders_key)
        return read_answer(reply)

    def _request(self, method: str, path: str, query: str, *, keyed: bool) -> HttpRequest:
        headers = {"Accept": "application/json"}
        if keyed:
            headers["X-MBX-APIKEY"] = self.environment.credentials.api_key
        address = f"{self.environment.base_url}{_ROOT}{path}"
        return HttpRequest(method=method, url=f"{address}?{query}" if query else address, headers=headers)

    def _offset(self, urgency: Urgency) -> timedelta:
        known = self._memory.offset(self.environment.base_url, self._clock.now())
        return self._measure(urgency) if known is None else known

    def _measure(self, urgency: Urgency) -> timedelta:
        """Ask for the exchange's time, half the way there and back ago."""
        before = self._clock.now()
        body = self.public("/time", {}, weight=1, urgency=urgency)
        after = self._clock.now()
        try:
            told = whole(as_node(body, "the time"), "serverTime")
        except UnreadablePayload as error:
            raise OutcomeUnknown("Binance's time cannot be read") from error
        if told is None:
            raise OutcomeUnknown("Binance does not tell its time")
        offset = _EPOCH + told * _MILLISECOND - (before + (after - before) / 2)
        self._memory.note_offset(self.environment.base_url, offset, after)
        return offset

    def _note_orders(self, reply: HttpReply, orders_key: str) -> None:
        """Place nothing for ten seconds where the account has placed nearly all it may, whoever did."""
        used = reply.headers.get("x-mbx-order-count-10s", "")
        if used.isdecimal() and int(used[:9]) >= ORDERS_IN_TEN_SECONDS - _ORDERS_LEFT_ALONE:
            self._line.stay_away_from_orders(orders_key, self._clock.now() + _TEN_SECONDS)
