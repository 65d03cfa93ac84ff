"""The stage of traders: one fresh database, one scripted exchange a test."""

from collections.abc import Iterator

import pytest

from infra.local.database.postgres import DatabaseUrls
from tests.services.ai.positions.trader_stage import TraderStage


@pytest.fixture
def stage(database_urls: DatabaseUrls) -> Iterator[TraderStage]:
    """Saturday noon, UTC."""
    made = TraderStage(database_urls)
    yield made
    made.close()
