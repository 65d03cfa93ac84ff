"""The stage: one fresh database and one simulated world a test."""

from collections.abc import Iterator

import pytest

from infra.local.database.postgres import DatabaseUrls
from tests.services.stage import Stage


@pytest.fixture
def stage(database_urls: DatabaseUrls) -> Iterator[Stage]:
    """Ten minutes after the open of a quiet Thursday."""
    made = Stage(database_urls)
    yield made
    made.close()
