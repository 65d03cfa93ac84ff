"""The paper broker's books: accounts, orders, fills, positions.

It plays an outside party, so nothing here refers to papertape's own tables and nothing of theirs refers here.
Row security as everywhere (0001): every table carries its user.
"""

from contextlib import closing
from pathlib import Path

from alembic import op

from migrations.policies import grant, secure_user_table

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_SQL = Path(__file__).with_name("0002_paper_books.sql")
TABLES = ("paper_accounts", "paper_orders", "paper_fills", "paper_positions")


def upgrade() -> None:
    """Create the tables, their policies and grants."""
    # Straight to the driver: the file's `%` and `:` are SQL, not parameters.
    with closing(op.get_bind().connection.cursor()) as cursor:
        cursor.execute(_SQL.read_text(encoding="utf-8"))
    for table in TABLES:
        for statement in secure_user_table(table):
            op.execute(statement)
        write = "select, insert" if table == "paper_fills" else "select, insert, update"
        prune = ", delete" if table == "paper_positions" else ""
        for statement in grant(table, app=write + prune, jobs=write + prune):
            op.execute(statement)


def downgrade() -> None:
    """Drop the books."""
    for table in reversed(TABLES):
        op.execute(f"drop table if exists {table} cascade")
