"""What a broker last said of an account's money: between two answers our own marks move it."""

from alembic import op

from migrations.policies import grant, secure_user_table

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table with its policies and grants."""
    op.execute(
        """create table account_readings (
            username text not null,
            broker_mode text not null,
            account_id text not null,
            read_at timestamptz not null,
            equity numeric(20, 8),
            cash numeric(20, 8),
            buying_power numeric(20, 8),
            primary key (username, broker_mode, account_id)
        )"""
    )
    for statement in (
        *secure_user_table("account_readings"),
        *grant("account_readings", app="select, insert, update", jobs="select"),
    ):
        op.execute(statement)


def downgrade() -> None:
    """Drop it: the next call asks the broker."""
    op.execute("drop table account_readings")
