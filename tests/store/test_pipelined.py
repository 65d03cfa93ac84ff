"""Round trips to the database: what rides with what, and that nothing is lost or told wrongly by it."""

import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
from psycopg.errors import DivisionByZero
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from chalicelib.domain.accounts import AccountRef, BrokerMode
from chalicelib.store.accounts.leases import (
    Lease,
    LeaseLost,
    account_resource,
    let_go_with,
    run_held,
    take_lease,
)
from chalicelib.store.ahead import ends_with_next, in_one_turn, later, read_ahead
from chalicelib.store.database import CommitUnknown, Database
from chalicelib.store.engine import open_engine
from chalicelib.store.patience import connect
from chalicelib.store.pipelined import PipelinedConnection
from chalicelib.store.trades.portfolio import portfolio_revision, touch_portfolio
from chalicelib.store.users import settings
from infra.bench.relay import Relay, relayed
from infra.local.database.postgres import DatabaseUrls, PostgresCluster
from tests.store.test_database import StandingClock

ONE = text("select 1")
REVISION = text("select revision from portfolio_revisions where username = :username")
OUT_OF_BOUNDS = text("update portfolio_revisions set revision = 1 / (revision - revision)")


@pytest.fixture
def wire(database_urls: DatabaseUrls) -> Iterator[tuple[Database, Relay]]:
    """The application's database behind a wire that counts turns, with a user in it."""
    with (
        tempfile.TemporaryDirectory() as directory,
        relayed(database_urls, Path(directory) / "wire") as (urls, relay),
    ):
        database = Database(open_engine(urls.app), StandingClock())
        database.run(lambda connection: settings.ensure(connection, "alice", "sub"), username="alice")
        database.run(lambda connection: touch_portfolio(connection, "alice"), username="alice")
        yield database, relay
        database.dispose()


def revision(database: Database) -> int:
    return database.read(lambda connection: portfolio_revision(connection, "alice"), username="alice")


def kill_connections(cluster: PostgresCluster) -> None:
    with psycopg.connect(cluster.superuser_url(), autocommit=True) as superuser:
        superuser.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'papertape_app'"
        )


def test_a_read_and_its_transaction_are_one_round_trip(wire: tuple[Database, Relay]) -> None:
    """performance.md: BEGIN, its settings and COMMIT ride with the statement."""
    database, relay = wire
    before = relay.round_trips
    found = revision(database)

    assert (found, relay.round_trips - before) == (1, 1)


def test_writes_ride_with_commit(wire: tuple[Database, Relay]) -> None:
    """One turn for what is read, one for all that is written and its COMMIT."""
    database, relay = wire

    def work(connection: Connection) -> None:
        connection.execute(ONE)
        for _ in range(5):
            touch_portfolio(connection, "alice")

    before = relay.round_trips
    database.run(work, username="alice")

    assert relay.round_trips - before == 2
    assert revision(database) == 6


def test_a_write_that_failed_on_its_way_is_told_and_nothing_is_kept(wire: tuple[Database, Relay]) -> None:
    """What rode before and after it is undone with it, and the connection serves on."""
    database, _ = wire

    def work(connection: Connection) -> None:
        connection.execute(ONE)
        touch_portfolio(connection, "alice")
        later(connection, OUT_OF_BOUNDS)
        touch_portfolio(connection, "alice")

    with pytest.raises(DBAPIError, match="division by zero"):
        database.run(work, username="alice")

    assert revision(database) == 1


def test_a_failed_write_is_told_before_what_follows_it_is_read(wire: tuple[Database, Relay]) -> None:
    """A vendor's call that comes after a statement never follows a write that failed unseen."""
    database, _ = wire

    def work(connection: Connection) -> None:
        later(connection, OUT_OF_BOUNDS)
        connection.execute(ONE)
        pytest.fail("an answer that follows a failure was given out")

    with pytest.raises(DBAPIError, match="division by zero"):
        database.run(work, username="alice")


def test_a_dead_connection_is_replaced_for_a_transaction_that_only_writes(
    wire: tuple[Database, Relay], postgres_cluster: PostgresCluster
) -> None:
    """It is found out before COMMIT is said, so that it is surely not done, and done once after that."""
    database, _ = wire
    kill_connections(postgres_cluster)
    database.run(lambda connection: touch_portfolio(connection, "alice"), username="alice")

    assert revision(database) == 2


def test_a_commit_with_writes_that_is_not_answered_is_not_known(
    wire: tuple[Database, Relay], postgres_cluster: PostgresCluster
) -> None:
    """I-34: what may have been committed is never told as not done, nor done again."""
    database, _ = wire

    def work(connection: Connection) -> None:
        connection.execute(ONE)
        touch_portfolio(connection, "alice")
        kill_connections(postgres_cluster)

    with pytest.raises(CommitUnknown):
        database.run(work, username="alice")


def held_lease(database: Database) -> Lease:
    """Take the lease of an account of alice's."""
    lease = database.by_itself(
        lambda one: take_lease(
            one,
            "alice",
            account_resource(AccountRef(username="alice", mode=BrokerMode.PAPER, account_id="a")),
            "old",
        )
    )
    assert lease is not None
    return lease


def pass_on(database: Database) -> None:
    """Let another worker have every lease of alice's."""
    with psycopg.connect(database_of(database), autocommit=True) as connection:
        connection.execute("select set_config('app.current_user', 'alice', false)")
        connection.execute("update leases set fencing = fencing + 1")


def touch(connection: Connection) -> None:
    """Write, and read nothing."""
    touch_portfolio(connection, "alice")


def touch_in_one_turn(connection: Connection) -> None:
    """Write what may be written twice."""
    in_one_turn(connection)
    touch(connection)


def test_a_worker_that_lost_its_lease_writes_nothing(wire: tuple[Database, Relay]) -> None:
    """A-13: the server fails what the fence went ahead of: a read, COMMIT, or both at once."""
    database, _ = wire
    lease = held_lease(database)
    run_held(database, lease, touch)
    pass_on(database)

    def late(connection: Connection) -> None:
        touch(connection)
        connection.execute(ONE)
        pytest.fail("a worker without its lease went on")

    def over(connection: Connection) -> None:
        touch(connection)
        ends_with_next(connection)
        connection.execute(ONE)

    for work in (touch, touch_in_one_turn, late, over):
        with pytest.raises(LeaseLost):
            run_held(database, lease, work)
        with pytest.raises(LeaseLost):
            let_go_with(database, lease, work, writes=True)
    assert not lease.is_let_go
    assert revision(database) == 2


def test_what_may_be_done_twice_goes_out_whole(wire: tuple[Database, Relay]) -> None:
    """BEGIN, the fence, the write, the lease let go of and COMMIT: one round trip."""
    database, relay = wire
    lease = held_lease(database)

    before = relay.round_trips
    let_go_with(database, lease, touch_in_one_turn, writes=True)

    assert relay.round_trips - before == 1
    assert (lease.is_let_go, revision(database)) == (True, 2)
    assert held_lease(database).fencing == lease.fencing + 1


def test_what_may_be_done_twice_is_done_again_on_a_living_connection(
    wire: tuple[Database, Relay], postgres_cluster: PostgresCluster
) -> None:
    """A kept connection that died says nothing of what was on its way."""
    database, _ = wire
    database.run(touch, username="alice")
    kill_connections(postgres_cluster)

    database.run(touch_in_one_turn, username="alice")

    assert revision(database) == 3


def database_of(database: Database) -> str:
    """Return where a database is reached."""
    return database.run(
        lambda connection: str(connection.connection.driver_connection.info.dsn),  # type: ignore[union-attr]
        username=None,
    )


def test_what_was_read_ahead_is_forgotten_once_something_is_written(wire: tuple[Database, Relay]) -> None:
    """A transaction reads what it wrote itself, whatever went ahead."""
    database, relay = wire

    def work(connection: Connection) -> list[int]:
        read_ahead(connection, REVISION, {"username": "alice"})
        connection.execute(ONE)
        found = [connection.execute(REVISION, {"username": "alice"}).scalar_one()]
        touch_portfolio(connection, "alice")
        return [*found, connection.execute(REVISION, {"username": "alice"}).scalar_one()]

    before = relay.round_trips
    found = database.run(work, username="alice")

    assert found == [1, 2]
    assert relay.round_trips - before == 3


def test_nothing_is_said_after_the_last_read(wire: tuple[Database, Relay]) -> None:
    """It would run outside the transaction, for nobody."""
    database, _ = wire

    def work(connection: Connection) -> None:
        connection.execute(ONE)
        connection.execute(text("select 2"))

    with pytest.raises(AssertionError):
        database.read(work, username="alice")
    assert revision(database) == 1


def test_what_was_aborted_by_a_failure_is_no_failure_of_rolling_back(database_urls: DatabaseUrls) -> None:
    """Answers that nobody waited for when the failure was told are heard by the rollback."""
    with connect(
        PipelinedConnection,
        database_urls.app,
        answer_seconds_max=5,
        connect_seconds_max=5,
        prepare_threshold=None,
    ) as connection:
        connection.begin([("begin", None)])
        # A server that is quick tells of it while the next one goes out.
        with connection.deferring(), suppress(DivisionByZero):
            connection.execute("select 1 / 0")
            connection.execute("select 2")
        connection.rollback()

        assert connection.execute("select 3").fetchone() == (3,)


def test_what_follows_a_failure_in_many_is_heard_and_the_connection_goes_on(
    wire: tuple[Database, Relay],
) -> None:
    """The failure itself is told, never that others were aborted by it; the next transaction begins clean."""
    database, _ = wire
    division = text(
        "update portfolio_revisions set revision = revision / cast(:by as bigint) "
        "where username = 'alice' and length(:filler) > 0"
    )
    many = [{"by": 0 if number == 0 else 1, "filler": "x" * 20_000} for number in range(200)]
    for _ in range(5):
        with pytest.raises(DBAPIError) as failed, database.transaction("alice") as connection:
            connection.execute(division, many)

        assert "division by zero" in str(failed.value)
        assert revision(database) == 1
