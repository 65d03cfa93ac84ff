"""Claims of instants: late, double or missing runs change nothing but are counted (architecture.md)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from sqlalchemy import Connection, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql import bindparam

from chalicelib.domain.ports import JsonValue

#: A run that has not ended after this long died; whoever gets the instant again takes it over.
_ABANDONED_AFTER: Final = timedelta(minutes=5)

_CLAIM: Final = text(
    """
    insert into job_runs (job, due_at, scope, late_seconds) values (:job, :due_at, :scope, :late)
    on conflict (job, due_at, scope) do update
        set claimed_at = clock_timestamp(), attempts = job_runs.attempts + 1, ok = null
        where job_runs.ok is not true
          and (job_runs.ok is false or job_runs.claimed_at < clock_timestamp() - cast(:abandoned as interval))
    returning attempts
    """
)
_FINISH: Final = text(
    "update job_runs set finished_at = papertape_now(), ok = :ok, result = :result "
    "where job = :job and due_at = :due_at and scope = :scope"
).bindparams(bindparam("result", type_=JSONB))


def claim_instant(
    connection: Connection, job: str, due_at: datetime, scope: str, late_seconds: float
) -> bool:
    """Claim an instant of a job; False when somebody has run it or is running it."""
    attempts = connection.execute(
        _CLAIM,
        {
            "job": job,
            "due_at": due_at,
            "scope": scope,
            "late": Decimal(str(round(late_seconds, 3))),
            "abandoned": _ABANDONED_AFTER,
        },
    ).scalar()
    return attempts is not None


def finish_instant(
    connection: Connection,
    job: str,
    due_at: datetime,
    scope: str,
    *,
    ok: bool,
    result: Mapping[str, JsonValue],
) -> None:
    """Record how a run ended."""
    connection.execute(
        _FINISH, {"job": job, "due_at": due_at, "scope": scope, "ok": ok, "result": dict(result)}
    )
