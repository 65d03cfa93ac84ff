"""The AI trader: traders, signals, decisions, what they cost and how far they fell (C-01 to C-09).

The code before knows none of it; no trader trades then.
"""

from contextlib import closing
from pathlib import Path
from typing import Final

from alembic import op

from migrations.policies import APP, grant, secure_user_table

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_SQL = Path(__file__).with_name("0029_ai.sql")
_DOWN_SQL = Path(__file__).with_name("0029_ai_down.sql")
_WRITES: Final = "select, insert, update"
#: Of each user; what the application and what jobs may do.
_OF_USERS: Final = {
    "traders": (_WRITES, "select, update"),
    "silenced_symbols": ("select, insert, delete", "select, insert, delete"),
    "signals": ("select, insert", "select, insert, delete"),
    "decisions": (_WRITES, f"{_WRITES}, delete"),
    "ai_costs": (_WRITES, _WRITES),
    "ai_falls": (_WRITES, _WRITES),
    "ai_paper_starts": ("select, insert", "select, insert"),
    "ai_daily_rows": ("select", f"{_WRITES}, delete"),
    "ai_replays": (_WRITES, f"{_WRITES}, delete"),
}
_OF_NOBODY: Final = {
    "ai_switches": (_WRITES, "select"),
    "crypto_symbols": ("select", _WRITES),
}
_COLUMNS: Final = {
    "trade_changes": ("apply_at", "decision_id", "validation"),
    "trade_legs": ("price_step", "quantity_step"),
    "paper_accounts": ("behind_since",),
    "paper_orders": ("rests_from",),
    "paper_fills": ("fee_asset",),
    "user_settings": ("tier", "tier_told_at"),
    "rate_budgets": ("closed_until",),
}
_FIND_HOLDER: Final = "find_holder(text, text)"
_FIND_OWNER: Final = "find_trader_owner(uuid)"


def upgrade() -> None:
    """Create the tables, and what is asked before a user is known."""
    _execute(_SQL)
    for function in (_FIND_HOLDER, _FIND_OWNER):
        _for_the_application(function)
    for table in _OF_USERS:
        for statement in secure_user_table(table):
            op.execute(statement)
    for table, (app, jobs) in {**_OF_USERS, **_OF_NOBODY}.items():
        for statement in grant(table, app=app, jobs=jobs):
            op.execute(statement)


def downgrade() -> None:
    """Drop them; positions of traders stay, protected like any other."""
    op.execute(f"drop function {_FIND_OWNER}")
    _execute(_DOWN_SQL)
    _for_the_application(_FIND_HOLDER)
    for table, columns in _COLUMNS.items():
        for column in reversed(columns):
            op.execute(f"alter table {table} drop column {column}")
    for table in reversed([*_OF_USERS, *_OF_NOBODY]):
        op.execute(f"drop table {table}")


def _execute(script: Path) -> None:
    with closing(op.get_bind().connection.cursor()) as cursor:
        cursor.execute(script.read_text(encoding="utf-8"))


def _for_the_application(function: str) -> None:
    op.execute(f"revoke all on function {function} from public")
    op.execute(f"grant execute on function {function} to {APP}")
