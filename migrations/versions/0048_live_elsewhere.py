"""Live accounts of tastytrade and Interactive Brokers (B-10): two modes more.

The code before knows no such mode, and opens no trade of one. Going back wants no trades of them left.
"""

from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

_PAPER = "'PAPER', 'TRADIER_SANDBOX', 'TRADIER_LIVE'"
_CHOSEN = f"{_PAPER}, 'TASTYTRADE_CERT', 'IBKR_PAPER', 'SCHWAB_LIVE'"
_OF_TRADES = f"{_CHOSEN}, 'IMPORTED', 'BINANCE_TESTNET', 'BINANCE_LIVE'"
_NEW = "'TASTYTRADE_LIVE', 'IBKR_LIVE'"


def upgrade() -> None:
    """Let trades and settings name them."""
    _name_modes(f", {_NEW}")


def downgrade() -> None:
    """Forget their connections and that they were chosen; fails while there are trades of them."""
    op.execute("select set_config('app.migration', 'on', true)")
    op.execute(f"delete from connections where broker_mode in ({_NEW})")
    op.execute(f"update user_settings set broker_mode = 'TRADIER_SANDBOX' where broker_mode in ({_NEW})")
    _name_modes("")


def _name_modes(more: str) -> None:
    for table, allowed in (("paper_trades", _OF_TRADES + more), ("user_settings", _CHOSEN + more)):
        name = f"{table}_broker_mode_check"
        op.execute(f"alter table {table} drop constraint {name}")
        op.execute(f"alter table {table} add constraint {name} check (broker_mode in ({allowed})) not valid")
        op.execute(f"alter table {table} validate constraint {name}")
