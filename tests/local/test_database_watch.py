"""An embedded server that ends by itself is started again, and the terminal says so."""

import os
import signal
import time
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from infra.local.database.stack_database import open_database
from infra.local.state import StateDirectory

pytestmark = pytest.mark.slow


def test_a_database_that_ended_is_started_again(tmp_path: Path) -> None:
    """Without it every call is a 503 for ever, and nobody is told."""
    said: list[str] = []
    state = StateDirectory(tmp_path)
    with ExitStack() as ending:
        urls = open_database(state, None, reset=False, ending=ending, say=said.append)
        pid = int((state.postgres / "data" / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGINT)
        until = time.monotonic() + 30
        while time.monotonic() < until and not any("ended by itself" in line for line in said):
            time.sleep(0.2)
        while True:
            try:
                with psycopg.connect(urls.app) as connection:
                    assert connection.execute("select 1").fetchone() == (1,)
                break
            except psycopg.OperationalError:
                assert time.monotonic() < until
                time.sleep(0.2)

    assert any("ended by itself: starting it again" in line for line in said)
