"""The local stack's own database, replaced by a restored one; what was there is kept under another name."""

from collections.abc import Callable

from psycopg import sql

from infra.local.database.postgres import DATABASE, PostgresCluster
from infra.local.state import StateDirectory
from infra.restore.load import Say


def replace_stack_database(
    state: StateDirectory, restore_into: Callable[[str], int], *, aside: str, say: Say
) -> int:
    """Set the database aside, restore into a new one, put it back if that fails.

    `restore_into` takes the owner's URL and returns an exit code; with any but 0 the old one comes back.
    Raises StackRunning, PostgresUnavailable and what `restore_into` raises.
    """
    state.lock()
    cluster = PostgresCluster(state.postgres)
    try:
        cluster.start()
        kept = cluster.has_database(DATABASE)
        if kept:
            say(f"the present database is kept as {aside}")
            _rename(cluster, DATABASE, aside)
        code = None
        try:
            code = restore_into(cluster.create_database(DATABASE).owner)
        finally:
            if code == 0:
                state.note_restored()
            else:
                cluster.drop_database(DATABASE)
                if kept:
                    _rename(cluster, aside, DATABASE)
        return code
    finally:
        cluster.stop()
        state.unlock()


def _rename(cluster: PostgresCluster, name: str, to: str) -> None:
    cluster.execute(
        sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(name), sql.Identifier(to))
    )
