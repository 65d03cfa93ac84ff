"""Whose an account and its orders are (A-12): one user per broker account, and the deployment's short id.

An account counts as taken once its token is stored with it: a number alone proves nothing and takes nothing.
The index sees the rows of all users, row security or not, and tells the second one no name.
"""

from alembic import op

from migrations.policies import APP, JOBS, grant

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_MODES = ("sandbox", "live")


def upgrade() -> None:
    """Make both; refuse with the names while two users hold one account."""
    op.execute("select set_config('app.migration', 'on', true)")
    for mode in _MODES:
        op.execute(
            f"""do $$
            declare sharing text;
            begin
                select string_agg(username, ', ' order by username) into sharing from user_settings
                where tradier_{mode}_token_sealed is not null and tradier_{mode}_account_id is not null
                group by tradier_{mode}_account_id having count(*) > 1 limit 1;
                if sharing is not null then
                    raise exception 'one {mode} account is stored for several users (%): clear its token '
                        'for all but one, then migrate again', sharing;
                end if;
            end $$"""
        )
        op.execute(
            f"create unique index user_settings_one_owner_{mode} on user_settings"
            f" (tradier_{mode}_account_id) where tradier_{mode}_token_sealed is not null"
        )
    op.execute("select set_config('app.migration', 'off', true)")
    op.execute(
        "create table deployment (only_one boolean primary key default true check (only_one),"
        " id text not null check (id ~ '^[0-9a-f]{8}$'))"
    )
    for statement in grant("deployment", app="select, insert", jobs="select, insert"):
        op.execute(statement)


def downgrade() -> None:
    """Drop them; tags that name a deployment stay good, for rows know them."""
    op.execute(f"revoke all on deployment from {APP}, {JOBS}")
    op.execute("drop table deployment")
    for mode in _MODES:
        op.execute(f"drop index user_settings_one_owner_{mode}")
