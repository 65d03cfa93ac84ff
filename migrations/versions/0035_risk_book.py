"""The risk book of each user, a row a minute and kind of money (B-09).

The code before works none out; its rows are read by nobody.
"""

from alembic import op

from migrations.policies import JOBS, grant, secure_user_table

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

_TABLE = """
    create table risk_snapshots (
        username text not null references user_settings (username) on delete cascade,
        broker_mode text not null,
        at timestamptz not null,
        figures jsonb not null,
        primary key (username, broker_mode, at)
    )
"""
_KINDS = "underlying_facts_kind_check"


def upgrade() -> None:
    """Create the table; a year's closes are kept among an underlying's facts."""
    op.execute(_TABLE)
    _let_kinds_be("bars", "closes", "dividends", "earnings", "expirations")
    op.execute("create index risk_snapshots_age on risk_snapshots using brin (at)")
    for statement in secure_user_table("risk_snapshots"):
        op.execute(statement)
    # What a book may lose is held against what its account has, which jobs ask for where nobody looks.
    op.execute(f"grant insert, update on account_readings to {JOBS}")
    for statement in grant("risk_snapshots", app="select", jobs="select, insert, delete"):
        op.execute(statement)


def downgrade() -> None:
    """Drop it."""
    op.execute("delete from underlying_facts where kind = 'closes'")
    _let_kinds_be("bars", "dividends", "earnings", "expirations")
    op.execute(f"revoke insert, update on account_readings from {JOBS}")
    op.execute("drop table risk_snapshots")


def _let_kinds_be(*kinds: str) -> None:
    told = ", ".join(f"'{one}'" for one in kinds)
    op.execute(f"alter table underlying_facts drop constraint {_KINDS}")
    op.execute(f"alter table underlying_facts add constraint {_KINDS} check (kind in ({told}))")
