"""Every user table against owner, stranger and nobody (A-10, I-21), on the real database."""

import psycopg
import pytest

from infra.local.database.postgres import DatabaseUrls

TRADE = """
    insert into paper_trades (id, username, ticker, qty, order_type, broker_mode, account_id)
    values (gen_random_uuid(), %s, 'SPY', 1, 'market', 'PAPER', 'x') returning id
"""


def _as(connection: psycopg.Connection, username: str) -> None:
    connection.execute("select set_config('app.current_user', %s, true)", (username,))


def _count(connection: psycopg.Connection) -> int:
    row = connection.execute("select count(*) from paper_trades").fetchone()
    assert row is not None
    return int(row[0])


def _insert(connection: psycopg.Connection, username: str) -> object:
    row = connection.execute(TRADE, (username,)).fetchone()
    assert row is not None
    return row[0]


def test_a_stranger_sees_and_changes_nothing(database_urls: DatabaseUrls) -> None:
    """An update or delete of another's rows touches 0 rows without an error."""
    with psycopg.connect(database_urls.app) as connection:
        _as(connection, "alice")
        _insert(connection, "alice")
        assert _count(connection) == 1
        _as(connection, "bob")

        assert _count(connection) == 0
        assert connection.execute("update paper_trades set strategy = 'x'").rowcount == 0


def test_without_a_user_nothing_is_visible(database_urls: DatabaseUrls) -> None:
    """I-21, on a connection that served somebody before."""
    with psycopg.connect(database_urls.app) as connection:
        with connection.transaction():
            _as(connection, "alice")
            _insert(connection, "alice")
        with connection.transaction():
            assert _count(connection) == 0


def test_a_row_in_anothers_name_is_refused(database_urls: DatabaseUrls) -> None:
    """WITH CHECK."""
    with psycopg.connect(database_urls.app) as connection:
        _as(connection, "bob")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            _insert(connection, "alice")


def test_a_child_cannot_hang_on_anothers_trade(database_urls: DatabaseUrls) -> None:
    """The key to the trade carries the username: bob's order never belongs to alice's trade."""
    with psycopg.connect(database_urls.app) as connection:
        _as(connection, "alice")
        trade_id = _insert(connection, "alice")
        _as(connection, "bob")
        with pytest.raises(psycopg.errors.ForeignKeyViolation):
            connection.execute(
                "insert into state_transitions (id, username, trade_id, to_status, actor) "
                "values (gen_random_uuid(), 'bob', %s, 'OPEN', 'user')",
                (trade_id,),
            )


def test_jobs_are_held_to_the_user_they_name(database_urls: DatabaseUrls) -> None:
    """ADR 0004: all rows without a user, that user's alone once one is named."""
    with psycopg.connect(database_urls.app) as connection:
        for username in ("alice", "bob"):
            with connection.transaction():
                _as(connection, username)
                _insert(connection, username)
    with psycopg.connect(database_urls.jobs) as connection:
        assert _count(connection) == 2
        _as(connection, "bob")
        assert _count(connection) == 1


def test_backup_reads_all_and_writes_nothing(database_urls: DatabaseUrls) -> None:
    """A-10."""
    with psycopg.connect(database_urls.app) as connection:
        _as(connection, "alice")
        _insert(connection, "alice")
    with psycopg.connect(database_urls.backup) as connection:
        assert _count(connection) == 1
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("delete from paper_trades")


@pytest.mark.parametrize(
    ("column", "value"),
    [("qty", "-1"), ("status", "'GONE'"), ("open_qty", "2"), ("sl_price", "0"), ("version", "0")],
)
def test_the_database_refuses_what_must_never_be(
    database_urls: DatabaseUrls, column: str, value: str
) -> None:
    """A-01: an unknown state and a negative quantity are refused by SQL itself."""
    with psycopg.connect(database_urls.app) as connection:
        _as(connection, "alice")
        _insert(connection, "alice")
        with pytest.raises(psycopg.errors.CheckViolation):
            connection.execute(f"update paper_trades set {column} = {value}")  # noqa: S608


def test_facts_of_an_ended_trade_are_locked_and_its_notes_are_not(database_urls: DatabaseUrls) -> None:
    """I-23."""
    with psycopg.connect(database_urls.app) as connection:
        _as(connection, "alice")
        _insert(connection, "alice")
        connection.execute("update paper_trades set status = 'CANCELED', close_reason = 'CANCELED'")
        connection.execute("""update paper_trades set trade_context = '{"note": "late"}'""")
        with pytest.raises(psycopg.errors.CheckViolation):
            connection.execute("update paper_trades set limit_price = 5")
