"""A worker process: one embedded PostgreSQL, one migrated template, a fresh copy of it for every seed."""

import logging
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from multiprocessing import get_context
from multiprocessing.util import Finalize
from pathlib import Path
from typing import Final

from infra.local.database.migrate import migrate
from infra.local.database.postgres import DatabaseUrls, PostgresCluster, migrated_template, temporary_cluster
from infra.local.day.sign_in import SignIn
from infra.local.emulators.market.sessions import NEW_YORK
from infra.local.simulate import database_time
from infra.local.simulate.agents import REQUESTS_PER_MINUTE
from infra.local.simulate.away import with_hour
from infra.local.simulate.closings import Decree, choose_decree, decreed
from infra.local.simulate.mutations import MUTATIONS
from infra.local.simulate.other_brokers import has_brokers
from infra.local.simulate.outcome import Outcome
from infra.local.simulate.population import has_agent, has_long_days, has_structures
from infra.local.simulate.run import Found, Misled, Run
from infra.local.simulate.season import choose_season, longer, plan_day
from infra.local.simulate.stage import Scene, staged, stream
from infra.local.simulate.trouble import LEVELS, Roughness

MEMORY_DISK: Final = Path("/dev/shm")  # noqa: S108  # a database that is gone at the end needs no disk
#: A quarter of the runs have no ORATS: quotes come by each user's own token and budget.
_WITH_ORATS: Final = 0.75
#: Of those, so many see the sandbox's quotes 15 minutes late, as in real life.
_DELAYED: Final = 0.4


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One seed to live through: how roughly, which faults, which guard off, how many days at most."""

    seed: int
    level: str = "heavy"
    kinds: frozenset[str] | None = None
    mutation: str | None = None
    days_max: int | None = None

    @property
    def options(self) -> str:
        """Return the command's options that make a seed this task."""
        faults = self.level if self.kinds is None else ",".join(sorted(self.kinds))
        found = [f"--faults {faults}"]
        if self.mutation is not None:
            found.append(f"--mutate {self.mutation}")
        if self.days_max is not None:
            found.append(f"--days {self.days_max}")
        return " ".join(found)


@dataclass(slots=True)
class SecurityTime:
    """Security time of a worker follows the run at work, so that one pair of keys serves all its runs."""

    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))

    def now(self) -> datetime:
        """Return the present instant."""
        return self.clock()


class Worker:
    """Runs seeds one after the other."""

    def __init__(self, cluster: PostgresCluster) -> None:
        self._cluster = cluster
        self._template = migrated_template(cluster, migrate)
        database_time.prepare(cluster.superuser_url(self._template))
        self._security_time = SecurityTime()
        self._sign_in = SignIn(self._security_time.now)

    def run(self, task: Task) -> Outcome:
        """Live through one seed, in a database of its own; nothing of an earlier one is remembered."""
        self._sign_in.forget_people()
        name = f"seed_{task.seed}"
        urls = self._cluster.create_database(name, template=self._template)
        try:
            mutation = None if task.mutation is None else MUTATIONS[task.mutation]
            if mutation is None:
                return self._live(task, urls, name)
            with mutation.switched_off(self._cluster.superuser_url(name)):
                return self._live(task, urls, name)
        finally:
            self._cluster.drop_database(name)

    def _live(self, task: Task, urls: DatabaseUrls, name: str) -> Outcome:
        choices = stream(task.seed, "season")
        season, ordinary = choose_season(choices)
        decree = choose_decree(stream(task.seed, "closings"), ordinary[: task.days_max])
        with decreed(decree):
            return self._live_days(task, urls, name, season, decree)

    def _live_days(
        self, task: Task, urls: DatabaseUrls, name: str, season: str, decree: Decree | None
    ) -> Outcome:
        choices = stream(task.seed, "season")
        _, sessions = choose_season(choices)
        days = [plan_day(session, choices) for session in sessions[: task.days_max]]
        if has_long_days(task.seed):
            days = [longer(day) for day in days]
        days = with_hour(days, task.seed)
        outcome = Outcome(seed=task.seed, season=season, options=task.options)
        scene = Scene(
            seed=task.seed,
            begins_at=datetime.combine(sessions[0].day, time(9), NEW_YORK),
            with_orats=(with_orats := choices.random() < _WITH_ORATS),
            requests_per_minute=REQUESTS_PER_MINUTE if has_agent(task.seed) else None,
            assigns_early=has_structures(task.seed),
            side_by_side=has_brokers(task.seed),
            delayed=not with_orats and stream(task.seed, "delay").random() < _DELAYED,
        )
        with staged(urls, self._cluster.superuser_url(name), self._sign_in, scene) as stage:
            self._security_time.clock = stage.engine.now
            run = Run(stage, task.seed, self._roughness(task), task.kinds, outcome)
            try:
                run.live(days, decree)
            except (Found, Misled):
                pass
            finally:
                run.close()
        return outcome

    def _roughness(self, task: Task) -> Roughness:
        return LEVELS[task.level]


@contextmanager
def worker() -> Iterator[Worker]:
    """Start a worker in this process."""
    disk = MEMORY_DISK if os.access(MEMORY_DISK, os.W_OK) else None
    with ExitStack() as ending:
        directory = ending.enter_context(tempfile.TemporaryDirectory(prefix="papertape-simulate-", dir=disk))
        yield Worker(ending.enter_context(temporary_cluster(Path(directory) / "postgres")))


def live_through(tasks: Sequence[Task], workers: int) -> Iterator[Outcome]:
    """Live through seeds on some processes; outcomes come in the order of the tasks."""
    if workers <= 1 or len(tasks) == 1:
        with worker() as alone:
            for task in tasks:
                yield alone.run(task)
        return
    with get_context("spawn").Pool(workers, initializer=_begin_worker) as pool:
        yield from pool.imap(_run_in_worker, tasks)
        pool.close()
        pool.join()


class _Process:
    """What a worker process keeps between two seeds, and lets go of at its end."""

    def __init__(self) -> None:
        self._ending = ExitStack()
        self._worker: Worker | None = None

    def begin(self) -> None:
        """Start the worker of this process."""
        logging.disable(logging.CRITICAL)  # the product's words about faults that were meant
        self._worker = self._ending.enter_context(worker())
        Finalize(None, self._ending.close, exitpriority=10)

    def run(self, task: Task) -> Outcome:
        """Live through one seed."""
        assert self._worker is not None, "begun before the first seed"
        return self._worker.run(task)


_PROCESS: Final = _Process()


def _begin_worker() -> None:
    _PROCESS.begin()


def _run_in_worker(task: Task) -> Outcome:
    return _PROCESS.run(task)
