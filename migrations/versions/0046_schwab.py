"""Schwab (B-10): logins that end by themselves, and the states of a browser's way.

The code before knows no such mode, and opens no trade of one. Going back wants no trades of Schwab left.
"""

from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

_PAPER = "'PAPER', 'TRADIER_SANDBOX', 'TRADIER_LIVE'"
_OF_TRADES = f"{_PAPER}, 'IMPORTED', 'BINANCE_TESTNET', 'BINANCE_LIVE', 'TASTYTRADE_CERT', 'IBKR_PAPER'"
_CHOSEN = f"{_PAPER}, 'TASTYTRADE_CERT', 'IBKR_PAPER'"
_NEW = ", 'SCHWAB_LIVE'"
_COLUMNS = {
    "login_until": "timestamptz",
    "login_state": "text",
    "login_asked_at": "timestamptz",
}


def upgrade() -> None:
    """Let trades and settings name it."""
    _name_modes(_NEW)
    added = ", ".join(f"add column {name} {kind}" for name, kind in _COLUMNS.items())
    op.execute(f"alter table connections {added}")


def downgrade() -> None:
    """Forget its connections and that it was chosen; fails while there are trades of it, which are kept."""
    op.execute("select set_config('app.migration', 'on', true)")
    op.execute("delete from connections where broker_mode = 'SCHWAB_LIVE'")
    op.execute("update user_settings set broker_mode = 'TRADIER_SANDBOX' where broker_mode = 'SCHWAB_LIVE'")
    op.execute(f"alter table connections {', '.join(f'drop column {name}' for name in _COLUMNS)}")
    _name_modes("")


def _name_modes(more: str) -> None:
    for table, allowed in (("paper_trades", _OF_TRADES + more), ("user_settings", _CHOSEN + more)):
        name = f"{table}_broker_mode_check"
        op.execute(f"alter table {table} drop constraint {name}")
        op.execute(f"alter table {table} add constraint {name} check (broker_mode in ({allowed})) not valid")
        op.execute(f"alter table {table} validate constraint {name}")
