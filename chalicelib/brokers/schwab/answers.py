"""From an HTTP answer of Schwab to a readable body, or to the error that says what is then known (A-12).

| answer                                     | error                |
|--------------------------------------------|----------------------|
| 400, 422 that names buying power           | InsufficientFunds    |
| 400, 422                                   | Refused              |
| 404 about one order                        | UnknownOrder         |
| 401, 403                                   | AuthenticationFailed |
| 429                                        | RateLimited          |
| 5xx, redirects, other statuses, no JSON    | OutcomeUnknown       |
"""

from collections.abc import Iterator
from typing import Final

from chalicelib.brokers.errors import InsufficientFunds, Refused, UnknownOrder
from chalicelib.vendors.errors import AuthenticationFailed, OutcomeUnknown, RateLimited, VendorError
from chalicelib.vendors.http import HttpReply
from chalicelib.vendors.wire import Node, UnreadablePayload, as_list, read_json, text

UNAUTHORIZED: Final = 401
_REASON_CHARACTERS_MAX: Final = 300
#: What a 429 says of how long to wait is not documented (wire, 2).
RETRY_AFTER_SECONDS: Final = 5.0
#: How an account lacks money, as its owner reads it on Schwab's own pages; codes there are none.
_OF_MONEY: Final = ("buying power", "available cash", "available funds", "sufficient funds")


def read_answer(reply: HttpReply, *, about_order: bool, retry_after_seconds: float | None) -> object:
    """Return the body of an accepted call; raises the VendorError that the answer amounts to."""
    check_answer(reply, about_order=about_order, retry_after_seconds=retry_after_seconds)
    try:
        return read_json(reply.text)
    except UnreadablePayload as error:
        raise OutcomeUnknown("Schwab's answer cannot be read") from error


def check_answer(reply: HttpReply, *, about_order: bool, retry_after_seconds: float | None) -> None:
    """Raise the VendorError that an answer amounts to, whose body may be empty."""
    status = reply.status
    if 200 <= status < 300:
        return
    if status == 429:
        wait = RETRY_AFTER_SECONDS if retry_after_seconds is None else retry_after_seconds
        raise RateLimited("Schwab asks for fewer calls", retry_after_seconds=wait)
    if status in {UNAUTHORIZED, 403}:
        raise AuthenticationFailed(_reason(reply))
    if status == 404 and about_order:
        raise UnknownOrder("Schwab shows no such order of this account")
    if status in {400, 422}:
        raise _refusal(_reason(reply))
    raise OutcomeUnknown(f"Schwab answered with status {status}")


def _refusal(reason: str) -> VendorError:
    lacks_money = any(words in reason.lower() for words in _OF_MONEY)
    return InsufficientFunds(reason) if lacks_money else Refused(reason)


def _reason(reply: HttpReply) -> str:
    said = dict.fromkeys(_said(reply))  # the message is often its only error as well
    return "; ".join(said)[:_REASON_CHARACTERS_MAX] or f"Schwab answered with status {reply.status}"


def _said(reply: HttpReply) -> Iterator[str]:
    """Yield the sentences of an error in any of its four shapes (wire, 7)."""
    try:
        body = read_json(reply.text)
    except UnreadablePayload:
        return
    if not isinstance(body, dict):
        return
    yield from _texts(body, "message", "error", "error_description")
    fault = body.get("fault")
    if isinstance(fault, dict):
        yield from _texts(fault, "faultstring")
    for one in as_list(body.get("errors")):
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict):
            yield from list(_texts(one, "detail")) or _texts(one, "title", "message")


def _texts(node: Node, *names: str) -> Iterator[str]:
    for name in names:
        try:
            found = text(node, name)
        except UnreadablePayload:
            continue
        if found is not None and found.strip():
            yield found.strip()
