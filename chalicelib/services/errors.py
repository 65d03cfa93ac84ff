"""What a use case answers when it does not do what was asked; `api/problems.py` gives each its status.

ServiceError
├─ NotFound             unknown, or somebody else's: never told apart (A-10)
├─ Invalid              the request's data, field by field
├─ StaleVersion         another device changed the trade first; carries it as it stands
├─ StaleSettings        another device changed the settings first; carries them as they stand
├─ StaleStrategy        the same of a strategy of the desk
├─ StaleDesk            the same of the desk's settings
├─ StaleTrader          the same of a trader of system C
├─ StaleDecision        the same of a decision of system C
├─ DecisionOver         a decision that does not wait for its owner any more; carries it as it stands
├─ TransitionRefused    the trade's state does not allow it; carries it as it stands
├─ LiveRefused          what a trader lacks to trade live (C-08)
├─ TradesOpen           open trades depend on what would change or go
├─ RiskLimitReached     a limit on entries (A-07)
│  └─ EntriesStopped    the kill switch is set (B-08)
├─ BrokerRefused        the broker said no, with its reason
├─ Unavailable          could not be reached, and surely nothing was done
├─ OutcomeUnknown       it was begun, and what came of it could not be stored or read
├─ IdempotencyMismatch  the key was used with another body or path
├─ InProgress           the first call with this key still runs
├─ TooSoon              asked again before its time
└─ Forbidden            signed in, but not for this
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from chalicelib.domain.json_value import JsonValue
from chalicelib.store.users.settings import UserSettings

if TYPE_CHECKING:
    from chalicelib.domain.desk.strategies.settings import DeskSettings
    from chalicelib.store.ai.decisions import DecisionRow
    from chalicelib.store.ai.traders import TraderRow
    from chalicelib.store.desk.strategies import StrategyRow

_LOG: Final = logging.getLogger("papertape.services")


class ServiceError(Exception):
    """Base of what use cases refuse with; the text may be shown to the user."""


class NotFound(ServiceError):
    """No such thing for this user."""

    def __init__(self, what: str) -> None:
        super().__init__(f"There is no such {what}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldError:
    """One fault in the caller's data and the field it stands in."""

    field: str
    message: str


class Invalid(ServiceError):
    """The request's data cannot be accepted."""

    def __init__(self, errors: Sequence[FieldError]) -> None:
        super().__init__("; ".join(f"{error.field}: {error.message}" for error in errors))
        self.errors = tuple(errors)


class StaleVersion(ServiceError):
    """The caller saw an older version of a trade than the present one, which the database wrote as JSON."""

    def __init__(self, current: Mapping[str, JsonValue]) -> None:
        super().__init__("This was changed in the meantime.")
        self.current = current


class StaleSettings(ServiceError):
    """The caller saw an older version of the settings than the present one."""

    def __init__(self, current: UserSettings) -> None:
        super().__init__("This was changed in the meantime.")
        self.current = current


class StaleStrategy(ServiceError):
    """The caller saw an older version of a strategy than the present one."""

    def __init__(self, current: "StrategyRow") -> None:
        super().__init__("This was changed in the meantime.")
        self.current = current


class StaleDesk(ServiceError):
    """The caller saw an older version of the desk's settings than the present one."""

    def __init__(self, current: "DeskSettings") -> None:
        super().__init__("This was changed in the meantime.")
        self.current = current


class StaleTrader(ServiceError):
    """The caller saw an older version of a trader than the present one."""

    def __init__(self, current: "TraderRow") -> None:
        super().__init__("This was changed in the meantime.")
        self.current = current


class StaleDecision(ServiceError):
    """The caller saw an older version of a decision than the present one."""

    def __init__(self, current: "DecisionRow") -> None:
        super().__init__("This was changed in the meantime.")
        self.current = current


class DecisionOver(ServiceError):
    """A decision does not wait for its owner any more; carries it as it stands."""

    def __init__(self, reason: str, current: "DecisionRow") -> None:
        super().__init__(reason)
        self.current = current


class LiveRefused(ServiceError):
    """A trader may not trade live: what of C-08 it lacks; how many ended paper trades it has and needs."""

    def __init__(self, missing: Sequence[str], *, have: int, need: int) -> None:
        super().__init__(f"This trader may not trade live yet: {', '.join(missing)}.")
        self.missing = tuple(missing)
        self.have = have
        self.need = need


class TransitionRefused(ServiceError):
    """The trade's present state does not allow what was asked."""

    def __init__(self, reason: str, current: Mapping[str, JsonValue]) -> None:
        super().__init__(reason)
        self.current = current


class TradesOpen(ServiceError):
    """Open trades depend on the account, token or user that would change or go (A-12)."""

    def __init__(self, count: int) -> None:
        which = "1 open trade depends" if count == 1 else f"{count} open trades depend"
        super().__init__(f"{which} on this: close what is open first.")
        self.count = count


class RiskLimitReached(ServiceError):
    """What is asked for would pass a limit: `max_positions`, `delta` and the like; `quota` of what is kept.

    `value` is what `what` would make of it, None where that cannot be told.
    """

    def __init__(self, limit: str, value: Decimal | None, allowed: Decimal, *, what: str = "trade") -> None:
        shown = f"what this {what} would make it is not known"
        if value is not None:
            shown = f"this {what} would make it {value.normalize():f}"
        super().__init__(f"The limit {limit} is {allowed.normalize():f}; {shown}.")
        self.limit = limit
        self.value = value
        self.allowed = allowed


class EntriesStopped(RiskLimitReached):
    """The kill switch lets no entry through: a limit of none, which this one would pass (B-08)."""

    def __init__(self, why: str) -> None:
        super().__init__("kill_switch", Decimal(1), Decimal(0))
        self.args = (why,)


class BrokerRefused(ServiceError):
    """The broker said no; nothing was done."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Unavailable(ServiceError):
    """A party that is needed could not be reached, and surely nothing was done."""

    def __init__(self, reason: str, *, retry_after_seconds: int = 5) -> None:
        super().__init__(reason)
        self.retry_after_seconds = retry_after_seconds


class IdempotencyMismatch(ServiceError):
    """This key belongs to another request of the same user."""

    def __init__(self) -> None:
        super().__init__("This idempotency key was used with another body or path.")


class InProgress(ServiceError):
    """The first call with this key has not ended yet."""

    def __init__(self, *, retry_after_seconds: int = 2) -> None:
        super().__init__("The first call with this idempotency key is still running.")
        self.retry_after_seconds = retry_after_seconds


class TooSoon(ServiceError):
    """The same was asked a moment ago."""

    def __init__(self, reason: str, *, retry_after_seconds: int) -> None:
        super().__init__(reason)
        self.retry_after_seconds = retry_after_seconds


class Forbidden(ServiceError):
    """The caller is known and may not do this."""


class OutcomeUnknown(ServiceError):
    """A broker may have been told, or a part of it is stored: it is not said to be undone (I-34)."""


@contextmanager
def once_begun(what: str) -> Iterator[None]:
    """Turn trouble on the way into OutcomeUnknown; what a service itself says is known, and stands."""
    try:
        yield
    except ServiceError:
        raise
    except Exception as error:
        _LOG.error("%s was cut short: %s", what, type(error).__name__)
        raise OutcomeUnknown(f"{what} was cut short: look before you repeat.") from error
