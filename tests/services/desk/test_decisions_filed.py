"""Old decisions leave the database for compressed files, and are lost by neither (B-13)."""

import json
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import Any, cast

import pytest

from chalicelib.services.environment import BackupParts, Environment
from chalicelib.services.operations.file_decisions import files_of
from chalicelib.services.operations.thin_snapshots import thin
from chalicelib.store.database import Database
from chalicelib.store.engine import open_engine
from chalicelib.store.files.backup_format import unpacked
from chalicelib.store.files.objects import ObjectsUnavailable
from infra.local.aws.objects import MemoryObjects
from infra.local.database.postgres import DatabaseUrls
from tests.api.support import Api
from tests.domain.desk.desk_support import AT, QUIET, judged
from tests.store.desk_rows import DeskRows

REJECTED = judged(technicals=replace(QUIET.technicals, adx14=30.0))
LATER = AT + timedelta(days=95)


class Unreachable(MemoryObjects):
    """A bucket that nobody answers for."""

    def put_stream(self, key: str, chunks: Iterable[bytes], *, content_type: str) -> int:
        """Refuse."""
        raise ObjectsUnavailable(key)


@dataclass(kw_only=True)
class Archive:
    """Two users' old decisions, and the nightly job over them."""

    environment: Environment
    desks: tuple[DeskRows, ...]
    bucket: MemoryObjects = field(default_factory=MemoryObjects)

    def thin(self, bucket: MemoryObjects | None = None) -> int:
        """Run the job with this bucket; returns how many decisions went."""
        no_snapshot = cast(Any, nullcontext)
        parts = BackupParts(snapshot=no_snapshot, objects=self.bucket if bucket is None else bucket)
        return thin(replace(self.environment, backup=parts), LATER).pruned.get("strategy_evaluations", 0)

    def filed(self, username: str) -> list[dict[str, Any]]:
        """Read a user's files."""
        texts = [
            b"".join(unpacked(self.bucket.read(key), key)) for key in self.bucket.keys(files_of(username))
        ]
        return [json.loads(line) for body in texts for line in body.splitlines()]


@pytest.fixture
def archive(database_urls: DatabaseUrls) -> Iterator[Archive]:
    """Decisions of alice, three, and of a user whose name is a path."""
    api = Api(database_urls)
    jobs = Database(open_engine(database_urls.jobs), api.clock)
    desks = tuple(map(partial(DeskRows, database_urls), ("alice", "bob/../alice")))
    for days in range(3):
        desks[0].scanned(AT + timedelta(days=days), desks[0].row(REJECTED))
    desks[1].scanned(AT, desks[1].row(REJECTED))
    yield Archive(environment=api.environment.with_database(jobs), desks=desks)
    for desk in desks:
        desk.close()
    jobs.dispose()
    api.close()


def test_old_decisions_go_into_their_owners_files(archive: Archive) -> None:
    """B-13: rows as they stood, each user's apart; a second night finds nothing."""
    stood = {str(row.id): row.reason for row in archive.desks[0].stored()}

    assert archive.thin() == 4
    assert archive.desks[0].stored() == []
    names = ("alice", "bob/../alice")
    assert [len(archive.filed(name)) for name in names] == [3, 1]
    filed = {row["id"]: row for name in names for row in archive.filed(name)}
    assert {number: row["reason"] for number, row in filed.items()} == stood
    assert all(row["inputs"] and row["gates"] for row in filed.values())
    assert archive.thin() == 0


def test_without_the_bucket_no_decision_goes(archive: Archive) -> None:
    """B-13: a file is written before its rows are gone; once the bucket answers nothing is missing."""
    with pytest.raises(ObjectsUnavailable):
        archive.thin(Unreachable())
    assert len(archive.desks[0].stored()) == 4

    assert archive.thin() == 4
    assert len(archive.filed("alice")) == 3
