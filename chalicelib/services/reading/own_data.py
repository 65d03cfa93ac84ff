"""Everything of a user's in one archive: a JSON file a table, without secrets (C-09).

Rows pass through in batches into a file that leaves memory once it is large.
"""

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import IO, Final

from sqlalchemy import Connection

from chalicelib.services.environment import Environment
from chalicelib.services.reading.files import ExportLink, linked
from chalicelib.store.users.own_data import read_tables, stream_rows

MEDIA_TYPE: Final = "application/zip"
#: api.md: 5 MB; in a function's answer of 6 MB bytes stand as base64, a third more (AWS Lambda, quotas).
ARCHIVE_BYTES_MAX: Final = 4_400_000
_CHUNK: Final = 1 << 20
#: What an archive says of when it was made is the product's time, in its name; entries carry none of ours.
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """The archive itself, with its name."""

    data: bytes
    filename: str


def export_own(env: Environment, username: str) -> Archive | ExportLink:
    """Write everything of a user's as of one instant; raises Unavailable as every large file does."""
    now = env.clock.now()
    filename = f"papertape-{now.date().isoformat()}.zip"
    with SpooledTemporaryFile(max_size=ARCHIVE_BYTES_MAX) as file:
        with env.database.transaction(username) as connection:
            _write(connection, username, file)
        size = file.tell()
        file.seek(0)
        if size <= ARCHIVE_BYTES_MAX:
            return Archive(data=file.read(), filename=filename)
        return linked(env, _chunks(file), filename=filename, media_type=MEDIA_TYPE, now=now)


def _write(connection: Connection, username: str, file: IO[bytes]) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for table, columns in read_tables(connection).items():
            entry = zipfile.ZipInfo(f"{table}.json", _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(entry, "w", force_zip64=True) as written:
                separator = b"["
                for rows in stream_rows(connection, username, table, columns):
                    for row in rows:
                        written.write(separator + row.encode())
                        separator = b",\n"
                written.write(b"[]" if separator == b"[" else b"]")
    file.seek(0, 2)


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    while chunk := file.read(_CHUNK):
        yield chunk
