"""The jobs by name and the terms each runs on: read by the registration, the runner and the deployment.

Importing this module costs nothing: the cold start of every function goes through it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class JobTerms:
    """What a job's function is given.

    `timeout_seconds` is the longest a run may take: Lambda ends it there, so a run that was claimed longer
    ago and has not ended is dead. `batch_size` is how many messages one call takes, None for a job without a
    queue.
    """

    timeout_seconds: int
    batch_size: int | None = None

    @property
    def abandoned_after(self) -> timedelta:
        """Return after how long an unfinished run may be taken over."""
        return timedelta(seconds=self.timeout_seconds)


#: Lambda's own limit is 900 s. A job that makes broker calls may wait 30 s for each (A-12).
JOBS: Final[Mapping[str, JobTerms]] = MappingProxyType(
    {
        "plan": JobTerms(timeout_seconds=30),
        "premarket": JobTerms(timeout_seconds=300),
        "bookend": JobTerms(timeout_seconds=300, batch_size=10),
        "sync": JobTerms(timeout_seconds=120, batch_size=10),
        "snapshot": JobTerms(timeout_seconds=120, batch_size=10),
        "unwind": JobTerms(timeout_seconds=300),
        "expire": JobTerms(timeout_seconds=300),
        "forensics": JobTerms(timeout_seconds=900, batch_size=1),
        "context": JobTerms(timeout_seconds=300, batch_size=10),
        "summary": JobTerms(timeout_seconds=300),
        "alert": JobTerms(timeout_seconds=120, batch_size=10),
        "thin": JobTerms(timeout_seconds=900),
        "backup": JobTerms(timeout_seconds=900),
    }
)
JOB_NAMES: Final = frozenset(JOBS)

#: Failed runs of daily jobs come back through one queue that they share; the message names the job.
AGAIN: Final = "again"
AGAIN_TERMS: Final = JobTerms(timeout_seconds=900, batch_size=1)
#: The function that Secrets Manager calls to renew the sealing keys: no job, nobody's clock but its own.
ROTATE: Final = "rotate"
#: A message that fails this often goes to the dead-letter queue.
RECEIVES_MAX: Final = 3
