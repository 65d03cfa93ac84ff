"""What row security had left open (A-10, I-21): keys without the user, shared tables, jobs' rights, months.

The release before runs on beside this until it is replaced: it takes leases in nobody's name, which stand
apart from users' own, and counts calls in transactions that name no user, as this one does.
"""

from contextlib import closing
from pathlib import Path

from alembic import op

from migrations.policies import APP, BACKUP, CURRENT_USER, JOBS, MIGRATING, secure_user_table

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_SQL = Path(__file__).with_name("0011_closed_gaps.sql")
_SQL_DOWN = Path(__file__).with_name("0011_closed_gaps_down.sql")
#: Who hangs on whom: child, its column, parent.
_KEYS = (
    ("fills", "order_id", "orders"),
    ("alert_deliveries", "alert_id", "alerts"),
    ("paper_fills", "order_id", "paper_orders"),
    ("paper_orders", "parent_id", "paper_orders"),
    ("trade_amendments", "fill_id", "fills"),
)
#: Counts of calls under the hash of a token, or under a vendor's name: nothing in them is a user's, and
#: whoever acts for a user neither reads nor moves them.
_OF_NOBODY = ("rate_budgets", "vendor_usage")
_FUNCTIONS = (
    "take_lease(text, text, text, interval)",
    "release_lease(text, text, bigint)",
    "latest_job_runs(text[])",
)
#: What jobs may do; everything else that 0001 gave their role is taken back.
_JOBS_MAY = {
    "access_tokens": "",
    "user_settings": (
        "select, update (tradier_sandbox_token_sealed, tradier_live_token_sealed, alert_channels,"
        " refreshed_at)"
    ),
    "fills": "select, insert",
    "state_transitions": "select, insert",
    "trade_changes": "select, update",
    "idempotency_keys": "select, delete",
    "request_counters": "select, delete",
    "price_snapshots": "select, insert, update, delete",
}
_JOBS_MIGHT = {
    **dict.fromkeys(
        ("access_tokens", "user_settings", "fills", "state_transitions"), "select, insert, update"
    ),
    "trade_changes": "select, insert, update",
    **dict.fromkeys(
        ("idempotency_keys", "request_counters", "price_snapshots"), "select, insert, update, delete"
    ),
}


def upgrade() -> None:
    """Close them."""
    op.execute("select set_config('app.migration', 'on', true)")
    for parent in sorted({parent for _, _, parent in _KEYS}):
        op.execute(f"alter table {parent} add constraint {parent}_id_username_key unique (id, username)")
    for child, column, parent in _KEYS:
        op.execute(f"alter table {child} drop constraint {child}_{column}_fkey")
        op.execute(
            f"alter table {child} add constraint {child}_{column}_fkey foreign key ({column}, username) "
            f"references {parent} (id, username) on delete cascade"
        )
    _run(_SQL)
    for statement in (*secure_user_table("leases"), *_secure_shared_tables()):
        op.execute(statement)
    _grant_jobs(_JOBS_MAY)
    for function in _FUNCTIONS:
        op.execute(f"revoke all on function {function} from public")
        op.execute(f"grant execute on function {function} to {APP}, {JOBS}")


def _run(file: Path) -> None:
    # Straight to the driver: the file's `%` and `:` are SQL, not parameters.
    with closing(op.get_bind().connection.cursor()) as cursor:
        cursor.execute(file.read_text(encoding="utf-8"))


def _secure_shared_tables() -> list[str]:
    """Return the policies of what belongs to no user."""
    nobodys = f"username is null and {CURRENT_USER} is null"
    statements = [
        # The release before names nobody; its leases are told from users' own by that.
        f"create policy former on leases for all to {APP} using ({nobodys}) with check ({nobodys})",
        f"create policy jobs on job_runs for all to {JOBS} using (true) with check (true)",
    ]
    for table in _OF_NOBODY:
        statements += [
            f"create policy nobody on {table} for all to {APP}, {JOBS} using ({CURRENT_USER} is null) "
            f"with check ({CURRENT_USER} is null)",
        ]
    for table in (*_OF_NOBODY, "job_runs"):
        statements += [
            f"alter table {table} enable row level security",
            f"alter table {table} force row level security",
            f"create policy backup on {table} for select to {BACKUP} using (true)",
            f"create policy migration on {table} for all to current_user using ({MIGRATING}) "
            f"with check ({MIGRATING})",
        ]
    return statements


def _grant_jobs(wanted: dict[str, str]) -> None:
    for table, privileges in wanted.items():
        op.execute(f"revoke all on {table} from {JOBS}")
        if privileges:
            op.execute(f"grant {privileges} on {table} to {JOBS}")


def downgrade() -> None:
    """Open them again."""
    _grant_jobs(_JOBS_MIGHT)
    for table in ("leases", "job_runs", *_OF_NOBODY):
        for policy in ("app", "former", "jobs", "nobody", "backup", "migration"):
            op.execute(f"drop policy if exists {policy} on {table}")
        op.execute(f"alter table {table} no force row level security")
        op.execute(f"alter table {table} disable row level security")
    _run(_SQL_DOWN)
    for child, column, parent in _KEYS:
        op.execute(f"alter table {child} drop constraint {child}_{column}_fkey")
        op.execute(
            f"alter table {child} add constraint {child}_{column}_fkey foreign key ({column}) "
            f"references {parent} (id) on delete cascade"
        )
    for parent in sorted({parent for _, _, parent in _KEYS}):
        op.execute(f"alter table {parent} drop constraint {parent}_id_username_key")
