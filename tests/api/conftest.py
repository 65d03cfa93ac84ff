"""An API over a database: one a module for calls that are refused, else one a test."""

from collections.abc import Iterator

import pytest

from infra.local.database.migrate import migrate
from infra.local.database.postgres import DatabaseUrls, PostgresCluster, migrated_template, temporary_database
from tests.api.support import Api, User


@pytest.fixture(scope="module")
def shared_api(postgres_cluster: PostgresCluster) -> Iterator[Api]:
    """The API for a module's tests that leave nothing behind."""
    template = migrated_template(postgres_cluster, migrate)
    with temporary_database(postgres_cluster, template=template) as urls:
        api = Api(urls)
        yield api
        api.close()


@pytest.fixture(scope="module")
def anyone(shared_api: Api) -> User:
    """A signed-in user who only makes calls that are refused, or that read."""
    return shared_api.user("anyone", groups=("operator",))


@pytest.fixture
def api(database_urls: DatabaseUrls) -> Iterator[Api]:
    """The API with its outside faked."""
    api = Api(database_urls)
    yield api
    api.close()


@pytest.fixture
def alice(api: Api) -> User:
    """A signed-in user."""
    return api.user("alice")


@pytest.fixture
def bob(api: Api) -> User:
    """Another one."""
    return api.user("bob")
