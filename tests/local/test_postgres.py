"""The embedded server: usable by others, restartable after a kill, at home in deep directories."""

import os
import signal
import stat
import subprocess
from pathlib import Path

import psycopg
import pytest

from infra.local.database.postgres import (
    FOR_TESTS,
    SOCKET_PATH_MAX,
    DatabaseUrls,
    PostgresCluster,
    temporary_cluster,
)


def test_the_owner_is_no_superuser_and_owns_its_database(empty_database: DatabaseUrls) -> None:
    """architecture.md, roles: the owner migrates and does not bypass row security."""
    with psycopg.connect(empty_database.owner) as connection:
        role = connection.execute(
            "SELECT rolsuper, rolbypassrls, rolcreaterole FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
        connection.execute("CREATE TABLE mine (id int)")

    assert role == (False, False, True)


@pytest.mark.slow
def test_a_killed_server_is_taken_over_and_keeps_what_was_committed(tmp_path: Path) -> None:
    """A run that was killed leaves a pid file, maybe a live server; the next start goes on."""
    cluster = PostgresCluster(tmp_path / "pg", settings=FOR_TESTS)
    cluster.start()
    urls = cluster.create_database("papertape")
    with psycopg.connect(urls.owner) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS one")

    again = PostgresCluster(tmp_path / "pg", settings=FOR_TESTS)
    again.start()  # the first one still runs: its parent may have died
    os.kill(int((tmp_path / "pg/data/postmaster.pid").read_text().split()[0]), signal.SIGQUIT)
    once_more = PostgresCluster(tmp_path / "pg", settings=FOR_TESTS)
    once_more.start()
    try:
        with psycopg.connect(urls.owner) as connection:
            assert connection.execute("SELECT one FROM kept").fetchone() == (1,)
    finally:
        once_more.stop()


@pytest.mark.slow
def test_a_deep_directory_gets_its_socket_elsewhere(tmp_path: Path) -> None:
    """A unix socket's name may have some 100 characters; a state directory any number."""
    deep = tmp_path.joinpath(*["a-rather-long-name-of-a-directory"] * 4)
    assert len(str(deep)) > SOCKET_PATH_MAX

    with temporary_cluster(deep) as cluster, psycopg.connect(cluster.superuser_url()) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
        assert stat.S_IMODE((deep / "server.log").stat().st_mode) == 0o600
        elsewhere = cluster.socket_directory
        assert stat.S_IMODE(elsewhere.stat().st_mode) == 0o700
        assert PostgresCluster(deep).socket_directory == elsewhere, "the next run finds the server"
        elsewhere.chmod(0o777)
        assert PostgresCluster(deep).socket_directory != elsewhere, "one that others may write to is not used"
        elsewhere.chmod(0o700)
    assert not elsewhere.exists()


def test_a_stale_pid_that_is_somebody_elses_now_is_left_alone(tmp_path: Path) -> None:
    """Process numbers come round again; pg_ctl would stop whoever has the one in the file."""
    data = tmp_path / "pg" / "data"
    data.mkdir(parents=True)
    bystander = subprocess.Popen(["sleep", "30"])
    try:
        (data / "postmaster.pid").write_text(f"{bystander.pid}\n{data}\n0\n5432\n\n\n0 0\nready\n")
        PostgresCluster(tmp_path / "pg").stop()

        assert not (data / "postmaster.pid").exists()
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()
