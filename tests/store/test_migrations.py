"""Migrations make and unmake the schema; it equals the models; every user table is secured (A-01, A-10)."""

import psycopg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from chalicelib.domain.trading.orders import ORDER_EDGES, OrderStatus
from chalicelib.domain.trading.trades import TRANSITIONS, TradeStatus
from chalicelib.store.engine import open_engine
from chalicelib.store.schema import metadata
from infra.local.database.migrate import alembic_config, migrate, unmake
from infra.local.database.postgres import DatabaseUrls

UNSECURED_USER_TABLES = """
    select c.relname from pg_class c
    join pg_attribute a on a.attrelid = c.oid and a.attname = 'username' and not a.attisdropped
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
      and not (c.relrowsecurity and c.relforcerowsecurity
               and exists (select from pg_policies p
                           where p.tablename = c.relname and 'papertape_app' = any (p.roles)))
"""
UNWRAPPED_POLICIES = """
    select tablename, policyname from pg_policies
    where schemaname = 'public'
      and regexp_count(coalesce(qual, '') || coalesce(with_check, ''), 'current_setting\\(')
       <> regexp_count(coalesce(qual, '') || coalesce(with_check, ''),
                       'SELECT (NULLIF\\()?current_setting\\(')
"""
UNINDEXED_USER_TABLES = """
    select c.relname from pg_class c
    join pg_attribute a on a.attrelid = c.oid and a.attname = 'username' and not a.attisdropped
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
      and not exists (select from pg_index i where i.indrelid = c.oid and i.indkey[0] = a.attnum)
"""


def _rows(url: str, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(query).fetchall()


def test_migrations_go_up_down_and_up_again(empty_database: DatabaseUrls) -> None:
    """A-01: every migration can be taken back."""
    migrate(empty_database.owner)
    unmake(empty_database.owner)

    left = _rows(empty_database.owner, "select tablename from pg_tables where schemaname = 'public'")
    assert {name for (name,) in left} <= {"alembic_version"}
    migrate(empty_database.owner)
    assert _rows(empty_database.owner, "select to_regclass('paper_trades') is not null") == [(True,)]


def test_a_migration_that_fails_leaves_nothing_behind(empty_database: DatabaseUrls) -> None:
    """A revision is one transaction: what it had made before it failed is gone."""
    command.upgrade(alembic_config(empty_database.owner), "0002")
    with psycopg.connect(empty_database.owner) as connection:
        connection.execute("create table tool_calls ()")
    with pytest.raises(psycopg.errors.DuplicateTable):
        migrate(empty_database.owner)

    made_before = "select count(*) from information_schema.columns where column_name = 'analysed_at'"
    assert _rows(empty_database.owner, made_before) == [(0,)]
    assert _rows(empty_database.owner, "select version_num from alembic_version") == [("0002",)]


def test_models_equal_the_migrated_schema(database_urls: DatabaseUrls) -> None:
    """What statements are built from is what the migrations made."""
    engine = open_engine(database_urls.owner)
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "target_metadata": metadata, "include_name": _is_ours}
        )
        differences = compare_metadata(context, metadata)
    engine.dispose()

    assert differences == []


def _is_ours(name: str | None, kind: str, _parents: object) -> bool:
    """Leave out the tables of the paper broker, an outside party with SQL of its own."""
    return kind != "table" or name is None or not name.startswith("paper_") or name == "paper_trades"


def test_every_user_table_is_forced_wrapped_and_indexed(database_urls: DatabaseUrls) -> None:
    """A-10: a forced policy on every table and partition with a username, evaluated once, index-fast."""
    with psycopg.connect(database_urls.jobs) as connection:
        connection.execute("select ensure_snapshot_partition('2026-02-19T15:00:00Z')")

    assert _rows(database_urls.owner, "select to_regclass('price_snapshots_202602') is not null") == [(True,)]
    assert _rows(database_urls.owner, UNSECURED_USER_TABLES) == []
    assert _rows(database_urls.owner, UNWRAPPED_POLICIES) == []
    assert _rows(database_urls.owner, UNINDEXED_USER_TABLES) == []


@pytest.mark.parametrize("role", ["owner", "app", "jobs", "backup"])
def test_no_role_may_look_past_row_security(database_urls: DatabaseUrls, role: str) -> None:
    """A-10: neither superuser nor BYPASSRLS; the application owns nothing."""
    (row,) = _rows(
        getattr(database_urls, role),
        "select rolsuper, rolbypassrls, exists (select from pg_tables where schemaname = 'public' "
        "and tableowner = current_user) from pg_roles where rolname = current_user",
    )
    assert row == (False, False, role == "owner")


def test_database_knows_the_same_trade_edges_as_the_code(database_urls: DatabaseUrls) -> None:
    """A-14: one table in code, checked in the database too."""
    allowed = {(a, b) for a in TradeStatus for b in TradeStatus if b in TRANSITIONS[a]}
    ((source,),) = _rows(
        database_urls.owner, "select prosrc from pg_proc where proname = 'check_trade_change'"
    )
    in_database = {
        (a, b) for a in TradeStatus for b in TradeStatus if f"'{a.value}>{b.value}'" in str(source)
    }

    assert in_database == allowed


ORDER_ROW = """
    insert into orders (id, username, trade_id, role, tag, type, side, symbol, quantity, duration, status)
    values (gen_random_uuid(), 'alice', %(trade)s, 'ENTRY', gen_random_uuid()::text, 'market', 'buy_to_open',
            'SPY260320C00600000', 1, 'day', %(status)s) returning id
"""
TRADE_ROW = """
    insert into paper_trades (id, username, ticker, qty, order_type, broker_mode, account_id)
    values (gen_random_uuid(), 'alice', 'SPY', 1, 'market', 'PAPER', 'paper-alice') returning id
"""


@pytest.mark.parametrize("before", list(OrderStatus))
def test_database_knows_the_same_order_edges_as_the_code(
    database_urls: DatabaseUrls, before: OrderStatus
) -> None:
    """I-04: order states move along allowed edges only, whoever asks."""
    accepted = set()
    with psycopg.connect(database_urls.app) as connection:
        connection.execute("select set_config('app.current_user', 'alice', false)")
        for after in set(OrderStatus) - {before}:
            with connection.transaction(force_rollback=True):
                (trade_id,) = connection.execute(TRADE_ROW).fetchone() or (None,)
                (order_id,) = connection.execute(
                    ORDER_ROW, {"trade": trade_id, "status": before.value}
                ).fetchone() or (None,)
                try:
                    filled = "quantity" if after is OrderStatus.FILLED else "filled_quantity"
                    connection.execute(
                        f"update orders set status = %s, filled_quantity = {filled} where id = %s",  # noqa: S608
                        (after.value, order_id),
                    )
                except psycopg.errors.CheckViolation:
                    continue
                accepted.add(after)

    assert accepted == set(ORDER_EDGES[before])


def test_an_ended_order_is_not_called_filled_without_a_fill(database_urls: DatabaseUrls) -> None:
    """I-04: a correction is a fill that the broker tells of, not a word."""
    with psycopg.connect(database_urls.app) as connection:
        connection.execute("select set_config('app.current_user', 'alice', false)")
        (trade_id,) = connection.execute(TRADE_ROW).fetchone() or (None,)
        values = {"trade": trade_id, "status": "EXPIRED"}
        (order_id,) = connection.execute(ORDER_ROW, values).fetchone() or (None,)
        with pytest.raises(psycopg.errors.CheckViolation):
            connection.execute("update orders set status = 'FILLED' where id = %s", (order_id,))
