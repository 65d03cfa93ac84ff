"""Requests are counted by bearer: each personal token apart from the sessions, exits apart from both."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Give the minute's row the counters besides that of the sessions, by name."""
    op.execute("alter table request_counters add column apart jsonb not null default '{}'")


def downgrade() -> None:
    """Drop them: the sessions' own number stays."""
    op.execute("alter table request_counters drop column apart")
