"""What is thinned and pruned (A-01): the jobs' role may delete old runs of jobs and spent call windows."""

from alembic import op

from migrations.policies import JOBS

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_PRUNED = ("job_runs", "rate_budgets", "alert_deliveries")


def upgrade() -> None:
    """Grant it."""
    for table in _PRUNED:
        op.execute(f"grant delete on {table} to {JOBS}")


def downgrade() -> None:
    """Take it back."""
    for table in _PRUNED:
        op.execute(f"revoke delete on {table} from {JOBS}")
