"""Drawdowns of traders are measured at Binance's testnet, too (C-03, C-06).

The code before has no trader enter there: it writes none of these rows, and reads none.
"""

from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let falls bear its name."""
    _check("'paper', 'testnet', 'live'")


def downgrade() -> None:
    """Forget what was measured there, which is measured anew."""
    op.execute("select set_config('app.migration', 'on', true)")
    op.execute("delete from ai_falls where mode = 'testnet'")
    _check("'paper', 'live'")


def _check(names: str) -> None:
    op.execute("alter table ai_falls drop constraint ai_falls_mode_check")
    op.execute(f"alter table ai_falls add constraint ai_falls_mode_check check (mode in ({names}))")
