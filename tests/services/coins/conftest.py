"""The stage of coins: one fresh database, one scripted exchange a test."""

from collections.abc import Iterator

import pytest

from infra.local.database.postgres import DatabaseUrls
from tests.services.coins.coin_stage import CoinStage


@pytest.fixture
def stage(database_urls: DatabaseUrls) -> Iterator[CoinStage]:
    """Saturday noon, UTC."""
    made = CoinStage(database_urls)
    yield made
    made.close()
