"""The shared fixture: every test gets a migrated database that nobody else writes to."""

import psycopg

from infra.local.database.postgres import ROLES, DatabaseUrls


def test_each_of_the_four_roles_connects(database_urls: DatabaseUrls) -> None:
    """architecture.md, roles."""
    for role in ROLES:
        with psycopg.connect(database_urls.as_dict()[role]) as connection:
            assert connection.execute("SELECT current_user").fetchone() == (f"papertape_{role}",)


def test_no_serving_role_is_superuser_or_owner(database_urls: DatabaseUrls) -> None:
    """A-10: the application connects as a role without rights over its tables' policies."""
    query = "SELECT rolname FROM pg_roles WHERE rolname LIKE 'papertape%' AND rolsuper"
    with psycopg.connect(database_urls.owner) as connection:
        assert connection.execute(query).fetchall() == []
