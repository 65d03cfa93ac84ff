"""How runs and messages reach the jobs: on time, or late, twice, out of order, never, and killed midway.

What EventBridge Scheduler and SQS promise is "at least once, about then" (architecture.md, Clocks); the
product must live with all of it.
"""

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from chalicelib import jobs
from chalicelib.domain.json_value import JsonValue
from chalicelib.domain.ports import Outgoing
from chalicelib.jobs.runner import JobsContainer
from chalicelib.store.accounts.leases import LeaseLost
from infra.local.simulate.engine import Engine
from infra.local.simulate.trouble import Roughness

#: How long a queue hides a message that its receiver did not finish.
REDELIVERED_AFTER: Final = timedelta(seconds=75)
DELIVERIES_MAX: Final = 3
#: For runs in which nobody has a trader or a coin.
OF_TRADERS: Final = frozenset(
    {"crypto_tick", "candle_close", "decide", "ai_change", "crypto_reconcile", "ai_digest", "ai_daily_rows"}
)
#: Jobs that no invariant here depends on: their messages are mostly lost, which they must bear anyway.
SELDOM: Final[Mapping[str, float]] = {"context": 1.0, "summary": 0.8, "alert": 0.8, "forensics": 0.8}


@dataclass(slots=True, kw_only=True)
class Delivery:
    """The bus that the product is handed, and the hand that runs its jobs."""

    engine: Engine
    choices: random.Random
    roughness: Roughness
    unexpected: Callable[[str], None]
    container: JobsContainer | None = None
    #: Jobs of what this run has not: their messages are nobody's choice.
    ignored: frozenset[str] = OF_TRADERS
    runs: Counter[str] = field(default_factory=Counter)
    _done: set[tuple[str, datetime, str]] = field(default_factory=set)

    def send(self, job: str, payload: Mapping[str, JsonValue], *, due_at: datetime | None = None) -> None:
        """Take a message; it arrives when it is due, or as roughly as this run wants."""
        now = self.engine.now()
        due = due_at or now
        self.deliver(job, due, dict(payload), at=max(due, now))

    def send_all(self, messages: Sequence[Outgoing]) -> None:
        """Take many messages at once."""
        now = self.engine.now()
        for one in messages:
            self.deliver(one.job, one.due_at, dict(one.payload), at=max(one.deliver_at or now, now))

    def deliver(self, job: str, due_at: datetime, payload: Mapping[str, JsonValue], *, at: datetime) -> None:
        """Have a job run, once or as this run wants."""
        if job in self.ignored:
            return
        rough = self.roughness
        never = max(rough.never, SELDOM.get(job, 0.0))
        if self.choices.random() < never:
            self.engine.trace.note(self.engine.now(), job, "lost", f"due {due_at:%H:%M:%S}")
            return
        late = timedelta(seconds=self.choices.random() * self.choices.choice((0.2, 2.0, 20.0)) * rough.lag)
        if self.choices.random() < rough.late:
            late = timedelta(seconds=self.choices.uniform(20, 130))
        self._start(job, due_at, payload, at=at + late, delivery=1)
        if self.choices.random() < rough.twice:
            again = late + timedelta(seconds=self.choices.choice((0.0, 0.05, 1.0, 40.0)))
            self._start(job, due_at, payload, at=at + again, delivery=1)

    def run_calmly(self, job: str, *, forced: bool) -> None:
        """Run a job now, exactly once, undisturbed."""
        due_at = self.engine.now()
        self.engine.spawn(f"{job}!", lambda: self._run(job, due_at, {}, forced=forced))

    def _start(
        self, job: str, due_at: datetime, payload: Mapping[str, JsonValue], *, at: datetime, delivery: int
    ) -> None:
        def died() -> None:
            if delivery < DELIVERIES_MAX and self.choices.random() < 0.6:
                again = self.engine.now() + REDELIVERED_AFTER
                self._start(job, due_at, payload, at=again, delivery=delivery + 1)

        self.engine.spawn(
            f"{job} {due_at.minute:02d}:{due_at.second:02d}",
            lambda: self._run(job, due_at, payload, forced=False),
            at=at,
            kill_at=self.roughness.kill_step(self.choices),
            on_death=died,
        )

    def _run(self, job: str, due_at: datetime, payload: Mapping[str, JsonValue], *, forced: bool) -> None:
        engine = self.engine
        actor = engine.current()
        name = job if actor is None else actor.name
        assert self.container is not None, "set when the product is composed"
        self.runs[job] += 1
        try:
            result = jobs.run_job(self.container, job, due_at=due_at, payload=payload, forced=forced)
        except LeaseLost as lost:
            engine.trace.note(engine.now(), name, "job", f"lost its lease: {lost}")
            return
        except Exception as error:  # noqa: BLE001  # whatever a job dies of is this run's finding
            engine.trace.note(engine.now(), name, "job", f"FAILED {type(error).__name__}: {error}")
            self.unexpected(f"{job} failed with {type(error).__name__}: {error}")
            return
        engine.trace.note(engine.now(), name, "job", str(dict(result)))
        if not forced and "skipped" not in result:
            self._note_done(job, due_at, payload)

    def _note_done(self, job: str, due_at: datetime, payload: Mapping[str, JsonValue]) -> None:
        """I-20: an instant is done once, however often its message comes."""
        key = (job, due_at, str(sorted(payload.items())))
        if key in self._done:
            self.unexpected(f"I-20: {job} of {due_at:%H:%M:%S} was done twice")
        self._done.add(key)
