"""What can go wrong with an outside party, sorted by what is then known of what was asked for.

    VendorError              outcome: NOT_SENT | REFUSED | UNKNOWN;  retry_after_seconds
    ├─ BudgetSpent           NOT_SENT  our own call budget
    │  ├─ ShareSpent                   one user's share of it; nobody else waits
    │  └─ VendorClosed                 the vendor banned us for a while; nobody asks it meanwhile
    ├─ VendorUnreachable     NOT_SENT  no connection, so nothing left us
    ├─ RateLimited           NOT_SENT  429: the vendor did not take it
    ├─ AuthenticationFailed  REFUSED   401, 403: the token or the account
    └─ OutcomeUnknown        UNKNOWN   timeout after sending, lost connection, 5xx, unreadable answer

Brokers add their refusals of orders (brokers/errors.py). The caller decides by `outcome` alone (A-12):
NOT_SENT and REFUSED are facts, UNKNOWN is settled by searching for the order's tag and never by sending
again. A read that fails raises the same errors and says nothing about any order (I-06).
"""

from enum import StrEnum


class Outcome(StrEnum):
    """What is known of an order after an error."""

    NOT_SENT = "NOT_SENT"
    REFUSED = "REFUSED"
    UNKNOWN = "UNKNOWN"


class VendorError(Exception):
    """Base of what a vendor's line raises; its text may be shown to the owner, it holds no secret."""

    outcome: Outcome = Outcome.UNKNOWN

    def __init__(self, reason: str, *, retry_after_seconds: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after_seconds = retry_after_seconds


class BudgetSpent(VendorError):
    """Our own budget of calls to this token is used up for now; nothing was sent."""

    outcome = Outcome.NOT_SENT


class ShareSpent(BudgetSpent):
    """One user's share of a token that serves several is used up; nobody else has to wait."""


class VendorClosed(BudgetSpent):
    """The vendor told us to stay away until a time that has not come; nothing was sent."""


class VendorUnreachable(VendorError):
    """No connection could be made; nothing left us."""

    outcome = Outcome.NOT_SENT


class RateLimited(VendorError):
    """The vendor answered 429 and took nothing."""

    outcome = Outcome.NOT_SENT


class AuthenticationFailed(VendorError):
    """The vendor does not know this token, or not for this account."""

    outcome = Outcome.REFUSED


class OutcomeUnknown(VendorError):
    """The request left us and no readable answer came back."""

    outcome = Outcome.UNKNOWN
