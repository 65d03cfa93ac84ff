"""Plans of what runs for each account at every tick: by index, however many trades others have."""

import secrets
from datetime import UTC, datetime

import psycopg

from chalicelib.services.accounts.at_work import accounts_at_work
from chalicelib.services.sync.sync_account import sync_account
from infra.bench.ground import prepared_ground
from infra.bench.seeding import seed_broker_tokens, seed_ended_trades, seed_open_trades
from infra.bench.sizes import TINY
from infra.bench.statements import noted
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
        with psycopg.connect(database.urls.jobs) as connection:
            connection.execute("select set_config('app.current_user', 'user3', true)")
            rows = connection.execute(b"explain " + asked.sql.encode(), asked.parameters).fetchall()
    plan = "\n".join(str(row[0]) for row in rows)

    assert "Seq Scan" not in plan, plan
    assert "paper_trades_working" in plan, plan
    assert "orders_outstanding" in plan or "orders_user" in plan, plan
