"""What is deployed: a plain Lambda function for each job, found by its handler's name."""

import importlib

import pytest

from chalicelib.jobs.names import AGAIN, JOB_NAMES, JOBS
from chalicelib.jobs.registration import handler_name
from chalicelib.jobs.runner import load_job
from infra.schedules import MESSAGE_JOBS, SCHEDULES


def test_every_job_is_a_function_under_its_own_name() -> None:
    """Chalice looks for `app.<handler>` when it packages."""
    module = importlib.import_module("app")
    registered = {one.name: one.handler_string for one in module.app.pure_lambda_functions}

    for name in JOB_NAMES | {AGAIN}:
        assert registered[name] == f"app.{handler_name(name)}"
        assert callable(getattr(module, handler_name(name)))


@pytest.mark.parametrize("name", sorted(JOB_NAMES))
def test_every_name_is_a_module_with_a_run(name: str) -> None:
    assert callable(load_job(name))


def test_clocks_and_queues_name_jobs_that_exist() -> None:
    assert {schedule.job for schedule in SCHEDULES} | MESSAGE_JOBS <= JOB_NAMES
    assert {name for name, terms in JOBS.items() if terms.batch_size is not None} == MESSAGE_JOBS


def test_a_batch_can_end_within_its_functions_time() -> None:
    """AWS: a function runs 900 s at most; a message that failed comes again after that time is over."""
    assert all(0 < terms.timeout_seconds <= 900 for terms in JOBS.values())
