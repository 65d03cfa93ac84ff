"""Interactive Brokers over HTTP: signed calls to its own host, live session tokens, and the pace it asks for.

Knows nothing of brokerage sessions (session.py) and of what an order means.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Final

from chalicelib.brokers.errors import Refused
from chalicelib.brokers.ibkr.answers import NoSession, read_answer
from chalicelib.brokers.ibkr.environment import IbkrEnvironment
from chalicelib.brokers.ibkr.signing import (
    Stamp,
    challenge_of,
    exchange_header,
    is_genuine,
    live_session_token,
    signed_header,
)
from chalicelib.domain.json_value import JsonValue
from chalicelib.domain.ports import Clock, Randomness
from chalicelib.vendors.access import AccessToken, AccessTokens
from chalicelib.vendors.budget import Bucket, CallBudget, Urgency
from chalicelib.vendors.deadline import Deadline
from chalicelib.vendors.errors import (
    AuthenticationFailed,
    BudgetSpent,
    OutcomeUnknown,
    VendorClosed,
    VendorUnreachable,
)
from chalicelib.vendors.http import HttpPool, HttpReply, HttpRequest
from chalicelib.vendors.line import REPEAT_AFTER_SECONDS, REPEATED_METHODS, VendorLine
from chalicelib.vendors.secrets import without_secrets
from chalicelib.vendors.wire import UnreadablePayload, as_node, number, text

VENDOR: Final = "Interactive Brokers"
_HEADERS: Final = {"User-Agent": "papertape/1.0", "Accept": "application/json"}
_EXCHANGE_PATH: Final = "/oauth/live_session_token"
#: 503 says "no such order" here, and a 429 may be followed by many more: neither is repeated.
_REPEATED_STATUSES: Final = frozenset({500, 502})
#: The order list, the trades and the accounts may be asked for once in so long (wire, 6).
PACE: Final = timedelta(seconds=5)
_SECRET_BYTES: Final = 32
_NONCE_BYTES: Final = 8


class IbkrClient:
    """Calls of one access token. Every call raises VendorError."""

    def __init__(
        self,
        environment: IbkrEnvironment,
        line: VendorLine,
        *,
        access: AccessTokens,
        budget: CallBudget,
        clock: Clock,
        randomness: Randomness,
    ) -> None:
        self._environment = environment
        self._line = line
        self._access = access
        self._budget = budget
        self._clock = clock
        self._randomness = randomness
        self._last_token = ""

    def send(
        self,
        method: str,
        path: str,
        *,
        urgency: Urgency,
        params: Mapping[str, str] | None = None,
        document: JsonValue = None,
    ) -> HttpReply:
        """Send one signed call, GET and DELETE again on passing trouble; returns whatever was answered."""
        reply = self._signed(method, path, params, document, urgency)
        for wait in REPEAT_AFTER_SECONDS if method in REPEATED_METHODS else ():
            if reply.status not in _REPEATED_STATUSES:
                break
            self._clock.sleep(wait)
            try:
                reply = self._signed(method, path, params, document, urgency)
            except (BudgetSpent, VendorUnreachable):
                break  # what the vendor last said is what is known
        return reply

    def _signed(
        self,
        method: str,
        path: str,
        params: Mapping[str, str] | None,
        document: JsonValue,
        urgency: Urgency,
    ) -> HttpReply:
        """Sign and send once: a signature is good for one call, so that repeats are signed anew."""
        self._last_token = self._access.current()
        url = self._environment.base_url + path
        stamp = stamped(self._clock.now(), self._randomness)
        header = signed_header(self._environment.consumer, self._last_token, method, url, stamp)
        request = HttpRequest(
            method=method,
            url=url,
            params=params or {},
            document=document,
            headers={**_HEADERS, "Authorization": header},
        )
        return self._line.call(request, urgency=urgency)

    def read(self, reply: HttpReply, *, about_order: bool = False) -> object:
        """Return the body of an accepted call, or raise; what is said holds no secret."""
        wait = self._line.asked_wait_seconds(reply)
        with without_secrets((*self._environment.consumer.secrets, self._last_token)):
            return read_answer(reply, about_order=about_order, retry_after_seconds=wait)

    def renew_access(self) -> None:
        """Have another live session token than the one that was just refused."""
        self._access.renewed(self._last_token)

    def check_room(self, urgency: Urgency) -> None:
        """Raise BudgetSpent when a call now would find none left."""
        self._line.check_room(urgency, [Bucket.ALL])

    @contextmanager
    def paced(self, name: str, urgency: Urgency, *, waits: bool = True) -> Iterator[None]:
        """Wait until a slow call may be made, and keep others from it for five seconds after it.

        Raises VendorClosed where somebody else made it just now, and waiting was not enough or not wanted.
        """
        window = f"{self._environment.budget_key}:{name}"
        try:
            self._budget.take(window, urgency, at=self._clock.now())
        except VendorClosed as closed:
            if not waits:
                raise
            self._clock.sleep(min(closed.retry_after_seconds or 0.0, PACE.total_seconds()))
            self._budget.take(window, urgency, at=self._clock.now())
        self._budget.close(window, until=self._clock.now() + PACE)
        began_at = self._clock.now()
        yield
        if self._clock.now() > began_at:
            self._budget.close(window, until=self._clock.now() + PACE)


def line_to(
    environment: IbkrEnvironment,
    *,
    budget: CallBudget,
    clock: Clock,
    http: HttpPool,
    deadline: Deadline | None,
) -> VendorLine:
    """Return the line over which calls go, the exchange of tokens among them."""
    return VendorLine(
        vendor=VENDOR,
        key=environment.budget_key,
        budget=budget,
        clock=clock,
        http=http,
        deadline=deadline,
        repeated_statuses=frozenset(),
    )


def renew(
    environment: IbkrEnvironment, line: VendorLine, clock: Clock, randomness: Randomness
) -> AccessToken:
    """Have a live session token; raises VendorError, OutcomeUnknown for one that is not genuine."""
    consumer = environment.consumer
    secret = int.from_bytes(randomness.token_bytes(_SECRET_BYTES), "big")
    url = environment.base_url + _EXCHANGE_PATH
    challenge = challenge_of(secret, consumer.prime)
    header = exchange_header(consumer, url, challenge, stamped(clock.now(), randomness))
    request = HttpRequest(method="POST", url=url, headers={**_HEADERS, "Authorization": header})
    # Whatever it is for cannot go on without: it may use the last calls.
    reply = line.call(request, urgency=Urgency.EXIT)
    with without_secrets(environment.consumer.secrets):
        try:
            body = read_answer(reply, about_order=False, retry_after_seconds=line.asked_wait_seconds(reply))
        except (Refused, NoSession) as error:
            raise AuthenticationFailed(error.reason) from error
    try:
        node = as_node(body, "the answer")
        response, signature = (
            text(node, "diffie_hellman_response"),
            text(node, "live_session_token_signature"),
        )
        until = number(node, "live_session_token_expiration")
        if response is None or signature is None or until is None:
            raise UnreadablePayload("a live session token without its parts")
        token = live_session_token(response, secret, consumer)
        ends_at = datetime.fromtimestamp(float(until) / 1000, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise OutcomeUnknown("Interactive Brokers' live session token cannot be read") from error
    if not is_genuine(token, signature, consumer):
        raise OutcomeUnknown("Interactive Brokers' live session token does not bear its signature")
    return AccessToken(token=token, until=ends_at)


def stamped(at: datetime, randomness: Randomness) -> Stamp:
    """Return what makes one signature unlike any other."""
    return Stamp(nonce=randomness.token_bytes(_NONCE_BYTES).hex(), seconds=int(at.timestamp()))
