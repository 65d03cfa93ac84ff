"""The paper books over their migrations: what is short outlives the way back (A-01, W-01)."""

from decimal import Decimal

import psycopg
from alembic import command

from infra.local.database.migrate import alembic_config, migrate
from infra.local.database.postgres import DatabaseUrls

ACCOUNT = """
    insert into paper_accounts (username, account_id, starting_cash, cash)
    values ('alice', 'alice', 5000, 5000)
"""
#: As the release before stores them: it knows no legs, no shares that are held back and no groups.
FORMER = """
    insert into paper_orders (id, username, account_id, tag, underlying, symbol, side, type, duration,
                              quantity, limit_price, status, fill_rule, created_at, updated_at, expires_at)
    values (gen_random_uuid(), 'alice', 'alice', 'before', 'SPY', 'SPY260320C00600000', 'buy_to_open',
            'limit', 'day', 1, 2, 'OPEN', 'touch', now(), now(), now())
"""
COMBINED = """
    insert into paper_orders (id, username, account_id, tag, underlying, symbol, side, type, duration,
                              quantity, limit_price, status, fill_rule, created_at, updated_at, expires_at,
                              legs)
    values (gen_random_uuid(), 'alice', 'alice', 'now', 'SPY', 'SPY', 'buy_to_open', 'limit',
            'day', 1, -1.2, 'OPEN', 'touch', now(), now(), now(), '[{}]')
"""
SHORT = """
    insert into paper_positions (username, account_id, symbol, underlying, quantity, cost_basis)
    values ('alice', 'alice', 'SPY260320P00600000', 'SPY', -2, -400)
"""
HELD = "select quantity from paper_positions"
ORDERS = "select tag, limit_price from paper_orders order by tag"


def _run(url: str, *statements: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("select set_config('app.migration', 'on', true)")
        for statement in statements:
            connection.execute(statement.encode())


def _seen(url: str, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(query.encode()).fetchall()


def test_what_is_short_outlives_the_way_back_and_forth(empty_database: DatabaseUrls) -> None:
    """W-01: the books hold money, so no migration drops a row of them."""
    config = alembic_config(empty_database.owner)
    command.upgrade(config, "0021")
    _run(empty_database.owner, ACCOUNT, FORMER)
    migrate(empty_database.owner)
    _run(empty_database.owner, FORMER.replace("'before'", "'beside'"), COMBINED, SHORT)
    command.downgrade(config, "0021")
    assert _seen(empty_database.jobs, HELD) == [(-2,)]
    migrate(empty_database.owner)

    assert _seen(empty_database.jobs, HELD) == [(-2,)]
    assert _seen(empty_database.jobs, ORDERS) == [
        ("before", 2),
        ("beside", 2),
        ("now", Decimal("-1.2")),
    ]
