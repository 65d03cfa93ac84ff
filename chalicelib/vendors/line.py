"""The way to one vendor with one token: budget, time limits and repeats (A-12), whatever is said over it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from chalicelib.domain.ports import Clock
from chalicelib.vendors.budget import Bucket, CallBudget, Urgency, window_key
from chalicelib.vendors.deadline import CALL_SECONDS_MAX, SECONDS_LEFT_MIN, Deadline
from chalicelib.vendors.errors import BudgetSpent, VendorUnreachable
from chalicelib.vendors.http import HttpPool, HttpReply, HttpRequest

REPEATED_METHODS: Final = frozenset({"GET", "DELETE"})
REPEATED_STATUSES: Final = frozenset({429, 500, 502, 503})
REPEAT_AFTER_SECONDS: Final = (1.0, 2.0)
#: A vendor that asks for a longer wait than this is not waited for inside a call.
ASKED_WAIT_SECONDS_MAX: Final = 5.0
TOO_MANY_REQUESTS: Final = 429
_EPOCH_MILLISECONDS_DIGITS: Final = 13


class VendorLine:
    """Sends requests to one vendor under one token's budget."""

    def __init__(
        self,
        *,
        vendor: str,
        key: str,
        budget: CallBudget,
        clock: Clock,
        http: HttpPool,
        deadline: Deadline | None = None,
        repeated_statuses: frozenset[int] = REPEATED_STATUSES,
    ) -> None:
        self._vendor = vendor
        self._repeated_statuses = repeated_statuses
        self._key = key
        self._budget = budget
        self._clock = clock
        self._http = http
        self._deadline = deadline

    def call(
        self, request: HttpRequest, *, urgency: Urgency, bucket: Bucket = Bucket.ALL, weight: int = 1
    ) -> HttpReply:
        """Send `request`, GET and DELETE again after 1 s and 2 s on 429, 500, 502 and 503.

        `bucket` is the vendor's that the call counts in, and the one that its answer's headers describe;
        `weight` is how many calls it counts for.
        Returns the last answer, whatever its status. Raises BudgetSpent, VendorUnreachable, OutcomeUnknown.
        """
        deadline = Deadline(self._clock, CALL_SECONDS_MAX).earlier(self._deadline)
        if deadline.seconds_left() < SECONDS_LEFT_MIN:
            raise VendorUnreachable(f"no time is left to ask {self._vendor}", retry_after_seconds=1.0)
        window = window_key(self._key, bucket)
        reply = self._once(request, urgency, window, deadline, weight)
        if request.method not in REPEATED_METHODS:
            return reply
        for usual_wait in REPEAT_AFTER_SECONDS:
            if reply.status not in self._repeated_statuses:
                break
            wait = max(usual_wait, self.asked_wait_seconds(reply) or 0.0)
            if wait > ASKED_WAIT_SECONDS_MAX or deadline.seconds_left() < wait + SECONDS_LEFT_MIN:
                break
            self._clock.sleep(wait)
            try:
                reply = self._once(request, urgency, window, deadline, weight)
            except (BudgetSpent, VendorUnreachable):
                break  # what the vendor last said is what is known
        return reply

    def check_room(self, urgency: Urgency, buckets: Sequence[Bucket]) -> None:
        """Raise BudgetSpent when a call of any of these buckets would be refused now; counts nothing."""
        windows = [window_key(self._key, bucket) for bucket in buckets]
        self._budget.check(windows, urgency, at=self._clock.now())

    def asked_wait_seconds(self, reply: HttpReply) -> float | None:
        """Return how long a 429 asks us to wait: Retry-After, else the end of the vendor's window."""
        if reply.status != TOO_MANY_REQUESTS:
            return None
        given = _number(reply.headers.get("retry-after"))
        if given is not None:
            return given
        ends_at = _window_ends_at(reply)
        return None if ends_at is None else max(0.0, (ends_at - self._clock.now()).total_seconds())

    def _once(
        self, request: HttpRequest, urgency: Urgency, window: str, deadline: Deadline, weight: int
    ) -> HttpReply:
        self._budget.take(window, urgency, at=self._clock.now(), weight=weight)
        reply = self._http.send(request, vendor=self._vendor, deadline=deadline)
        left = _number(reply.headers.get("x-ratelimit-available"))
        if left is not None:
            self._budget.vendor_left(window, int(left), at=self._clock.now(), ends_at=_window_ends_at(reply))
        return reply


def _window_ends_at(reply: HttpReply) -> datetime | None:
    """Return when the vendor's minute ends and its count starts anew."""
    expiry = _number(reply.headers.get("x-ratelimit-expiry"))
    return None if expiry is None else datetime.fromtimestamp(expiry / 1000, UTC)


def _number(text: str | None) -> float | None:
    """Read a header that should be a plain decimal number; what is not (a date, nonsense) says nothing."""
    if text is None or not text.strip().isdigit() or len(text.strip()) > _EPOCH_MILLISECONDS_DIGITS:
        return None
    return float(text.strip())
