"""The product behind PgBouncer in transaction mode, as at Neon: no session state, nothing prepared (A-01).

Two server connections serve many clients of two users at once, so whatever one transaction left behind on a
connection would meet another user's.
"""

import os
import pwd
import socket
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest

from chalicelib.services.reading.read_trades import TradeFilter, list_page
from infra.local.database.postgres import DatabaseUrls
from infra.local.programs import find_pgbouncer
from tests.services.stage import Stage

PROGRAM: Final = find_pgbouncer()
SERVER_CONNECTIONS: Final = 2
START_SECONDS_MAX: Final = 10.0
CONFIGURATION: Final = """
[databases]
* = host={host}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {users}
pool_mode = transaction
default_pool_size = {connections}
max_client_conn = 200
ignore_startup_parameters = extra_float_digits,statement_timeout
logfile = {log}
"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        PROGRAM is None, reason="PgBouncer is not installed (Debian: apt-get install pgbouncer)"
    ),
]


@pytest.fixture
def pooled_urls(database_urls: DatabaseUrls, tmp_path: Path) -> Iterator[DatabaseUrls]:
    """The test's database through a pooler that has two connections for each role."""
    assert PROGRAM is not None
    directory = tmp_path / "pgbouncer"
    directory.mkdir(mode=0o755)
    users = directory / "users.txt"
    users.write_text("".join(f'"papertape_{role}" ""\n' for role in ("owner", "app", "jobs", "backup")))
    port = _free_port()
    path = directory / "pgbouncer.ini"
    path.write_text(
        CONFIGURATION.format(
            host=parse_qs(urlsplit(database_urls.app).query)["host"][0],
            port=port,
            users=users,
            connections=SERVER_CONNECTIONS,
            log=directory / "log",
        )
    )
    process = subprocess.Popen([str(PROGRAM), "-q", *_as_nobody(directory), str(path)])
    try:
        urls = replace(
            database_urls,
            app=_through(database_urls.app, port),
            jobs=_through(database_urls.jobs, port),
        )
        _await(urls.app)
        yield urls
    finally:
        process.terminate()
        process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _as_nobody(directory: Path) -> list[str]:
    """PgBouncer refuses to run as root."""
    if os.geteuid() != 0:
        return []
    nobody = pwd.getpwnam("nobody")
    for path in (directory, *directory.iterdir()):
        os.chown(path, nobody.pw_uid, nobody.pw_gid)
    for parent in directory.parents:
        if parent.stat().st_uid == 0 and not parent.stat().st_mode & 0o001:
            parent.chmod(parent.stat().st_mode | 0o001)
    return ["-u", "nobody"]


def _through(url: str, port: int) -> str:
    parts = urlsplit(url)
    return f"postgresql://{parts.username}@127.0.0.1:{port}{parts.path}"


def _await(url: str) -> None:
    give_up_at = time.monotonic() + START_SECONDS_MAX
    while True:
        try:
            psycopg.connect(url, connect_timeout=2).close()
        except psycopg.OperationalError:
            if time.monotonic() > give_up_at:
                raise
            time.sleep(0.05)
        else:
            return


@pytest.fixture
def pooled(pooled_urls: DatabaseUrls) -> Iterator[Stage]:
    made = Stage(pooled_urls)
    yield made
    made.close()


def test_a_trade_lives_its_life_through_the_pooler(pooled: Stage) -> None:
    """A-01: placed, protected, synced, marked and closed without any session state."""
    trade = pooled.place_bracketed()
    pooled.sync()
    pooled.run("snapshot")
    closed = pooled.close_trade(pooled.trade(trade)).trade

    assert closed["status"] == "CLOSED"
    assert closed["current_price"] is not None
    assert pooled.held(trade["legs"][0]["symbol"]) == 0


def test_users_at_once_on_shared_connections_see_their_own(pooled: Stage) -> None:
    """I-21: the user goes with the transaction and leaves no trace on the connection."""
    own = {name: str(pooled.place_bracketed(username=name)["id"]) for name in ("alice", "bob")}

    def look(number: int) -> tuple[bool, bool]:
        name, other = ("alice", "bob") if number % 2 else ("bob", "alice")
        text = list_page(pooled.env, name, TradeFilter(), lambda _revision: False).text or ""
        return own[name] in text, own[other] in text

    with ThreadPoolExecutor(16) as threads:
        assert set(threads.map(look, range(200))) == {(True, False)}
