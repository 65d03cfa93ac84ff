"""The cadence that a data plan's month allows, noted beside its calls for pages to tell (A-02)."""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the seconds between snapshots; null where the plan has not stretched anything yet."""
    op.execute("alter table vendor_usage add column cadence_seconds smallint check (cadence_seconds > 0)")


def downgrade() -> None:
    """Forget it: the next snapshot works it out anew."""
    op.execute("alter table vendor_usage drop column cadence_seconds")
