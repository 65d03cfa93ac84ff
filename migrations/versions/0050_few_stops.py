"""How many stops may rest for a trade where its exchange lets few of them rest in a pair (C-06).

The code before reads a trade with fewer stops than slices as one that wants all of them: going back wants the
targets of such trades taken away first.
"""

from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; NULL is as many as the trade has slices."""
    op.execute("alter table paper_trades add column stops_max smallint check (stops_max > 0)")


def downgrade() -> None:
    """Forget it."""
    op.execute("alter table paper_trades drop column stops_max")
