"""The budget of calls to a vendor: so many in any sliding minute per token, shared by all functions (A-12).

The rules are here; where the calls are counted is in `store/budget.py`, since functions share nothing else.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from chalicelib.brokers.errors import BudgetSpent
from chalicelib.brokers.interface import Urgency
from chalicelib.observability.metrics import Meter, Metric, Service
from chalicelib.store.budget import WINDOW, CallWindows


@dataclass(frozen=True, slots=True, kw_only=True)
class CallLimits:
    """How many calls of a sliding minute each urgency may find used up and still be made."""

    exits: int
    orders: int
    market_data: int
    background: int

    def of(self, urgency: Urgency) -> int:
        """Return the limit for one urgency."""
        match urgency:
            case Urgency.EXIT:
                return self.exits
            case Urgency.ORDER:
                return self.orders
            case Urgency.DATA:
                return self.market_data
            case Urgency.BACKGROUND:
                return self.background


#: Tradier's sandbox allows 60 a minute. Quotes leave the last ten alone (A-12). Entries and order reads leave
#: the last five: one whole closing procedure (cancel, read, sell, read back, protect). Candles leave fifteen
#: to quotes and chains: a capsule can come a minute later.
TRADIER_LIMITS: Final = CallLimits(exits=50, orders=45, market_data=40, background=25)
#: ORATS allows 1,000 a minute over all its APIs (wire/orats.md, 1), and one plan may serve several programs.
ORATS_LIMITS: Final = CallLimits(exits=300, orders=300, market_data=300, background=300)
#: When the vendor's own header shows this few left, our window is filled up to match.
VENDOR_LEFT_FEW: Final = 5


class CallBudget(Protocol):
    """Counts calls per token and refuses those that would pass the limit."""

    def take(self, token_key: str, urgency: Urgency, *, at: datetime) -> None:
        """Count one call made at `at`; raises BudgetSpent, and counts nothing, when there is none left."""
        ...

    def vendor_left(self, token_key: str, left: int, *, at: datetime, ends_at: datetime | None) -> None:
        """Take note of how many calls the vendor says are left in its window, and when that ends."""
        ...


class PostgresCallBudget:
    """The budget that all functions share."""

    def __init__(self, windows: CallWindows, limits: CallLimits = TRADIER_LIMITS) -> None:
        self._windows = windows
        self._limits = limits

    def take(self, token_key: str, urgency: Urgency, *, at: datetime) -> None:
        """Count one call made at `at`; raises BudgetSpent, and counts nothing, when there is none left."""
        wait_seconds = self._windows.take(token_key, limit=self._limits.of(urgency), at=at)
        if wait_seconds is not None:
            raise BudgetSpent(
                "our budget of calls for this minute is spent", retry_after_seconds=wait_seconds
            )

    def vendor_left(self, token_key: str, left: int, *, at: datetime, ends_at: datetime | None) -> None:
        """Fill our window up to match when the vendor shows few left, until its own minute ends."""
        if left > VENDOR_LEFT_FEW:
            return
        began_at = at if ends_at is None else min(at, ends_at - WINDOW)
        self._windows.fill(token_key, up_to=self._limits.exits - max(left, 0), at=at, entered_at=began_at)


class MeasuredBudget:
    """A budget that counts what it refused."""

    def __init__(self, budget: CallBudget, meter: Meter) -> None:
        self._budget = budget
        self._meter = meter

    def take(self, token_key: str, urgency: Urgency, *, at: datetime) -> None:
        """Count one call made at `at`; raises BudgetSpent, and counts nothing, when there is none left."""
        try:
            self._budget.take(token_key, urgency, at=at)
        except BudgetSpent:
            self._meter.emit(Service.BROKERS, {Metric.BUDGET_WAITS: 1}, urgency=urgency.value)
            raise

    def vendor_left(self, token_key: str, left: int, *, at: datetime, ends_at: datetime | None) -> None:
        """Take note of how many calls the vendor says are left in its window, and when that ends."""
        self._budget.vendor_left(token_key, left, at=at, ends_at=ends_at)


def token_key(token: str) -> str:
    """Return the name under which a token's calls are counted; the token cannot be had back from it."""
    return hashlib.sha256(token.encode()).hexdigest()[:32]
