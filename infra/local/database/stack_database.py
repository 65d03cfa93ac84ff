"""The stack's database: the embedded server, or whatever DATABASE_URL names."""

import hashlib
import threading
from collections.abc import Callable
from contextlib import ExitStack
from typing import Final

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from infra.local.database.migrate import migrate, unmake
from infra.local.database.postgres import DATABASE, DatabaseUrls, PostgresCluster, PostgresUnavailable
from infra.local.state import StateDirectory

WATCHED_EVERY_SECONDS: Final = 2.0
SERVING_ROLES: Final = ("app", "jobs", "backup")
Say = Callable[[str], None]


def open_database(
    state: StateDirectory, external_url: str | None, *, reset: bool, ending: ExitStack, say: Say
) -> DatabaseUrls:
    """Have a migrated database ready; what must be stopped later is pushed on `ending`."""
    if external_url:
        say("database: the one that DATABASE_URL names")
        return _open_external(external_url, reset=reset)
    say("database: starting the embedded PostgreSQL")
    cluster = PostgresCluster(state.postgres)
    ending.callback(cluster.stop)
    cluster.start()
    _watch(cluster, ending, say)
    urls = cluster.urls() if cluster.has_database(DATABASE) else cluster.create_database(DATABASE)
    say("database: migrating")
    migrate(urls.owner)
    free_what_the_dead_held(urls.owner)
    return urls


def _watch(cluster: PostgresCluster, ending: ExitStack, say: Say) -> None:
    """Start a server again that has ended by itself, and say so: every call would be refused for ever."""
    stopping = threading.Event()

    def look() -> None:
        while not stopping.wait(WATCHED_EVERY_SECONDS):
            try:
                cluster.check_alive()
            except PostgresUnavailable:
                say("the database has ended by itself: starting it again")
                try:
                    cluster.start()
                except PostgresUnavailable as error:
                    say(f"the database cannot be started: {error}")

    thread = threading.Thread(target=look, name="database-watch", daemon=True)
    thread.start()
    ending.callback(thread.join)
    ending.callback(stopping.set)


def free_what_the_dead_held(owner_url: str) -> None:
    """Let go of the leases and keys of a stack that was killed: this directory has one stack at a time.

    They would run out by themselves, but in real time, which a clock that stands still does not wait for.
    """
    with psycopg.connect(owner_url) as connection:
        connection.execute("select set_config('app.migration', 'on', true)")
        # An instant that can be read again, which '-infinity' cannot be in Python.
        connection.execute("update leases set until = 'epoch'")
        connection.execute("update idempotency_keys set running_until = 'epoch' where state = 'RUNNING'")


def _open_external(owner_url: str, *, reset: bool) -> DatabaseUrls:
    """Migrate a database that is not ours to start; its owner is the role of the URL."""
    password = str(conninfo_to_dict(owner_url).get("password") or "")
    passwords = {f"papertape_{role}": _derived(password, role) for role in SERVING_ROLES}
    if reset:
        unmake(owner_url)
    migrate(owner_url, role_passwords=passwords)
    others = {
        role: make_conninfo(owner_url, user=f"papertape_{role}", password=passwords[f"papertape_{role}"])
        for role in SERVING_ROLES
    }
    return DatabaseUrls(owner=owner_url, **others)


def _derived(password: str, role: str) -> str:
    """Make a role's password from the owner's: the same at each start, without keeping it."""
    return hashlib.sha256(f"papertape {role} {password}".encode()).hexdigest()
