"""The paper broker's books learn structures: combined orders, short positions, what is held together (W-01).

An order's legs, and an account's position groups, are documents in their rows: written and read whole, never
searched by. The code before goes on as it was: its own orders have no legs and hold back no shares.
"""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_LONG_SIDES = "'buy_to_open', 'sell_to_close'"
_ALL_SIDES = f"{_LONG_SIDES}, 'sell_to_open', 'buy_to_close'"
_ADDED = (
    # `[{symbol, side, ratio, instrument, filled_value}]` of a combined order, whose symbol is its underlying.
    "alter table paper_orders add column legs jsonb not null default '[]'",
    # Shares that a unit of a working order holds back to cover the calls that it sells.
    "alter table paper_orders add column cover numeric(20, 8) not null default 0 check (cover >= 0)",
    # `[{id, underlying, quantities}]`: positions that one order opened and that protect one another.
    "alter table paper_accounts add column position_groups jsonb not null default '[]'",
)
_DROPPED = (
    "alter table paper_accounts drop column position_groups",
    "alter table paper_orders drop column cover",
    "alter table paper_orders drop column legs",
)
#: Table, constraint, what it says from here on, what it said before.
_CHECKS = (
    ("paper_orders", "side", f"side in ({_ALL_SIDES})", f"side in ({_LONG_SIDES})"),
    # A combined order, told by its symbol, has what the account pays for a limit: below 0 where it receives.
    ("paper_orders", "limit_price", "limit_price > 0 or symbol = underlying", "limit_price > 0"),
    # A wing that nobody bids for goes for nothing.
    ("paper_fills", "price", "price >= 0", "price > 0"),
    ("paper_positions", "quantity", "quantity <> 0", "quantity > 0"),
)


def upgrade() -> None:
    """Add the documents and let the books hold what is short."""
    for statement in _ADDED:
        op.execute(statement)
    for table, column, says, _ in _CHECKS:
        op.execute(f"alter table {table} drop constraint {table}_{column}_check")
        op.execute(f"alter table {table} add constraint {table}_{column}_check check ({says})")


def downgrade() -> None:
    """Take them away; what is short or was sold so stays, as nothing that is held may vanish."""
    for table, column, _, said in _CHECKS:
        op.execute(f"alter table {table} drop constraint {table}_{column}_check")
        op.execute(f"alter table {table} add constraint {table}_{column}_check check ({said}) not valid")
    for statement in _DROPPED:
        op.execute(statement)
