"""Schwab over HTTP, in Schwab's words: paths, forms and JSON.

Knows the host and whose access token goes there, the budget and the repeats; knows nothing of what an order
means to papertape.
"""

from collections.abc import Mapping
from typing import Final

from chalicelib.brokers.schwab.answers import UNAUTHORIZED, check_answer, read_answer
from chalicelib.brokers.schwab.environment import SchwabEnvironment
from chalicelib.domain.json_value import JsonValue
from chalicelib.domain.ports import Clock
from chalicelib.vendors.access import AccessTokens
from chalicelib.vendors.budget import Bucket, CallBudget, Urgency
from chalicelib.vendors.deadline import Deadline
from chalicelib.vendors.http import HttpPool, HttpReply, HttpRequest
from chalicelib.vendors.line import VendorLine
from chalicelib.vendors.secrets import without_secrets

VENDOR: Final = "Schwab"
_TRADER: Final = "/trader/v1"
_DATA: Final = "/marketdata/v1"
_NOT_FOUND: Final = 404
_HEADERS: Final = {"Accept": "application/json"}


class SchwabClient:
    """Calls of one login to its own host. Every call raises VendorError."""

    def __init__(self, environment: SchwabEnvironment, line: VendorLine, *, access: AccessTokens) -> None:
        self._environment = environment
        self._line = line
        self._access = access

    def get(
        self,
        path: str,
        params: Mapping[str, str] | None = None,
        *,
        urgency: Urgency,
        about_order: bool = False,
    ) -> object:
        """Read about accounts; repeated on passing trouble."""
        reply = self._call("GET", _TRADER + path, params=params, urgency=urgency)
        return self._body(reply, about_order=about_order)

    def get_data(
        self, path: str, params: Mapping[str, str], *, urgency: Urgency, may_lack: bool = False
    ) -> object:
        """Read market data; repeated on passing trouble. With `may_lack` None for what the vendor has not."""
        reply = self._call("GET", _DATA + path, params=params, urgency=urgency)
        if may_lack and reply.status == _NOT_FOUND:
            return None
        return self._body(reply, about_order=False)

    def post(self, path: str, document: JsonValue, *, urgency: Urgency) -> str | None:
        """Send a document, once; return the address of what it made, None where none is told.

        Sent again only with a new token where the first one was not let in.
        """
        reply = self._call("POST", _TRADER + path, document=document, urgency=urgency)
        self._check(reply, about_order=False)
        return reply.headers.get("location")

    def delete(self, path: str, *, urgency: Urgency) -> None:
        """Ask for the end of one order; repeated on passing trouble."""
        self._check(self._call("DELETE", _TRADER + path, urgency=urgency), about_order=True)

    def check_room(self, urgency: Urgency) -> None:
        """Raise BudgetSpent when a call now would find none left."""
        self._line.check_room(urgency, [Bucket.ALL])

    def _call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        document: JsonValue = None,
        urgency: Urgency,
    ) -> HttpReply:
        token = self._access.current()
        reply = self._send(method, path, token, params, document, urgency)
        if reply.status == UNAUTHORIZED:  # nothing was done: access tokens live for half an hour
            token = self._access.renewed(token)
            reply = self._send(method, path, token, params, document, urgency)
        return reply

    def _send(
        self,
        method: str,
        path: str,
        token: str,
        params: Mapping[str, str] | None,
        document: JsonValue,
        urgency: Urgency,
    ) -> HttpReply:
        request = HttpRequest(
            method=method,
            url=self._environment.base_url + path,
            params=params or {},
            document=document,
            headers={**_HEADERS, "Authorization": f"Bearer {token}"},
        )
        return self._line.call(request, urgency=urgency)

    def _body(self, reply: HttpReply, *, about_order: bool) -> object:
        with without_secrets(self._environment.secrets):
            wait = self._line.asked_wait_seconds(reply)
            return read_answer(reply, about_order=about_order, retry_after_seconds=wait)

    def _check(self, reply: HttpReply, *, about_order: bool) -> None:
        with without_secrets(self._environment.secrets):
            wait = self._line.asked_wait_seconds(reply)
            check_answer(reply, about_order=about_order, retry_after_seconds=wait)


def line_to(
    environment: SchwabEnvironment,
    *,
    budget: CallBudget,
    clock: Clock,
    http: HttpPool,
    deadline: Deadline | None,
) -> VendorLine:
    """Return the line over which an application's calls go, its renewals among them."""
    return VendorLine(
        vendor=VENDOR, key=environment.budget_key, budget=budget, clock=clock, http=http, deadline=deadline
    )
