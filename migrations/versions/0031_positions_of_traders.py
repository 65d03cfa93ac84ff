"""What a trader's position carries besides (C-04): its first stop, how far it ran and fell, its AI paused.

The code before knows none of it: a model's changes go on while an owner has paused them. It ends no trade as
DRAWDOWN_LIMIT.
"""

from typing import Final

from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

_COLUMNS: Final = (
    # By its owner: rules and levels only.
    "ai_paused boolean not null default false",
    # The stop that it was entered with; null before this release.
    "initial_sl numeric(20, 8)",
    # The mean price of the targets that it was entered with, by their shares.
    "planned_exit numeric(20, 8)",
    # What a stop that follows is measured from.
    "best_price numeric(20, 8)",
    # The furthest that its P&L fell from its best.
    "drawdown_from_peak numeric(20, 8) check (drawdown_from_peak <= 0)",
)
_CHECK: Final = "paper_trades_close_reason_check"
_REASONS: Final = (
    *("TP_HIT", "SL_HIT", "MANUAL_CLOSE", "EXPIRED_OTM", "EXPIRED_ITM", "EXERCISED"),
    *("LIQUIDATED_BY_BROKER", "BROKER_RESET", "KILL_SWITCH", "STRATEGY_EXIT"),
    *("REJECTED", "CANCELED", "UNFILLED", "NOT_PLACED"),
)


def upgrade() -> None:
    """Add the columns and the reason."""
    for column in _COLUMNS:
        op.execute(f"alter table paper_trades add column {column}")
    _allow(*_REASONS, "DRAWDOWN_LIMIT")


def downgrade() -> None:
    """Take them away; what ended by a drawdown stays so."""
    _allow(*_REASONS, checked=False)
    for column in reversed(_COLUMNS):
        op.execute(f"alter table paper_trades drop column {column.split()[0]}")


def _allow(*reasons: str, checked: bool = True) -> None:
    words = ", ".join(f"'{reason}'" for reason in reasons)
    is_valid = "" if checked else " not valid"
    op.execute(f"alter table paper_trades drop constraint {_CHECK}")
    op.execute(
        f"alter table paper_trades add constraint {_CHECK} check (close_reason in ({words})){is_valid}"
    )
