"""The stage of decisions: one fresh database, one scripted exchange, one model a test."""

from collections.abc import Iterator

import pytest

from infra.local.database.postgres import DatabaseUrls
from tests.services.ai.deciding.decision_stage import DecisionStage


@pytest.fixture
def stage(database_urls: DatabaseUrls) -> Iterator[DecisionStage]:
    """Saturday noon, UTC."""
    made = DecisionStage(database_urls)
    yield made
    made.close()
