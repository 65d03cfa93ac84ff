"""The fence of a lease is the server's: a transaction whose lease has passed on fails by its own statement.

The release before reads the fence itself, and goes on beside this.
"""

from alembic import op

from migrations.policies import APP, JOBS

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_HOLD = """
create function hold_lease(held text, number bigint) returns void language plpgsql as $$
begin
    perform from leases where resource = held and fencing = number for share;
    if not found then
        raise exception 'the lease has passed to another worker' using errcode = 'PT001';
    end if;
end $$
"""


def upgrade() -> None:
    """Let the server hold it."""
    op.execute(_HOLD)
    op.execute("revoke all on function hold_lease(text, bigint) from public")
    op.execute(f"grant execute on function hold_lease(text, bigint) to {APP}, {JOBS}")


def downgrade() -> None:
    """Leave it to whoever writes."""
    op.execute("drop function hold_lease(text, bigint)")
