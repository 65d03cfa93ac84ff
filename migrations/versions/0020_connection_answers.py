"""What a broker last said of a stored connection (W-03): shown where connections are listed.

The release before knows none of these columns and writes none: what it stores anew stays without an answer
until somebody asks.
"""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_COLUMNS = {
    "answer": "text check (answer in ('OK', 'EXPIRED', 'REFUSED'))",
    "answered_at": "timestamptz",
    "last_ok_at": "timestamptz",
    "reason": "text",
}


def upgrade() -> None:
    """Add them, empty."""
    added = ", ".join(f"add column {name} {kind}" for name, kind in _COLUMNS.items())
    op.execute(f"alter table connections {added}")


def downgrade() -> None:
    """Drop them: whoever asks again has them again."""
    op.execute(f"alter table connections {', '.join(f'drop column {name}' for name in _COLUMNS)}")
