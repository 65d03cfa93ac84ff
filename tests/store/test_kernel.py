"""No gap between users in the kernel, read from the catalogue and tried by raw SQL (A-10, I-21, S7, S8)."""

from collections.abc import Iterator
from datetime import UTC, datetime

import psycopg
import pytest

from chalicelib.domain.accounts import AccountRef, BrokerMode
from chalicelib.store.accounts.leases import account_resource
from infra.local.database.postgres import DatabaseUrls

KEYS_WITHOUT_USER = """
    with named as (
        select c.conrelid, c.confrelid, c.conname,
               array(select a.attname::text from unnest(c.conkey) k
                     join pg_attribute a on a.attrelid = c.conrelid and a.attnum = k) as of_child,
               array(select a.attname::text from unnest(c.confkey) k
                     join pg_attribute a on a.attrelid = c.confrelid and a.attnum = k) as of_parent
        from pg_constraint c where c.contype = 'f' and c.connamespace = 'public'::regnamespace)
    select conrelid::regclass::text, conname from named
    where exists (select from pg_attribute where attrelid = conrelid and attname = 'username')
      and exists (select from pg_attribute where attrelid = confrelid and attname = 'username')
      and not ('username' = any (of_child) and 'username' = any (of_parent))
"""
FOREIGN_KEYS = (
    "select count(*) from pg_constraint where contype = 'f' and connamespace = 'public'::regnamespace"
)
UNSECURED = """
    select relname from pg_class
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
      and not (relrowsecurity and relforcerowsecurity) order by relname
"""
#: Nothing of a user's in them: the schema's revision, what the operator told, the deployment's own id, the
#: market's own facts.
PUBLIC = [
    "ai_switches",
    "alembic_version",
    "crypto_symbols",
    "deployment",
    "global_kill_switch",
    "index_closes",
    "iv_history",
    "macro_windows",
    "market_closures",
    "opening_settlements",
    "regime_changes",
    "underlying_facts",
]
GRANTS = """
    select table_name, string_agg(lower(privilege_type), ' ' order by privilege_type)
    from information_schema.role_table_grants
    where grantee = %s and table_schema = 'public' group by table_name
"""
COLUMN_GRANTS = """
    select table_name, privilege_type, string_agg(column_name, ' ' order by column_name)
    from information_schema.column_privileges p
    where grantee = %s and table_schema = 'public' and not exists (
        select from information_schema.role_table_grants t
        where (t.grantee, t.table_name, t.privilege_type) = (p.grantee, p.table_name, p.privilege_type))
    group by table_name, privilege_type
"""
#: What each table's jobs need, and no more; without a table here the role has nothing on it.
JOBS_MAY = {
    "account_readings": "insert select update",
    "ai_costs": "insert select update",
    "ai_daily_rows": "delete insert select update",
    "ai_falls": "insert select update",
    "ai_paper_starts": "insert select",
    "ai_replays": "delete insert select update",
    "ai_switches": "select",
    "alert_deliveries": "delete insert select update",
    "alerts": "insert select update",
    "backtest_parts": "delete select update",
    "backtests": "delete select update",
    "broker_accounts": "insert select update",
    "connections": "select",
    "contract_ids": "insert select",
    "crypto_symbols": "insert select update",
    "decisions": "delete insert select update",
    "deployment": "insert select",
    "desk_assignments": "insert select update",
    "desk_configs": "insert select",
    "desk_settings": "insert select update",
    "desk_watches": "insert select update",
    "exit_states": "delete insert select update",
    "fills": "insert select",
    "global_kill_switch": "select",
    "idempotency_keys": "delete select",
    "index_closes": "insert select update",
    "iv_history": "insert select update",
    "job_runs": "delete insert select update",
    "kill_switch_rows": "delete insert select update",
    "leases": "insert select update",
    "macro_windows": "select",
    "market_closures": "select",
    "opening_settlements": "select",
    "orders": "insert select update",
    "paper_accounts": "insert select update",
    "paper_events": "insert select",
    "paper_fills": "insert select",
    "paper_orders": "insert select update",
    "paper_positions": "delete insert select update",
    "paper_trades": "insert select update",
    "portfolio_revisions": "insert select update",
    "price_snapshots": "delete insert select update",
    "rate_budgets": "delete insert select update",
    "regime_changes": "insert select",
    "request_counters": "delete select",
    "signals": "delete insert select",
    "silenced_symbols": "delete insert select",
    "state_transitions": "insert select",
    "strategies": "select update",
    "risk_snapshots": "delete insert select",
    "strategy_evaluations": "delete insert select update",
    "tool_calls": "delete select",
    "trade_amendments": "insert select",
    "trade_changes": "insert select update",
    "trade_imports": "select",
    "trade_legs": "insert select update",
    "trade_targets": "insert select update",
    "traders": "select update",
    "underlying_facts": "delete insert select update",
    "user_settings": "select",
    "vendor_usage": "insert select update",
}
SEALED_COLUMNS = (
    "alert_channels factor_sealed refreshed_at tradier_live_token_sealed tradier_sandbox_token_sealed"
)


def _rows(url: str, query: str, *values: object) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(query.encode(), values or None).fetchall()


def test_no_child_of_a_user_can_hang_on_anothers_row(database_urls: DatabaseUrls) -> None:
    """A-10: every foreign key between tables with a username carries it."""
    assert _rows(database_urls.owner, FOREIGN_KEYS)[0][0] != 0
    assert _rows(database_urls.owner, KEYS_WITHOUT_USER) == []


def test_every_table_is_secured_or_holds_nothing_of_anybody(database_urls: DatabaseUrls) -> None:
    """A-10: forced on leases, budgets, runs and counts too."""
    assert [name for (name,) in _rows(database_urls.owner, UNSECURED)] == PUBLIC


def test_jobs_have_the_grants_that_they_need_and_no_more(database_urls: DatabaseUrls) -> None:
    """architecture.md, Data: no personal token, no limit and no live switch is a job's to write."""
    granted = _rows(database_urls.owner, GRANTS, "papertape_jobs")
    assert {str(table): privileges for table, privileges in granted} == JOBS_MAY
    assert _rows(database_urls.owner, COLUMN_GRANTS, "papertape_jobs") == [
        ("connections", "UPDATE", "access_refused_until access_sealed access_until sealed"),
        ("user_settings", "UPDATE", SEALED_COLUMNS),
    ]


@pytest.mark.parametrize(
    "statement",
    [
        "insert into access_tokens (id, username, name, scope, token_hash, last4) "
        "values (gen_random_uuid(), 'alice', 'x', 'trade', 'x', 'x')",
        "select 1 from access_tokens",
        "update user_settings set live_enabled = true",
        "update user_settings set daily_loss_limit = 1000000",
        "insert into user_settings (username, sub) values ('mallory', 'x')",
    ],
)
def test_a_job_makes_no_token_and_switches_nothing_on(database_urls: DatabaseUrls, statement: str) -> None:
    """S8."""
    with (
        psycopg.connect(database_urls.jobs) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(statement.encode())


@pytest.fixture
def app(database_urls: DatabaseUrls) -> Iterator[psycopg.Connection]:
    """A connection of the application's role."""
    with psycopg.connect(database_urls.app) as connection:
        yield connection


def _act_for(connection: psycopg.Connection, username: str) -> None:
    connection.execute("select set_config('app.current_user', %s, true)", (username,))


def _one(connection: psycopg.Connection, query: str, *values: object) -> object:
    row = connection.execute(query.encode(), values or None).fetchone()
    assert row is not None
    return row[0]


TRADE = """
    insert into paper_trades (id, username, ticker, qty, order_type, broker_mode, account_id)
    values (gen_random_uuid(), %s, 'SPY', 1, 'market', 'PAPER', 'x') returning id
"""
ORDER = """
    insert into orders (id, username, trade_id, role, tag, type, side, symbol, quantity, duration)
    values (gen_random_uuid(), %s, %s, 'ENTRY', gen_random_uuid()::text, 'market', 'buy_to_open', 'S', 1,
            'day')
    returning id
"""
FILL = """
    insert into fills (id, username, trade_id, order_id, is_buy, quantity, price, fill_rule, filled_at)
    values (gen_random_uuid(), %s, %s, %s, true, 1, 1, 'x', now())
"""


def test_a_fill_on_anothers_order_is_refused_as_on_none(app: psycopg.Connection) -> None:
    """S7, 1: it neither takes the place of her own fill nor tells which orders exist."""
    _act_for(app, "alice")
    hers = _one(app, ORDER, "alice", _one(app, TRADE, "alice"))
    _act_for(app, "bob")
    his_trade = _one(app, TRADE, "bob")
    told = []
    for order_id in (hers, "00000000-0000-7000-8000-000000000000"):
        with pytest.raises(psycopg.errors.ForeignKeyViolation) as refused, app.transaction():
            app.execute(FILL, ("bob", his_trade, order_id))
        told.append(str(refused.value).replace(str(order_id), "…"))

    assert told[0] == told[1]


def _take(connection: psycopg.Connection, username: str, resource: str) -> object:
    return _one(connection, "select take_lease(%s, %s, 'w', interval '1 year')", username, resource)


HELD_BY = "insert into leases (username, resource, holder, until) values (%s, %s, 'w', 'infinity')"


def test_nobody_sees_takes_or_ends_anothers_lease(app: psycopg.Connection) -> None:
    """S7, 2: a lease bears the hash of its user's name, which nobody else can write."""
    hers = account_resource(AccountRef(username="alice", mode=BrokerMode.TRADIER_SANDBOX, account_id="VA1"))
    assert _take(app, "alice", hers) == 1
    _act_for(app, "bob")
    assert app.execute("select resource from leases").fetchall() == []
    assert app.execute("update leases set until = '-infinity'").rowcount == 0
    with pytest.raises(psycopg.errors.CheckViolation), app.transaction():
        _take(
            app,
            "bob",
            account_resource(AccountRef(username="alice", mode=BrokerMode.TRADIER_SANDBOX, account_id="VA2")),
        )
    with pytest.raises(psycopg.errors.InsufficientPrivilege), app.transaction():
        app.execute(HELD_BY, ("alice", hers))
    _act_for(app, "")
    assert app.execute("select resource from leases").fetchall() == []
    with pytest.raises(psycopg.errors.CheckViolation), app.transaction():
        app.execute(
            HELD_BY,
            (None, account_resource(AccountRef(username="alice", mode=BrokerMode.PAPER, account_id="alice"))),
        )

    _act_for(app, "alice")
    assert _take(app, "alice", hers) is None, "she still holds it"


def test_the_release_before_takes_leases_until_it_is_replaced(app: psycopg.Connection) -> None:
    """A migration suits the release before it: its statement of then, in nobody's name."""
    app.execute(
        "insert into leases (resource, holder, until) values ('account:PAPER:alice', 'w', now()) "
        "on conflict (resource) do update set holder = excluded.holder where leases.until < clock_timestamp()"
    )
    assert _one(app, "select count(*) from leases") == 1
    _act_for(app, "alice")
    assert _one(app, "select count(*) from leases") == 0


@pytest.mark.parametrize(
    ("row", "change"),
    [
        ("insert into rate_budgets (token_key) values ('k')", "update rate_budgets set called_at = '{}'"),
        (
            "insert into vendor_usage (vendor, month) values ('V', '2026-02-01')",
            "update vendor_usage set calls = 0",
        ),
    ],
)
def test_whoever_acts_for_a_user_neither_sees_nor_moves_counts(
    app: psycopg.Connection, row: str, change: str
) -> None:
    """S7, 2; I-26: calls are counted by statements that act for nobody."""
    app.execute(row.encode())
    _act_for(app, "bob")
    assert app.execute(change.encode()).rowcount == 0
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute(row.encode())


def test_runs_of_jobs_are_told_without_whom_they_were_for(
    app: psycopg.Connection, database_urls: DatabaseUrls
) -> None:
    """S7, 2: scopes and results name users; deep health sees when and how alone."""
    with psycopg.connect(database_urls.jobs) as connection:
        connection.execute(
            "insert into job_runs (job, due_at, scope, ok) values ('sync', now(), 'username=alice', false)"
        )
    _act_for(app, "bob")
    assert app.execute("select * from job_runs").fetchall() == []
    told = app.execute("select * from latest_job_runs(array['sync', 'none'])")
    assert [column.name for column in told.description or ()] == [
        "job",
        "due_at",
        "started_at",
        "finished_at",
        "ok",
        "late_seconds",
    ]
    assert [(row[0], row[4]) for row in told] == [("sync", False)]


@pytest.mark.parametrize("year", [1, 1999, 2040, 9000])
def test_months_far_from_the_present_get_no_partition(app: psycopg.Connection, year: int) -> None:
    """S7, 3: what may be made is bounded."""
    with pytest.raises(psycopg.errors.CheckViolation):
        app.execute("select ensure_snapshot_partition(%s)", (datetime(year, 1, 1, tzinfo=UTC),))


def test_months_that_are_restored_or_lie_ahead_get_theirs(app: psycopg.Connection) -> None:
    """A-01, A-16: an old backup and a clock that runs ahead find room."""
    for year in (2001, datetime.now(UTC).year + 4):
        app.execute("select ensure_snapshot_partition(%s)", (datetime(year, 1, 1, tzinfo=UTC),))
        assert _one(app, "select to_regclass(%s) is not null", f"price_snapshots_{year}01") is True
