"""Imports of past trades: what came in when, so that a file can be taken back as a whole (A-16).

The application may delete a trade only when a file brought it: a policy holds it, not a WHERE.
"""

from alembic import op

from migrations.policies import APP, grant, secure_user_table

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table, name the import on its trades, let the application delete those and no others."""
    op.execute(
        """create table trade_imports (
            id uuid primary key,
            username text not null,
            at timestamptz not null default papertape_now(),
            trades integer not null check (trades >= 1),
            total_pnl numeric(20, 8) not null,
            undone_at timestamptz
        )"""
    )
    op.execute("create index trade_imports_user on trade_imports (username, id)")
    for statement in (
        *secure_user_table("trade_imports"),
        *grant("trade_imports", app="select, insert, update", jobs="select"),
    ):
        op.execute(statement)
    op.execute("alter table paper_trades add column import_id uuid")
    op.execute(
        "create index paper_trades_import on paper_trades (username, import_id) where import_id is not null"
    )
    op.execute(f"grant delete on paper_trades to {APP}")
    op.execute(
        f"""create policy only_imports_go on paper_trades as restrictive for delete to {APP}
            using (broker_mode = 'IMPORTED' and import_id is not null)"""
    )


def downgrade() -> None:
    """Take the right back, then the column and the table; the imported trades stay."""
    op.execute("drop policy only_imports_go on paper_trades")
    op.execute(f"revoke delete on paper_trades from {APP}")
    op.execute("alter table paper_trades drop column import_id")
    op.execute("drop table trade_imports")
