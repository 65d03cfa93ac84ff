"""A model's change waits for its owner's veto or word, beside what is under way at the broker (C-04).

The code before takes a change that waits for one under way, and would carry it out before its time.
"""

from alembic import op

from migrations.policies import JOBS

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

_COLUMNS = {
    "trade_changes": (
        # Proposed, and claimed by nobody yet: not the core's to carry out.
        "waits boolean not null default false",
        # What the model asked for, its confidence with it: it is judged anew before it is carried out.
        "asked jsonb",
        # Where its owner is asked: until then, and unless the price moves away from this one.
        "expires_at timestamptz",
        "price_then numeric(20, 8) check (price_then > 0)",
    ),
    # The distance in per cent at which the stop follows the price, as a model asked for it.
    "paper_trades": ("trailing_pct numeric(20, 8) check (trailing_pct > 0 and trailing_pct < 100)",),
}
_ONE_PENDING = "trade_changes_one_pending"
_ONE_WAITING = "trade_changes_one_waiting"
_DUE = "trade_changes_due"


def upgrade() -> None:
    """Add the columns; of what waits and of what is under way a trade has one each."""
    for table, columns in _COLUMNS.items():
        for column in columns:
            op.execute(f"alter table {table} add column {column}")
    op.execute(f"drop index {_ONE_PENDING}")
    for name, which in ((_ONE_PENDING, "not waits"), (_ONE_WAITING, "waits")):
        where = f"where state = 'PENDING' and {which}"
        op.execute(f"create unique index {name} on trade_changes (trade_id) {where}")
    op.execute(
        f"create index {_DUE} on trade_changes (coalesce(apply_at, expires_at))"
        " where state = 'PENDING' and waits"
    )
    op.execute(f"grant insert on trade_changes to {JOBS}")


def downgrade() -> None:
    """Take them away; what waits is over."""
    op.execute(f"revoke insert on trade_changes from {JOBS}")
    op.execute("select set_config('app.migration', 'on', true)")
    op.execute("update trade_changes set state = 'SUPERSEDED' where state = 'PENDING' and waits")
    op.execute("select set_config('app.migration', 'off', true)")
    for name in (_DUE, _ONE_WAITING, _ONE_PENDING):
        op.execute(f"drop index {name}")
    op.execute(f"create unique index {_ONE_PENDING} on trade_changes (trade_id) where state = 'PENDING'")
    for table, columns in _COLUMNS.items():
        for column in reversed(columns):
            op.execute(f"alter table {table} drop column {column.split()[0]}")
