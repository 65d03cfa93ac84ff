"""Fixtures that several folders share: one real PostgreSQL a session, one database a test."""

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from infra.local.database.migrate import migrate
from infra.local.database.postgres import (
    DatabaseUrls,
    PostgresCluster,
    migrated_template,
    temporary_cluster,
    temporary_database,
)

# No example has a time limit: timings are the bench's. What CI checks today it checks tomorrow as well.
# Half as many examples of a law as are usual, for each run finds others; laws that need more say so.
EXAMPLES = 50
settings.register_profile("papertape", deadline=None, max_examples=EXAMPLES)
settings.register_profile("ci", deadline=None, max_examples=EXAMPLES, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "papertape")

MEMORY_DISK = Path("/dev/shm")
MEMORY_DISK_FREE_BYTES_MIN = 2 * 1024**3


def database_disk() -> Path | None:
    """Return the file system in memory if it has room: copies of a database then never wait for a disk."""
    if not os.access(MEMORY_DISK, os.W_OK):
        return None
    return MEMORY_DISK if shutil.disk_usage(MEMORY_DISK).free >= MEMORY_DISK_FREE_BYTES_MIN else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files that take long first, whole days before all, and those of many tests before those of few.

    Workers that share files out one by one then end together. The slow ones stand in the order of names,
    not of their folders', so that pages that wait lie among what computes.
    """
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    tests = Counter(item.path for item in items)

    def place(item: pytest.Item) -> tuple[bool, bool, str, int, str]:
        is_slow, is_day = item.path in slow, item.path.parent.name == "day"
        name = item.path.name if is_slow else ""
        return not is_slow, not is_day, name, -tests[item.path], str(item.path)

    items.sort(key=place)


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[PostgresCluster]:
    """A running server for the whole session; durability is off."""
    with (
        tempfile.TemporaryDirectory(prefix="papertape-tests-", dir=database_disk()) as directory,
        temporary_cluster(Path(directory) / "cluster") as cluster,
    ):
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
