"""Connections to brokers as rows (A-12): moved from settings' columns, one owner an account, one read."""

import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from alembic import command
from sqlalchemy import Connection

from chalicelib.domain.accounts import AccountRef, BrokerMode
from chalicelib.store.database import Database, Isolation
from chalicelib.store.engine import open_engine
from chalicelib.store.users import connections, settings
from chalicelib.store.users.connections import AccountTaken, StoredConnection
from chalicelib.store.users.settings import UserSettings
from infra.bench.relay import relayed
from infra.local.database.migrate import alembic_config, migrate
from infra.local.database.postgres import DatabaseUrls, PostgresCluster
from tests.store.test_database import StandingClock

SANDBOX, LIVE = BrokerMode.TRADIER_SANDBOX, BrokerMode.TRADIER_LIVE
HERS = StoredConnection(account_id="VA1", sealed="v1.k1.hers", last4="hers")
#: What the release before writes and reads.
FORMER = (
    "tradier_sandbox_account_id, tradier_sandbox_token_sealed, tradier_sandbox_token_last4, "
    "tradier_live_account_id, tradier_live_token_sealed, tradier_live_token_last4"
)
STORED = f"insert into user_settings (username, sub, {FORMER}) values (%s, 'sub', %s, %s, %s, %s, %s, %s)"  # noqa: S608
BEFORE = [
    ("alice", "VA1", "v1.k1.a", "aaaa", "6YA1", "v1.k1.b", "bbbb"),
    ("bob", "VA1", None, None, None, "v1.k2.c", "cccc"),
    ("carol", None, None, None, None, None, None),
]
ROWS = "select username, broker_mode, account_id, sealed, last4 from connections order by 1, 2"
FORMER_ROWS = f"select username, {FORMER} from user_settings order by 1"  # noqa: S608  # a constant


def _seen(url: str, query: str, username: str | None = None) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        connection.execute("select set_config('app.current_user', %s, true)", (username or "",))
        return connection.execute(query.encode()).fetchall()


@pytest.fixture
def database(database_urls: DatabaseUrls) -> Iterator[Database]:
    """The application's database with two users in it."""
    made = Database(open_engine(database_urls.app, pool_size=2), StandingClock())
    for name in ("alice", "bob"):
        with made.transaction(name) as connection:
            settings.ensure(connection, name, "sub")
    yield made
    made.dispose()


def store(database: Database, username: str, mode: BrokerMode, kept: StoredConnection) -> None:
    database.run(lambda connection: connections.write(connection, username, mode, kept), username=username)


def read(database: Database, username: str) -> UserSettings:
    found = database.read(lambda connection: settings.read(connection, username), username=username)
    assert found is not None
    return found


def test_what_was_stored_moves_up_and_down_again(empty_database: DatabaseUrls) -> None:
    """A-01: rows are moved as they are sealed; what changed meanwhile goes back with them."""
    config = alembic_config(empty_database.owner)
    command.upgrade(config, "0017")
    with psycopg.connect(empty_database.owner) as connection:
        connection.execute("select set_config('app.migration', 'on', true)")
        connection.cursor().executemany(STORED.encode(), BEFORE)
    migrate(empty_database.owner)

    assert _seen(empty_database.jobs, ROWS) == [
        ("alice", "TRADIER_LIVE", "6YA1", "v1.k1.b", "bbbb"),
        ("alice", "TRADIER_SANDBOX", "VA1", "v1.k1.a", "aaaa"),
        ("bob", "TRADIER_LIVE", None, "v1.k2.c", "cccc"),
        ("bob", "TRADIER_SANDBOX", "VA1", None, None),
    ]
    database = Database(open_engine(empty_database.app), StandingClock())
    store(database, "carol", SANDBOX, StoredConnection(account_id="VA3", sealed="v1.k2.d", last4="dddd"))
    database.run(lambda connection: connections.forget_credentials(connection, "bob"), username="bob")
    database.dispose()
    command.downgrade(config, "0017")

    assert _seen(empty_database.jobs, FORMER_ROWS) == [
        BEFORE[0],
        ("bob", "VA1", None, None, None, None, None),
        ("carol", "VA3", "v1.k2.d", "dddd", None, None, None),
    ]


def test_the_release_before_writes_and_reads_the_columns(
    database: Database, database_urls: DatabaseUrls
) -> None:
    """A migration suits the release before it: each of the two sees what the other stored."""
    with psycopg.connect(database_urls.app) as former:
        former.execute("select set_config('app.current_user', 'alice', true)")
        former.execute(
            "update user_settings set tradier_live_account_id = '6YA1',"
            " tradier_live_token_sealed = 'v1.k1.x', tradier_live_token_last4 = 'xxxx', max_positions = 9"
        )
        former.commit()
        former.execute("select set_config('app.current_user', 'alice', true)")
        former.execute("update user_settings set max_positions = 8")
    assert read(database, "alice").connections == {
        LIVE: StoredConnection(account_id="6YA1", sealed="v1.k1.x", last4="xxxx")
    }
    store(database, "alice", SANDBOX, HERS)

    everything = ("alice", "VA1", "v1.k1.hers", "hers", "6YA1", "v1.k1.x", "xxxx")
    assert _seen(database_urls.app, FORMER_ROWS, "alice") == [everything]
    with psycopg.connect(database_urls.jobs) as former:
        former.execute("select set_config('app.current_user', 'alice', true)")
        former.execute("update user_settings set tradier_live_token_sealed = 'v1.k2.anew'")
    assert read(database, "alice").connection(LIVE).sealed == "v1.k2.anew"
    assert _seen(database_urls.app, ROWS, "bob") == []


def test_what_the_release_before_took_is_taken(database: Database, database_urls: DatabaseUrls) -> None:
    """A-12: an account has one owner, by whichever release they came."""
    store(database, "alice", SANDBOX, HERS)
    with psycopg.connect(database_urls.app) as former:
        former.execute("select set_config('app.current_user', 'bob', true)")
        with pytest.raises(psycopg.errors.UniqueViolation) as refused:
            former.execute(
                "update user_settings"
                " set tradier_sandbox_account_id = 'VA1', tradier_sandbox_token_sealed = 'x'"
            )

    assert refused.value.diag.constraint_name == "user_settings_one_owner_sandbox"


def test_an_account_has_one_owner(database: Database) -> None:
    """A-12: across users and of each mode for itself; a number without credentials takes nothing."""
    store(database, "bob", SANDBOX, StoredConnection(account_id="VA1"))
    store(database, "alice", SANDBOX, HERS)
    store(database, "bob", LIVE, HERS)
    with pytest.raises(AccountTaken) as refused:
        store(database, "bob", SANDBOX, StoredConnection(account_id="VA1", sealed="v1.k1.his", last4="his."))

    assert refused.value.mode is SANDBOX
    assert read(database, "bob").connection(SANDBOX) == StoredConnection(account_id="VA1")


def test_nobody_sees_or_writes_anothers_connection(database: Database, database_urls: DatabaseUrls) -> None:
    """A-10, I-21: neither the rows nor, by a job, more of them than their seal."""
    store(database, "alice", SANDBOX, HERS)
    assert _seen(database_urls.app, ROWS, "bob") == _seen(database_urls.app, ROWS) == []
    with psycopg.connect(database_urls.app) as connection:
        connection.execute("select set_config('app.current_user', 'bob', true)")
        assert connection.execute("update connections set sealed = 'x'").rowcount == 0
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(
                "insert into connections (username, broker_mode) values ('alice', 'TRADIER_LIVE')"
            )
    for column in ("account_id", "last4", "username"):
        with (
            psycopg.connect(database_urls.jobs) as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute(f"update connections set {column} = 'x'".encode())  # noqa: S608  # a constant


def test_an_account_is_reached_with_credentials_alone(
    database: Database, database_urls: DatabaseUrls
) -> None:
    """I-33: what is looked at after the books went back."""
    store(database, "alice", SANDBOX, HERS)
    store(database, "alice", LIVE, StoredConnection(sealed="v1.k1.x", last4="xxxx"))
    store(database, "bob", SANDBOX, StoredConnection(account_id="VA1"))
    jobs = Database(open_engine(database_urls.jobs), StandingClock())
    found = jobs.run(connections.read_accounts, username=None)
    jobs.dispose()

    assert found == [AccountRef(username="alice", mode=SANDBOX, account_id="VA1")]


def test_settings_and_connections_are_one_round_trip(database: Database, database_urls: DatabaseUrls) -> None:
    """performance.md: nearly every call and job reads both; locked too."""
    store(database, "alice", SANDBOX, HERS)
    with (
        tempfile.TemporaryDirectory() as directory,
        relayed(database_urls, Path(directory) / "wire") as (urls, relay),
    ):
        wired = Database(open_engine(urls.app), StandingClock())
        read(wired, "alice")
        before = relay.round_trips
        assert read(wired, "alice").connection(SANDBOX) == HERS
        assert relay.round_trips - before == 1
        wired.run(lambda connection: settings.read(connection, "alice", lock=True), username="alice")
        assert relay.round_trips - before == 3, "one for what is read, one for COMMIT"
        wired.dispose()


def wait_for_a_lock(cluster: PostgresCluster) -> None:
    """Return once somebody waits for a lock; TimeoutError when nobody comes to."""
    waiting = "select count(*) from pg_stat_activity where wait_event_type = 'Lock'"
    with psycopg.connect(cluster.superuser_url(), autocommit=True) as superuser:
        for _ in range(1000):
            if superuser.execute(waiting).fetchone() != (0,):
                return
            time.sleep(0.01)
    raise TimeoutError("nobody waits for a lock")


def test_who_waited_for_the_lock_sees_what_was_stored_before(
    database: Database, postgres_cluster: PostgresCluster
) -> None:
    """docs/adr/0003: a change of settings is judged by the connections of its turn."""
    seen: list[StoredConnection] = []

    def wait(connection: Connection) -> None:
        found = settings.read(connection, "alice", lock=True)
        assert found is not None
        seen.append(found.connection(SANDBOX))

    with database.transaction("alice") as connection:
        settings.read(connection, "alice", lock=True)
        waiting = threading.Thread(
            target=database.run,
            args=(wait,),
            kwargs={"username": "alice", "isolation": Isolation.READ_COMMITTED},
        )
        waiting.start()
        wait_for_a_lock(postgres_cluster)
        connections.write(connection, "alice", SANDBOX, HERS)
    waiting.join(10)

    assert seen == [HERS]


def test_a_broker_of_the_next_release_hinders_nobody(database: Database, database_urls: DatabaseUrls) -> None:
    """A release runs on beside the next one, whose users may be connected to more brokers."""
    store(database, "alice", SANDBOX, HERS)
    with psycopg.connect(database_urls.app) as connection:
        connection.execute("select set_config('app.current_user', 'alice', true)")
        connection.execute(
            "insert into connections (username, broker_mode, account_id, sealed) "
            "values ('alice', 'SOME_BROKER_LIVE', 'X1', 'v1.k1.x')"
        )
    found = read(database, "alice")

    assert found.connections == {SANDBOX: HERS}
    assert found.effective_mode is SANDBOX


@pytest.mark.parametrize(("mode", "name"), [(SANDBOX, "tradier_sandbox_token"), (LIVE, "tradier_live_token")])
def test_what_was_sealed_before_goes_on_opening(mode: BrokerMode, name: str) -> None:
    """A-12: the name that a sealed value is bound to is part of what is stored."""
    assert connections.sealed_as(mode) == name
