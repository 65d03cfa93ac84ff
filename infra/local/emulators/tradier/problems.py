"""How Tradier says no, beside what every broker of the emulators refuses.

Refusal
├─ GatewayFault   401, 429 and 5xx, JSON {"fault": …}
├─ PlainText      400 or 401, a bare sentence
└─ RiskRefusal    200, JSON {"errors": {"error": [sentence, code]}}
"""

from typing import Final

from infra.local.emulators.brokerage.refusals import Refusal, RiskRefusal

BACKOFFICE: Final = "Backoffice rejected override of the order."


class GatewayFault(Refusal):
    """The gateway in front of the interface answers."""

    def __init__(self, status: int, sentence: str, code: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.body = {"fault": {"faultstring": sentence, "detail": {"errorcode": code}}}


def risk_body(refusal: RiskRefusal) -> dict[str, object]:
    """Return the body of an order that the risk system refuses, which comes with status 200."""
    return {"errors": {"error": [BACKOFFICE, refusal.code]}}


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
