"""What a backup is in a bucket: one compressed object a table and a manifest, which is written last.

    backups/20260220T070000Z-<id>/paper_trades.copy.gz
    backups/20260220T070000Z-<id>/manifest.json

Without its manifest a backup does not exist. The hashes of the rows are what a restored database must give
again; those of the objects find a damaged one without unpacking it.
"""

import hashlib
import zlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError

from chalicelib.store.files.objects import ObjectStore

PREFIX: Final = "backups/"
MANIFEST: Final = "manifest.json"
FORMAT: Final = 1
UNPACKED_BYTES: Final = 1024 * 1024
MANIFEST_BYTES_MAX: Final = 4 * 1024 * 1024
_GZIP_WINDOW: Final = zlib.MAX_WBITS | 16


class BackupDamaged(Exception):
    """An object of a backup is not what its manifest says."""

    def __init__(self, key: str, why: str) -> None:
        super().__init__(f"{key}: {why}")
        self.key = key


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TableEntry(_Model):
    """One table in a backup. Bytes and hash without prefix are those of the rows as COPY's text."""

    name: str
    key: str
    columns: tuple[str, ...]
    partitions: tuple[str, ...]
    rows: int
    bytes: int
    sha256: str
    object_bytes: int
    object_sha256: str


class Manifest(_Model):
    """A whole backup; its tables stand in the order in which they can be loaded."""

    format: Literal[1]
    name: str
    taken_at: datetime
    revision: str
    """Of the schema (Alembic)."""
    snapshot_id: str
    """PostgreSQL's own name of what the transaction saw: xmin:xmax:transactions in progress."""
    tables: tuple[TableEntry, ...]

    @property
    def rows(self) -> int:
        """Return the rows of all tables."""
        return sum(table.rows for table in self.tables)

    @property
    def object_bytes(self) -> int:
        """Return what the backup takes in the bucket, without its manifest."""
        return sum(table.object_bytes for table in self.tables)


class Measured:
    """Chunks that are counted and hashed while they pass."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = chunks
        self._hash = hashlib.sha256()
        self.bytes = 0
        self.lines = 0

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            self._hash.update(chunk)
            self.bytes += len(chunk)
            # A newline inside a value is written as `\n`, so that each one ends a row.
            self.lines += chunk.count(b"\n")
            yield chunk

    @property
    def sha256(self) -> str:
        """Return the hash of what has passed."""
        return self._hash.hexdigest()

    def exhaust(self) -> "Measured":
        """Let everything pass."""
        for _ in self:
            pass
        return self


def new_name(taken_at: datetime, number: UUID) -> str:
    """Name a backup so that names sort by time; the number keeps two runs of one instant apart."""
    return f"{taken_at:%Y%m%dT%H%M%SZ}-{number}"


def table_key(name: str, table: str) -> str:
    """Return the key of a table's object."""
    return f"{PREFIX}{name}/{table}.copy.gz"


def manifest_key(name: str) -> str:
    """Return the key of a backup's manifest."""
    return f"{PREFIX}{name}/{MANIFEST}"


def backup_names(objects: ObjectStore) -> list[str]:
    """List the backups that are whole, oldest first."""
    keys = objects.keys(PREFIX)
    return [
        key.removeprefix(PREFIX).removesuffix(f"/{MANIFEST}") for key in keys if key.endswith(f"/{MANIFEST}")
    ]


def read_manifest(objects: ObjectStore, name: str) -> Manifest:
    """Read a backup's manifest; raises ObjectMissing, BackupDamaged."""
    key = manifest_key(name)
    text = bytearray()
    for chunk in objects.read(key):
        text += chunk
        if len(text) > MANIFEST_BYTES_MAX:
            raise BackupDamaged(key, "too large for a manifest")
    try:
        return Manifest.model_validate_json(bytes(text))
    except ValidationError as error:
        raise BackupDamaged(key, f"not a manifest of format {FORMAT}") from error


def packed(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Compress by gzip, the same bytes each time."""
    packer = zlib.compressobj(wbits=_GZIP_WINDOW)
    for chunk in chunks:
        if ready := packer.compress(chunk):
            yield ready
    yield packer.flush()


def unpacked(chunks: Iterable[bytes], key: str) -> Iterator[bytes]:
    """Undo `packed`, a piece at a time; raises BackupDamaged for what is not whole."""
    unpacker = zlib.decompressobj(wbits=_GZIP_WINDOW)
    try:
        for chunk in chunks:
            waiting = chunk
            while waiting and not unpacker.eof:
                if piece := unpacker.decompress(waiting, UNPACKED_BYTES):
                    yield piece
                waiting = unpacker.unconsumed_tail
            if unpacker.eof and unpacker.unused_data:
                raise BackupDamaged(key, "something follows its end")
    except zlib.error as error:
        raise BackupDamaged(key, "not readable as gzip") from error
    if not unpacker.eof:
        raise BackupDamaged(key, "it breaks off")


def rows_of(objects: ObjectStore, table: TableEntry) -> Iterator[bytes]:
    """Read a table's rows, compared with the manifest as they end; raises ObjectMissing, BackupDamaged."""
    stored = Measured(objects.read(table.key))
    rows = Measured(unpacked(stored, table.key))
    yield from rows
    _compare(table, stored, rows)


def _compare(table: TableEntry, stored: Measured, rows: Measured) -> None:
    found = {
        "object_bytes": stored.bytes,
        "object_sha256": stored.sha256,
        "rows": rows.lines,
        "bytes": rows.bytes,
        "sha256": rows.sha256,
    }
    for what, value in found.items():
        if value != (expected := getattr(table, what)):
            raise BackupDamaged(table.key, f"{what} is {value}, the manifest says {expected}")
