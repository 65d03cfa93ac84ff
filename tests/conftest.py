"""Fixtures that several folders share: one real PostgreSQL a session, one database a test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.migrate import migrate
from infra.local.postgres import (
    DatabaseUrls,
    PostgresCluster,
    migrated_template,
    temporary_cluster,
    temporary_database,
)


@pytest.fixture(scope="session")
def postgres_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresCluster]:
    """A running server for the whole session; durability is off."""
    directory: Path = tmp_path_factory.mktemp("postgres")
    with temporary_cluster(directory / "cluster") as cluster:
        yield cluster


@pytest.fixture
def empty_database(postgres_cluster: PostgresCluster) -> Iterator[DatabaseUrls]:
    """A database without any table, for the tests of the migrations themselves."""
    with temporary_database(postgres_cluster) as urls:
        yield urls


@pytest.fixture
def database_urls(postgres_cluster: PostgresCluster) -> Iterator[DatabaseUrls]:
    """A fresh, migrated database: libpq URLs of the four roles."""
    template = migrated_template(postgres_cluster, migrate)
    with temporary_database(postgres_cluster, template=template) as urls:
        yield urls
