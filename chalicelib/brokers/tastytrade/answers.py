"""From an HTTP answer of tastytrade to a readable body, or to the error that says what is then known (A-12).

| answer                                     | error                                |
|--------------------------------------------|--------------------------------------|
| 422 `cannot_update_order`                  | AlreadyFinal                         |
| 422 of the margin check                    | InsufficientFunds                    |
| 400, 422                                   | Refused                              |
| 404 about one order                        | UnknownOrder                         |
| 401, 403; HTML of the proxy among them     | AuthenticationFailed                 |
| 429                                        | RateLimited                          |
| 5xx, redirects, other statuses, no JSON    | OutcomeUnknown                       |
"""

from collections.abc import Iterator
from typing import Final

from chalicelib.brokers.errors import AlreadyFinal, InsufficientFunds, Refused, UnknownOrder
from chalicelib.vendors.errors import AuthenticationFailed, OutcomeUnknown, RateLimited, VendorError
from chalicelib.vendors.http import HttpReply
from chalicelib.vendors.wire import Node, UnreadablePayload, as_list, read_body

CANNOT_UPDATE: Final = "cannot_update_order"
UNAUTHORIZED: Final = 401
_REASON_CHARACTERS_MAX: Final = 300
#: 429 comes without a header that says how long to wait (wire, 2).
RETRY_AFTER_SECONDS: Final = 5.0


def read_answer(reply: HttpReply, *, about_order: bool, retry_after_seconds: float | None) -> Node:
    """Return the body of an accepted call; raises the VendorError that the answer amounts to."""
    if not 200 <= reply.status < 300:
        raise _failure(reply, about_order=about_order, retry_after_seconds=retry_after_seconds)
    try:
        return read_body(reply.text)
    except UnreadablePayload as error:
        raise OutcomeUnknown("tastytrade's answer cannot be read") from error


def _failure(reply: HttpReply, *, about_order: bool, retry_after_seconds: float | None) -> VendorError:
    status = reply.status
    if status == 429:
        wait = RETRY_AFTER_SECONDS if retry_after_seconds is None else retry_after_seconds
        return RateLimited("tastytrade asks for fewer calls", retry_after_seconds=wait)
    if status in {UNAUTHORIZED, 403}:
        return AuthenticationFailed(_reason(list(_said(reply)), status))
    if status == 404 and about_order:
        return UnknownOrder("tastytrade shows no such order of this account")
    if status in {400, 422}:
        return _refusal(list(_said(reply)), status)
    return OutcomeUnknown(f"tastytrade answered with status {status}")


def _refusal(said: list[tuple[str, str]], status: int) -> Refused:
    reason = _reason(said, status)
    if any(code == CANNOT_UPDATE for code, _ in said):
        return AlreadyFinal(reason)
    if any(code.startswith("margin") or "buying power" in text.lower() for code, text in said):
        return InsufficientFunds(reason)
    return Refused(reason)


def _reason(said: list[tuple[str, str]], status: int) -> str:
    texts = [f"{text} ({code})" if code and text else text or code for code, text in said]
    return "; ".join(texts)[:_REASON_CHARACTERS_MAX] or f"tastytrade answered with status {status}"


def _said(reply: HttpReply) -> Iterator[tuple[str, str]]:
    """Yield code and sentence of each error, the inner ones in place of the outer where there are any.

    Inner entries have `code` and `message`, some `domain` and `reason`; what OAuth refuses is two texts.
    """
    try:
        body = read_body(reply.text)
    except UnreadablePayload:
        return
    error = body.get("error")
    if isinstance(error, str):
        yield error, _text(body, "error_description")
        return
    if not isinstance(error, dict):
        return
    inner = [one for one in as_list(error.get("errors")) if isinstance(one, dict)]
    for one in inner or [error]:
        yield _text(one, "code", "domain"), _text(one, "message", "reason")


def _text(node: Node, *names: str) -> str:
    found = (node.get(name) for name in names)
    return next((value.strip() for value in found if isinstance(value, str)), "")
