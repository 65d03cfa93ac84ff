"""The stage of the services' tests, with somebody listening at Telegram and Discord."""

from collections.abc import Iterator

import pytest

from infra.local.database.postgres import DatabaseUrls
from tests.alerts.support import Listeners
from tests.services.stage import Stage


@pytest.fixture
def stage(database_urls: DatabaseUrls) -> Iterator[Stage]:
    """Ten minutes after the open of a quiet Thursday."""
    made = Stage(database_urls)
    yield made
    made.close()


@pytest.fixture
def listeners(stage: Stage) -> Listeners:
    """Alice's channels, none yet, and what is heard on them."""
    return Listeners(stage)
