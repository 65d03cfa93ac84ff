"""What can go wrong at a broker, sorted by what is then known of the order.

    BrokerError              outcome: NOT_SENT | REFUSED | UNKNOWN;  retry_after_seconds
    ├─ Unsupported           NOT_SENT  the broker cannot do this; nothing was sent
    ├─ BudgetSpent           NOT_SENT  our own call budget
    │  └─ ShareSpent                   one user's share of it; nobody else waits
    ├─ BrokerUnreachable     NOT_SENT  no connection, so nothing left us
    ├─ RateLimited           NOT_SENT  429: the broker did not take it
    ├─ AuthenticationFailed  REFUSED   401, 403: the token or the account
    ├─ Refused               REFUSED   the broker said no, with its reason
    │  ├─ InsufficientFunds
    │  ├─ AlreadyFinal                 a cancel came after the order's end
    │  └─ UnknownOrder                 no such order of this account (today)
    └─ OutcomeUnknown        UNKNOWN   timeout after sending, lost connection, 5xx, unreadable answer

The caller decides by `outcome` alone (A-12): NOT_SENT and REFUSED are facts, UNKNOWN is settled by
searching for the order's tag and never by sending again. A read that fails raises the same errors and says
nothing about any order (I-06).
"""

from enum import StrEnum


class Outcome(StrEnum):
    """What is known of an order after an error."""

    NOT_SENT = "NOT_SENT"
    REFUSED = "REFUSED"
    UNKNOWN = "UNKNOWN"


class BrokerError(Exception):
    """Base of everything a broker adapter raises; its text may be shown to the owner, it holds no secret."""

    outcome: Outcome = Outcome.UNKNOWN

    def __init__(self, reason: str, *, retry_after_seconds: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after_seconds = retry_after_seconds


class Unsupported(BrokerError):
    """The broker cannot do this; nothing was sent."""

    outcome = Outcome.NOT_SENT


class BudgetSpent(BrokerError):
    """Our own budget of calls to this token is used up for now; nothing was sent."""

    outcome = Outcome.NOT_SENT


class ShareSpent(BudgetSpent):
    """One user's share of a token that serves several is used up; nobody else has to wait."""


class BrokerUnreachable(BrokerError):
    """No connection could be made; nothing left us."""

    outcome = Outcome.NOT_SENT


class RateLimited(BrokerError):
    """The broker answered 429 and took nothing."""

    outcome = Outcome.NOT_SENT


class AuthenticationFailed(BrokerError):
    """The broker does not know this token, or not for this account."""

    outcome = Outcome.REFUSED


class Refused(BrokerError):
    """The broker said no; `reason` is its own text."""

    outcome = Outcome.REFUSED


class InsufficientFunds(Refused):
    """The account lacks the buying power."""


class AlreadyFinal(Refused):
    """The order had ended before the cancel; `reason` names the state."""


class UnknownOrder(Refused):
    """The broker shows no such order: foreign, mistyped, or of another day (the list holds today only)."""


class OutcomeUnknown(BrokerError):
    """The request left us and no readable answer came back."""

    outcome = Outcome.UNKNOWN
