"""Back up the database: every table from one snapshot into a bucket, read back, the manifest last (A-16).

Killed at any point it leaves objects without a manifest, which nobody takes for a backup; the bucket's
lifecycle removes them by age. Nothing is kept in memory but the chunk in hand.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from chalicelib.services.environment import BackupParts
from chalicelib.store.files.backup_format import (
    FORMAT,
    BackupDamaged,
    Manifest,
    Measured,
    TableEntry,
    manifest_key,
    new_name,
    packed,
    read_manifest,
    rows_of,
    table_key,
)
from chalicelib.store.files.objects import ObjectMissing, ObjectStore
from chalicelib.store.files.whole_database import Snapshot, TableShape

_PACKED: Final = "application/gzip"
_JSON: Final = "application/json"


def back_up(parts: BackupParts, *, taken_at: datetime, number: UUID) -> Manifest:
    """Write one backup and prove it readable; `number` keeps runs of one instant apart.

    Raises BackupDamaged when what is read back is not what was written, ObjectsUnavailable, SeenInPart and
    the database's errors; then the backup has no manifest.
    """
    name = new_name(taken_at, number)
    with parts.snapshot() as snapshot:
        manifest = Manifest(
            format=FORMAT,
            name=name,
            taken_at=taken_at,
            revision=snapshot.revision,
            snapshot_id=snapshot.snapshot_id,
            tables=tuple(_store(parts.objects, snapshot, table, name) for table in snapshot.tables),
        )
    check_objects(parts.objects, manifest)
    text = manifest.model_dump_json(indent=1).encode()
    parts.objects.put_stream(manifest_key(name), [text], content_type=_JSON)
    if read_manifest(parts.objects, name) != manifest:
        raise BackupDamaged(manifest_key(name), "it reads back differently")
    return manifest


def _store(objects: ObjectStore, snapshot: Snapshot, table: TableShape, name: str) -> TableEntry:
    rows = Measured(snapshot.copy(table))
    stored = Measured(packed(rows))
    key = table_key(name, table.name)
    objects.put_stream(key, stored, content_type=_PACKED)
    return TableEntry(
        name=table.name,
        key=key,
        columns=table.columns,
        partitions=table.partitions,
        rows=rows.lines,
        bytes=rows.bytes,
        sha256=rows.sha256,
        object_bytes=stored.bytes,
        object_sha256=stored.sha256,
    )


def check_objects(objects: ObjectStore, manifest: Manifest) -> None:
    """Read every object of a backup back and compare it with the manifest; raises BackupDamaged."""
    for table in manifest.tables:
        try:
            Measured(rows_of(objects, table)).exhaust()
        except ObjectMissing as error:
            raise BackupDamaged(table.key, "it is missing") from error
