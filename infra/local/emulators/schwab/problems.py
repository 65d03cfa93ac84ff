"""How Schwab says no: a body of its own for each product, one for tokens, one of the gateway (wire, 7).

The shapes are recorded. Sentences and most statuses of refused orders are not: which rules refuse an order at
once and which reject it later is nowhere told, and here all do so at once.
"""

import re
from collections.abc import Mapping
from typing import Final
from uuid import UUID, uuid5

from infra.local.emulators.brokerage.refusals import FinalizedOrder, PlainText, Refusal, RiskRefusal
from infra.local.emulators.serving.exchange import EmulatorResponse, json_response

_NAMESPACE: Final = UUID("0be22ae7-efdf-44d9-99f4-f138049d76ca")
_CAPITALS: Final = re.compile(r"(?<!^)(?=[A-Z])")
_SENTENCES: Final[Mapping[str, str]] = {
    "InitialMargin": "You do not have enough available cash/buying power for this order.",
    "UnexpectedSellOrderOption": "You do not own enough contracts to sell to close.",
    "UnexpectedSellOrder": "This order may result in an oversold/overbought position in your account.",
    "LongPositionCrossZero": "This order may result in an oversold/overbought position in your account.",
    "ShortPositionCrossZero": "This order may result in an oversold/overbought position in your account.",
    "SellStopOrderStopPriceGreaterBid": "The stop price of a sell order must be less than the Bid.",
    "BuyStopOrderStopPriceLessAsk": "The stop price of a buy order must be greater than the Ask.",
}


class TraderRefusal(Refusal):
    """A call for accounts and orders that is not carried out."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class DataRefusal(Refusal):
    """A call for market data that is not answered."""

    def __init__(self, status: int, title: str, detail: str | None = None) -> None:
        super().__init__(detail or title)
        self.status, self.title, self.detail = status, title, detail


class OauthRefusal(Refusal):
    """A token that is not given, in OAuth's own words."""

    def __init__(self, status: int, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.status, self.code = status, code


class GatewayFault(Refusal):
    """An answer that is too large for the gateway."""


def answer_to(refusal: Refusal) -> EmulatorResponse:
    """Return how a refusal is told."""
    match refusal:
        case TraderRefusal():
            return _trader(str(refusal), refusal.status)
        case OauthRefusal():
            body = {"error": refusal.code, "error_description": str(refusal)}
            return json_response(body, refusal.status)
        case DataRefusal():
            return _data(refusal)
        case GatewayFault():
            fault = {"faultstring": str(refusal), "detail": {"errorcode": "protocol.http.TooBigBody"}}
            return json_response({"fault": fault}, 502)
        case FinalizedOrder():
            return _trader("The order cannot be cancelled in its present state", 400)
        case RiskRefusal():
            return _trader(sentence_of(refusal), 400)
        case PlainText():  # one of an account or order that is another's, too
            return _trader(str(refusal), 404 if refusal.status == 401 else 400)
        case _:
            raise TypeError(f"no answer is known for {type(refusal).__name__}") from refusal


def sentence_of(refusal: Refusal) -> str:
    """Return what is said of an order that a rule refuses."""
    if not isinstance(refusal, RiskRefusal):
        return str(refusal)
    told = _CAPITALS.sub(" ", refusal.code).lower()
    return _SENTENCES.get(refusal.code, f"The order was refused: {told}.")


def no_route() -> TraderRefusal:
    """Return the refusal of a path that does not exist."""
    return TraderRefusal(404, "Resource not found")


def not_found() -> TraderRefusal:
    """Return the refusal of an order that is not there, or is another's."""
    return TraderRefusal(404, "Order not found")


def _trader(message: str, status: int) -> EmulatorResponse:
    return json_response({"message": message, "errors": [message]}, status)


def _data(refusal: DataRefusal) -> EmulatorResponse:
    """Return market data's own shape: the status is a text of a bad request, and a number elsewhere."""
    error: dict[str, object] = {
        "id": str(uuid5(_NAMESPACE, str(refusal))),
        "status": str(refusal.status) if refusal.status == 400 else refusal.status,
        "title": refusal.title,
    }
    if refusal.detail is not None:
        error["detail"] = refusal.detail
    return json_response({"errors": [error]}, refusal.status)
