"""A strategy that ends while it enters, and a scan that two functions carry out at once (B-02, B-15)."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from chalicelib.services.desk.strategies.manage_strategies import delete_strategy
from chalicelib.store.desk.evaluations import write_scan
from chalicelib.store.desk.strategies import may_enter
from infra.local.database.postgres import DatabaseUrls, PostgresCluster
from tests.api.support import Api
from tests.domain.desk.desk_support import AT, judged
from tests.store.desk_rows import DeskRows
from tests.store.held_trades import hold
from tests.store.test_connections import wait_for_a_lock

SECONDS_MAX = 30


@pytest.fixture
def desk(database_urls: DatabaseUrls) -> Iterator[DeskRows]:
    """Alice's condor."""
    made = DeskRows(database_urls)
    yield made
    made.close()


@pytest.fixture
def api(database_urls: DatabaseUrls) -> Iterator[Api]:
    """What services are handed."""
    made = Api(database_urls)
    yield made
    made.close()


def test_a_strategy_deleted_while_it_enters_is_kept_for_its_trade(
    api: Api, desk: DeskRows, postgres_cluster: PostgresCluster
) -> None:
    """B-15, complaint: a strategy deleted that trades on: deleting waits for the entry, and sees it."""
    of_alice = ("alice", desk.strategy.id)
    with ThreadPoolExecutor(1) as pool:
        with desk.app() as connection:
            assert may_enter(connection, *of_alice, 1)
            deleting = pool.submit(delete_strategy, api.environment, *of_alice, 1)
            wait_for_a_lock(postgres_cluster)
            hold(connection, originator="DESK", originator_id=str(desk.strategy.id))
        kept = deleting.result(SECONDS_MAX)

    assert kept is not None
    assert (kept.open_trades, kept.row.enabled) == (1, False)
    with desk.app() as connection:
        assert not may_enter(connection, *of_alice, 1)
        assert not may_enter(connection, *of_alice, kept.row.version)


def test_a_scan_of_two_functions_at_once_is_stored_once(desk: DeskRows) -> None:
    """B-02: a message that is delivered twice side by side: one of the two may act."""
    scan_id, both = uuid4(), threading.Barrier(2)

    def scan(_number: int) -> int:
        other = desk.another()
        with other.jobs() as connection:
            both.wait(SECONDS_MAX)
            stored = write_scan(connection, scan_id, AT, [other.row(judged())])
        other.close()
        return len(stored)

    with ThreadPoolExecutor(2) as pool:
        stored = list(pool.map(scan, range(2)))

    assert sorted(stored) == [0, 1]
    assert len(desk.stored()) == 1
