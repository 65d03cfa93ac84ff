"""What the desk decided goes into compressed files when the database lets go of it (B-13).

One file a user, month of the night and batch: `audit/{user}/evaluations/2026-11/{first id}.jsonl.gz`, a row
a line as it stood in the table. A file is written before its rows are gone for good: killed in between, the
next night writes them once more, and nothing is lost.
"""

from datetime import datetime
from itertools import groupby
from typing import Final
from urllib.parse import quote

from sqlalchemy import Connection

from chalicelib.services.environment import Environment
from chalicelib.store.files.backup_format import packed
from chalicelib.store.files.objects import AUDIT
from chalicelib.store.operations.pruning import Kept, prune_and_tell

_PACKED: Final = "application/gzip"


def files_of(username: str) -> str:
    """Return what the keys of a user's files begin with."""
    return f"{AUDIT}{quote(username, safe='')}/"


def file_batch(env: Environment, kept: Kept, now: datetime, connection: Connection) -> int:
    """Delete one batch of old rows and file them; returns how many went.

    A deployment without a bucket for backups has no place for files: its rows go. Raises ObjectsUnavailable,
    and then no row goes.
    """
    rows = prune_and_tell(connection, kept, now)
    if env.backup is None:
        return len(rows)
    for username, owned in groupby(rows, key=lambda row: row.username):
        lines = list(owned)
        key = f"{files_of(username)}evaluations/{now:%Y-%m}/{lines[0].id}.jsonl.gz"
        chunks = packed(f"{line.document}\n".encode() for line in lines)
        env.backup.objects.put_stream(key, chunks, content_type=_PACKED)
    return len(rows)
