"""Backtests of each user and their parts, which go on where a worker left off (B-12).

The code before knows none of it.
"""

from alembic import op

from migrations.policies import grant, secure_user_table

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

_BACKTESTS = """
    create table backtests (
        id uuid primary key,
        username text not null references user_settings (username) on delete cascade,
        request jsonb not null,
        -- The desk's settings as they were then: the same request again comes to the same.
        desk jsonb not null,
        status text not null check (status in ('queued', 'running', 'done', 'failed', 'canceled')),
        result jsonb,
        created_at timestamptz not null default papertape_now(),
        -- When a part of it was last asked for or carried on: a lost message is sent for again.
        moved_at timestamptz not null default papertape_now(),
        unique (id, username)
    )
"""
_PARTS = """
    create table backtest_parts (
        backtest_id uuid not null,
        username text not null,
        part integer not null check (part >= 0),
        days integer not null check (days >= 0),
        days_done integer not null default 0 check (days_done between 0 and days),
        -- What goes on from here; null before the first slice and after the last.
        state jsonb,
        outcome jsonb,
        primary key (backtest_id, part),
        foreign key (backtest_id, username) references backtests (id, username) on delete cascade
    )
"""
_TABLES = ("backtests", "backtest_parts")


def upgrade() -> None:
    """Create the tables."""
    op.execute(_BACKTESTS)
    op.execute("create index backtests_user on backtests (username, id desc)")
    op.execute(_PARTS)
    op.execute("create index backtest_parts_user on backtest_parts (username)")
    for table in _TABLES:
        for statement in secure_user_table(table):
            op.execute(statement)
    for statement in grant("backtests", app="select, insert, update", jobs="select, update, delete"):
        op.execute(statement)
    for statement in grant("backtest_parts", app="select, insert", jobs="select, update, delete"):
        op.execute(statement)


def downgrade() -> None:
    """Drop them."""
    for table in reversed(_TABLES):
        op.execute(f"drop table {table}")
