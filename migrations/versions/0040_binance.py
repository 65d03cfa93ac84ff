"""Trades of coins at Binance (C-06): its two environments are modes of trades.

The code before knows neither: it finds none, since nobody is connected before this one runs.
"""

from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

_BEFORE = "'PAPER', 'TRADIER_SANDBOX', 'TRADIER_LIVE', 'IMPORTED'"
_AFTER = f"{_BEFORE}, 'BINANCE_TESTNET', 'BINANCE_LIVE'"


def upgrade() -> None:
    """Let trades bear the new modes."""
    _check(_AFTER)


def downgrade() -> None:
    """Refuse them again; what is there stays, as nothing that is held may vanish."""
    _check(_BEFORE, " not valid")


def _check(modes: str, how: str = "") -> None:
    op.execute("alter table paper_trades drop constraint paper_trades_broker_mode_check")
    op.execute(
        "alter table paper_trades add constraint paper_trades_broker_mode_check "
        f"check (broker_mode in ({modes})){how}"
    )
