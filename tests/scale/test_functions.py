"""What is deployed: a plain Lambda function for each job, found by its handler's name."""

import importlib

import pytest

from chalicelib.domain.clocks.jobs import AGAIN, JOB_NAMES, JOBS, MESSAGE_JOBS, SCHEDULES
from chalicelib.jobs.registration import handler_name
from chalicelib.jobs.runner import load_job


def test_every_job_is_a_function_under_its_own_name() -> None:
    """Chalice looks for `app.<handler>` when it packages."""
    module = importlib.import_module("app")
    registered = {one.name: one.handler_string for one in module.app.pure_lambda_functions}

    for name in JOB_NAMES | {AGAIN.name}:
        assert registered[name] == f"app.{handler_name(name)}"
        assert callable(getattr(module, handler_name(name)))


@pytest.mark.parametrize("name", sorted(JOB_NAMES))
def test_every_name_is_a_module_with_a_run(name: str) -> None:
    assert callable(load_job(name))


def test_every_job_is_started_by_something() -> None:
    """A clock of its own, or a queue; who carries another's messages has a queue itself."""
    assert {schedule.job for schedule in SCHEDULES} | MESSAGE_JOBS == JOB_NAMES
    assert {terms.carried_by for terms in JOBS.values() if terms.carried_by} <= MESSAGE_JOBS


def test_a_batch_can_end_within_its_functions_time() -> None:
    """AWS: a function runs 900 s at most; a message that failed comes again after that time is over."""
    assert all(0 < terms.timeout_seconds <= 900 for terms in JOBS.values())
