"""Virtual time and the actors in it: one process, one thread, every switch by seeded choice.

An actor is a function of the product at work (an API call, a job run), a greenlet. It lets others go on only
where it holds no transaction: around a call to a vendor, in a wait, between two commits. So no two
transactions are ever open at once, no database lock is waited for, and the same seed gives the same order.
"""

import heapq
import random
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final, TypeVar

import greenlet

from infra.local.simulate.trace import Trace

T = TypeVar("T")
#: An actor that takes this many steps is caught in a loop.
STEPS_MAX: Final = 20_000


class Killed(BaseException):
    """The function is no more: nothing of it goes on, not even what it would do at its end."""


class NeverEnds(Exception):
    """An actor went on for more steps than any call or job can need."""


@dataclass(slots=True, eq=False)
class Actor:
    """One function at work; `kill_at` is the step before which it dies.

    `gives_up_at` is when its call under way has taken too long for it, in virtual seconds from the start;
    `told_broker` is what its API call asked of a broker that took it, or may have.
    """

    name: str
    kill_at: int | None
    steps: int = 0
    dead: bool = False
    open_transactions: int = 0
    races_lost: int = 0
    gives_up_at: float | None = None
    told_broker: str | None = None
    is_call: bool = False
    database_is_gone: bool = False
    thread: greenlet.greenlet | None = None
    on_death: Callable[[], None] | None = None
    on_end: Callable[[], None] | None = None
    parent: "Actor | None" = None

    @property
    def whole(self) -> "Actor":
        """Return the function that this is a part of, or is: it dies whole."""
        return self if self.parent is None else self.parent.whole

    def begin_call(self) -> None:
        """Have an API call begin: no broker was told of it yet."""
        self.is_call, self.told_broker = True, None

    def end_call(self) -> bool:
        """Have it end; returns whether the database went away in its midst."""
        was_gone = self.database_is_gone
        self.is_call = self.database_is_gone = False
        return was_gone


@dataclass(slots=True)
class EngineCounts:
    """What the engine did."""

    actors: int = 0
    switches: int = 0
    kills: int = 0


@dataclass(slots=True)
class Engine:
    """The clock of a run and what is due by it; also the `Clock` that the product is handed."""

    start: datetime
    choices: random.Random
    trace: Trace
    counts: EngineCounts = field(default_factory=EngineCounts)
    kills_allowed: bool = True
    _now: datetime = field(init=False)
    _due: list[tuple[datetime, int, Actor | Callable[[], None]]] = field(default_factory=list)
    _order: int = 0
    _actors: list[Actor] = field(default_factory=list)
    _hub: greenlet.greenlet = field(init=False)

    def __post_init__(self) -> None:
        self._now = self.start.astimezone(UTC)
        self._hub = greenlet.getcurrent()

    # The product's clock.

    def now(self) -> datetime:
        """Return the present instant of virtual time."""
        return self._now

    def monotonic(self) -> float:
        """Return virtual seconds from the start: time limits of calls count them."""
        return (self._now - self.start).total_seconds()

    def real_seconds_since(self, instant: datetime) -> float:
        """Return how late a run due at `instant` is."""
        return max((self._now - instant).total_seconds(), 0.0)

    def sleep(self, seconds: float) -> None:
        """Let virtual time pass for the present actor, and others act meanwhile."""
        actor = self.current()
        if actor is None:
            self._now += timedelta(seconds=max(seconds, 0.0))
            return
        if actor.open_transactions:
            raise AssertionError(f"{actor.name} waits while it holds a transaction")
        self._push(self._now + timedelta(seconds=max(seconds, 0.0)), actor)
        self._hub.switch()
        if actor.whole.dead:
            raise Killed

    def each(self, tasks: Sequence[Callable[[], T]]) -> list[T]:
        """Carry tasks of the present actor out side by side, as threads of its own would.

        Raises what the first of them in their order raised, once none is at work any more.
        """
        actor = self.current()
        if actor is None or len(tasks) < 2:
            return [task() for task in tasks]
        if actor.open_transactions:
            raise AssertionError(f"{actor.name} waits while it holds a transaction")
        left, done = len(tasks), [Future[T]() for _ in tasks]

        def end() -> None:
            nonlocal left
            left -= 1
            if left == 0:
                self._push(self._now, actor)

        for number, task in enumerate(tasks):
            work = partial(_carry_out, task, done[number])
            part = self.spawn(f"{actor.name}.{number + 1}", work)
            part.parent, part.on_end = actor, end
        self._hub.switch()
        if actor.whole.dead:
            raise Killed
        return [one.result() for one in done]

    # Actors.

    def current(self) -> Actor | None:
        """Return the actor at work, None in the hub."""
        here = greenlet.getcurrent()
        return next((actor for actor in self._actors if actor.thread is here), None)

    def spawn(
        self,
        name: str,
        work: Callable[[], None],
        *,
        at: datetime | None = None,
        kill_at: int | None = None,
        on_death: Callable[[], None] | None = None,
    ) -> Actor:
        """Have `work` begin at an instant (now when None), and die before its step `kill_at`."""
        actor = Actor(name=name, kill_at=kill_at, on_death=on_death)
        actor.thread = greenlet.greenlet(lambda: self._live(actor, work), parent=self._hub)
        self.counts.actors += 1
        self._push(max(at or self._now, self._now), actor)
        return actor

    def at(self, instant: datetime, action: Callable[[], None]) -> None:
        """Have something that is no function of the product happen at an instant."""
        self._push(max(instant, self._now), action)

    def point(self, what: str) -> None:
        """Be at a place where the present actor may die; its caller says where that is."""
        actor = self.current()
        if actor is None:
            return
        whole = actor.whole
        if whole.dead:
            raise Killed
        whole.steps += 1
        if whole.steps > STEPS_MAX:
            raise NeverEnds(actor.name)
        if whole.kill_at is not None and whole.steps >= whole.kill_at and self.kills_allowed:
            whole.dead = True
            self.counts.kills += 1
            self.trace.note(self._now, actor.name, "killed", what)
            raise Killed

    def breathe(self, chance: float, seconds_max: float) -> None:
        """Let others go on, by seeded choice, for a moment of at most `seconds_max`."""
        actor = self.current()
        if actor is None or actor.open_transactions or len(self._actors) < 1:
            return
        if self.choices.random() < chance:
            self.sleep(self.choices.random() * seconds_max)

    @property
    def busy(self) -> bool:
        """Say whether an actor is at work or about to begin."""
        return any(isinstance(due, Actor) for _, _, due in self._due)

    def run_until(self, instant: datetime, after: Callable[[bool], None]) -> None:
        """Let everything happen that is due up to and including an instant; `after` follows each, and
        is told whether an actor or an event is over or only waits."""
        while self._due and self._due[0][0] <= instant:
            self._next(after)
        self._now = max(self._now, instant)

    def finish_actors(self, after: Callable[[bool], None]) -> None:
        """Go on until no actor is at work."""
        while self.busy:
            self._next(after)

    def _next(self, after: Callable[[bool], None]) -> None:
        at, _, due = heapq.heappop(self._due)
        self._now = max(self._now, at)
        if isinstance(due, Actor):
            after(self._resume(due))
        else:
            due()
            after(True)

    def _resume(self, actor: Actor) -> bool:
        """Let an actor go on; returns whether it has ended."""
        thread = actor.thread
        assert thread is not None
        self.counts.switches += 1
        if actor not in self._actors:
            self._actors.append(actor)
        thread.switch()
        if thread.dead:
            self._actors.remove(actor)
        return bool(thread.dead)

    def _live(self, actor: Actor, work: Callable[[], None]) -> None:
        try:
            work()
        except Killed:
            if actor.on_death is not None:
                actor.on_death()
        if actor.on_end is not None:
            actor.on_end()

    def _push(self, at: datetime, due: Actor | Callable[[], None]) -> None:
        self._order += 1
        heapq.heappush(self._due, (at, self._order, due))


def _carry_out(task: Callable[[], T], done: "Future[T]") -> None:
    try:
        done.set_result(task())
    except Exception as error:  # noqa: BLE001  # raised where it is waited for
        done.set_exception(error)
