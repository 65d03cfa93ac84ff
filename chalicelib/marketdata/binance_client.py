"""Binance's public market data over HTTP: no key, by the line of signed calls (wire, 4)."""

from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Final

from chalicelib.brokers.binance.line import BinanceLine
from chalicelib.brokers.errors import Refused
from chalicelib.domain.ports import Clock
from chalicelib.vendors.budget import CallBudget, Urgency
from chalicelib.vendors.deadline import Deadline
from chalicelib.vendors.errors import VendorError
from chalicelib.vendors.http import HttpPool, HttpReply, HttpRequest
from chalicelib.vendors.wire import Node, UnreadablePayload, read_body, read_json

_UNKNOWN_SYMBOL: Final = -1121


class UnknownSymbol(Refused):
    """The exchange has no such pair, or one of those asked for."""


class BinanceClient:
    """Calls from this address. Every call raises VendorError or UnreadablePayload."""

    def __init__(
        self,
        base_url: str,
        *,
        budget: CallBudget,
        clock: Clock,
        http: HttpPool,
        deadline: Deadline | None = None,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._clock = clock
        self._line = BinanceLine(self._base_url, budget=budget, clock=clock, http=http, deadline=deadline)

    def read(self, path: str, params: Mapping[str, str], *, weight: int) -> tuple[object, datetime]:
        """Read one path; returns its JSON and when the exchange said it, by its own clock where it tells."""
        request = HttpRequest(
            method="GET",
            url=f"{self._base_url}/api/v3{path}",
            params=params,
            headers={"Accept": "application/json"},
        )
        reply = self._line.call(request, urgency=Urgency.DATA, weight=weight)
        if reply.status != 200:
            raise _failure(reply)
        return read_json(reply.text), _said_at(reply, self._clock.now())


def _failure(reply: HttpReply) -> VendorError:
    try:
        error: Node = read_body(reply.text)
    except UnreadablePayload:
        return Refused(f"Binance refused the request with status {reply.status}")
    code = error.get("code")
    if code == _UNKNOWN_SYMBOL:
        return UnknownSymbol("Binance has no such pair")
    named = f"code {code}" if isinstance(code, int) else f"status {reply.status}"
    return Refused(f"Binance refused the request with {named}")


def _said_at(reply: HttpReply, now: datetime) -> datetime:
    """Return when an answer was made: the earlier of both clocks, since a candle closes by the exchange's."""
    try:
        said = parsedate_to_datetime(reply.headers.get("date", ""))
    except ValueError:
        return now
    return now if said.tzinfo is None else min(said, now)
