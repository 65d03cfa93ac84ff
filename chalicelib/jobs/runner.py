"""Run a job for an instant: dropped when too late, claimed once, its outcome recorded."""

from collections.abc import Mapping
from datetime import datetime
from importlib import import_module
from typing import Protocol

from sqlalchemy import Connection

from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.domain.clocks.job_messages import is_asked_for
from chalicelib.domain.clocks.jobs import JOBS
from chalicelib.domain.json_value import JsonValue
from chalicelib.jobs.measuring import count_dropped, measured
from chalicelib.jobs.tick import Job, JobContext, Result
from chalicelib.services.environment import Environment
from chalicelib.services.market_hours import calendar_of
from chalicelib.store.ahead import ends_with_next
from chalicelib.store.database import Isolation
from chalicelib.store.operations.job_runs import Claim, claim_instant, finish_instant


class JobsContainer(Protocol):
    """What the composition root offers to jobs."""

    def jobs_environment(self) -> Environment:
        """Return the environment on the jobs' role."""
        ...


def load_job(name: str) -> Job:
    """Import a job by its name: `run` of the module called so. Raises KeyError for a name that is no job.

    Only the job that is run is imported: a function's cold start pays for no other.
    """
    if name not in JOBS:
        raise KeyError(name)
    job: Job = import_module(f"chalicelib.jobs.{name}").run
    return job


def run_job(
    container: JobsContainer,
    name: str,
    *,
    due_at: datetime,
    payload: Mapping[str, JsonValue],
    forced: bool = False,
) -> Result:
    """Run job `name` for the instant `due_at`; a result with `skipped` says why nothing was done, and with
    `running` that another worker is at it and may yet fail.

    `forced` runs it whether or not its instant was run before (a person asked). Raises KeyError for a name
    that is no job, and whatever keeps the job from ending; the failure is recorded first.
    """
    job = load_job(name)
    env = container.jobs_environment()
    late = env.clock.real_seconds_since(due_at)
    late_max = late_seconds_max(name, payload)
    if late_max is not None and not forced and late > late_max:
        count_dropped(env, name, due_at)
        return {"skipped": f"{late:.0f} s late", "dropped": True}
    scope = _scope(env, payload, forced=forced)
    claim, calendar = _claim(env, name, due_at, scope, late)
    if claim is Claim.RUNNING:
        return {"skipped": "this instant is being run", "running": True}
    if claim is Claim.DONE:
        return {"skipped": "this instant was run before"}
    context = JobContext(env=env, due_at=due_at, payload=payload, forced=forced, calendar=calendar)
    ok = False
    result: Result = {"error": "the run did not end"}
    try:
        with measured(env, name, due_at, late):
            result = job(context)
        ok = True
    finally:
        _finish(env, name, due_at, scope, ok=ok, result=result)
    return result


def late_seconds_max(name: str, payload: Mapping[str, JsonValue]) -> int | None:
    """Return how late a run may begin; only ticks and their parts are dropped, nothing that was asked for."""
    terms = JOBS[name]
    if not payload:
        return terms.tick_late_seconds_max
    return None if is_asked_for(payload) else terms.part_late_seconds_max


def _scope(env: Environment, payload: Mapping[str, JsonValue], *, forced: bool) -> str:
    """Name what a run covers besides its instant: everything, one account, or a person's single wish."""
    if forced:
        return f"forced:{env.randomness.uuid7(env.clock.now())}"
    return ",".join(f"{key}={payload[key]}" for key in sorted(payload))


def _claim(
    env: Environment, name: str, due_at: datetime, scope: str, late: float
) -> tuple[Claim, MarketCalendar]:
    """Claim the instant; the calendar, which nearly every job asks for, comes by the same transaction."""

    def claim(connection: Connection) -> tuple[Claim, MarketCalendar]:
        abandoned_after = JOBS[name].abandoned_after
        claimed = claim_instant(
            connection, name, due_at, scope, late_seconds=late, abandoned_after=abandoned_after
        )
        ends_with_next(connection)
        return claimed, calendar_of(env, connection)

    return env.database.run(claim, username=None, isolation=Isolation.READ_COMMITTED)


def _finish(env: Environment, name: str, due_at: datetime, scope: str, *, ok: bool, result: Result) -> None:
    now = env.clock.now()
    env.database.by_itself(
        lambda connection: finish_instant(connection, name, due_at, scope, now=now, ok=ok, result=result)
    )
