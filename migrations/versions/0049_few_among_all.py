"""Traders being closed and accounts with minutes to meet (C-05, C-10): few, looked for each minute."""

from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Find them by indexes of their own, whatever the number of all others."""
    op.execute(
        "create index traders_closing on traders (username, id) "
        "where locked_at is not null or closing_all_at is not null"
    )
    op.execute(
        "create index paper_accounts_behind on paper_accounts (username) where behind_since is not null"
    )


def downgrade() -> None:
    """Look at all of them again."""
    op.execute("drop index paper_accounts_behind")
    op.execute("drop index traders_closing")
