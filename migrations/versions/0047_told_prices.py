"""What owners told prices of (A-04): found at each look for work, so that a later list may overrule it."""

from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Find them by an index of their own: they are few among all fills."""
    op.execute("create index fills_told on fills (filled_at) where fill_rule in ('owner', 'owner_overruled')")


def downgrade() -> None:
    """Look for work without it."""
    op.execute("drop index fills_told")
