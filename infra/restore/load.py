"""Load a backup into an empty database, as its owner, and compare what then stands there.

The owner is no superuser (Neon gives none), so triggers and row security cannot be switched off for the
session. Neither has to be: all triggers of the schema fire on updates, which loading makes none of; and the
owner may lift the force of row security from its own tables, which COPY needs, inside the one transaction
that loads and puts it back. A load that is killed leaves a schema without rows.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time

import psycopg
from alembic import command
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from psycopg import sql

from chalicelib.store.files.backup_format import Manifest, Measured, TableEntry, rows_of
from chalicelib.store.files.objects import ObjectStore
from chalicelib.store.files.whole_database import copy_in, copy_out, partition_month, table_shapes
from infra.local.database.migrate import alembic_config

Say = Callable[[str], None]


class CannotRestore(Exception):
    """The backup was not restored; the database is as empty as it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What now stands in the database."""

    tables: int
    rows: int


def restore(objects: ObjectStore, manifest: Manifest, owner_url: str, *, say: Say) -> Restored:
    """Migrate to the backup's revision, load, compare, migrate to the newest revision.

    Raises CannotRestore, BackupDamaged, ObjectMissing, ObjectsUnavailable and psycopg's errors.
    """
    config = alembic_config(owner_url)
    _check_revision(ScriptDirectory.from_config(config), manifest)
    _check_empty(owner_url)
    say(f"schema: to the backup's revision {manifest.revision}")
    command.upgrade(config, manifest.revision)
    with psycopg.connect(owner_url) as connection:
        _load(connection, objects, manifest, say)
        say("comparing every table with the manifest")
        compare(connection, manifest)
    say("schema: to the newest revision")
    command.upgrade(config, "head")
    with psycopg.connect(owner_url) as connection:
        doubted = _doubt_intents(connection)
    say(f"{doubted} entries waited to be sent: whether they were since, sync asks the brokers")
    with psycopg.connect(owner_url, autocommit=True) as connection:
        connection.execute("analyze")
    return Restored(tables=len(manifest.tables), rows=manifest.rows)


def _doubt_intents(connection: "psycopg.Connection[tuple[object, ...]]") -> int:
    """Make every intent UNKNOWN: "never sent" is no longer known of any (architecture.md, Never twice)."""
    connection.execute("select set_config('app.migration', 'on', true)")
    changed = connection.execute(
        "update orders set status = 'UNKNOWN', reason = 'the database was restored' where status = 'INTENT'"
    )
    return changed.rowcount


def _check_revision(scripts: ScriptDirectory, manifest: Manifest) -> None:
    try:
        scripts.get_revision(manifest.revision)
    except CommandError as error:
        why = f"revision {manifest.revision} is unknown here: restore with the code of that day, then upgrade"
        raise CannotRestore(why) from error


def _check_empty(owner_url: str) -> None:
    """Let a schema without rows pass: a restore that was killed leaves one."""
    with psycopg.connect(owner_url) as connection:
        connection.execute("select set_config('app.migration', 'on', true)")
        for table in table_shapes(connection):
            query = sql.SQL("select 1 from {} limit 1").format(sql.Identifier(table.name))
            if connection.execute(query).fetchone() is not None:
                why = f"the database is not empty ({table.name} has rows): nothing is ever overwritten"
                raise CannotRestore(why)


def _load(
    connection: "psycopg.Connection[tuple[object, ...]]", objects: ObjectStore, manifest: Manifest, say: Say
) -> None:
    shapes = {shape.name: shape for shape in table_shapes(connection)}
    stored = {table.name for table in manifest.tables}
    if missing := sorted(shapes.keys() - stored):
        raise CannotRestore(f"the backup lacks tables of its revision: {', '.join(missing)}")
    for table in manifest.tables:
        if table.name not in shapes or set(table.columns) != set(shapes[table.name].columns):
            raise CannotRestore(f"table {table.name} is not what revision {manifest.revision} makes")
        say(f"loading {table.name}: {table.rows:,} rows")
        _load_table(connection, objects, table)


def _load_table(
    connection: "psycopg.Connection[tuple[object, ...]]", objects: ObjectStore, table: TableEntry
) -> None:
    for partition in table.partitions:
        month = datetime.combine(partition_month(partition), time(), UTC)
        connection.execute("select ensure_snapshot_partition(%s)", (month,))
    name = sql.Identifier(table.name)
    row = connection.execute(
        "select relforcerowsecurity from pg_class where oid = %s::regclass", (f"public.{table.name}",)
    ).fetchone()
    forced = row is not None and row[0]
    if forced:
        connection.execute(sql.SQL("alter table {} no force row level security").format(name))
    copy_in(connection, table.name, table.columns, rows_of(objects, table))
    if forced:
        connection.execute(sql.SQL("alter table {} force row level security").format(name))


def compare(connection: "psycopg.Connection[tuple[object, ...]]", manifest: Manifest) -> None:
    """Compare every table's rows with the manifest, by count and hash; raises CannotRestore.

    As the owner, in the transaction that this opens its rows to. The schema is still the backup's.
    """
    connection.execute("select set_config('app.migration', 'on', true)")
    shapes = {shape.name: shape for shape in table_shapes(connection)}
    for table in manifest.tables:
        shape = replace(shapes[table.name], columns=table.columns)
        rows = Measured(copy_out(connection, shape)).exhaust()
        if (rows.lines, rows.sha256) != (table.rows, table.sha256):
            raise CannotRestore(
                f"table {table.name} came out differently: {rows.lines:,} rows, the backup has {table.rows:,}"
            )
