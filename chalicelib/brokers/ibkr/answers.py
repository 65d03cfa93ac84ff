"""From an HTTP answer of Interactive Brokers to a readable body, or to the error that says what is known.

| answer                                       | error                                    |
|----------------------------------------------|------------------------------------------|
| 401; 400 "no bridge"; accounts to be asked   | NoSession: nothing was done              |
| 404, or 503 "not found", about one order     | UnknownOrder                             |
| 400; `{"error": …}` with 200                 | Refused, InsufficientFunds of money      |
| 403                                          | AuthenticationFailed                     |
| 429                                          | RateLimited                              |
| 5xx, other statuses, no JSON                 | OutcomeUnknown                           |
"""

from collections.abc import Callable
from typing import Final, TypeVar

from chalicelib.brokers.errors import InsufficientFunds, Refused, UnknownOrder
from chalicelib.vendors.errors import AuthenticationFailed, OutcomeUnknown, RateLimited, VendorUnreachable
from chalicelib.vendors.http import HttpReply
from chalicelib.vendors.wire import UnreadablePayload, read_json

#: A 429 may be followed by a quarter of an hour in which nothing is answered (wire, 6).
RETRY_AFTER_SECONDS: Final = 60.0
UNAUTHORIZED: Final = 401
_REASON_CHARACTERS_MAX: Final = 300
_NO_SESSION: Final = ("no bridge", "not authenticated", "query /accounts")
_OF_MONEY: Final = ("buying power", "margin", "insufficient", "equity with loan value", "available funds")

S = TypeVar("S")
T = TypeVar("T")


class NoSession(VendorUnreachable):
    """There is no brokerage session, or none that this call may use; the call was not taken."""


def read_answer(reply: HttpReply, *, about_order: bool, retry_after_seconds: float | None) -> object:
    """Return the JSON of an accepted call; raises the VendorError that the answer amounts to."""
    said = _said(reply)
    if needs_session(reply):
        raise NoSession(said or "Interactive Brokers has no session for this call", retry_after_seconds=1.0)
    if reply.status == 429:
        wait = RETRY_AFTER_SECONDS if retry_after_seconds is None else retry_after_seconds
        raise RateLimited("Interactive Brokers asks for fewer calls", retry_after_seconds=wait)
    if reply.status == 403:
        raise AuthenticationFailed(said or "Interactive Brokers does not let these credentials in")
    if about_order and (reply.status == 404 or (reply.status == 503 and "not found" in (said or ""))):
        raise UnknownOrder("Interactive Brokers shows no such order of this account")
    if said and (reply.status == 400 or 200 <= reply.status < 300):
        raise refusal(said)
    if not 200 <= reply.status < 300:
        raise OutcomeUnknown(f"Interactive Brokers answered with status {reply.status}")
    try:
        return read_json(reply.text)
    except UnreadablePayload as error:
        raise OutcomeUnknown("Interactive Brokers' answer cannot be read") from error


def parsed(parse: Callable[[S], T], body: S) -> T:
    """Parse a body; one of an unknown shape says nothing of what it was asked for: OutcomeUnknown."""
    try:
        return parse(body)
    except UnreadablePayload as error:
        raise OutcomeUnknown(f"Interactive Brokers' answer cannot be read: {error}") from error


def needs_session(reply: HttpReply) -> bool:
    """Say whether an answer means that nothing was done for want of a session."""
    if reply.status == UNAUTHORIZED:
        return True
    said = (_said(reply) or "").lower()
    return reply.status in {400, 500} and any(words in said for words in _NO_SESSION)


def refusal(said: str) -> Refused:
    """Return the refusal that a text amounts to."""
    text = " ".join(said.split())[:_REASON_CHARACTERS_MAX]
    if any(words in text.lower() for words in _OF_MONEY):
        return InsufficientFunds(f"not enough buying power: {text}")
    return Refused(text)


def _said(reply: HttpReply) -> str | None:
    try:
        body = read_json(reply.text)
    except UnreadablePayload:
        return None
    said = body.get("error") if isinstance(body, dict) else None
    return said if isinstance(said, str) and said else None
