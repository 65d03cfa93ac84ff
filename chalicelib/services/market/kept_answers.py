"""Answers of vendors kept by question, for as long as a cycle: asking the same meanwhile costs no call."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Generic, TypeVar, cast

from chalicelib.domain.clocks.session_instants import SNAPSHOT_EVERY
from chalicelib.domain.ports import Clock
from chalicelib.marketdata.interface import ShareSpentError

#: An answer by a user's own token, which nobody else has a use for: pages of one user on several devices.
OWN_ANSWERS: Final = timedelta(seconds=2)
#: An answer by the operator's token: what is on the page is marked no oftener.
SHARED_ANSWERS: Final = SNAPSHOT_EVERY
#: What a vendor lists for the day, whoever's token asks.
DAYS_LISTS: Final = timedelta(minutes=5)
_ENTRIES_MAX: Final = 128

T = TypeVar("T")
Question = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept(Generic[T]):
    """An answer, and when it was read by product time and by the machine's."""

    answer: T
    read_at: datetime
    read_monotonic: float


@dataclass(slots=True)
class _Flight:
    """One call on its way, and who waits for it."""

    landed: threading.Event = field(default_factory=threading.Event)
    kept: Kept[object] | None = None
    failure: Exception | None = None


class KeptAnswers:
    """What this container has read, newest last; callers of one question at one time make one call."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: OrderedDict[Question, Kept[object]] = OrderedDict()
        self._flights: dict[Question, _Flight] = {}
        self._lock = threading.Lock()

    def answer(self, question: Question, ask: Callable[[], T], *, fresh_for: timedelta) -> Kept[T]:
        """Return the kept answer while it is fresh, else ask anew; raises what `ask` raises.

        Whoever finds the same question on its way waits for that answer, and shares its failure unless that
        is its asker's alone.
        """
        while True:
            with self._lock:
                kept = self._kept.get(question)
                if kept is not None and self._is_fresh(kept, fresh_for):
                    return cast("Kept[T]", kept)
                flight = self._flights.get(question)
                mine = flight is None
                if flight is None:
                    flight = self._flights[question] = _Flight()
            if mine:
                return cast("Kept[T]", self._fly(question, flight, ask))
            flight.landed.wait()
            if flight.kept is not None:
                return cast("Kept[T]", flight.kept)
            if flight.failure is not None and not isinstance(flight.failure, ShareSpentError):
                raise flight.failure

    def forget(self) -> None:
        """Ask anew from now on: the market was moved without time having passed."""
        with self._lock:
            self._kept.clear()

    def _fly(self, question: Question, flight: _Flight, ask: Callable[[], object]) -> Kept[object]:
        try:
            answer = ask()
            flight.kept = Kept(
                answer=answer, read_at=self._clock.now(), read_monotonic=self._clock.monotonic()
            )
            return flight.kept
        except Exception as error:
            flight.failure = error
            raise
        finally:
            with self._lock:
                del self._flights[question]
                if flight.kept is not None:
                    self._keep(question, flight.kept)
            flight.landed.set()

    def _keep(self, question: Question, kept: Kept[object]) -> None:
        self._kept[question] = kept
        self._kept.move_to_end(question)
        if len(self._kept) > _ENTRIES_MAX:
            self._kept.popitem(last=False)

    def _is_fresh(self, kept: Kept[object], fresh_for: timedelta) -> bool:
        """Product time may run fast, or be moved: then an answer is old before real seconds have passed."""
        moved = abs(self._clock.now() - kept.read_at)
        passed = self._clock.monotonic() - kept.read_monotonic
        return passed < fresh_for.total_seconds() and moved < fresh_for
