"""The budget of calls to a vendor: so many in any sliding minute per token and bucket, shared by all (A-12).

The rules are here, the counting is in `store/accounts/budget.py`, since functions share nothing else.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol

from chalicelib.observability.metrics import Meter, Metric, Service
from chalicelib.store.accounts.budget import WINDOW, CallWindows, Part, PartOfWindow, Refusal
from chalicelib.vendors.errors import BudgetSpent, ShareSpent, VendorClosed

#: A user's pages have this part of a window that serves all, a user's own changes the other (I-36).
PAGES_OF_WINDOW: Final = 10
PAGES_MIN: Final = 5
CHANGES_OF_WINDOW: Final = 5
CHANGES_MIN: Final = 20
#: A month's pages that are refused are refused until the next; a page may ask again after this.
MONTH_SPENT_SECONDS: Final = 3600.0


class Urgency(StrEnum):
    """Which part of the call budget a call may use: cancels and closes may take the last ten (A-12).

    BACKGROUND is what nobody waits for: candles for the capsule and for forensics. BROWSING is what a page
    shows: it comes after everything that marks and exits need (I-36).
    """

    EXIT = "EXIT"
    ORDER = "ORDER"
    DATA = "DATA"
    BROWSING = "BROWSING"
    BACKGROUND = "BACKGROUND"


class Bucket(StrEnum):
    """What a vendor counts apart from the rest, each with a window of its own (wire/tradier.md, 4)."""

    MARKET_DATA = "market-data"
    STANDARD = "standard"
    TRADING = "trading"
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallLimits:
    """How many calls of a sliding minute each urgency may find used up and still be made."""

    exits: int
    orders: int
    market_data: int
    browsing: int
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
            case Urgency.BROWSING:
                return self.browsing
            case Urgency.BACKGROUND:
                return self.background

    def share(self, kind: "ShareKind") -> int:
        """Return how many calls of a window that serves all one user may have for this."""
        match kind:
            case ShareKind.PAGES:
                return max(PAGES_MIN, self.exits // PAGES_OF_WINDOW)
            case ShareKind.CHANGES:
                return max(CHANGES_MIN, 2 * self.exits // CHANGES_OF_WINDOW)


class ShareKind(StrEnum):
    """What a user's share of a window is for."""

    PAGES = "pages"
    CHANGES = "changes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """One user's share of a window that serves several."""

    username: str
    kind: ShareKind


#: Tradier's sandbox allows 60 a minute in each bucket, live 120, and 60 for orders. Quotes leave the last ten
#: alone (A-12). Entries and order reads leave the last five: one whole closing procedure (cancel, read, sell,
#: read back, protect). Pages and candles leave fifteen more to marks: both can come a minute later.
TRADIER_LIMITS: Final = CallLimits(exits=50, orders=45, market_data=40, browsing=25, background=25)
#: tastytrade publishes no limits (wire/tastytrade.md, 2): as at Tradier's sandbox, the narrowest known.
TASTYTRADE_LIMITS: Final = TRADIER_LIMITS
#: Interactive Brokers allows ten a second (wire/ibkr.md, 6); half of that is more than an account needs.
IBKR_LIMITS: Final = CallLimits(exits=300, orders=270, market_data=220, browsing=160, background=120)
#: Schwab allows 120 a minute to an application over all its calls (wire/schwab.md, 2); the same fifths.
SCHWAB_LIMITS: Final = CallLimits(exits=110, orders=100, market_data=80, browsing=50, background=50)
#: ORATS allows 1,000 a minute over all its APIs (wire/orats.md, 1), and one plan may serve several programs.
ORATS_LIMITS: Final = CallLimits(exits=300, orders=300, market_data=270, browsing=180, background=180)
#: When the vendor's own header shows this few left, our window is filled up to match.
VENDOR_LEFT_FEW: Final = 5


class CallBudget(Protocol):
    """Counts calls per token and bucket and refuses those that would pass the limit."""

    def take(
        self, key: str, urgency: Urgency, *, at: datetime, share: Share | None = None, weight: int = 1
    ) -> None:
        """Count one call made at `at`; raises BudgetSpent, and counts nothing, when there is none left.

        With `share` it counts against that user's share too, and raises ShareSpent where that is used up.
        `weight` is how many calls it counts for. Raises VendorClosed while `close` holds.
        """
        ...

    def check(self, keys: Sequence[str], urgency: Urgency, *, at: datetime) -> None:
        """Raise BudgetSpent when a call of any of these windows would be refused at `at`; counts nothing.

        A look and no promise: whoever takes first has the call.
        """
        ...

    def vendor_left(self, key: str, left: int, *, at: datetime, ends_at: datetime | None) -> None:
        """Take note of how many calls the vendor says are left in its window, and when that ends."""
        ...

    def close(self, key: str, *, until: datetime) -> None:
        """Refuse every call of this window until then, whoever makes it: the vendor said so."""
        ...


class PostgresCallBudget:
    """The budget that all functions share."""

    def __init__(self, windows: CallWindows, limits: CallLimits = TRADIER_LIMITS) -> None:
        self._windows = windows
        self._limits = limits

    def take(
        self, key: str, urgency: Urgency, *, at: datetime, share: Share | None = None, weight: int = 1
    ) -> None:
        """Count one call made at `at`; raises BudgetSpent or ShareSpent, and counts nothing, if refused."""
        part = None if share is None else self._part(key, share)
        limit = self._limits.of(urgency)
        refusal = self._windows.take(key, limit=limit, at=at, part=part, weight=weight)
        if refusal is not None:
            raise _refused(refusal)

    def check(self, keys: Sequence[str], urgency: Urgency, *, at: datetime) -> None:
        """Raise BudgetSpent when a call of any of these windows would be refused at `at`; counts nothing."""
        refusal = self._windows.wait(keys, limit=self._limits.of(urgency), at=at)
        if refusal is not None:
            raise _refused(refusal)

    def vendor_left(self, key: str, left: int, *, at: datetime, ends_at: datetime | None) -> None:
        """Fill our window up to match when the vendor shows few left, until its own minute ends."""
        if left > VENDOR_LEFT_FEW:
            return
        began_at = at if ends_at is None else min(at, ends_at - WINDOW)
        self._windows.fill(key, up_to=self._limits.exits - max(left, 0), at=at, entered_at=began_at)

    def close(self, key: str, *, until: datetime) -> None:
        """Refuse every call of this window until then."""
        self._windows.close(key, until=until)

    def _part(self, key: str, share: Share) -> PartOfWindow:
        whose = hashlib.sha256(share.username.encode()).hexdigest()[:32]
        return PartOfWindow(
            key=f"{share.kind}:{whose}:{key}",
            limit=self._limits.share(share.kind),
            is_page=share.kind is ShareKind.PAGES,
        )


def _refused(refusal: Refusal) -> BudgetSpent:
    match refusal.by:
        case Part.WINDOW:
            return BudgetSpent(
                "our budget of calls for this minute is spent", retry_after_seconds=refusal.wait_seconds
            )
        case Part.CLOSED:
            return VendorClosed(
                "the vendor asked us to stay away for a while", retry_after_seconds=refusal.wait_seconds
            )
        case Part.SHARE:
            return ShareSpent(
                "your share of this minute's calls is spent", retry_after_seconds=refusal.wait_seconds
            )
        case Part.MONTH:
            return BudgetSpent(
                "what is left of the data plan's month is kept for open trades",
                retry_after_seconds=MONTH_SPENT_SECONDS,
            )


class MeasuredBudget:
    """A budget that counts what it refused."""

    def __init__(self, budget: CallBudget, meter: Meter) -> None:
        self._budget = budget
        self._meter = meter

    def take(
        self, key: str, urgency: Urgency, *, at: datetime, share: Share | None = None, weight: int = 1
    ) -> None:
        """Count one call made at `at`; raises BudgetSpent, and counts nothing, when there is none left."""
        try:
            self._budget.take(key, urgency, at=at, share=share, weight=weight)
        except BudgetSpent:
            self._note_refusal(urgency)
            raise

    def check(self, keys: Sequence[str], urgency: Urgency, *, at: datetime) -> None:
        """Raise BudgetSpent when a call of any of these windows would be refused at `at`; counts nothing."""
        try:
            self._budget.check(keys, urgency, at=at)
        except BudgetSpent:
            self._note_refusal(urgency)
            raise

    def _note_refusal(self, urgency: Urgency) -> None:
        self._meter.emit(Service.BROKERS, {Metric.BUDGET_WAITS: 1}, urgency=urgency.value)

    def vendor_left(self, key: str, left: int, *, at: datetime, ends_at: datetime | None) -> None:
        """Take note of how many calls the vendor says are left in its window, and when that ends."""
        self._budget.vendor_left(key, left, at=at, ends_at=ends_at)

    def close(self, key: str, *, until: datetime) -> None:
        """Refuse every call of this window until then."""
        self._budget.close(key, until=until)


class PurposeBudget:
    """A budget as one purpose sees it: its quotes are as urgent as it is, and come out of a user's share."""

    def __init__(self, budget: CallBudget, urgency: Urgency, share: Share | None) -> None:
        self._budget = budget
        self._urgency = urgency
        self._share = share

    def take(
        self, key: str, urgency: Urgency, *, at: datetime, share: Share | None = None, weight: int = 1
    ) -> None:
        """Count one call made at `at`; raises BudgetSpent or ShareSpent."""
        asked = self._urgency if urgency is Urgency.DATA else urgency
        self._budget.take(key, asked, at=at, share=share or self._share, weight=weight)

    def check(self, keys: Sequence[str], urgency: Urgency, *, at: datetime) -> None:
        """Raise BudgetSpent when a call of any of these windows would be refused at `at`; counts nothing."""
        self._budget.check(keys, urgency, at=at)

    def vendor_left(self, key: str, left: int, *, at: datetime, ends_at: datetime | None) -> None:
        """Take note of how many calls the vendor says are left in its window, and when that ends."""
        self._budget.vendor_left(key, left, at=at, ends_at=ends_at)

    def close(self, key: str, *, until: datetime) -> None:
        """Refuse every call of this window until then."""
        self._budget.close(key, until=until)


def token_key(token: str) -> str:
    """Return the name under which a token's calls are counted; the token cannot be had back from it."""
    return hashlib.sha256(token.encode()).hexdigest()[:32]


def window_key(token_key: str, bucket: Bucket) -> str:
    """Return the name of a token's window in one of the vendor's buckets."""
    return token_key if bucket is Bucket.ALL else f"{token_key}:{bucket}"
