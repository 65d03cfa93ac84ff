"""The stage of decisions: one fresh database, one scripted exchange, one model a test."""

from collections.abc import Iterator

import pytest

from infra.local.database.migrate import migrate
from infra.local.database.postgres import DatabaseUrls, PostgresCluster, migrated_template, temporary_database
from tests.services.ai.deciding.decision_stage import DecisionStage


@pytest.fixture(scope="module")
def shared_stage(postgres_cluster: PostgresCluster) -> Iterator[DecisionStage]:
    """One stage for a module's examples of one law."""
    template = migrated_template(postgres_cluster, migrate)
    with temporary_database(postgres_cluster, template=template) as urls:
        made = DecisionStage(urls)
        yield made
        made.close()


@pytest.fixture
def stage(database_urls: DatabaseUrls) -> Iterator[DecisionStage]:
    """Saturday noon, UTC."""
    made = DecisionStage(database_urls)
    yield made
    made.close()
