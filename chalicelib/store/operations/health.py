"""What the deep health check asks the database about itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, text

_ROLE: Final = text(
    """
    select current_user as name, r.rolsuper, r.rolbypassrls,
           exists (select 1 from pg_tables t
                   where t.schemaname = 'public' and t.tableowner = current_user) as owns_tables
    from pg_roles r where r.rolname = current_user
    """
)
#: A function of the owner's: runs name whom they were for, which nobody but the jobs' role sees.
_TLS: Final = text("select coalesce((select ssl from pg_stat_ssl where pid = pg_backend_pid()), false)")
_THIS_MACHINE: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_LATEST_RUNS: Final = text("select * from latest_job_runs(cast(:jobs as text[]))")


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleFacts:
    """Who we are at the database, and what that would let us see."""

    name: str
    is_superuser: bool
    bypasses_row_security: bool
    owns_tables: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRun:
    """A job's last run; `late_seconds` counts from the instant it was due, in real seconds."""

    job: str
    due_at: datetime
    started_at: datetime
    finished_at: datetime | None
    ok: bool | None
    late_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFacts:
    """How the database is reached: on this machine, over TLS, and what libpq checks of the server.

    `server_sees_tls` is the server's own word (pg_stat_ssl): false behind a pooler that ends TLS before it.
    """

    is_local: bool
    over_tls: bool
    mode: str
    server_sees_tls: bool


def read_line(connection: Connection) -> LineFacts:
    """Read what the driver and the server say of this connection."""
    driver = connection.connection.dbapi_connection
    assert driver is not None
    host = driver.info.host
    return LineFacts(
        is_local=host.startswith("/") or host in _THIS_MACHINE,
        over_tls=bool(driver.pgconn.ssl_in_use),
        mode=str(driver.info.get_parameters().get("sslmode", "prefer")),
        server_sees_tls=bool(connection.execute(_TLS).scalar_one()),
    )


def read_role(connection: Connection) -> RoleFacts:
    """Read the present role's powers."""
    row = connection.execute(_ROLE).one()
    return RoleFacts(
        name=row.name,
        is_superuser=row.rolsuper,
        bypasses_row_security=row.rolbypassrls,
        owns_tables=row.owns_tables,
    )


def latest_runs(connection: Connection, jobs: Sequence[str]) -> list[JobRun]:
    """Read the last run of each of these jobs that has ever run; one that went out in parts is as good as
    its worst part.
    """
    return [
        JobRun(
            job=row.job,
            due_at=row.due_at,
            started_at=row.started_at,
            finished_at=row.finished_at,
            ok=row.ok,
            late_seconds=float(row.late_seconds),
        )
        for row in connection.execute(_LATEST_RUNS, {"jobs": list(jobs)})
    ]
