"""Decisions are found by their trade, and signals that nobody decided by their time (C-02).

The code before finds both without, more slowly.
"""

from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the indexes."""
    op.execute("create index decisions_trade on decisions (trade_id) where trade_id is not null")
    op.execute("create index signals_at on signals (at)")


def downgrade() -> None:
    """Drop them."""
    op.execute("drop index signals_at")
    op.execute("drop index decisions_trade")
