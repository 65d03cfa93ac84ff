"""`dev.py restore`: list backups, restore one, or prove that one can be restored."""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import psycopg
from sqlalchemy.exc import SQLAlchemyError

from chalicelib.store.files.backup_format import BackupDamaged, Manifest, backup_names, read_manifest
from chalicelib.store.files.buckets import s3_objects
from chalicelib.store.files.objects import ObjectsError, ObjectStore
from infra.local.aws.kept_objects import kept_backups
from infra.local.database.postgres import PostgresUnavailable, temporary_cluster
from infra.local.seed.private_files import UnreadableFile
from infra.local.state import DEFAULT_DIRECTORY, StackRunning, StateDirectory
from infra.restore.brokers import Seen, look_and_tell
from infra.restore.laws import broken_laws, law_count
from infra.restore.load import CannotRestore, Say, restore
from infra.restore.stack import replace_stack_database

FAILED: Final = 1
NOT_POSSIBLE: Final = 2
_AFTER: Final = {Seen.AS_BOOKED: 0, Seen.DIFFERS: FAILED, Seen.NOT_LOOKED: NOT_POSSIBLE}


def main(arguments: Sequence[str]) -> int:
    """Return 0 when it was restored and everything agrees, 1 when not, 2 when there is nothing to do."""
    chosen = _parse(arguments)
    began = time.monotonic()

    def say(text: str) -> None:
        print(f"[{time.monotonic() - began:5.1f} s] {text}", flush=True)

    state = StateDirectory(chosen.state_dir)
    try:
        if chosen.look:
            return _AFTER[look_and_tell(chosen.look, chosen.stage, os.environ, say)]
        objects = _source(state, chosen.bucket)
        names = backup_names(objects)
        if chosen.list:
            print("\n".join(names) or "no backups")
            return 0
        name = _choose(names, chosen.origin, place=chosen.bucket or str(state.path))
        manifest = read_manifest(objects, name)
        size = f"{manifest.rows:,} rows, {manifest.object_bytes:,} bytes"
        say(f"backup {name}: {len(manifest.tables)} tables, {size}")
        return _work(chosen, state, objects, manifest, say)
    except (NothingThere, StackRunning, UnreadableFile) as error:
        print(f"cannot restore: {error}", file=sys.stderr)
        return NOT_POSSIBLE
    except (
        CannotRestore,
        BackupDamaged,
        ObjectsError,
        PostgresUnavailable,
        psycopg.Error,
        SQLAlchemyError,
    ) as error:
        print(f"not restored: {error}", file=sys.stderr)
        return FAILED


class NothingThere(Exception):
    """There is no such backup."""


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="dev.py restore",
        description="Restore a backup. Without --verify or --into: into the local stack, which must not run; "
        "its present database is kept under another name.",
    )
    parser.add_argument(
        "--from", dest="origin", metavar="KEY", help="a backup's name or key; the latest if absent"
    )
    target = parser.add_mutually_exclusive_group()
    target.add_argument(
        "--verify", action="store_true", help="into a throw-away server, compared and checked"
    )
    target.add_argument("--into", metavar="URL", help="an empty database, by its owner's URL")
    target.add_argument(
        "--look", metavar="URL", help="only compare broker accounts with a database that went back"
    )
    target.add_argument("--list", action="store_true", help="name the backups there are, oldest first")
    parser.add_argument(
        "--bucket", help="of a deployment, with AWS credentials of your own; else the local stack's"
    )
    parser.add_argument(
        "--stage", help="whose sealing keys open the broker tokens; else SEALING_KEYS of the environment"
    )
    parser.add_argument("--state-dir", type=Path, default=DEFAULT_DIRECTORY)
    return parser.parse_args(arguments)


def _source(state: StateDirectory, bucket: str | None) -> ObjectStore:
    """Find the bucket: a deployment's, the running stack's, or what the stack kept of it."""
    return kept_backups(state) if bucket is None else s3_objects("--bucket", bucket)


def _choose(names: Sequence[str], asked: str | None, *, place: str) -> str:
    if not names:
        raise NothingThere(
            f"there is no backup yet in {place} (another stack's is named by --state-dir): the job `backup` "
            "writes one at 02:00, or now if it is told to"
        )
    if asked is None:
        return names[-1]
    for name in names:
        if name in asked.split("/"):
            return name
    raise NothingThere(f"there is no backup {asked} in {place}; --list names those there are")


def _work(
    chosen: argparse.Namespace, state: StateDirectory, objects: ObjectStore, manifest: Manifest, say: Say
) -> int:
    if chosen.verify:
        return _verify(objects, manifest, say)
    if chosen.into:
        code = _restore_and_check(objects, manifest, chosen.into, say)
        look_and_tell(chosen.into, chosen.stage, os.environ, say)
        return code
    code = replace_stack_database(
        state,
        lambda owner_url: _restore_and_check(objects, manifest, owner_url, say),
        aside=f"papertape_before_{datetime.now(UTC):%Y%m%d%H%M%S}",
        say=say,
    )
    if code == 0:
        say("broker accounts: the emulated vendors stand still with the stack and cannot be asked now;")
        say("the next `dev.py up` looks at them before any job runs, and the first sync acts on what differs")
    return code


def _verify(objects: ObjectStore, manifest: Manifest, say: Say) -> int:
    with tempfile.TemporaryDirectory(prefix="papertape-restore-") as directory:
        say("starting a throw-away PostgreSQL")
        with temporary_cluster(Path(directory) / "cluster") as cluster:
            return _restore_and_check(objects, manifest, cluster.create_database("restored").owner, say)


def _restore_and_check(objects: ObjectStore, manifest: Manifest, owner_url: str, say: Say) -> int:
    restored = restore(objects, manifest, owner_url, say=say)
    broken = broken_laws(owner_url)
    for law in broken:
        say(f"BROKEN  {law.law}: {', '.join(law.rows)}")
    say(
        f"restored {restored.tables} tables, {restored.rows:,} rows: counts and hashes equal the manifest, "
        f"{law_count() - len(broken)} of {law_count()} laws hold"
    )
    return FAILED if broken else 0
