"""Several targets a trade, each over a share of what was open; orders know which is theirs (W-03, W-04).

The code before goes on as it was: its orders belong to target 1, a lone `tp_price` is one target over all.
"""

from alembic import op

from migrations.policies import grant, secure_user_table

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_TABLE = "trade_targets"
_UP = (
    f"""
    create table {_TABLE} (
        id uuid primary key,
        username text not null,
        trade_id uuid not null,
        -- Never given twice in a trade: what an order sold counts for its own target alone.
        no smallint not null check (no > 1),
        price numeric(20, 8) not null check (price > 0),
        share numeric(20, 8) not null check (share > 0 and share <= 1),
        created_at timestamptz not null default papertape_now(),
        -- When others took its place.
        replaced_at timestamptz,
        unique (trade_id, no),
        foreign key (trade_id, username) references paper_trades (id, username) on delete cascade
    )
    """,
    f"create index {_TABLE}_user on {_TABLE} (username, trade_id)",
    "alter table orders add column target_no smallint not null default 1 check (target_no >= 1)",
    "drop index orders_one_alive",
    # One entry, one exit and one bracket a target at most are alive per trade (I-01, I-08).
    """
    create unique index orders_one_alive on orders (trade_id, role, target_no)
        where status not in ('FILLED', 'CANCELED', 'REJECTED', 'EXPIRED')
    """,
)
_DOWN = (
    "drop index orders_one_alive",
    """
    create unique index orders_one_alive on orders (trade_id, role)
        where status not in ('FILLED', 'CANCELED', 'REJECTED', 'EXPIRED')
    """,
    "alter table orders drop column target_no",
    f"drop table {_TABLE}",
)


def upgrade() -> None:
    """Add the table and the orders' column."""
    for statement in (*_UP, *secure_user_table(_TABLE)):
        op.execute(statement)
    for statement in grant(_TABLE, app="select, insert, update", jobs="select, insert, update"):
        op.execute(statement)


def downgrade() -> None:
    """Take them away; refused while several brackets of one trade work."""
    for statement in _DOWN:
        op.execute(statement)
