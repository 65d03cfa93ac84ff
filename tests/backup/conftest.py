"""A database with rows in it, a bucket, and an empty database to restore into."""

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from uuid import UUID

import pytest

from chalicelib.services.environment import BackupParts
from chalicelib.store.files.whole_database import open_snapshot
from infra.local.aws.objects import MemoryObjects
from infra.local.database.postgres import DatabaseUrls, PostgresCluster, temporary_database
from tests.backup.rows import fill_connections, fill_tables

NIGHT = datetime(2026, 2, 20, 7, tzinfo=UTC)
NUMBER = UUID("019c7a00-0000-7000-8000-000000000001")


@pytest.fixture
def filled(database_urls: DatabaseUrls) -> DatabaseUrls:
    """A database with rows that are hard to carry."""
    fill_tables(database_urls.owner)
    fill_connections(database_urls.owner)
    return database_urls


@pytest.fixture
def parts(filled: DatabaseUrls) -> BackupParts:
    """What the job is given."""
    return BackupParts(snapshot=partial(open_snapshot, filled.backup), objects=MemoryObjects())


@pytest.fixture
def target(postgres_cluster: PostgresCluster) -> Iterator[DatabaseUrls]:
    """Nothing yet."""
    with temporary_database(postgres_cluster) as urls:
        yield urls
