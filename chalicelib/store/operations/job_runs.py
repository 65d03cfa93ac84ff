"""Claims of instants: late, double or missing runs change nothing but are counted (architecture.md)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final

from sqlalchemy import Connection, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql import bindparam

from chalicelib.domain.json_value import JsonValue


class Claim(StrEnum):
    """What came of claiming an instant."""

    TAKEN = "TAKEN"
    DONE = "DONE"
    RUNNING = "RUNNING"


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
_IS_DONE: Final = text(
    "select ok is true from job_runs where job = :job and due_at = :due_at and scope = :scope"
)
_LAST_GOOD: Final = text(
    "select due_at from job_runs where job = :job and due_at < :before and ok order by due_at desc limit 1"
)
_FINISH: Final = text(
    "update job_runs set finished_at = :now, ok = :ok, result = :result "
    "where job = :job and due_at = :due_at and scope = :scope"
).bindparams(bindparam("result", type_=JSONB))


def claim_instant(
    connection: Connection,
    job: str,
    due_at: datetime,
    scope: str,
    *,
    late_seconds: float,
    abandoned_after: timedelta,
) -> Claim:
    """Claim an instant of a job, unless somebody has run it or is running it.

    A run that has not ended after `abandoned_after` died: whoever gets its instant again takes it over.
    """
    instant = {"job": job, "due_at": due_at, "scope": scope}
    late = Decimal(str(round(late_seconds, 3)))
    taken = connection.execute(_CLAIM, instant | {"late": late, "abandoned": abandoned_after}).scalar()
    if taken is not None:
        return Claim.TAKEN
    is_done = connection.execute(_IS_DONE, instant).scalar()
    return Claim.DONE if is_done else Claim.RUNNING


def last_good_instant(connection: Connection, job: str, *, before: datetime) -> datetime | None:
    """Return the latest instant before `before` that a job was run for and ended well."""
    found: datetime | None = connection.execute(_LAST_GOOD, {"job": job, "before": before}).scalar()
    return found


def finish_instant(
    connection: Connection,
    job: str,
    due_at: datetime,
    scope: str,
    *,
    now: datetime,
    ok: bool,
    result: Mapping[str, JsonValue],
) -> None:
    """Record how a run ended; the same a second time changes nothing."""
    ended = {"now": now, "ok": ok, "result": dict(result)}
    connection.execute(_FINISH, {"job": job, "due_at": due_at, "scope": scope} | ended)
