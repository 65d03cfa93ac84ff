"""The local stack's backups outlive it: moto forgets its buckets, so they are kept in the state directory."""

from typing import Final

from chalicelib.store.files.backup_format import (
    MANIFEST,
    PREFIX,
    BackupDamaged,
    backup_names,
    manifest_key,
    read_manifest,
)
from chalicelib.store.files.objects import AUDIT, ObjectsError, ObjectStore
from infra.local.aws.aws import BACKUP_BUCKET, objects
from infra.local.aws.objects import DirectoryObjects
from infra.local.seed.private_files import read_private
from infra.local.state import StateDirectory

#: What the bucket's lifecycle does in the cloud by age, done here by number: a fast clock makes many a day.
BACKUPS_KEPT: Final = 14


def kept_backups(state: StateDirectory) -> ObjectStore:
    """Open the bucket of the running stack, or what a stopped one kept of it."""
    contract = read_private(state.path / "state.json")
    if contract is not None and state.path.exists() and state.is_running():
        return objects(str(contract["aws_endpoint_url"]), BACKUP_BUCKET)
    return DirectoryObjects(state.buckets / BACKUP_BUCKET)


class KeptBackups:
    """Copies backups between the running stack's bucket and its directory."""

    def __init__(
        self, state: StateDirectory, bucket: ObjectStore, *, backups_kept: int = BACKUPS_KEPT
    ) -> None:
        self._backups_kept = backups_kept
        self._kept = DirectoryObjects(state.buckets / BACKUP_BUCKET)
        self._bucket = bucket

    def bring_back(self) -> list[str]:
        """Fill the new bucket with what was kept; returns what is wrong with each that was left out."""
        _copy_files(self._kept, self._bucket)
        return _copy_missing(self._kept, self._bucket)

    def keep(self) -> None:
        """Keep what the bucket has got, and let go of the oldest backups in both."""
        _copy_files(self._bucket, self._kept)
        _copy_missing(self._bucket, self._kept)
        for store in (self._bucket, self._kept):
            for name in backup_names(store)[: -self._backups_kept]:
                _remove(store, name)


def _copy_files(source: ObjectStore, target: ObjectStore) -> None:
    """Copy files of what the database let go of. Raises ObjectsError."""
    there = set(target.keys(AUDIT))
    for key in source.keys(AUDIT):
        if key not in there:
            target.put_stream(key, source.read(key), content_type="application/gzip")


def _copy_missing(source: ObjectStore, target: ObjectStore) -> list[str]:
    """Copy whole backups; a damaged one is left out, since without its manifest it counts for none."""
    there = set(backup_names(target))
    damaged = []
    for name in backup_names(source):
        if name not in there:
            try:
                _copy(source, target, name)
            except (ObjectsError, BackupDamaged) as error:
                damaged.append(f"the backup {name} is damaged and left out: {error}")
    return damaged


def _copy(source: ObjectStore, target: ObjectStore, name: str) -> None:
    """Copy a backup, its manifest last. Raises ObjectsError, BackupDamaged."""
    for table in read_manifest(source, name).tables:
        size = target.put_stream(table.key, source.read(table.key), content_type="application/gzip")
        if size != table.object_bytes:
            raise BackupDamaged(table.key, f"{size:,} bytes of {table.object_bytes:,}")
    key = manifest_key(name)
    target.put_stream(key, source.read(key), content_type="application/json")


def _remove(store: ObjectStore, name: str) -> None:
    """Remove a backup, its manifest first: what is left is none."""
    keys = store.keys(f"{PREFIX}{name}/")
    for key in sorted(keys, key=lambda key: not key.endswith(MANIFEST)):
        store.delete(key)
