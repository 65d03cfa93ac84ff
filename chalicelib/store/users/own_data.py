"""Everything that is a user's, table by table, as JSON (C-09): by the catalogue, so that none is missed.

What is left out: secrets and what proves them, and our own machinery (leases, counters, kept answers).
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from typing import Final

from sqlalchemy import Connection, text

#: Of a user, and nothing that is about them.
MACHINERY: Final = frozenset({"idempotency_keys", "leases", "portfolio_revisions", "request_counters"})
#: Columns that hold a secret, or what one is known by. `target` is a channel's address, perhaps a secret one.
SECRETS: Final = (
    r"(sealed|hash|secret|last4|signature|fingerprint)|^(factor_.*|kept_session|sub|target|alert_channels)$"
)
BATCH_ROWS: Final = 500
_COLUMNS: Final = text(
    """
    select c.relname as table_name, array_agg(a.attname order by a.attnum) as columns
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
      and a.attname !~ :secrets and has_table_privilege(c.oid, 'select')
      and exists (select from pg_attribute u where u.attrelid = c.oid and u.attname = 'username')
    group by c.relname order by c.relname
    """
)


def read_tables(connection: Connection) -> Mapping[str, Sequence[str]]:
    """Return the tables of users' rows, each with the columns that may be shown."""
    rows = connection.execute(_COLUMNS, {"secrets": SECRETS})
    return {row.table_name: row.columns for row in rows if row.table_name not in MACHINERY}


def stream_rows(
    connection: Connection, username: str, table: str, columns: Sequence[str]
) -> Iterator[Sequence[str]]:
    """Walk a table's rows of a user as JSON texts, some at a time; names are those of `read_tables`."""
    shown = ", ".join(f'"{name}"' for name in columns)
    own = text(
        f'select to_json(own)::text from (select {shown} from "{table}" where username = :username) own'  # noqa: S608 - names of the catalogue
    )
    cursor = connection.execution_options(yield_per=BATCH_ROWS).scalars(own, {"username": username})
    with closing(cursor):
        yield from cursor.partitions()
