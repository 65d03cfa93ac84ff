"""Interactive Brokers' paper accounts (B-10), and the numbers of contracts there, which are nobody's.

The code before knows no such mode: it passes connections over whose mode it does not know, and no trade of
one can be opened by it. Going back wants none of them left.
"""

from alembic import op

from migrations.policies import APP, BACKUP, CURRENT_USER, JOBS, MIGRATING, grant

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

_OF_TRADES = (
    "'PAPER', 'TRADIER_SANDBOX', 'TRADIER_LIVE', 'IMPORTED', 'BINANCE_TESTNET', 'BINANCE_LIVE',"
    " 'TASTYTRADE_CERT'"
)
_CHOSEN = "'PAPER', 'TRADIER_SANDBOX', 'TRADIER_LIVE', 'TASTYTRADE_CERT'"
_NEW = ", 'IBKR_PAPER'"
_TABLE = "contract_ids"


def upgrade() -> None:
    """Let trades and settings name it, and keep what was found of contracts."""
    _name_modes(_NEW)
    op.execute(f"create table {_TABLE} (symbol text primary key, conid bigint not null unique)")
    for statement in (
        f"alter table {_TABLE} enable row level security",
        f"alter table {_TABLE} force row level security",
        f"create policy nobody on {_TABLE} for all to {APP}, {JOBS} using ({CURRENT_USER} is null) "
        f"with check ({CURRENT_USER} is null)",
        f"create policy backup on {_TABLE} for select to {BACKUP} using (true)",
        f"create policy migration on {_TABLE} for all to current_user using ({MIGRATING}) "
        f"with check ({MIGRATING})",
        *grant(_TABLE, app="select, insert", jobs="select, insert"),
    ):
        op.execute(statement)


def downgrade() -> None:
    """Forget its connections and that it was chosen; fails while there are trades of it, which are kept."""
    op.execute("select set_config('app.migration', 'on', true)")
    op.execute("delete from connections where broker_mode = 'IBKR_PAPER'")
    op.execute("update user_settings set broker_mode = 'TRADIER_SANDBOX' where broker_mode = 'IBKR_PAPER'")
    op.execute(f"drop table {_TABLE}")
    _name_modes("")


def _name_modes(more: str) -> None:
    for table, allowed in (("paper_trades", _OF_TRADES + more), ("user_settings", _CHOSEN + more)):
        name = f"{table}_broker_mode_check"
        op.execute(f"alter table {table} drop constraint {name}")
        op.execute(f"alter table {table} add constraint {name} check (broker_mode in ({allowed})) not valid")
        op.execute(f"alter table {table} validate constraint {name}")
