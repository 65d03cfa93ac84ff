"""From an HTTP answer of Tradier to a readable body, or to the error that says what is then known (A-12).

| answer                                          | error                                     |
|-------------------------------------------------|-------------------------------------------|
| 200 with `errors` (a list or a text)            | Refused, InsufficientFunds, AlreadyFinal  |
| 200 of a read with an order beside its `errors` | the order, in the state that it shows     |
| 400                                             | Refused, AlreadyFinal                     |
| 401 `Unauthorized Account: …` about one order   | UnknownOrder                              |
| 401, 403, a fault of the gateway among them     | AuthenticationFailed                      |
| 429                                             | RateLimited                               |
| 5xx, redirects, other statuses, unreadable text | OutcomeUnknown                            |
"""

from typing import Final

from chalicelib.brokers.errors import AlreadyFinal, InsufficientFunds, Refused, UnknownOrder
from chalicelib.brokers.tradier.codes import BUYING_POWER_CODES, SENTENCES
from chalicelib.vendors.errors import AuthenticationFailed, OutcomeUnknown, RateLimited, VendorError
from chalicelib.vendors.http import HttpReply
from chalicelib.vendors.wire import Node, UnreadablePayload, as_list, read_body, read_json

FINALIZED: Final = "order already in finalized state"
UNAUTHORIZED_ACCOUNT: Final = "Unauthorized Account"
#: Opens most lists of errors and says nothing; what follows it is the reason.
_PREAMBLE: Final = "Backoffice rejected override of the order."
_REASON_CHARACTERS_MAX: Final = 300
#: A 429 that does not say how long to wait (its body and headers are not recorded anywhere).
RETRY_AFTER_SECONDS: Final = 5.0


def read_answer(
    reply: HttpReply, *, about_order: bool, is_read: bool = False, retry_after_seconds: float | None
) -> Node:
    """Return the body of an accepted call; raises the VendorError that the answer amounts to.

    `about_order`: the call named one order in its path, so that an unauthorized account means the order.
    `is_read`: nothing was asked for but to be shown, so `errors` beside an order belong to that order (wire
    notes, section 3): it was refused, and its own state says so.
    """
    if not 200 <= reply.status < 300:
        raise _failure(reply, about_order=about_order, retry_after_seconds=retry_after_seconds)
    try:
        body = read_body(reply.text)
    except UnreadablePayload as error:
        raise OutcomeUnknown("Tradier's answer cannot be read") from error
    if "fault" in body:
        raise OutcomeUnknown(f"Tradier's gateway failed: {fault_text(body)}")
    if body.get("errors") not in (None, "null", {}, []) and not (is_read and "order" in body):
        raise refusal(error_texts(body))
    return body


def read_list(reply: HttpReply, *, retry_after_seconds: float | None) -> list[object]:
    """Return the members of an answer that is a list as a whole; raises VendorError like `read_answer`."""
    if not 200 <= reply.status < 300:
        raise _failure(reply, about_order=False, retry_after_seconds=retry_after_seconds)
    try:
        body = read_json(reply.text)
    except UnreadablePayload as error:
        raise OutcomeUnknown("Tradier's answer cannot be read") from error
    if not isinstance(body, list):
        raise OutcomeUnknown("Tradier's answer is not the list that was asked for")
    return body


def _failure(reply: HttpReply, *, about_order: bool, retry_after_seconds: float | None) -> VendorError:
    status = reply.status
    if status == 429:
        wait = RETRY_AFTER_SECONDS if retry_after_seconds is None else retry_after_seconds
        return RateLimited("Tradier asks for fewer calls", retry_after_seconds=wait)
    if status == 400:
        return refusal(_texts(reply))
    if status in {401, 403}:
        reason = refusal(_texts(reply)).reason
        if about_order and reason.startswith(UNAUTHORIZED_ACCOUNT):
            return UnknownOrder("Tradier shows no such order of this account")
        return AuthenticationFailed(reason)
    return OutcomeUnknown(f"Tradier answered with status {status}")


def _texts(reply: HttpReply) -> list[str]:
    """Return the sentences of a refused call: JSON of either family, else the bare text."""
    try:
        body = read_body(reply.text)
    except UnreadablePayload:
        plain = reply.text.strip()
        return [f"Tradier answered with status {reply.status}" if plain.startswith("<") else plain]
    return [fault_text(body)] if "fault" in body else error_texts(body)


def fault_text(body: Node) -> str:
    """Return the gateway's sentence of a fault."""
    fault = body.get("fault")
    found = fault.get("faultstring") if isinstance(fault, dict) else None
    return found if isinstance(found, str) else "a fault without a text"


def error_texts(body: Node) -> list[str]:
    """Return the entries of `errors.error`, which may be a list, one text, or the holder itself a text."""
    holder = body.get("errors")
    listed = holder.get("error") if isinstance(holder, dict) else holder
    return [entry for entry in as_list(listed) if isinstance(entry, str)]


def refusal(texts: list[str]) -> Refused:
    """Sort a refusal by what it says; its reason is the broker's own sentence, with its code beside it."""
    said = [text.strip() for text in texts if text.strip()]
    reasons = [text for text in said if text != _PREAMBLE] or said
    reason = "; ".join(_sentence(text) for text in reasons)[:_REASON_CHARACTERS_MAX]
    if any(text.lower().startswith(FINALIZED) for text in reasons):
        return AlreadyFinal(reason)
    if any(text in BUYING_POWER_CODES or "buying power" in text.lower() for text in reasons):
        return InsufficientFunds(reason)
    return Refused(reason or "Tradier refused and gave no reason")


def _sentence(text: str) -> str:
    meaning = SENTENCES.get(text)
    return text if meaning is None else f"{meaning} ({text})"
