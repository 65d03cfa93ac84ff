"""Shadows (B-11): a trade on paper beside a live one, linked to it; no limit counts it.

The code before neither makes any nor knows them: it would count what is there as its owner's own.
"""

from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the link; each trade has one shadow at most."""
    op.execute("alter table paper_trades add column shadow_of uuid")
    op.execute(
        "alter table paper_trades add constraint paper_trades_shadow_of_fkey "
        "foreign key (shadow_of, username) references paper_trades (id, username) on delete cascade"
    )
    op.execute(
        "create unique index paper_trades_shadows on paper_trades (shadow_of) where shadow_of is not null"
    )


def downgrade() -> None:
    """Take it away, and the shadows, which would count from then on."""
    op.execute("delete from paper_trades where shadow_of is not null")
    op.execute("alter table paper_trades drop column shadow_of")
