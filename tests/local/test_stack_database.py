"""A-01: the embedded server by default, any other by DATABASE_URL."""

from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import psycopg

from infra.local.database.postgres import ROLES, DatabaseUrls
from infra.local.database.stack_database import free_what_the_dead_held, open_database
from infra.local.state import StateDirectory

AS_ALICE: Final = "select set_config('app.current_user', 'alice', true)"


def quiet(_text: str) -> None:
    """Say nothing."""


def test_a_database_of_ones_own_is_migrated_and_reached_by_all_roles(
    empty_database: DatabaseUrls, tmp_path: Path
) -> None:
    state = StateDirectory(tmp_path)
    with ExitStack() as ending:
        for reset in (False, True):
            urls = open_database(state, empty_database.owner, reset=reset, ending=ending, say=quiet)

    for role in ROLES:
        with psycopg.connect(urls.as_dict()[role]) as connection:
            assert connection.execute("SELECT current_user").fetchone() == (f"papertape_{role}",)
            assert connection.execute("SELECT to_regclass('paper_trades')").fetchone() != (None,)


def test_what_a_killed_stack_held_is_free_at_the_next_start(database_urls: DatabaseUrls) -> None:
    """Leases and keys run out in real time, which a standing clock never waits for (I-28)."""
    with psycopg.connect(database_urls.jobs) as connection:
        connection.execute(
            "insert into leases (resource, holder, until) "
            "values ('account:x', 'dead', now() + interval '90 s')"
        )
    with psycopg.connect(database_urls.app) as connection:
        connection.execute(AS_ALICE)
        connection.execute(
            "insert into idempotency_keys (username, key, fingerprint, state, running_until) "
            "values ('alice', 'k', 'f', 'RUNNING', now() + interval '90 s')"
        )
    free_what_the_dead_held(database_urls.owner)

    now = datetime.now(UTC)
    with psycopg.connect(database_urls.jobs) as connection:
        assert _instant(connection.execute("select until from leases")) < now
    with psycopg.connect(database_urls.app) as connection:
        connection.execute(AS_ALICE)
        assert _instant(connection.execute("select running_until from idempotency_keys")) < now


def _instant(found: psycopg.Cursor[tuple[Any, ...]]) -> datetime:  # Any: a column's value
    """Read one instant, as whoever takes the key or the lease over does."""
    row = found.fetchone()
    assert row is not None
    assert isinstance(row[0], datetime)
    return row[0]
