"""The options desk: strategies, what was decided and by what, the kill switch, the market's own facts.

The code before knows none of it; no strategy trades then.
"""

from contextlib import closing
from pathlib import Path
from typing import Final

from alembic import op

from migrations.policies import grant, secure_user_table

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_SQL = Path(__file__).with_name("0027_desk.sql")
_WRITES: Final = "select, insert, update"
#: Of each user; what the application and what jobs may do.
_OF_USERS: Final = {
    "strategies": (_WRITES, "select, update"),
    "desk_settings": (_WRITES, _WRITES),
    "desk_watches": (_WRITES, _WRITES),
    "desk_configs": ("select", "select, insert"),
    "strategy_evaluations": ("select, update", f"{_WRITES}, delete"),
    "kill_switch_rows": (_WRITES, f"{_WRITES}, delete"),
    "exit_states": ("select", f"{_WRITES}, delete"),
    "desk_assignments": (_WRITES, _WRITES),
}
_OF_NOBODY: Final = {
    "global_kill_switch": (_WRITES, "select"),
    "macro_windows": ("select, insert, delete", "select"),
    "iv_history": (_WRITES, _WRITES),
    "index_closes": (_WRITES, _WRITES),
    "underlying_facts": ("select", f"{_WRITES}, delete"),
    "regime_changes": ("select", "select, insert"),
}


def upgrade() -> None:
    """Create the tables."""
    with closing(op.get_bind().connection.cursor()) as cursor:
        cursor.execute(_SQL.read_text(encoding="utf-8"))
    for table in _OF_USERS:
        for statement in secure_user_table(table):
            op.execute(statement)
    for table, (app, jobs) in {**_OF_USERS, **_OF_NOBODY}.items():
        for statement in grant(table, app=app, jobs=jobs):
            op.execute(statement)


def downgrade() -> None:
    """Drop them; trades of the desk stay, watched like any other."""
    op.execute("alter table broker_accounts drop column drift")
    for table in reversed([*_OF_USERS, *_OF_NOBODY]):
        op.execute(f"drop table {table}")
