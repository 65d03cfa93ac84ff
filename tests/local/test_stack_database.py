"""A-01: the embedded server by default, any other by DATABASE_URL."""

from contextlib import ExitStack
from pathlib import Path

import psycopg

from infra.local.postgres import ROLES, DatabaseUrls
from infra.local.stack_database import open_database
from infra.local.state import StateDirectory


def quiet(_text: str) -> None:
    """Say nothing."""


def test_a_database_of_ones_own_is_migrated_and_reached_by_all_roles(
    empty_database: DatabaseUrls, tmp_path: Path
) -> None:
    state = StateDirectory(tmp_path)
    with ExitStack() as ending:
        for reset in (False, True):
            urls = open_database(state, empty_database.owner, reset=reset, ending=ending, say=quiet)

    for role in ROLES:
        with psycopg.connect(urls.as_dict()[role]) as connection:
            assert connection.execute("SELECT current_user").fetchone() == (f"papertape_{role}",)
            assert connection.execute("SELECT to_regclass('paper_trades')").fetchone() != (None,)
