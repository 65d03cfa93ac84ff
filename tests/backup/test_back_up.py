"""A-16: every table from one snapshot, a manifest written last, read back and compared."""

import gzip
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from functools import partial

import psycopg
import pytest
from moto.server import ThreadedMotoServer
from psycopg import sql

from chalicelib.services.environment import BackupParts
from chalicelib.services.operations.back_up import back_up, check_objects
from chalicelib.store.files.backup_format import (
    BackupDamaged,
    TableEntry,
    backup_names,
    manifest_key,
    read_manifest,
    rows_of,
)
from chalicelib.store.files.objects import ObjectStore, ObjectsUnavailable
from chalicelib.store.files.whole_database import SeenInPart, Snapshot, TableShape, open_snapshot
from infra.local.aws.aws import BACKUP_BUCKET, client, objects
from infra.local.aws.objects import MemoryObjects
from infra.local.database.postgres import DatabaseUrls
from tests.backup.conftest import NIGHT, NUMBER
from tests.backup.rows import HARD, closed_trade

take = partial(back_up, taken_at=NIGHT, number=NUMBER)


def counted(owner_url: str, table: str) -> int:
    with psycopg.connect(owner_url) as connection:
        connection.execute("select set_config('app.migration', 'on', true)")
        query = sql.SQL("select count(*) from {}").format(sql.Identifier(table))
        row = connection.execute(query).fetchone()
    assert row is not None
    return int(row[0])


def test_the_manifest_says_what_is_there(parts: BackupParts, filled: DatabaseUrls) -> None:
    """Schema revision, row counts, hashes; all users' rows, none of them opened."""
    manifest = take(parts)

    assert backup_names(parts.objects) == [manifest.name] == [f"20260220T070000Z-{NUMBER}"]
    assert read_manifest(parts.objects, manifest.name) == manifest
    for table in manifest.tables:
        assert table.rows == counted(filled.owner, table.name)
    names = [table.name for table in manifest.tables]
    assert {"paper_trades", "fills", "price_snapshots", "leases", "tool_calls"} <= set(names)
    assert "alembic_version" not in names
    assert not any(name.startswith("price_snapshots_") for name in names)
    assert names.index("paper_trades") < names.index("orders") < names.index("fills")
    assert b"k1:c2VhbGVk" in b"".join(rows_of(parts.objects, entry(manifest.tables, "connections")))


def entry(tables: Iterable[TableEntry], name: str) -> TableEntry:
    return next(table for table in tables if table.name == name)


def test_the_same_rows_give_the_same_bytes(parts: BackupParts) -> None:
    """Whatever order they lie in and whatever the session's settings are."""
    first = take(parts)
    with parts.snapshot() as snapshot:
        second = take(parts)
        assert snapshot.revision == first.revision

    assert [table.object_sha256 for table in first.tables] == [table.object_sha256 for table in second.tables]


def test_writes_meanwhile_do_not_tear_the_snapshot(filled: DatabaseUrls) -> None:
    """One transaction sees one instant: no fill of a trade that it does not know."""
    before = {name: counted(filled.owner, name) for name in ("paper_trades", "fills", "price_snapshots")}

    class Interrupted:
        def __init__(self, snapshot: Snapshot) -> None:
            self.revision, self.snapshot_id, self.tables = (
                snapshot.revision,
                snapshot.snapshot_id,
                snapshot.tables,
            )
            self._snapshot = snapshot

        def copy(self, table: TableShape) -> Iterator[bytes]:
            with psycopg.connect(filled.owner) as connection:
                connection.execute("select set_config('app.migration', 'on', true)")
                closed_trade(connection, "alice")
            return self._snapshot.copy(table)

    store = MemoryObjects()
    with open_snapshot(filled.backup) as snapshot:
        interrupted = Interrupted(snapshot)
        parts = BackupParts(snapshot=lambda: nullcontext(interrupted), objects=store)  # type: ignore[arg-type]  # its double
        manifest = take(parts)

    assert {name: entry(manifest.tables, name).rows for name in before} == before
    assert counted(filled.owner, "fills") > before["fills"]


class Killed(BaseException):
    """A function's end in the middle."""


class DyingObjects(MemoryObjects):
    """A bucket whose writer is killed at the n-th object."""

    def __init__(self, survives: int) -> None:
        super().__init__()
        self._left = survives

    def put_stream(self, key: str, chunks: Iterable[bytes], *, content_type: str) -> int:
        if self._left == 0:
            raise Killed
        self._left -= 1
        return super().put_stream(key, chunks, content_type=content_type)


@pytest.mark.parametrize("survives", [0, 1, 10, 25])
def test_a_killed_backup_does_not_count(parts: BackupParts, survives: int) -> None:
    """Objects without a manifest are no backup; the next run makes a whole one beside them."""
    dying = DyingObjects(survives)
    killed = BackupParts(snapshot=parts.snapshot, objects=dying)
    with pytest.raises(Killed):
        take(killed)

    assert backup_names(dying) == []
    assert len(dying.keys("")) == survives


Damage = Callable[[bytes], bytes]
DAMAGES: dict[str, Damage] = {
    "a bit turned": lambda body: body[:-1] + bytes([body[-1] ^ 1]),
    "its head gone": lambda body: body[10:],
    "cut short": lambda body: body[: len(body) // 2],
    "empty": lambda _: b"",
    "something after its end": lambda body: body + b"x",
    "another table's rows": lambda _: gzip.compress(b"1\t2\n", mtime=0),
    "not compressed": gzip.decompress,
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_object_is_found_when_it_is_read(parts: BackupParts, damage: str) -> None:
    manifest = take(parts)
    check_objects(parts.objects, manifest)
    key = entry(manifest.tables, "paper_trades").key
    body = b"".join(parts.objects.read(key))
    parts.objects.put_stream(key, [DAMAGES[damage](body)], content_type="application/gzip")

    with pytest.raises(BackupDamaged, match="paper_trades"):
        check_objects(parts.objects, manifest)


def test_a_missing_object_is_found(parts: BackupParts) -> None:
    manifest = take(parts)
    parts.objects.delete(entry(manifest.tables, "leases").key)

    with pytest.raises(BackupDamaged, match=r"leases.*missing"):
        check_objects(parts.objects, manifest)


class ForgetfulObjects(MemoryObjects):
    """A bucket that damages what it stores."""

    def put_stream(self, key: str, chunks: Iterable[bytes], *, content_type: str) -> int:
        body = b"".join(chunks)
        damaged = body.replace(b'"rows": ', b'"rows": 1', 1) if key.endswith(".json") else body[:-1]
        if "manifest" in key or "fills" in key:
            return super().put_stream(key, [damaged], content_type=content_type)
        return super().put_stream(key, [body], content_type=content_type)


def test_a_bucket_that_damages_is_found_by_the_job_itself(parts: BackupParts) -> None:
    """A-16: the same job reads the objects back and compares."""
    damaging = BackupParts(snapshot=parts.snapshot, objects=ForgetfulObjects())
    with pytest.raises(BackupDamaged, match="fills"):
        take(damaging)

    assert backup_names(damaging.objects) == []


def test_a_manifest_that_is_none_is_refused(parts: BackupParts) -> None:
    name = take(parts).name
    for text in (b"", b"{", b"[]", b'{"format": 2}', b"x" * 5_000_000):
        parts.objects.put_stream(manifest_key(name), [text], content_type="application/json")
        with pytest.raises(BackupDamaged):
            read_manifest(parts.objects, name)


def test_a_table_that_row_security_hides_is_an_error_not_an_empty_object(filled: DatabaseUrls) -> None:
    """A new table without the reading role's policy would be backed up empty, and nobody would know."""
    with psycopg.connect(filled.owner) as connection:
        connection.execute("drop policy backup on fills")

    with pytest.raises(SeenInPart, match="fills"), open_snapshot(filled.backup):
        pass


def test_the_snapshot_is_read_only_whatever_the_role_may(filled: DatabaseUrls) -> None:
    """Opened with a role that could write, by mistake, it still cannot."""
    with psycopg.connect(filled.owner) as connection:
        connection.execute("create policy reads on fills for select to papertape_jobs using (true)")
    with pytest.raises(SeenInPart), open_snapshot(filled.jobs):
        pass
    with open_snapshot(filled.backup) as snapshot, pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        snapshot._connection.execute("delete from fills")


@pytest.fixture(scope="module")
def moto_endpoint() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    client("s3", endpoint).create_bucket(Bucket=BACKUP_BUCKET)
    yield endpoint
    store = objects(endpoint, BACKUP_BUCKET)
    for key in store.keys(""):  # moto's buckets are the whole process's
        store.delete(key)
    server.stop()


def test_a_bucket_of_s3_holds_a_backup(parts: BackupParts, moto_endpoint: str) -> None:
    store: ObjectStore = objects(moto_endpoint, BACKUP_BUCKET)
    manifest = take(BackupParts(snapshot=parts.snapshot, objects=store))

    assert read_manifest(store, manifest.name) == manifest
    assert len(store.keys("backups/")) == len(manifest.tables) + 1
    check_objects(store, manifest)
    rows = b"".join(rows_of(store, entry(manifest.tables, "alerts"))).decode()
    assert HARD.split("\t")[0] + "\\tb\\nc" in rows


def test_a_bucket_that_does_not_answer_fails_the_run(parts: BackupParts) -> None:
    silent = BackupParts(snapshot=parts.snapshot, objects=objects("http://127.0.0.1:9", BACKUP_BUCKET))
    with pytest.raises(ObjectsUnavailable):
        take(silent)
