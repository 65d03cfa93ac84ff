"""Run jobs when they fall due, on product time: what EventBridge Scheduler and SQS do in the cloud.

A running clock is followed by a thread. A clock that stands still is moved by `advance`, from instant
to instant, so that everything runs exactly when due. At one instant schedules come before messages.
"""

import heapq
import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

from chalicelib.domain.clocks.jobs import JOBS
from chalicelib.domain.clocks.schedules import Schedule
from chalicelib.domain.json_value import JsonValue
from chalicelib.jobs.runner import late_seconds_max
from chalicelib.system import Threads
from infra.local.clockwork.clock import ProductClock
from infra.local.clockwork.messages import Message, MessageQueue

_LOG: Final = logging.getLogger("papertape.scheduler")
LOOK_SECONDS_MAX: Final = 0.25
"""Real seconds between two looks at the clock when nothing wakes the thread."""
RETRY_AFTER: Final = (timedelta(minutes=5), timedelta(minutes=15), timedelta(minutes=35))
"""Product time before each retry of a failed daily run: three within an hour."""

RunJob = Callable[[str, datetime, Mapping[str, JsonValue], bool], Mapping[str, JsonValue]]
"""(job, due at, payload, forced) → the job's result; raises when the job fails."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """One run: the job, the instant it was due, whether it ended well, and what it says of itself."""

    job: str
    at: datetime
    ok: bool
    result: Mapping[str, JsonValue]

    def as_json(self) -> dict[str, JsonValue]:
        at = self.at.astimezone(UTC).isoformat().replace("+00:00", "Z")
        return {"job": self.job, "at": at, "ok": self.ok, "result": dict(self.result)}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Retry:
    """What is still allowed to a daily run that fails."""

    first_due_at: datetime
    left: int


class Scheduler:
    """Schedules and messages of one stack; one job at a time, but for those that run side by side."""

    def __init__(
        self,
        clock: ProductClock,
        queue: MessageQueue,
        run_job: RunJob,
        schedules: Sequence[Schedule],
        *,
        after: datetime,
        give_up: Callable[[Message], None] = lambda _message: None,
    ) -> None:
        """Schedules fire at their instants later than `after` (exclusive).

        `give_up` is told of a message whose last delivery failed.
        """
        self._clock = clock
        self._queue = queue
        self._run_job = run_job
        self._schedules = schedules
        self._give_up = give_up
        self._upcoming = [(schedule.next_after(after), index) for index, schedule in enumerate(schedules)]
        heapq.heapify(self._upcoming)
        self._retries: dict[int, _Retry] = {}
        self._one_at_a_time = threading.RLock()
        self._side_by_side = Threads()
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        queue.on_send = self._wake.set

    def advance(self, to: datetime) -> list[Ran]:
        """Move the clock to `to`, running all that falls due up to and including it, each at its instant."""
        with self._one_at_a_time, self._clock.held():
            ran = []
            for one in self._run_due(to, moving=True):
                ran.append(one)
                if self._stopping.is_set():
                    return ran
            self._clock.move(to)
            return ran

    def run_now(self, job: str, payload: Mapping[str, JsonValue]) -> Ran:
        """Run one job at once, outside its times."""
        with self._one_at_a_time:
            return self._run(job, self._clock.now(), payload, forced=True)

    def dead_letters(self) -> list[JsonValue]:
        """Return the messages whose last delivery failed, oldest first."""
        return [message.as_json() for message in self._queue.dead()]

    def redrive(self) -> int:
        """Deliver every dead letter anew; returns how many."""
        return self._queue.redrive()

    def start(self) -> None:
        """Follow the clock in a thread. While it stands still, messages due now are delivered, no more."""
        self._thread = threading.Thread(target=self._follow, name="scheduler", daemon=True)
        self._thread.start()

    def stop(self, *, wait_seconds: float) -> bool:
        """Let the running job finish and start no other; tell whether it finished in time."""
        self._stopping.set()
        self._wake.set()
        finished = self._one_at_a_time.acquire(timeout=wait_seconds)
        if finished:
            self._one_at_a_time.release()
            if self._thread is not None:
                self._thread.join()
        return finished

    def _follow(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            with self._one_at_a_time:
                for _ in self._run_due(self._clock.now(), moving=False):
                    if self._stopping.is_set():
                        return
            self._wake.wait(self._seconds_to_next())

    def _seconds_to_next(self) -> float:
        due_at = self._next_due_at()
        if due_at is None or self._clock.speed == 0:
            return LOOK_SECONDS_MAX
        ahead = (due_at - self._clock.now()).total_seconds() / self._clock.speed
        return min(max(ahead, 0.0), LOOK_SECONDS_MAX)

    def _next_due_at(self) -> datetime | None:
        message_at = self._queue.next_due_at()
        schedule_at = self._upcoming[0][0] if self._upcoming else None
        return min((at for at in (message_at, schedule_at) if at is not None), default=None)

    def _run_due(self, until: datetime, *, moving: bool) -> Iterator[Ran]:
        """Run what is due in order; jobs may send messages that fall due within the same stretch."""
        with_schedules = moving or self._clock.speed > 0
        while True:
            message_at = self._queue.next_due_at()
            schedule_at = self._upcoming[0][0] if self._upcoming and with_schedules else None
            if schedule_at is not None and schedule_at <= min(message_at or until, until):
                if moving:
                    self._clock.move(schedule_at)
                yield self._fire()
            elif message_at is not None and message_at <= until:
                if moving:
                    self._clock.move(message_at)
                message = self._queue.take()
                if message is not None:
                    yield from self._deliver_all([message, *self._together_with(message)])
            else:
                return

    def _together_with(self, message: Message) -> list[Message]:
        """Take what is in sight beside a message whose job's do not wait for one another."""
        terms = JOBS.get(message.job)
        if terms is None or not terms.is_side_by_side:
            return []
        return self._queue.take_more(message.job, self._clock.now())

    def _deliver_all(self, messages: Sequence[Message]) -> list[Ran]:
        """Run messages side by side, as functions do in the cloud."""
        return self._side_by_side.each([partial(self._deliver, one) for one in messages])

    def _deliver(self, message: Message) -> Ran:
        """Run a message; one that fails, or whose instant another worker has, comes again."""
        if self._is_too_late(message):
            result: Mapping[str, JsonValue] = {"skipped": "it failed, and is too late now", "dropped": True}
            return Ran(job=message.job, at=message.due_at, ok=True, result=result)
        ran = self._run(message.job, message.due_at, message.payload, forced=False)
        if ran.ok and ran.result.get("running") is not True:
            return ran
        if not self._queue.give_back(message):
            self._give_up(message)
        return ran

    def _is_too_late(self, message: Message) -> bool:
        """Say whether a message that comes again has outlived its instant; a moved clock never shows it."""
        longest = late_seconds_max(message.job, message.payload)
        late_seconds = (self._clock.now() - message.due_at).total_seconds()
        return message.receives > 0 and longest is not None and late_seconds > longest

    def _fire(self) -> Ran:
        """Run the schedule whose turn it is, and note when it comes next."""
        due_at, index = heapq.heappop(self._upcoming)
        schedule = self._schedules[index]
        retry = self._retries.pop(index, None) or _Retry(first_due_at=due_at, left=schedule.retries)
        late_seconds = self._clock.real_seconds_since(due_at)
        if late_seconds > schedule.event_age_seconds_max:
            ran = Ran(job=schedule.job, at=due_at, ok=True, result={"skipped": "older than its event age"})
        else:
            ran = replace(self._run(schedule.job, retry.first_due_at, {}, forced=False), at=due_at)
        heapq.heappush(self._upcoming, (self._next_turn(index, due_at, retry, ran), index))
        return ran

    def _next_turn(self, index: int, due_at: datetime, retry: _Retry, ran: Ran) -> datetime:
        schedule = self._schedules[index]
        regular = schedule.next_after(due_at)
        if ran.ok or retry.left == 0:
            return regular
        again = retry.first_due_at + RETRY_AFTER[schedule.retries - retry.left]
        if again >= regular:
            return regular
        self._retries[index] = replace(retry, left=retry.left - 1)
        return again

    def _run(self, job: str, due_at: datetime, payload: Mapping[str, JsonValue], *, forced: bool) -> Ran:
        try:
            result = self._run_job(job, due_at, payload, forced)
        except Exception as error:  # noqa: BLE001  # a job's failure is its own: the next one must run
            _LOG.exception("job failed", extra={"job": job, "due_at": due_at.isoformat()})
            return Ran(job=job, at=due_at, ok=False, result={"error": type(error).__name__})
        return Ran(job=job, at=due_at, ok=True, result=result)


def message_list(queue: MessageQueue) -> list[JsonValue]:
    """Return what waits in the queue or lies among the dead letters, for the next start of the stack."""
    return [message.as_json() for message in (*queue.waiting(), *queue.dead())]


def restore_messages(queue: MessageQueue, stored: Sequence[Mapping[str, JsonValue]]) -> None:
    """Put back what a former run left; raises ValueError on anything else."""
    messages = [Message.from_json(one) for one in stored]
    queue.put(*(one for one in messages if not one.is_dead))
    queue.bury(*(one for one in messages if one.is_dead))
