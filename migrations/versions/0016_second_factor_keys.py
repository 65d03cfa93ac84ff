"""Jobs seal a second factor's secret anew with the other secrets (A-12): one column more for them."""

from alembic import op

from migrations.policies import JOBS

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let them."""
    op.execute(f"grant update (factor_sealed) on user_settings to {JOBS}")


def downgrade() -> None:
    """Take it back."""
    op.execute(f"revoke update (factor_sealed) on user_settings from {JOBS}")
