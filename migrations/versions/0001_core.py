"""The core: roles, trades and what hangs on them, settings, keys, alerts, jobs, leases, budgets.

Conventions: schema public; columns named as the API's fields; prices and quantities NUMERIC(20,8); instants
timestamptz; every user table carries `username` and, if it is a trade's child, a composite key to its trade,
so that a child can never hang on somebody else's trade. Row security is forced everywhere a username stands.
"""

from contextlib import closing
from pathlib import Path

from alembic import context, op

from migrations.policies import APP, BACKUP, JOBS, grant, secure_user_table

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_SQL = Path(__file__).with_name("0001_core.sql")

USER_TABLES = (
    "paper_trades",
    "trade_legs",
    "orders",
    "fills",
    "trade_changes",
    "state_transitions",
    "price_snapshots",
    "user_settings",
    "broker_accounts",
    "access_tokens",
    "idempotency_keys",
    "alerts",
    "portfolio_revisions",
    "request_counters",
)
SHARED_TABLES = ("job_runs", "leases", "rate_budgets", "vendor_usage", "market_closures")
FUNCTIONS = (
    "find_access_token(bytea)",
    "ensure_snapshot_partition(timestamptz)",
    "check_trade_change()",
    "check_order_change()",
    "forbid_change()",
    "papertape_now()",
)


def upgrade() -> None:
    """Create roles, tables, constraints, policies and grants."""
    for role in (APP, JOBS, BACKUP):
        _create_role(role)
    # Straight to the driver: the file's `%` and `:` are SQL, not parameters.
    with closing(op.get_bind().connection.cursor()) as cursor:
        cursor.execute(_SQL.read_text(encoding="utf-8"))
    for table in USER_TABLES:
        for statement in secure_user_table(table):
            op.execute(statement)
    for statement in _grants():
        op.execute(statement)


def _create_role(role: str) -> None:
    """Create a login role by SQL, never in a provider's console: roles made there may bypass row security."""
    op.execute(
        f"""do $$ begin
            if not exists (select from pg_roles where rolname = '{role}') then
                create role {role} login nosuperuser nocreatedb nocreaterole nobypassrls;
            end if;
        end $$"""
    )
    password = context.config.attributes.get("role_passwords", {}).get(role)
    if password is not None:
        op.execute(f"alter role {role} password '{password.replace(chr(39), chr(39) * 2)}'")


def _grants() -> list[str]:
    write = "select, insert, update"
    statements: list[str] = [f"grant usage on schema public to {APP}, {JOBS}, {BACKUP}"]
    for table in USER_TABLES:
        prune = ", delete" if table in {"access_tokens", "idempotency_keys", "request_counters"} else ""
        thin = ", delete" if table in {"price_snapshots", "idempotency_keys", "request_counters"} else ""
        statements += grant(table, app=write + prune, jobs=write + thin)
    statements += grant("job_runs", app="select", jobs=write)
    statements += grant("leases", app=write, jobs=write)
    statements += grant("rate_budgets", app=write, jobs=write)
    statements += grant("vendor_usage", app=write, jobs=write)
    statements += grant("market_closures", app="select", jobs="select")
    for function in ("find_access_token(bytea)", "ensure_snapshot_partition(timestamptz)"):
        statements.append(f"revoke all on function {function} from public")
        statements.append(f"grant execute on function {function} to {APP}, {JOBS}")
    return statements


def downgrade() -> None:
    """Drop everything; the roles go when no other database of the cluster still needs them."""
    for table in reversed(USER_TABLES + SHARED_TABLES):
        op.execute(f"drop table if exists {table} cascade")
    for function in FUNCTIONS:
        op.execute(f"drop function if exists {function} cascade")
    for role in (APP, JOBS, BACKUP):
        op.execute(f"revoke usage on schema public from {role}")
        op.execute(
            f"""do $$ begin
                drop role {role};
            exception when dependent_objects_still_exist then
                raise notice 'role {role} is still needed by another database';
            end $$"""
        )
