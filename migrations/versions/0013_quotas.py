"""What a user keeps is counted beside his portfolio's revision, which every change of it moves anyway."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

#: As `domain/trading/quota.py` weighs a trade; free texts of the past are weighed as they are stored.
_BACKFILL = """
    insert into portfolio_revisions (username, revision, stored_trades, stored_bytes)
    select username, 1, count(*), sum(3200 + coalesce(pg_column_size(trade_context), 0)
        + coalesce(pg_column_size(signals_given), 0) + coalesce(pg_column_size(ai_reasoning_log), 0))
    from paper_trades group by username
    on conflict (username) do update
    set stored_trades = excluded.stored_trades, stored_bytes = excluded.stored_bytes
"""


def upgrade() -> None:
    """Add the counts and fill them from the trades that are there."""
    op.execute(
        "alter table portfolio_revisions add column stored_trades integer not null default 0, "
        "add column stored_bytes bigint not null default 0"
    )
    op.execute("alter table trade_imports add column bytes bigint not null default 0")
    op.execute("select set_config('app.migration', 'on', true)")
    op.execute(_BACKFILL)
    op.execute("select set_config('app.migration', 'off', true)")


def downgrade() -> None:
    """Drop them."""
    op.execute("alter table trade_imports drop column bytes")
    op.execute("alter table portfolio_revisions drop column stored_bytes, drop column stored_trades")
