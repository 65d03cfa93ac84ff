"""`connections`: a row for each broker that a user trades at, in place of six columns of one vendor (A-12).

This is the first half, which suits the release before it: the columns of `user_settings` stay, and triggers
carry what either release writes to where the other one reads it. Without the way back a former process would
trade with a token that was replaced, and a secret that was dropped or sealed anew would stay in the columns.
The second half, in a later release, drops triggers and columns: once no process of before can run. Sealed
values are moved as they are; the name that they are bound to does not change.
"""

from contextlib import closing
from pathlib import Path

from alembic import op

from migrations.policies import JOBS, grant, secure_user_table

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_SQL = Path(__file__).with_name("0018_connections.sql")
_CARRIERS = (
    ("carry_connections_to_settings", "connections"),
    ("carry_settings_to_connections", "user_settings"),
)


def upgrade() -> None:
    """Make the table, copy what is stored, and keep both in step."""
    op.execute("select set_config('app.migration', 'on', true)")
    # Nothing of before writes between the copy and the triggers.
    op.execute("lock table user_settings in share row exclusive mode")
    # Straight to the driver: the file's `%` and `:` are SQL, not parameters.
    with closing(op.get_bind().connection.cursor()) as cursor:
        cursor.execute(_SQL.read_text(encoding="utf-8"))
    secured = secure_user_table("connections")
    granted = grant("connections", app="select, insert, update", jobs="select")
    for statement in (*secured, *granted, f"grant update (sealed) on connections to {JOBS}"):
        op.execute(statement)


def downgrade() -> None:
    """Drop it: the columns hold what it holds."""
    for name, table in _CARRIERS:
        op.execute(f"drop trigger {name} on {table}")
        op.execute(f"drop function {name}()")
    op.execute("drop table connections")
