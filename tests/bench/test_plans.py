"""Plans of what runs for each account at every tick: by index, however many trades others have."""

import secrets
from datetime import UTC, datetime

import psycopg

from chalicelib.services.accounts.at_work import accounts_at_work
from chalicelib.services.sync.sync_account import sync_account
from chalicelib.store.ai import closing
from infra.bench.ground import prepared_ground
from infra.bench.seeding import seed_broker_tokens, seed_ended_trades, seed_idle_users, seed_open_trades
from infra.bench.sizes import TINY
from infra.bench.statements import Statement, noted
from infra.bench.vendors import order_lists


def test_an_accounts_live_trades_are_found_by_index() -> None:
    """performance.md, cost per trade: no index serves row security's own condition, which has an `or`."""
    with (
        prepared_ground(TINY, machine_time=lambda: datetime.now(UTC), say=lambda _: None) as ground,
        ground.database() as database,
    ):
        seed_open_trades(database, users=20, each=50, chains=5)
        seed_ended_trades(database, username="user0", count=3_000)
        seed_broker_tokens(database, ["user3"], secrets.token_bytes)
        with ground.product(database, transport=order_lists(database)) as product:
            jobs = product.container.jobs_environment()
            (account,) = accounts_at_work(jobs, "user3")
            with noted() as said:
                sync_account(jobs, account)
        (asked,) = (one for one in said if "UNION" in one.sql)
        plan = _plan(database.urls.jobs, "user3", asked)

    assert "Seq Scan" not in plan, plan
    assert "paper_trades_working" in plan, plan
    assert "orders_outstanding" in plan or "orders_user" in plan, plan


def test_traders_that_are_being_closed_are_found_among_all_by_index() -> None:
    """C-10: a tick costs the same, however many traders rest and however much they have behind them."""
    with (
        prepared_ground(TINY, machine_time=lambda: datetime.now(UTC), say=lambda _: None) as ground,
        ground.database() as database,
    ):
        seed_idle_users(database, users=2_000, each=5)
        with ground.product(database) as product:
            jobs = product.container.jobs_environment()
            with noted() as said:
                jobs.database.read(closing.read_due, username=None)
        (asked,) = (one for one in said if "paper_trades" in one.sql)
        plan = _plan(database.urls.jobs, "", asked)

    assert "traders_closing" in plan, plan
    assert "Seq Scan on traders" not in plan, plan
    assert "Seq Scan on paper_trades" not in plan, plan


def _plan(url: str, username: str, asked: Statement) -> str:
    """Return how a statement would be carried out for a user, or for nobody."""
    with psycopg.connect(url) as connection:
        connection.execute("select set_config('app.current_user', %s, true)", [username])
        rows = connection.execute(b"explain " + asked.sql.encode(), asked.parameters).fetchall()
    return "\n".join(str(row[0]) for row in rows)
