"""How a table is secured: forced row security with one policy per role (A-10, architecture.md, Data).

The user is spelled one way everywhere: `(select nullif(current_setting('app.current_user', true), ''))`, a
scalar sub-select so that it is evaluated once per statement and not once per row.
"""

from typing import Final

CURRENT_USER: Final = "(select nullif(current_setting('app.current_user', true), ''))"
MIGRATING: Final = "(select current_setting('app.migration', true)) = 'on'"

APP: Final = "papertape_app"
JOBS: Final = "papertape_jobs"
BACKUP: Final = "papertape_backup"


def secure_user_table(table: str) -> list[str]:
    """Return the statements that force row security on a table with a `username` column.

    The application sees its user's rows and nothing without one. Jobs see all rows until they name the user
    of a unit of work, and from then on that user's alone. Backups read. The owner sees rows only while a
    migration runs.
    """
    own = f"username = {CURRENT_USER}"
    unit_of_work = f"{CURRENT_USER} is null or {own}"
    return [
        f"alter table {table} enable row level security",
        f"alter table {table} force row level security",
        f"create policy app on {table} for all to {APP} using ({own}) with check ({own})",
        f"create policy jobs on {table} for all to {JOBS} using ({unit_of_work}) with check ({unit_of_work})",
        f"create policy backup on {table} for select to {BACKUP} using (true)",
        f"create policy migration on {table} for all to current_user "
        f"using ({MIGRATING}) with check ({MIGRATING})",
    ]


def grant(table: str, *, app: str, jobs: str) -> list[str]:
    """Return the grants of a table; `app` and `jobs` are lists of privileges, empty for none."""
    grants = [f"grant select on {table} to {BACKUP}"]
    if app:
        grants.append(f"grant {app} on {table} to {APP}")
    if jobs:
        grants.append(f"grant {jobs} on {table} to {JOBS}")
    return grants
