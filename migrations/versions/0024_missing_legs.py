"""What an account was found not to hold is kept by leg (A-04): one leg may go without the others.

The code before reads the trade's own figure alone, which stays what it was for a single leg.
"""

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the figure, nothing missing."""
    op.execute(
        "alter table trade_legs add column missing_qty numeric(20, 8) not null default 0"
        " check (missing_qty >= 0)"
    )


def downgrade() -> None:
    """Take it away."""
    op.execute("alter table trade_legs drop column missing_qty")
