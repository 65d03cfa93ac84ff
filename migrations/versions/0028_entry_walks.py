"""An entry may walk to a worst price, a strategy's exit to a buffer beyond the market (B-05, B-06).

The code before goes on as it was: it sends an entry at its first price, and ends it with that order.
"""

from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_COLUMNS = (
    "walk_worst numeric(20, 8)",
    "walk_step numeric(20, 8) check (walk_step > 0)",
    "walk_step_seconds integer check (walk_step_seconds > 0)",
    "walk_seconds integer check (walk_seconds > 0)",
    # When it was over for good; until then the end of a step is not the end of the entry.
    "walk_ended_at timestamptz",
    # How far past what leaving brings at once a strategy's exit may go; null where a person closes.
    "closing_buffer_pct numeric(20, 8) check (closing_buffer_pct >= 0)",
    # Since when it takes the VIX path: its limits have 30 s, then comes the market step.
    "closing_hurried_at timestamptz",
)
_WORST = "paper_trades_closing_limit_price_check"
_WHOLE = "num_nulls(walk_worst, walk_step, walk_step_seconds, walk_seconds) in (0, 4)"


def upgrade() -> None:
    """Add the columns."""
    for column in _COLUMNS:
        op.execute(f"alter table paper_trades add column {column}")
    op.execute(f"alter table paper_trades add constraint paper_trades_walk_check check ({_WHOLE})")
    # A strategy's exit goes as far as the market says, be it for nothing.
    op.execute(f"alter table paper_trades drop constraint {_WORST}")


def downgrade() -> None:
    """Take them away; an entry that walks stays where it stands."""
    worst = f"add constraint {_WORST} check (closing_limit_price <> 0) not valid"
    op.execute(f"alter table paper_trades {worst}")
    op.execute("alter table paper_trades drop constraint paper_trades_walk_check")
    for column in reversed(_COLUMNS):
        op.execute(f"alter table paper_trades drop column {column.split()[0]}")
