"""What happens to a paper account without an order: settlement, assignment, dividends (W-05).

Each event has a key that an account has once, so that what is asked for twice is done once (I-20). The code
before settles in cash and writes no row.
"""

from alembic import op

from migrations.policies import grant, secure_user_table

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_TABLE = """
    create table paper_events (
        username text not null,
        account_id text not null,
        key text not null,
        kind text not null check (kind in ('SETTLED', 'ASSIGNED', 'DIVIDEND')),
        symbol text not null,
        -- What was held and is gone, or what shares were paid for; below 0 of what was short.
        quantity numeric(20, 8) not null check (quantity <> 0),
        -- The settlement value, strike or dividend per share, and the dollars that came of it.
        price numeric(20, 8) not null check (price >= 0),
        cash numeric(20, 8) not null,
        happened_at timestamptz not null,
        primary key (username, account_id, key),
        foreign key (username, account_id) references paper_accounts (username, account_id) on delete cascade
    )
"""


def upgrade() -> None:
    """Create the table, its policies and grants."""
    op.execute(_TABLE)
    op.execute("create index paper_events_symbol on paper_events (username, account_id, symbol)")
    secured = secure_user_table("paper_events")
    for statement in (*secured, *grant("paper_events", app="select, insert", jobs="select, insert")):
        op.execute(statement)


def downgrade() -> None:
    """Drop it: cash and positions hold what came of each event."""
    op.execute("drop table paper_events")
