"""An index of the orders that may still be alive, by user: each sync asks for its own account's (A-04)."""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make it; the code before finds its orders by the other indexes."""
    op.execute(
        "create index orders_outstanding on orders (username)"
        " where status not in ('FILLED', 'CANCELED', 'REJECTED', 'EXPIRED')"
    )


def downgrade() -> None:
    """Take it away."""
    op.execute("drop index orders_outstanding")
