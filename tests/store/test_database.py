"""Connections that die while they are kept: the next transaction must not be the one to suffer."""

from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg
import pytest
from sqlalchemy import text

from chalicelib.store.database import Database, DatabaseUnavailable, open_engine
from infra.local.postgres import DatabaseUrls, PostgresCluster


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
