"""The back office: forensics' marks on trades, deliveries of alerts, the audit of the knowledge server."""

from contextlib import closing
from pathlib import Path

from alembic import op

from migrations.policies import BACKUP, grant, secure_user_table

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_SQL = Path(__file__).with_name("0003_back_office.sql")
_GRANTS = {
    "alert_deliveries": ("select, insert, update", "select, insert, update"),
    "tool_calls": ("select, insert", "select, delete"),
}


def upgrade() -> None:
    """Create the tables, their policies and grants; let forensics write on ended trades."""
    # Straight to the driver: the file's `%` and `:` are SQL, not parameters.
    with closing(op.get_bind().connection.cursor()) as cursor:
        cursor.execute(_SQL.read_text(encoding="utf-8"))
    for table, (app, jobs) in _GRANTS.items():
        for statement in secure_user_table(table):
            op.execute(statement)
        for statement in grant(table, app=app, jobs=jobs):
            op.execute(statement)
    # A backup names the revision that its rows belong to.
    op.execute(f"grant select on alembic_version to {BACKUP}")


def downgrade() -> None:
    """Drop the tables and the columns; the trigger may keep naming them."""
    op.execute(f"revoke select on alembic_version from {BACKUP}")
    for table in reversed(_GRANTS):
        op.execute(f"drop table if exists {table} cascade")
    op.execute("alter table paper_trades drop column forensics_source, drop column analysed_at")
