"""tastytrade over HTTP, in tastytrade's words: paths and JSON objects.

Knows the host and whose access token goes there, the budget and the repeats; knows nothing of what an order
means to papertape.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from chalicelib.brokers.errors import Refused
from chalicelib.brokers.tastytrade.answers import UNAUTHORIZED, read_answer
from chalicelib.brokers.tastytrade.environment import TastytradeEnvironment
from chalicelib.domain.json_value import JsonValue
from chalicelib.domain.ports import Clock
from chalicelib.vendors.access import AccessToken, AccessTokens
from chalicelib.vendors.budget import Bucket, CallBudget, Urgency
from chalicelib.vendors.deadline import Deadline
from chalicelib.vendors.errors import AuthenticationFailed, OutcomeUnknown
from chalicelib.vendors.http import HttpPool, HttpReply, HttpRequest
from chalicelib.vendors.line import VendorLine
from chalicelib.vendors.secrets import without_secrets
from chalicelib.vendors.wire import Node, UnreadablePayload, text, whole

VENDOR: Final = "tastytrade"
#: Mandatory in this form (wire, 1): without it everything is answered with 401.
_HEADERS: Final = {"User-Agent": "papertape/1.0", "Accept": "application/json"}
_EXPIRES_IN_SECONDS: Final = 900


class TastytradeClient:
    """Calls of one grant to its own host. Every call raises VendorError."""

    def __init__(self, environment: TastytradeEnvironment, line: VendorLine, *, access: AccessTokens) -> None:
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
    ) -> Node:
        """Read; repeated on passing trouble."""
        return self._call("GET", path, params=params, urgency=urgency, about_order=about_order)

    def post(self, path: str, document: JsonValue, *, urgency: Urgency) -> Node:
        """Send a document, once; again only with a new token where the first one was not let in."""
        return self._call("POST", path, document=document, urgency=urgency, about_order=False)

    def delete(self, path: str, *, urgency: Urgency) -> Node:
        """Ask for the end of one order; repeated on passing trouble."""
        return self._call("DELETE", path, urgency=urgency, about_order=True)

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
        about_order: bool,
    ) -> Node:
        token = self._access.current()
        reply = self._send(method, path, token, params, document, urgency)
        if reply.status == UNAUTHORIZED:  # nothing was done: access tokens live for a quarter of an hour
            token = self._access.renewed(token)
            reply = self._send(method, path, token, params, document, urgency)
        wait = self._line.asked_wait_seconds(reply)
        with without_secrets((*self._environment.secrets, token)):
            return read_answer(reply, about_order=about_order, retry_after_seconds=wait)

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


def line_to(
    environment: TastytradeEnvironment,
    *,
    budget: CallBudget,
    clock: Clock,
    http: HttpPool,
    deadline: Deadline | None,
) -> VendorLine:
    """Return the line over which a grant's calls go, its renewals among them."""
    return VendorLine(
        vendor=VENDOR, key=environment.budget_key, budget=budget, clock=clock, http=http, deadline=deadline
    )


def renew(environment: TastytradeEnvironment, line: VendorLine, clock: Clock) -> AccessToken:
    """Have an access token for the grant; raises VendorError. Earlier ones live on until their end."""
    asked_at = clock.now()
    document: dict[str, JsonValue] = {
        "grant_type": "refresh_token",
        "refresh_token": environment.refresh_token,
        "client_secret": environment.client_secret,
    }
    url = f"{environment.base_url}/oauth/token"
    request = HttpRequest(method="POST", url=url, document=document, headers=_HEADERS)
    # Whatever it is for cannot go on without: it may use the last calls.
    reply = line.call(request, urgency=Urgency.EXIT)
    with without_secrets(environment.secrets):
        wait = line.asked_wait_seconds(reply)
        try:
            body = read_answer(reply, about_order=False, retry_after_seconds=wait)
        except Refused as error:  # 400 `invalid_grant`, as OAuth has it
            raise AuthenticationFailed(error.reason) from error
    try:
        token, seconds = text(body, "access_token"), whole(body, "expires_in")
    except UnreadablePayload as error:
        raise OutcomeUnknown("tastytrade's access token cannot be read") from error
    if token is None:
        raise OutcomeUnknown("tastytrade's answer holds no access token")
    lives = timedelta(seconds=_EXPIRES_IN_SECONDS if seconds is None else seconds)
    return AccessToken(token=token, until=asked_at + lives)
