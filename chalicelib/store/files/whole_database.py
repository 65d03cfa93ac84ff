"""The whole database as rows, table by table: what a backup reads and what a restore is compared with (A-16).

Rows come as COPY's text format, ordered by primary key and told in settings that depend on no server, so two
databases with the same rows give the same bytes. Generated columns are left out: the database makes them.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from graphlib import TopologicalSorter
from typing import Any, Final

import psycopg
from psycopg import sql

#: COPY hands out a row at a time; so many bytes are gathered before anybody works on them.
CHUNK_BYTES: Final = 256 * 1024
_REVISIONS: Final = "alembic_version"
#: At night the database may have to wake up first.
_CONNECT_SECONDS_MAX: Final = 30

_TABLES: Final = """
    select c.relname,
           array(select a.attname::text from pg_attribute a
                 where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
                 order by a.attnum),
           array(select a.attname::text from pg_index i, unnest(i.indkey) with ordinality k(attnum, position)
                 join pg_attribute a on a.attnum = k.attnum
                 where i.indrelid = c.oid and i.indisprimary and a.attrelid = c.oid
                 order by k.position),
           array(select p.relname::text from pg_inherits h join pg_class p on p.oid = h.inhrelid
                 where h.inhparent = c.oid order by p.relname),
           c.relrowsecurity
    from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
      and not c.relispartition and c.relname <> %s
    order by c.relname
"""
_COLLATED: Final = """
    select c.relname, a.attname from pg_attribute a join pg_class c on c.oid = a.attrelid
    where c.relnamespace = 'public'::regnamespace and a.attnum > 0 and a.attcollation <> 0
"""
_REFERENCES: Final = """
    select conrelid::regclass::text, confrelid::regclass::text from pg_constraint
    where contype = 'f' and connamespace = 'public'::regnamespace and conrelid <> confrelid
    order by 1, 2
"""
#: A table whose rows this role sees only through a policy that is not `true` would be copied in part.
_SEEN_IN_PART: Final = """
    select c.relname from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and c.relrowsecurity
      and not exists (select from pg_policies p
                      where p.schemaname = 'public' and p.tablename = c.relname and p.qual = 'true'
                        and current_user = any (p.roles) and p.cmd in ('SELECT', 'ALL'))
    order by c.relname
"""
_PLAIN_VALUES: Final = (
    "set local timezone = 'UTC'",
    "set local datestyle = 'ISO, YMD'",
    "set local intervalstyle = 'postgres'",
    "set local bytea_output = 'hex'",
    "set local extra_float_digits = 1",
)


class SeenInPart(Exception):
    """Row security hides rows of these tables from the role that backs up."""

    def __init__(self, tables: Sequence[str]) -> None:
        super().__init__(f"row security hides rows of {', '.join(tables)} from the role that backs up")


@dataclass(frozen=True, slots=True, kw_only=True)
class TableShape:
    """A table: its columns that are written, its primary key, the names of its partitions."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    collated: frozenset[str]
    """Columns whose order depends on the server's language, unless told otherwise."""
    partitions: tuple[str, ...]


class Snapshot:
    """The database as it stood when this was opened, whatever others write meanwhile."""

    def __init__(self, connection: "psycopg.Connection[Any]") -> None:  # Any: rows of any table
        self._connection = connection
        self.revision = revision_of(connection)
        self.snapshot_id = _one_text(connection, "select pg_current_snapshot()::text")
        self.tables = table_shapes(connection)

    def copy(self, table: TableShape) -> Iterator[bytes]:
        """Read a table's rows as COPY's text, in chunks."""
        return copy_out(self._connection, table)


@contextmanager
def open_snapshot(url: str) -> Iterator[Snapshot]:
    """Open one REPEATABLE READ READ ONLY transaction on a connection of its own, by its libpq `url`.

    Raises SeenInPart and psycopg's errors.
    """
    with psycopg.connect(url, prepare_threshold=None, connect_timeout=_CONNECT_SECONDS_MAX) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        hidden = [str(name) for (name,) in connection.execute(_SEEN_IN_PART)]
        if hidden:
            raise SeenInPart(hidden)
        yield Snapshot(connection)


def revision_of(connection: "psycopg.Connection[Any]") -> str:  # Any: as above
    """Return the schema's revision."""
    return _one_text(connection, "select version_num from alembic_version")


def table_shapes(connection: "psycopg.Connection[Any]") -> tuple[TableShape, ...]:  # Any: as above
    """Describe every table but the list of revisions, each after those that it refers to."""
    collated = {(str(table), str(column)) for table, column in connection.execute(_COLLATED)}
    shapes = {
        str(name): TableShape(
            name=name,
            columns=tuple(columns),
            key=tuple(key),
            collated=frozenset(column for column in columns if (name, column) in collated),
            partitions=tuple(partitions),
        )
        for name, columns, key, partitions, _ in connection.execute(_TABLES, (_REVISIONS,))
    }
    order: TopologicalSorter[str] = TopologicalSorter(dict.fromkeys(shapes, ()))
    for child, parent in connection.execute(_REFERENCES):
        if child in shapes:
            order.add(child, parent)
    return tuple(shapes[name] for name in order.static_order())


def copy_out(connection: "psycopg.Connection[Any]", table: TableShape) -> Iterator[bytes]:  # Any: as above
    """Read a table's rows as COPY's text, ordered by its key, in chunks."""
    for setting in _PLAIN_VALUES:
        connection.execute(setting)
    query = sql.SQL("copy (select {} from {} order by {}) to stdout").format(
        _names(table.columns), sql.Identifier(table.name), sql.SQL(", ").join(_order(table))
    )
    with connection.cursor() as cursor, cursor.copy(query) as rows:
        yield from gathered(rows)


def copy_in(
    connection: "psycopg.Connection[Any]",  # Any: as above
    table: str,
    columns: Sequence[str],
    chunks: Iterator[bytes],
) -> None:
    """Write rows in COPY's text format into a table."""
    query = sql.SQL("copy {} ({}) from stdin").format(sql.Identifier(table), _names(columns))
    with connection.cursor() as cursor, cursor.copy(query) as rows:
        for chunk in chunks:
            rows.write(chunk)


def partition_month(partition: str) -> date:
    """Return the first day of the month that a partition's name ends in: `price_snapshots_202602`."""
    digits = partition.rpartition("_")[2]
    return date(int(digits[:4]), int(digits[4:]), 1)


def gathered(blocks: Iterable[Any]) -> Iterator[bytes]:  # Any: bytes or memoryview, as psycopg has them
    """Join small blocks to chunks of about CHUNK_BYTES."""
    waiting = bytearray()
    for block in blocks:
        waiting += block
        if len(waiting) >= CHUNK_BYTES:
            yield bytes(waiting)
            waiting.clear()
    if waiting:
        yield bytes(waiting)


def _names(columns: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, columns))


def _order(table: TableShape) -> Iterator[sql.Composable]:
    for column in table.key or table.columns:
        name = sql.Identifier(column)
        yield sql.SQL('{} collate "C"').format(name) if column in table.collated else name


def _one_text(connection: "psycopg.Connection[Any]", query: Any) -> str:  # Any: as above; a literal
    row = connection.execute(query).fetchone()
    assert row is not None
    return str(row[0])
