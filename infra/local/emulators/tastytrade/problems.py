"""How tastytrade says no: `{"error": {code, message, errors}}` with a status of its own (wire, 2).

The codes `preflight_check_failure`, `cant_buy_for_credit`, `gtc_market_orders_not_supported`,
`cannot_update_order`, `not_permitted` and `invalid_credentials` are recorded; the others, and the sentences
beside them, are not confirmed.
"""

import re
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

_CAPITALS: Final = re.compile(r"(?<!^)(?=[A-Z])")
_SENTENCES: Final[Mapping[str, tuple[str, str]]] = {
    "MarketOrderIsGtc": ("gtc_market_orders_not_supported", "GTC/GTD Market orders are not supported."),
    "InitialMargin": (
        "margin_check_failed",
        "Account does not have sufficient buying power available for this order.",
    ),
    "UnexpectedSellOrderOption": ("cannot_close_position", "You do not hold this position to sell to close."),
    "UnexpectedSellOrder": ("cannot_close_position", "You do not hold this position to sell to close."),
    "LongPositionCrossZero": (
        "closing_quantity_exceeds_position",
        "The quantity to close, with what working orders close, exceeds the position.",
    ),
    "ShortPositionCrossZero": (
        "closing_quantity_exceeds_position",
        "The quantity to close, with what working orders close, exceeds the position.",
    ),
    "SellStopOrderStopPriceGreaterBid": (
        "invalid_stop_trigger",
        "The stop trigger of a sell order must be less than the Bid.",
    ),
    "BuyStopOrderStopPriceLessAsk": (
        "invalid_stop_trigger",
        "The stop trigger of a buy order must be greater than the Ask.",
    ),
}


class ApiRefusal(Refusal):
    """A call that the interface itself refuses."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"error": {"code": code, "message": message}}


class OauthRefusal(Refusal):
    """A grant that is not renewed, in OAuth's own words."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.body = {"error": code, "error_description": sentence}


class NoUserAgent(Refusal):
    """A call without the header that the proxy wants: it answers in HTML."""


class PreflightRefusal(Refusal):
    """An order that a preflight check refuses."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        inner = {"code": code, "message": message}
        said = "One or more preflight checks failed"
        self.body = {"error": {"code": "preflight_check_failure", "message": said, "errors": [inner]}}


def answer_to(refusal: Refusal) -> EmulatorResponse:
    """Return how a refusal is told."""
    match refusal:
        case NoUserAgent():
            page = b"<html><body><h1>401 Authorization Required</h1></body></html>"
            return EmulatorResponse(status=401, headers={"Content-Type": "text/html"}, body=page)
        case ApiRefusal():
            return json_response(refusal.body, refusal.status)
        case OauthRefusal():
            return json_response(refusal.body, 400)
        case PreflightRefusal():
            return json_response(refusal.body, 422)
        case UnauthorizedAccount():
            return answer_to(not_found())
        case FinalizedOrder():
            return answer_to(ApiRefusal(422, "cannot_update_order", "the order could not be cancelled"))
        case RiskRefusal():
            return answer_to(PreflightRefusal(*_said(refusal.code)))
        case BadParameter() | PlainText():
            return answer_to(ApiRefusal(422, "validation_error", str(refusal)))
        case _:
            raise TypeError(f"no answer is known for {type(refusal).__name__}") from refusal


def not_found() -> ApiRefusal:
    """Return the refusal of an order that is not there, or is another's."""
    return ApiRefusal(404, "record_not_found", "Couldn't find Order")


def not_permitted() -> ApiRefusal:
    """Return the refusal of an account that is another's (recorded)."""
    return ApiRefusal(403, "not_permitted", "User not permitted access")


def no_route() -> ApiRefusal:
    """Return the refusal of a path that does not exist."""
    return ApiRefusal(404, "not_found", "The requested resource could not be found")


def invalid_token() -> ApiRefusal:
    """Return the refusal of an access token that is over, or was never given."""
    return ApiRefusal(401, "token_invalid", "This token is invalid or has expired")


def too_many() -> ApiRefusal:
    """Return the refusal of a call beyond the rate limit, which comes without headers."""
    return ApiRefusal(429, "rate_limit_exceeded", "Too many requests")


def _said(code: str) -> tuple[str, str]:
    known = _SENTENCES.get(code)
    return known or (_CAPITALS.sub("_", code).lower(), f"The order was refused: {code}.")
