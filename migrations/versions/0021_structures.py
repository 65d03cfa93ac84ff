"""Trades of several legs: signed prices, an order's legs, fills by leg, what a leg holds apart (ADR 0030)."""

from contextlib import closing
from pathlib import Path

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_SQL = Path(__file__).with_name("0021_structures.sql")
_DOWN = Path(__file__).with_name("0021_structures_down.sql")


def _run(path: Path) -> None:
    with closing(op.get_bind().connection.cursor()) as cursor:
        cursor.execute(path.read_text(encoding="utf-8"))


def upgrade() -> None:
    """Free the signs, and add the columns."""
    _run(_SQL)


def downgrade() -> None:
    """Take them back; refused by the constraints while structures are stored."""
    _run(_DOWN)
