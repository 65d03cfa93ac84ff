"""Since when everything of a trader is being closed: what is open from before is left, tick by tick (C-07).

The code before closes what it had begun to close; an entry that fills afterwards stays open there.
"""

from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.execute("alter table traders add column closing_all_at timestamptz")


def downgrade() -> None:
    """Take it away."""
    op.execute("alter table traders drop column closing_all_at")
