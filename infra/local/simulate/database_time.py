"""The database server's own clock, made to follow virtual time in the simulation's databases.

Leases and claims of instants run out by `clock_timestamp()`, so that a dead worker's are free again whatever
product time does. Here a function of that name stands before PostgreSQL's in the roles' search path: the
product's statements are the same, and a lease runs out after its ninety virtual seconds.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import psycopg

_STEP: Final = timedelta(seconds=1)
_SETUP: Final = """
create schema simulated;
create unlogged table simulated.clock (now timestamptz not null);
insert into simulated.clock values ('-infinity');
create function simulated.clock_timestamp() returns timestamptz language sql stable as
    $$ select coalesce(nullif(current_setting('app.now', true), '')::timestamptz,
                       (select now from simulated.clock)) $$;
grant usage on schema simulated to public;
grant select on simulated.clock to public;
alter table job_runs alter column claimed_at set default simulated.clock_timestamp();
alter role papertape_app set search_path = simulated, pg_catalog, public;
alter role papertape_jobs set search_path = simulated, pg_catalog, public;
"""


def prepare(superuser_url: str) -> None:
    """Put the clock into the template that every run's database is a copy of."""
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        connection.execute(_SETUP.encode())


class DatabaseTime:
    """Moves the clock of one run's database along, to the second."""

    def __init__(
        self, connection: psycopg.Connection[tuple[object, ...]], now: Callable[[], datetime]
    ) -> None:
        self._connection = connection
        self._now = now
        self._told: datetime | None = None

    def follow(self) -> None:
        """Tell the database what time it is, when that has changed by a second."""
        now = self._now()
        if self._told is None or now - self._told >= _STEP:
            self._connection.execute("update simulated.clock set now = %s", (now,))
            self._told = now
