"""Rows of the kill switch on the real database: what is in force, for whom, and what stays of it (B-08)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy.exc import IntegrityError, ProgrammingError

from chalicelib.domain.desk.kill_switch.rows import (
    SwitchCause,
    SwitchMode,
    SwitchRow,
    SwitchScope,
    set_by_person,
    stopping,
)
from chalicelib.domain.desk.kill_switch.tripping import Blind, Watch
from chalicelib.domain.trading.trades import Originator
from chalicelib.store.database import Database
from chalicelib.store.desk import kill_switch
from chalicelib.store.desk.kill_switch import Ended
from chalicelib.store.engine import open_engine
from chalicelib.store.operations.pruning import KEPT, prune_batch
from chalicelib.store.users import settings
from infra.local.database.postgres import DatabaseUrls
from tests.store.test_database import StandingClock

AT: Final = datetime(2026, 2, 19, 15, 0, tzinfo=UTC)
HERS: Final = set_by_person(SwitchMode.SAFE_MODE, "lunch", "alice", AT)
EVERYBODYS: Final = set_by_person(SwitchMode.SAFE_MODE, "maintenance", "olga", AT, everywhere=True)
BACKWARD: Final = SwitchRow(
    scope=SwitchScope.DESK,
    mode=SwitchMode.SAFE_MODE,
    cause=SwitchCause.VIX_BACKWARDATION,
    detail="VIX is not below VIX3M",
    set_by="papertape",
    set_at=AT,
)
OVER: Final = Ended(at=AT, by="alice", reason="done")


@pytest.fixture
def database(database_urls: DatabaseUrls) -> Iterator[Database]:
    """The application's database with two users in it."""
    made = Database(open_engine(database_urls.app, pool_size=2), StandingClock())
    for name in ("alice", "bob"):
        with made.transaction(name) as connection:
            settings.ensure(connection, name, "sub")
    yield made
    made.dispose()


@pytest.fixture
def jobs(database_urls: DatabaseUrls) -> Iterator[Database]:
    """The same as jobs see it."""
    made = Database(open_engine(database_urls.jobs, pool_size=2), StandingClock())
    yield made
    made.dispose()


def insert(database: Database, username: str, row: SwitchRow) -> bool:
    return database.run(
        lambda connection: kill_switch.insert_row(connection, username, row, uuid4()), username=username
    )


def rows_of(database: Database, username: str) -> tuple[SwitchRow, ...]:
    return database.read(lambda connection: kill_switch.read_rows_of(connection, username), username=username)


def test_a_row_comes_back_as_it_was_set(database: Database) -> None:
    """B-08: with scope, cause, mode, who and when."""
    assert insert(database, "alice", HERS)
    assert insert(database, "alice", BACKWARD)

    assert set(rows_of(database, "alice")) == {HERS, BACKWARD}
    assert rows_of(database, "bob") == ()


def test_the_same_cause_stands_once(database: Database) -> None:
    """B-08: set twice it is one row; a harder mode of the same cause is another."""
    assert insert(database, "alice", HERS)
    assert not insert(database, "alice", replace(HERS, detail="again"))
    assert insert(database, "alice", replace(HERS, mode=SwitchMode.HARD_STOP))

    assert len(rows_of(database, "alice")) == 2


def test_everybodys_row_is_everybodys(database: Database, jobs: Database) -> None:
    """B-08: the operator's row is read with each user's own, in one statement."""
    insert(database, "alice", BACKWARD)
    with database.transaction("olga") as connection:
        assert kill_switch.insert_everywhere(connection, EVERYBODYS, uuid4())
        assert not kill_switch.insert_everywhere(connection, EVERYBODYS, uuid4())

    assert rows_of(database, "alice") == (BACKWARD, EVERYBODYS)
    assert rows_of(database, "bob") == (EVERYBODYS,)
    found = jobs.read(kill_switch.read_rows_in_force, username=None)
    assert found.of("alice") == (BACKWARD, EVERYBODYS)
    assert found.of("bob") == (EVERYBODYS,)


def test_a_row_that_ended_stays_for_the_audit(database: Database, database_urls: DatabaseUrls) -> None:
    """B-13: who ended it, when and why; the same cause may be set again."""
    insert(database, "alice", HERS)
    with database.transaction("alice") as connection:
        assert kill_switch.end_own(connection, "alice", OVER) == 1
    assert rows_of(database, "alice") == ()
    assert insert(database, "alice", HERS)

    with psycopg.connect(database_urls.app) as connection:
        connection.execute("select set_config('app.current_user', 'alice', true)")
        kept = connection.execute(
            "select ended_by, ended_reason from kill_switch_rows where ended_at is not null"
        ).fetchall()
    assert kept == [("alice", "done")]


def test_one_cause_ends_alone_and_the_others_count_on(database: Database) -> None:
    """B-08: each cause is a row of its own."""
    window = replace(BACKWARD, cause=SwitchCause.MACRO_WINDOW)
    for row in (BACKWARD, window):
        insert(database, "alice", row)
    counted = replace(window, clear_since=AT, clean_scans=4)
    with database.transaction("alice") as connection:
        kill_switch.count_rows(connection, "alice", [counted])
        kill_switch.end_rows(connection, "alice", [BACKWARD], OVER)

    assert rows_of(database, "alice") == (counted,)


def test_a_row_that_nobody_understands_counts_as_set(database: Database, database_urls: DatabaseUrls) -> None:
    """B-08: unreadable is set, for every originator, until somebody resets it."""
    with psycopg.connect(database_urls.app) as connection:
        connection.execute("select set_config('app.current_user', 'alice', true)")
        connection.execute(
            "insert into kill_switch_rows (id, username, scope, mode, cause, detail, set_by, set_at) "
            "values (gen_random_uuid(), 'alice', 'desk', 'safe_mode', 'moonshine', '', 'x', now())"
        )

    (row,) = rows_of(database, "alice")
    assert row.cause is SwitchCause.UNREADABLE
    assert all(stopping((row,), originator) for originator in Originator)
    with database.transaction("alice") as connection:
        assert kill_switch.end_own(connection, "alice", OVER) == 1
    assert rows_of(database, "alice") == ()


def test_nobody_sets_anothers_row_and_no_job_everybodys(database: Database, jobs: Database) -> None:
    """I-21: row security for a user's rows; the operator's are not a job's to set."""
    with pytest.raises(ProgrammingError), database.transaction("bob") as connection:
        kill_switch.insert_row(connection, "alice", HERS, uuid4())
    with pytest.raises(ProgrammingError), jobs.transaction(None) as connection:
        kill_switch.insert_everywhere(connection, EVERYBODYS, uuid4())
    with pytest.raises(IntegrityError), jobs.transaction(None) as connection:
        kill_switch.insert_row(connection, "nobody", HERS, UUID(int=1))


def test_what_was_counted_comes_back(database: Database) -> None:
    """B-08: towards tripping, between two scans."""
    watch = Watch(blind=(Blind(source="VIX", scans=1),), scan_at=AT)
    with database.transaction("alice") as connection:
        assert kill_switch.read_watch(connection, "alice") == Watch()
        kill_switch.write_watch(connection, "alice", watch)
        kill_switch.write_watch(connection, "alice", watch)
        assert kill_switch.read_watch(connection, "alice") == watch


def test_ended_rows_are_kept_90_days_and_what_is_in_force_stays(database: Database, jobs: Database) -> None:
    """B-13: the audit's 90 days."""
    insert(database, "alice", HERS)
    insert(database, "alice", BACKWARD)
    with database.transaction("alice") as connection:
        kill_switch.end_rows(connection, "alice", [HERS], OVER)
    for days, gone in ((90, 0), (91, 1), (900, 0)):
        with jobs.transaction(None) as connection:
            assert prune_batch(connection, KEPT["kill_switch_rows"], AT + timedelta(days=days)) == gone
    assert rows_of(database, "alice") == (BACKWARD,)
