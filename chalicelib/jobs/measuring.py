"""Around every run of a job: its id on every log line, and its lag, length and failure as metrics."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from chalicelib.observability.facts import bound
from chalicelib.observability.metrics import Metric, Service
from chalicelib.services.environment import Environment


@contextmanager
def measured(env: Environment, job: str, due_at: datetime, late_seconds: float) -> Iterator[None]:
    """Measure the block as one run of this job; what it raises is a failure and goes on its way."""
    run_id = str(env.randomness.uuid7(env.clock.now()))
    began = env.clock.monotonic()
    failures = 1
    with bound(run_id=run_id, job=job):
        try:
            yield
            failures = 0
        finally:
            measures = {
                Metric.JOB_FAILURES: failures,
                Metric.JOB_LAG: round(late_seconds, 3),
                Metric.JOB_DURATION: round(env.clock.monotonic() - began, 3),
            }
            env.meter.emit(Service.JOBS, measures, job=job, run_id=run_id, due_at=due_at.isoformat())


def count_dropped(env: Environment, job: str, due_at: datetime) -> None:
    """Count a tick that came too late to be run."""
    env.meter.emit(Service.JOBS, {Metric.TICKS_DROPPED: 1}, job=job, due_at=due_at.isoformat())
