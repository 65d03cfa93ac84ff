"""How Interactive Brokers says no: `{"error": …}`, for orders with status 200 (wire, 10)."""

from collections.abc import Mapping
from typing import Final

from infra.local.emulators.brokerage.refusals import (
    BadParameter,
    FinalizedOrder,
    PlainText,
    Refusal,
    RiskRefusal,
    UnauthorizedAccount,
)
from infra.local.emulators.serving.exchange import EmulatorResponse, json_response

#: The wording of refusals is recorded for a limit too far off alone; these are as users quote them.
_SENTENCES: Final[Mapping[str, str]] = {
    "InitialMargin": (
        "YOUR ORDER IS NOT ACCEPTED. IN ORDER TO OBTAIN THE DESIRED POSITION YOUR EQUITY WITH LOAN VALUE"
        " MUST EXCEED THE INITIAL MARGIN."
    ),
    "SecurityUndefined": "No security definition has been found for the request",
    "InvalidOrderExpiration": "The contract has expired",
}


class ApiRefusal(Refusal):
    """A call that the interface refuses, with its status and sentence."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence


def answer_to(refusal: Refusal) -> EmulatorResponse:
    """Return how a refusal is told."""
    match refusal:
        case ApiRefusal():
            return json_response({"error": refusal.sentence, "statusCode": refusal.status}, refusal.status)
        case FinalizedOrder() | UnauthorizedAccount():
            return json_response({"error": sentence_of(refusal)}, 400)
        case _:
            return json_response({"error": sentence_of(refusal)})


def sentence_of(refusal: Refusal) -> str:
    """Return what is said of a refusal."""
    match refusal:
        case ApiRefusal():
            return refusal.sentence
        case RiskRefusal():
            return _SENTENCES.get(refusal.code, f"Order rejected: {refusal.code}")
        case FinalizedOrder() | UnauthorizedAccount():
            return "OrderID doesn't exist"
        case BadParameter() | PlainText():
            return str(refusal)
        case _:
            raise TypeError(f"no answer is known for {type(refusal).__name__}") from refusal


def unauthorized(sentence: str) -> ApiRefusal:
    """Return the refusal of a call that is signed wrongly or by nobody who is known."""
    return ApiRefusal(401, sentence)


def no_bridge() -> ApiRefusal:
    """Return the refusal of a call without a brokerage session."""
    return ApiRefusal(400, "Bad Request: no bridge")


def accounts_first() -> ApiRefusal:
    """Return the refusal of a call of orders before the accounts were asked for."""
    return ApiRefusal(500, "Please query /accounts first")


def no_such_order(order_id: object) -> ApiRefusal:
    """Return the refusal of an order that is not of this session (recorded)."""
    return ApiRefusal(503, f"Order {order_id} is not found")


def cannot_cancel(order_id: object) -> ApiRefusal:
    """Return the refusal of a cancel of what does not work (recorded)."""
    return ApiRefusal(400, f"OrderID {order_id} doesn't exist")


def no_route() -> ApiRefusal:
    """Return the refusal of a path that does not exist."""
    return ApiRefusal(404, "Resource not found")


def too_many() -> ApiRefusal:
    """Return the refusal of a call beyond the pace."""
    return ApiRefusal(429, "Too many requests")
