"""The lowest P&L of a UTC day: a limit that was reached holds until the next day, whatever comes back (C-03).

The code before measures the day by the present P&L.
"""

from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; of a day that has begun the low is not known."""
    op.execute("alter table ai_falls add column lowest numeric(20, 8)")


def downgrade() -> None:
    """Take it away."""
    op.execute("alter table ai_falls drop column lowest")
