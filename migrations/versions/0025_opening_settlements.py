"""What an index that settles on the open settled at, told by the operator (W-05); nothing of a user's.

The code before asks nowhere, and such trades wait.
"""

from alembic import op

from migrations.policies import grant

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table; the operator writes it, the product reads."""
    op.execute(
        "create table opening_settlements (symbol text not null, day date not null,"
        " value numeric(20, 8) not null check (value > 0), source text not null, primary key (symbol, day))"
    )
    for statement in grant("opening_settlements", app="select", jobs="select"):
        op.execute(statement)


def downgrade() -> None:
    """Drop it: what was settled on its values stays so."""
    op.execute("drop table opening_settlements")
