"""Run a job for an instant: dropped when too late, claimed once, its outcome recorded."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, Protocol

from chalicelib.domain.ports import JsonValue
from chalicelib.jobs import alert as alert_job
from chalicelib.jobs import bookend, expire, plan, premarket, snapshot, sync, unwind
from chalicelib.jobs.tick import Job, JobContext, Result
from chalicelib.services.environment import Environment
from chalicelib.store.database import Isolation
from chalicelib.store.job_runs import claim_instant, finish_instant

_JOBS: Final[Mapping[str, Job]] = {
    "plan": plan.run,
    "premarket": premarket.run,
    "bookend": bookend.run,
    "sync": sync.run,
    "snapshot": snapshot.run,
    "unwind": unwind.run,
    "expire": expire.run,
    "alert": alert_job.run,
}
JOB_NAMES: Final = frozenset(_JOBS)
#: architecture.md, Clocks: a tick this late is dropped, the next one does its work.
_TICK_LATE_SECONDS_MAX: Final = 30
_TICKS: Final = frozenset({"sync", "snapshot"})


class JobsContainer(Protocol):
    """What the composition root offers to jobs."""

    def jobs_environment(self) -> Environment:
        """Return the environment on the jobs' role."""
        ...


def run_job(
    container: JobsContainer,
    name: str,
    *,
    due_at: datetime,
    payload: Mapping[str, JsonValue],
    forced: bool = False,
) -> Result:
    """Run job `name` for the instant `due_at`; a result with `skipped` says why nothing was done.

    `forced` runs it whether or not its instant was run before (a person asked). Raises KeyError for a name
    that is no job, and whatever keeps the job from ending; the failure is recorded first.
    """
    job = _JOBS[name]
    env = container.jobs_environment()
    late = env.clock.real_seconds_since(due_at)
    if name in _TICKS and not forced and not payload and late > _TICK_LATE_SECONDS_MAX:
        return {"skipped": f"{late:.0f} s late", "dropped": True}
    scope = _scope(env, payload, forced=forced)
    if not _claim(env, name, due_at, scope, late):
        return {"skipped": "this instant was run before"}
    context = JobContext(env=env, due_at=due_at, payload=payload, forced=forced)
    ok = False
    result: Result = {"error": "the run did not end"}
    try:
        result = job(context)
        ok = True
    finally:
        _finish(env, name, due_at, scope, ok=ok, result=result)
    return result


def _scope(env: Environment, payload: Mapping[str, JsonValue], *, forced: bool) -> str:
    """Name what a run covers besides its instant: everything, one account, or a person's single wish."""
    if forced:
        return f"forced:{env.randomness.uuid7(env.clock.now())}"
    return ",".join(f"{key}={payload[key]}" for key in sorted(payload))


def _claim(env: Environment, name: str, due_at: datetime, scope: str, late: float) -> bool:
    return env.database.run(
        lambda connection: claim_instant(connection, name, due_at, scope, late),
        username=None,
        isolation=Isolation.READ_COMMITTED,
    )


def _finish(env: Environment, name: str, due_at: datetime, scope: str, *, ok: bool, result: Result) -> None:
    env.database.run(
        lambda connection: finish_instant(connection, name, due_at, scope, ok=ok, result=result),
        username=None,
        isolation=Isolation.READ_COMMITTED,
    )
