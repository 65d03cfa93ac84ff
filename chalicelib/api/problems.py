"""Every refusal as application/problem+json (RFC 9457); here errors of services get their status.

`type` is a relative reference that ends in the word of api.md's table. No text comes from SQL, a token or a
stack trace: only services' own sentences, which are written for their user.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from chalicelib.domain.json_value import JsonValue
from chalicelib.security.errors import CredentialsUnreadable, SigninThrottled, SigninUnavailable
from chalicelib.services import errors
from chalicelib.services.errors import FieldError, ServiceError
from chalicelib.store.database import DatabaseUnavailable
from chalicelib.store.users.settings import UserSettings

if TYPE_CHECKING:
    from chalicelib.domain.desk.strategies.settings import DeskSettings
    from chalicelib.store.ai.traders import TraderRow
    from chalicelib.store.desk.strategies import StrategyRow

CONTENT_TYPE: Final = "application/problem+json"
TYPE_PREFIX: Final = "/problems/"

#: The table of api.md: each word with its status and title.
KINDS: Final[Mapping[str, tuple[int, str]]] = {
    "malformed": (400, "The request cannot be read"),
    "unauthenticated": (401, "Sign in first"),
    "forbidden": (403, "Not allowed"),
    "not-found": (404, "Not found"),
    "method-not-allowed": (405, "Method not allowed"),
    "stale-version": (409, "Changed in the meantime"),
    "forbidden-transition": (409, "Not possible in this state"),
    "trades-open": (409, "Trades are open"),
    "live-requirements": (409, "Not ready to trade live"),
    "in-progress": (409, "Still running"),
    "too-large": (413, "Too large"),
    "media-type": (415, "Only JSON is read here"),
    "invalid": (422, "The data cannot be accepted"),
    "risk-limit": (422, "A risk limit is reached"),
    "broker-refused": (422, "The broker refused"),
    "idempotency-mismatch": (422, "The idempotency key belongs to another request"),
    "too-many-requests": (429, "Too many requests"),
    "unavailable": (503, "Not available at the moment"),
    "outcome-unknown": (504, "Not known whether it was done"),
}
_RETRY_SECONDS: Final = 5
#: An answer is not larger than the request that it refuses.
FAULTS_LISTED_MAX: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem(Exception):
    """A refusal, ready to be answered; `extra` are the members that only this kind has."""

    kind: str
    detail: str
    extra: Mapping[str, JsonValue] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def status(self) -> int:
        """Return the HTTP status of this kind."""
        return KINDS[self.kind][0]

    def body(self) -> dict[str, JsonValue]:
        """Return the problem document."""
        status, title = KINDS[self.kind]
        return {
            "type": TYPE_PREFIX + self.kind,
            "title": title,
            "status": status,
            "detail": self.detail,
            **self.extra,
        }


def unauthenticated(detail: str, *, challenge: str | None = None) -> Problem:
    """Refuse for want of a valid token; `challenge` names the step of sign-in that is left."""
    extra: dict[str, JsonValue] = {} if challenge is None else {"challenge": challenge}
    return Problem(kind="unauthenticated", detail=detail, extra=extra, headers={"WWW-Authenticate": "Bearer"})


def invalid(faults: Sequence[FieldError]) -> Problem:
    """Refuse the data, field by field; of very many faults the first are listed."""
    listed: list[JsonValue] = [
        {"field": fault.field, "message": fault.message} for fault in faults[:FAULTS_LISTED_MAX]
    ]
    detail = "; ".join(f"{fault.field}: {fault.message}" for fault in faults[:3])
    return Problem(kind="invalid", detail=detail, extra={"errors": listed})


def too_many_requests(detail: str, retry_after_seconds: int) -> Problem:
    """Ask the caller to come back later."""
    return Problem(kind="too-many-requests", detail=detail, headers=_retry(retry_after_seconds))


def unavailable(detail: str, retry_after_seconds: int = _RETRY_SECONDS) -> Problem:
    """Say that somebody could not be reached and nothing was done."""
    return Problem(kind="unavailable", detail=detail, headers=_retry(retry_after_seconds))


def outcome_unknown() -> Problem:
    """Say that a change may have been stored: repeating it unseen could do it twice (I-34)."""
    detail = "The database went away while it stored this: look before you repeat, or repeat with its key."
    return Problem(kind="outcome-unknown", detail=detail)


def not_found() -> Problem:
    """Say that there is nothing at this address, or nothing of the caller's."""
    return Problem(kind="not-found", detail="There is nothing here.")


def method_not_allowed(allowed: Sequence[str]) -> Problem:
    """Say that the path exists and this method does not."""
    return Problem(
        kind="method-not-allowed",
        detail="This path has no such method.",
        headers={"Allow": ", ".join(sorted(allowed))},
    )


def gateway_problem(status: int) -> Problem:
    """Word what the gateway answers itself: unknown route, throttle, too large, time limit."""
    by_status = {403: not_found(), 404: not_found(), 401: unauthenticated("Sign in first.")}
    if status in by_status:
        return by_status[status]
    if status == 429:
        return too_many_requests("Too many requests; wait a moment.", 1)
    for kind, (known_status, title) in KINDS.items():
        if known_status == status:
            return Problem(kind=kind, detail=f"{title}.")
    return unavailable("The request could not be carried out.")


def problem_of(error: Exception) -> Problem | None:
    """Return the problem that this expected error stands for, None for an unexpected one."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, ServiceError):
        return _of_service(error)
    if isinstance(error, DatabaseUnavailable):
        return unavailable("The database cannot be reached at the moment; nothing was done.")
    if isinstance(error, SigninUnavailable):
        return unavailable("The sign-in service cannot be reached at the moment; nothing was done.")
    if isinstance(error, SigninThrottled):
        return too_many_requests("Too many attempts to sign in; wait a moment.", _RETRY_SECONDS)
    if isinstance(error, CredentialsUnreadable):
        return Problem(kind="broker-refused", detail=str(error))
    return None


def _of_service(error: ServiceError) -> Problem:
    detail = str(error)
    match error:
        case errors.NotFound():
            return Problem(kind="not-found", detail=detail)
        case errors.Invalid():
            return invalid(error.errors)
        case errors.StaleVersion():
            return Problem(kind="stale-version", detail=detail, extra={"current": dict(error.current)})
        case errors.StaleSettings():
            return _stale_settings(detail, error.current)
        case errors.StaleStrategy() | errors.StaleDesk():
            return _stale_desk(detail, error.current)
        case errors.StaleTrader():
            return _stale_trader(detail, error.current)
        case errors.StaleDecision() | errors.DecisionOver():
            return _with_decision(detail, error)
        case errors.TransitionRefused():
            return Problem(kind="forbidden-transition", detail=detail, extra={"current": dict(error.current)})
        case errors.LiveRefused():
            return _live_refused(detail, error)
        case errors.TradesOpen():
            return Problem(kind="trades-open", detail=detail, extra={"open_trades": error.count})
        case errors.RiskLimitReached():
            value = None if error.value is None else float(error.value)
            numbers: dict[str, JsonValue] = {"value": value, "allowed": float(error.allowed)}
            return Problem(kind="risk-limit", detail=detail, extra={"limit": error.limit, **numbers})
        case errors.BrokerRefused():
            return Problem(kind="broker-refused", detail=detail, extra={"reason": error.reason})
        case errors.Unavailable():
            return unavailable(detail, error.retry_after_seconds)
        case errors.OutcomeUnknown():
            return Problem(kind="outcome-unknown", detail=detail)
        case errors.IdempotencyMismatch():
            return Problem(kind="idempotency-mismatch", detail=detail)
        case errors.InProgress():
            return Problem(kind="in-progress", detail=detail, headers=_retry(error.retry_after_seconds))
        case errors.TooSoon():
            return too_many_requests(detail, error.retry_after_seconds)
        case errors.Forbidden():
            return Problem(kind="forbidden", detail=detail)
    return Problem(kind="invalid", detail=detail, extra={"errors": []})


def _stale_settings(detail: str, settings: UserSettings) -> Problem:
    from chalicelib.api.shapes.settings import shape_settings  # a cold start needs nothing of it

    return Problem(kind="stale-version", detail=detail, extra={"current": shape_settings(settings)})


def _stale_desk(detail: str, current: "StrategyRow | DeskSettings") -> Problem:
    from chalicelib.api.shapes import desk  # as above
    from chalicelib.store.desk.strategies import StrategyRow

    if isinstance(current, StrategyRow):
        return Problem(kind="stale-version", detail=detail, extra={"current": desk.shape_strategy(current)})
    return Problem(kind="stale-version", detail=detail, extra={"current": desk.shape_desk_settings(current)})


def _stale_trader(detail: str, row: "TraderRow") -> Problem:
    from chalicelib.api.shapes.ai import shape_trader  # as above

    return Problem(kind="stale-version", detail=detail, extra={"current": shape_trader(row)})


def _live_refused(detail: str, error: errors.LiveRefused) -> Problem:
    trades: dict[str, JsonValue] = {"have": error.have, "need": error.need}
    extra: dict[str, JsonValue] = {"missing": [*error.missing], "paper_trades": trades}
    return Problem(kind="live-requirements", detail=detail, extra=extra)


def _with_decision(detail: str, error: errors.StaleDecision | errors.DecisionOver) -> Problem:
    from chalicelib.api.shapes.ai import shape_decision  # as above

    kind = "stale-version" if isinstance(error, errors.StaleDecision) else "forbidden-transition"
    return Problem(kind=kind, detail=detail, extra={"current": shape_decision(error.current)})


def _retry(seconds: int) -> dict[str, str]:
    return {"Retry-After": str(max(1, seconds))}
