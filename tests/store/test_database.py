"""Connections that die while they are kept: the next transaction must not be the one to suffer."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, OperationalError

from chalicelib.store.database import CommitUnknown, Database, DatabaseUnavailable
from chalicelib.store.engine import open_engine
from chalicelib.store.time_limit import LAST_WORD_SECONDS, time_limit
from infra.local.database.postgres import DatabaseUrls, PostgresCluster, temporary_cluster


@dataclass(frozen=True)
class StandingClock:
    """Product time that stands."""

    def now(self) -> datetime:
        return datetime(2026, 2, 19, 15, 0, tzinfo=UTC)

    def sleep(self, seconds: float) -> None:
        """Nobody waits here."""

    def real_seconds_since(self, instant: datetime) -> float:
        return (self.now() - instant).total_seconds()

    def monotonic(self) -> float:
        return 0.0


def test_a_connection_that_died_in_the_pool_is_replaced(
    database_urls: DatabaseUrls, postgres_cluster: PostgresCluster
) -> None:
    """Both kept connections are cut, as by a restart of the server; both are had anew, unseen."""
    database = Database(open_engine(database_urls.app, pool_size=2), StandingClock())
    with database.transaction("alice"), database.transaction("bob"):
        pass
    with psycopg.connect(postgres_cluster.superuser_url(), autocommit=True) as superuser:
        superuser.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'papertape_app'"
        )
    with database.transaction("alice") as first, database.transaction("bob") as second:
        named = [
            connection.execute(text("select current_setting('app.current_user')")).scalar_one()
            for connection in (first, second)
        ]
    database.dispose()

    assert named == ["alice", "bob"]


def test_a_database_that_is_away_says_so() -> None:
    """The error of the store, not of the driver."""
    nowhere = Database(open_engine("postgresql://papertape_app@127.0.0.1:9/papertape"), StandingClock())

    with pytest.raises(DatabaseUnavailable), nowhere.transaction("alice"):
        pass


@contextmanager
def standing_still(*processes: int) -> Iterator[None]:
    """Stop these processes for a while: their kernel goes on taking and acknowledging what is sent."""
    for process in processes:
        os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            os.kill(process, signal.SIGCONT)


@pytest.mark.slow
def test_a_server_that_stands_still_holds_no_call(tmp_path: Path) -> None:
    """api.md: no request runs longer than 20 s. What stood still is found alive again afterwards."""
    with temporary_cluster(tmp_path / "cluster") as cluster:
        url = cluster.superuser_url()
        engine = open_engine(url, answer_seconds_max=0.5, connect_seconds_max=2)
        database = Database(engine, StandingClock())
        with database.transaction(None) as connection:
            backend = connection.execute(text("select pg_backend_pid()")).scalar_one()
            directory = connection.execute(text("show data_directory")).scalar_one()
        postmaster = int((Path(directory) / "postmaster.pid").read_text().split()[0])

        with standing_still(postmaster, backend):
            began = time.monotonic()
            with pytest.raises(DatabaseUnavailable), database.transaction(None):
                pass
            waited = time.monotonic() - began
        with database.transaction(None) as connection:
            answer = connection.execute(text("select 1")).scalar_one()
        database.dispose()

    assert 0.5 <= waited < 4
    assert answer == 1


def test_all_waits_of_one_request_share_its_time(database_urls: DatabaseUrls) -> None:
    """api.md, Time: ten seconds of patience for each of three waits would be thirty for the call."""
    database = Database(open_engine(database_urls.app, answer_seconds_max=10), StandingClock())
    ends = time.monotonic() + 0.6
    began = time.monotonic()
    with time_limit(lambda: max(0.0, ends - time.monotonic())):
        for _ in range(3):
            with pytest.raises((OperationalError, DatabaseUnavailable)), database.transaction("alice") as one:
                one.execute(text("select pg_sleep(5)"))
    database.dispose()

    assert time.monotonic() - began < 0.6 + 3 * LAST_WORD_SECONDS


def test_a_commit_without_an_answer_is_neither_done_nor_undone(
    database_urls: DatabaseUrls, postgres_cluster: PostgresCluster
) -> None:
    """I-34: what may have been committed is never told as not done."""
    database = Database(open_engine(database_urls.app), StandingClock())

    def work(connection: Connection) -> None:
        connection.execute(text("select 1"))
        with psycopg.connect(postgres_cluster.superuser_url(), autocommit=True) as superuser:
            superuser.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'papertape_app'"
            )

    with pytest.raises(CommitUnknown):
        database.run(work, username="alice")
    database.dispose()


def test_an_answer_that_does_not_come_ends_the_statement_and_its_connection(
    database_urls: DatabaseUrls,
) -> None:
    """What came late on that connection would be taken for the answer to another statement."""
    database = Database(open_engine(database_urls.app, answer_seconds_max=0.3), StandingClock())
    with pytest.raises(OperationalError) as caught, database.transaction("alice") as connection:
        connection.execute(text("select pg_sleep(5)"))
    with database.transaction("alice") as connection:
        answer = connection.execute(text("select 1")).scalar_one()
    database.dispose()

    assert caught.value.connection_invalidated
    assert answer == 1


def test_the_server_itself_ends_a_statement_that_takes_too_long(database_urls: DatabaseUrls) -> None:
    """Else it would work on for a client that is gone."""
    database = Database(open_engine(database_urls.app), StandingClock(), statement_seconds_max=0.2)
    with pytest.raises(OperationalError) as caught, database.transaction("alice") as connection:
        connection.execute(text("select pg_sleep(5)"))
    with database.transaction("alice") as connection:
        answer = connection.execute(text("select 1")).scalar_one()
    database.dispose()

    assert getattr(caught.value.orig, "sqlstate", None) == "57014"
    assert answer == 1


def test_an_error_of_a_statement_tells_none_of_its_values(database_urls: DatabaseUrls) -> None:
    """A-12: jobs log what they die of, and a value may be a secret or somebody's name."""
    engine = open_engine(database_urls.app)
    with engine.connect() as connection, pytest.raises(DBAPIError) as failure:
        connection.execute(text("select cast(:value as text), 1 / 0"), {"value": "alices-note"})
    engine.dispose()

    assert "division by zero" in str(failure.value)
    assert "alices-note" not in str(failure.value)


def test_a_statement_larger_than_a_socket_takes_arrives_whole(database_urls: DatabaseUrls) -> None:
    """A-02: a cycle's rows are one statement of megabytes, of which nothing may be left unsent."""
    engine = open_engine(database_urls.app, answer_seconds_max=2.0)
    database, large = Database(engine, StandingClock()), "x" * 8_000_000

    def measure(connection: Connection) -> int:
        return int(connection.execute(text("select length(:large)"), {"large": large}).scalar_one())

    found = [database.run(measure, username="alice") for _ in range(3)]
    database.dispose()

    assert found == [len(large)] * 3
