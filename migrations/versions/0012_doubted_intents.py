"""An intent may be doubted: the database may have gone back to before it was sent."""

from contextlib import closing

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_CHECK = """
create or replace function check_order_change() returns trigger language plpgsql as $$
begin
    if new.status <> old.status and not (
        old.status = 'INTENT' and new.status in ({from_intent})
        or old.status = 'SENT' and new.status <> 'INTENT'
        or old.status = 'UNKNOWN' and new.status not in ('INTENT', 'SENT')
        or old.status = 'PENDING' and new.status not in ('INTENT', 'SENT', 'UNKNOWN')
        or old.status = 'OPEN' and new.status not in ('INTENT', 'SENT', 'UNKNOWN')
        or old.status = 'PARTIALLY_FILLED' and new.status in ('FILLED', 'CANCELED', 'REJECTED', 'EXPIRED')
        or old.status in ('CANCELED', 'REJECTED', 'EXPIRED') and new.status = 'FILLED'
            and new.filled_quantity > old.filled_quantity)
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
    """Add the edge INTENT to UNKNOWN."""
    _run(_CHECK.format(from_intent="'SENT', 'UNKNOWN', 'CANCELED'"))


def downgrade() -> None:
    """Take the edge away; an intent that was doubted stays UNKNOWN."""
    _run(_CHECK.format(from_intent="'SENT', 'CANCELED'"))


def _run(sql: str) -> None:
    """Hand it straight to the driver: its `%` is SQL, no parameter."""
    with closing(op.get_bind().connection.cursor()) as cursor:
        cursor.execute(sql)
