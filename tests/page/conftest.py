"""The whole local stack once a file of tests, a real browser once a session."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from infra.local.database.migrate import migrate
from infra.local.database.postgres import DATABASE, FOR_TESTS, PostgresCluster
from infra.local.programs import find_chromium
from infra.local.running import read_stack, start, stop, wait_until_ready
from infra.local.state import StateDirectory
from tests.conftest import database_disk
from tests.page.past_trades import write_past_trades
from tests.page.screen import Screen, open_screen
from tests.page.stack import CLOCK, CLOCK_LATE, Stack

PAST_TRADES: Final = 120
#: How long anything may take to show where a test names no time: beside other workers a page is only slow.
SHOWN_MS_MAX: Final = 15_000
expect.set_options(timeout=SHOWN_MS_MAX)


@pytest.fixture(scope="session")
def migrated_data() -> Iterator[Path]:
    """The files of a server whose database is migrated: making them takes longer than the rest of a start.

    That a stack makes them by itself is shown by tests/local/test_up.py.
    """
    with _directory() as directory:
        cluster = PostgresCluster(directory / "server", settings=FOR_TESTS)
        cluster.start()
        try:
            migrate(cluster.create_database(DATABASE).owner)
        finally:
            cluster.stop()
        yield directory / "server" / "data"
        shutil.rmtree(cluster.socket_directory, ignore_errors=True)


@contextmanager
def _directory() -> Iterator[Path]:
    """A directory where a server never waits for a disk, if there is one; gone afterwards."""
    with tempfile.TemporaryDirectory(
        prefix="papertape-page-", dir=database_disk(), ignore_cleanup_errors=True
    ) as name:
        yield Path(name)


def _copy(files: Path, target: Path) -> None:
    """Copy a server's files with their owner and rights, without which no server takes them."""
    subprocess.run(["cp", "-a", str(files), str(target)], check=True)


@pytest.fixture(scope="module")
def state_file(migrated_data: Path) -> Iterator[Path]:
    """`dev.py up`, ready, with the market open and the clock standing still: where it says what it is.

    One for each file: files meet one another in any order, and none may see what another left behind.
    """
    with _running(migrated_data, CLOCK) as state_file:
        yield state_file


@contextmanager
def _running(migrated_data: Path, clock: str) -> Iterator[Path]:
    with _directory() as directory:
        postgres = StateDirectory(directory).postgres
        postgres.mkdir()
        _copy(migrated_data, postgres / "data")
        process = start(directory, clock)
        try:
            wait_until_ready(process)
            yield directory / "state.json"
        finally:
            stop(process)


@pytest.fixture
def day_stack(migrated_data: Path) -> Iterator[Stack]:
    """A stack of a test's own for alice, half an hour before its day ends, whatever else is still to come.

    A whole session has thousands of jobs, and its end as many laws.
    """
    with _running(migrated_data, CLOCK_LATE) as state_file:
        yield read_stack(state_file)


@pytest.fixture(scope="module")
def stack(state_file: Path) -> Stack:
    """The stack for alice, who begins with nothing."""
    return read_stack(state_file)


@pytest.fixture(scope="module")
def bob(state_file: Path) -> Stack:
    """The same stack for bob, who has a past of 120 trades."""
    stack = read_stack(state_file, "bob")
    write_past_trades(stack.database_url, stack.username, PAST_TRADES)
    return stack


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium; its absence fails the test, since the page is part of the product.

    No longer than a file: its driver keeps an event loop running in this thread, and whatever else the worker
    tests afterwards could begin none of its own.
    """
    program = find_chromium()
    if program is None:
        pytest.fail("no Chromium on the PATH: install it (apt-get install chromium), then run this again")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        yield launched
        launched.close()


@pytest.fixture
def desktop(browser: Browser) -> Iterator[Screen]:
    """A page on a laptop."""
    with open_screen(browser, width=1440, height=900, is_phone=False) as screen:
        yield screen


@pytest.fixture
def phone(browser: Browser) -> Iterator[Screen]:
    """A page on a phone."""
    with open_screen(browser, width=390, height=844, is_phone=True) as screen:
        yield screen
