"""The clocks' work: each job is claimed once per instant, does its part or says why it did nothing."""

from chalicelib.domain.clocks.jobs import JOB_NAMES
from chalicelib.jobs.runner import run_job

__all__ = ["JOB_NAMES", "run_job"]
