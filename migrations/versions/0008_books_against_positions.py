"""Books against positions (A-04): what an account lacks; corrections of orders that had ended."""

from contextlib import closing
from pathlib import Path

from alembic import op

from migrations.policies import grant, secure_user_table

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_SQL = Path(__file__).with_name("0008_books_against_positions.sql")
_TABLE = "trade_amendments"
_ORDER_CHANGE_BEFORE = """
create or replace function check_order_change() returns trigger language plpgsql as $$
begin
    if new.status <> old.status and not (
        old.status = 'INTENT' and new.status in ('SENT', 'CANCELED')
        or old.status = 'SENT' and new.status <> 'INTENT'
        or old.status = 'UNKNOWN' and new.status not in ('INTENT', 'SENT')
        or old.status = 'PENDING' and new.status not in ('INTENT', 'SENT', 'UNKNOWN')
        or old.status = 'OPEN' and new.status not in ('INTENT', 'SENT', 'UNKNOWN')
        or old.status = 'PARTIALLY_FILLED' and new.status in ('FILLED', 'CANCELED', 'REJECTED', 'EXPIRED'))
    then
        raise exception 'an order cannot go from % to %', old.status, new.status
            using errcode = 'check_violation';
    end if;
    if new.filled_quantity < old.filled_quantity then
        raise exception 'a filled quantity never falls' using errcode = 'check_violation';
    end if;
    return new;
end $$
"""


def upgrade() -> None:
    """Add the columns, the amendments with their policies and grants, and the edge."""
    _run(_SQL.read_text(encoding="utf-8"))
    for statement in secure_user_table(_TABLE):
        op.execute(statement)
    for statement in grant(_TABLE, app="select", jobs="select, insert"):
        op.execute(statement)


def downgrade() -> None:
    """Take all of it back."""
    _run(_ORDER_CHANGE_BEFORE)
    op.execute(f"drop table {_TABLE}")
    op.execute("alter table broker_accounts drop column differences, drop column positions_at")
    op.execute("alter table paper_trades drop column missing_qty")


def _run(sql: str) -> None:
    """Hand it straight to the driver: its `%` and `:` are SQL, not parameters."""
    with closing(op.get_bind().connection.cursor()) as cursor:
        cursor.execute(sql)
