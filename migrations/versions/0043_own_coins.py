"""What an account of coins holds beside our trades, as its last looks saw it (C-06).

The code before does not look, and leaves the column alone.
"""

from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add it; null is an account that was not looked at yet."""
    op.execute("alter table broker_accounts add column own_coins jsonb")


def downgrade() -> None:
    """Forget it: the next look begins anew."""
    op.execute("alter table broker_accounts drop column own_coins")
