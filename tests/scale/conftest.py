"""A stage with work in several accounts, and AWS' queues from moto over real HTTP."""

from collections.abc import Iterator

import pytest

from infra.local.database.postgres import DatabaseUrls
from tests.services.stage import Stage


@pytest.fixture
def stage(database_urls: DatabaseUrls) -> Iterator[Stage]:
    """Serve one day's stage."""
    stage = Stage(database_urls)
    yield stage
    stage.close()
