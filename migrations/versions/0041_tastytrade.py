"""tastytrade's certification environment (B-10), and access tokens that live for minutes.

The code before knows no such mode: it passes connections over whose mode it does not know, and no trade of
one can be opened by it. Going back wants none of them left.
"""

from alembic import op

from migrations.policies import JOBS

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

_OF_TRADES = "'PAPER', 'TRADIER_SANDBOX', 'TRADIER_LIVE', 'IMPORTED', 'BINANCE_TESTNET', 'BINANCE_LIVE'"
_CHOSEN = "'PAPER', 'TRADIER_SANDBOX', 'TRADIER_LIVE'"
_NEW = ", 'TASTYTRADE_CERT'"
_COLUMNS = {"access_sealed": "text", "access_until": "timestamptz", "access_refused_until": "timestamptz"}


def upgrade() -> None:
    """Let trades and settings name it, and let jobs keep what they renew."""
    _name_modes(_NEW)
    added = ", ".join(f"add column {name} {kind}" for name, kind in _COLUMNS.items())
    op.execute(f"alter table connections {added}")
    op.execute(f"grant update ({', '.join(_COLUMNS)}) on connections to {JOBS}")


def downgrade() -> None:
    """Forget its connections and that it was chosen; fails while there are trades of it, which are kept."""
    op.execute("select set_config('app.migration', 'on', true)")
    op.execute("delete from connections where broker_mode = 'TASTYTRADE_CERT'")
    op.execute(
        "update user_settings set broker_mode = 'TRADIER_SANDBOX' where broker_mode = 'TASTYTRADE_CERT'"
    )
    op.execute(f"alter table connections {', '.join(f'drop column {name}' for name in _COLUMNS)}")
    _name_modes("")


def _name_modes(more: str) -> None:
    for table, allowed in (("paper_trades", _OF_TRADES + more), ("user_settings", _CHOSEN + more)):
        name = f"{table}_broker_mode_check"
        op.execute(f"alter table {table} drop constraint {name}")
        op.execute(f"alter table {table} add constraint {name} check (broker_mode in ({allowed})) not valid")
        op.execute(f"alter table {table} validate constraint {name}")
