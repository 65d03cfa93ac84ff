"""Live trading of coins (C-08): a switch of its own for an account, and when a trader's cap was lifted.

The code before reads neither: nobody could connect such an account by it.
"""

from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add both: off, and not lifted."""
    op.execute("alter table connections add column live_enabled boolean not null default false")
    op.execute("alter table traders add column live_cap_lifted_at timestamptz")


def downgrade() -> None:
    """Drop both: what was switched on has to be confirmed again."""
    op.execute("alter table traders drop column live_cap_lifted_at")
    op.execute("alter table connections drop column live_enabled")
