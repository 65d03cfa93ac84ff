"""How Tradier says no.

TradierRefusal
├─ GatewayFault   401, 429 and 5xx, JSON {"fault": …}
├─ PlainText      400 or 401, a bare sentence
└─ RiskRefusal    200, JSON {"errors": {"error": [sentence, code]}}
"""

from typing import Final

BACKOFFICE: Final = "Backoffice rejected override of the order."


class TradierRefusal(Exception):
    """A call that Tradier does not carry out."""


class GatewayFault(TradierRefusal):
    """The gateway in front of the interface answers."""

    def __init__(self, status: int, sentence: str, code: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.body = {"fault": {"faultstring": sentence, "detail": {"errorcode": code}}}


class PlainText(TradierRefusal):
    """A sentence instead of JSON."""

    def __init__(self, sentence: str, status: int = 400) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence


class BadParameter(PlainText):
    """One parameter is wrong."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"Invalid parameter, {name}: {reason}")


class UnauthorizedAccount(PlainText):
    """The account, or the order, is not the caller's."""

    def __init__(self, account: str) -> None:
        super().__init__(f"Unauthorized Account: {account}", 401)


class FinalizedOrder(PlainText):
    """The order has ended and can neither be changed nor cancelled."""

    def __init__(self, status: str) -> None:
        super().__init__(f"order already in finalized state: {status}")


class RiskRefusal(TradierRefusal):
    """The risk system refuses, with a code of its table."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
        self.body = {"errors": {"error": [BACKOFFICE, code]}}


def invalid_token() -> GatewayFault:
    """Return the fault for a missing, wrong or foreign token."""
    return GatewayFault(401, "Invalid Access Token", "keymanagement.service.invalid_access_token")


def expired_token() -> GatewayFault:
    """Return the fault for a token that was good once (LEAN)."""
    return GatewayFault(401, "Access Token expired", "keymanagement.service.access_token_expired")


def quota_violation() -> GatewayFault:
    """Return the fault for a spent rate limit (the gateway's usual one; no recorded body is known)."""
    return GatewayFault(
        429, "Rate limit quota violation. Quota limit exceeded.", "policies.ratelimit.QuotaViolation"
    )


def no_route() -> GatewayFault:
    """Return the fault for a path that does not exist."""
    return GatewayFault(404, "Unable to identify proxy for the path", "messaging.adaptors.http.flow.NotFound")


def no_product() -> GatewayFault:
    """Return the fault for what an environment does not offer (the sentence is one client's note)."""
    return GatewayFault(
        401,
        "Invalid API call as no apiproduct match found",
        "keymanagement.service.InvalidAPICallAsNoApiProductMatchFound",
    )
