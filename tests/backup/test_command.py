"""The job and `dev.py restore` over what a local stack keeps: one command, which says how it went."""

import logging
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import psycopg
import pytest
from moto.server import ThreadedMotoServer

from chalicelib.composition import Container
from chalicelib.config import MissingSetting
from chalicelib.jobs import run_job
from chalicelib.services.environment import BackupParts, Environment
from chalicelib.services.operations.back_up import back_up
from chalicelib.store.files.backup_format import backup_names, read_manifest
from chalicelib.store.files.objects import ObjectStore
from chalicelib.store.files.whole_database import open_snapshot
from infra.local.aws.aws import BACKUP_BUCKET, client, objects
from infra.local.aws.kept_objects import KeptBackups, kept_backups
from infra.local.aws.objects import DirectoryObjects, MemoryObjects
from infra.local.clockwork.clock import ProductClock
from infra.local.database.postgres import DATABASE, DatabaseUrls, PostgresCluster
from infra.local.day.rig import config_of
from infra.local.seed.private_files import write_private
from infra.local.state import StateDirectory
from infra.restore.command import main
from infra.restore.laws import law_count
from tests.backup.conftest import NIGHT, NUMBER
from tests.services.stage import Bus, Stage

take = partial(back_up, taken_at=NIGHT, number=NUMBER)


@pytest.fixture
def state(tmp_path: Path) -> StateDirectory:
    """The directory of a stack that does not run."""
    return StateDirectory(tmp_path)


@pytest.fixture
def kept(state: StateDirectory, parts: BackupParts) -> ObjectStore:
    """A backup that a stopped stack kept."""
    store = DirectoryObjects(state.buckets / BACKUP_BUCKET)
    take(BackupParts(snapshot=parts.snapshot, objects=store))
    return store


def run(state: StateDirectory, *arguments: str) -> int:
    return main([*arguments, "--state-dir", str(state.path)])


def test_the_job_writes_one_backup_and_says_what_is_in_it(database_urls: DatabaseUrls) -> None:
    """02:00 every day; a second run of the instant does nothing, a forced one makes another backup."""
    store = MemoryObjects()
    stage = Stage(database_urls)
    parts = BackupParts(snapshot=partial(open_snapshot, database_urls.backup), objects=store)
    container = _WithBackup(stage, parts)
    first = run_job(container, "backup", due_at=NIGHT, payload={})
    again = run_job(container, "backup", due_at=NIGHT, payload={})
    forced = run_job(container, "backup", due_at=NIGHT, payload={}, forced=True)
    stage.close()

    assert "skipped" in again
    assert backup_names(store) == sorted([str(first["backup"]), str(forced["backup"])])
    assert first["rows"] == read_manifest(store, str(first["backup"])).rows
    assert int(str(first["bytes"])) > 0


class _WithBackup:
    """A container whose jobs find a bucket."""

    def __init__(self, stage: Stage, parts: BackupParts) -> None:
        self._environment = replace(stage.container.jobs_environment(), backup=parts)

    def jobs_environment(self) -> Environment:
        return self._environment


def test_a_deployment_without_a_bucket_says_so_at_each_run(database_urls: DatabaseUrls) -> None:
    stage = Stage(database_urls)
    result = run_job(stage.container, "backup", due_at=NIGHT, payload={})
    stage.close()

    assert "no backup is configured" in str(result["skipped"])


def test_a_bucket_without_a_way_to_the_database_fails_the_run(database_urls: DatabaseUrls) -> None:
    """Half configured is told of, not passed over."""
    config = replace(config_of(database_urls, 1), backup_bucket="backups")
    clock = ProductClock(NIGHT, speed=0, wait=lambda _: None)
    container = Container(config, clock=clock, bus=Bus(), objects=lambda *_: MemoryObjects())
    with pytest.raises(MissingSetting, match="DATABASE_URL_BACKUP"):
        run_job(container, "backup", due_at=NIGHT, payload={})
    container.close()


def test_a_listed_backup_is_verified_in_a_server_of_its_own(
    state: StateDirectory, kept: ObjectStore, capsys: pytest.CaptureFixture[str]
) -> None:
    """A-16: loads the latest and compares counts, hashes and invariants."""
    assert run(state, "--list") == 0
    assert run(state, "--verify") == 0

    said = capsys.readouterr().out
    assert f"20260220T070000Z-{NUMBER}" in said
    assert "counts and hashes equal the manifest" in said
    assert f"{law_count()} of {law_count()} laws hold" in said


def test_a_damaged_backup_fails_the_command(
    state: StateDirectory, kept: ObjectStore, capsys: pytest.CaptureFixture[str], target: DatabaseUrls
) -> None:
    key = next(key for key in kept.keys("") if "/fills" in key)
    kept.put_stream(key, [b"damaged"], content_type="application/gzip")

    assert run(state, "--into", target.owner) == 1
    assert "fills" in capsys.readouterr().err


def test_a_broken_law_fails_the_command(
    state: StateDirectory,
    filled: DatabaseUrls,
    target: DatabaseUrls,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A backup may be whole and what is in it wrong."""
    with psycopg.connect(filled.owner) as connection:
        connection.execute("select set_config('app.migration', 'on', true)")
        connection.execute("delete from fills where not is_buy")
    store = DirectoryObjects(state.buckets / BACKUP_BUCKET)
    take(BackupParts(snapshot=partial(open_snapshot, filled.backup), objects=store))

    assert run(state, "--into", target.owner) == 1
    assert "BROKEN  I-13" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "why"), [([], "there is no backup yet"), (["--from", "x"], "there is no backup yet")]
)
def test_without_a_backup_there_is_nothing_to_do(
    state: StateDirectory, arguments: list[str], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(state, *arguments) == 2
    assert why in capsys.readouterr().err


def test_a_backup_is_named_by_its_name_or_any_of_its_keys(
    state: StateDirectory, kept: ObjectStore, target: DatabaseUrls, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(state, "--from", "backups/20260101T000000Z-x/manifest.json", "--into", target.owner) == 2
    assert "--list" in capsys.readouterr().err
    name = backup_names(kept)[0]

    assert run(state, "--from", f"backups/{name}/manifest.json", "--into", target.owner) == 0


@pytest.mark.slow
def test_the_stacks_own_database_is_replaced_and_the_old_one_kept(
    state: StateDirectory, kept: ObjectStore
) -> None:
    """Nothing is lost: what was there stands beside under another name, and comes back if loading fails."""
    cluster = PostgresCluster(state.postgres)
    cluster.start()
    before = cluster.create_database(DATABASE)
    with psycopg.connect(before.owner) as connection:
        connection.execute("create table precious ()")
    cluster.stop()

    assert run(state) == 0
    assert state.is_restored(), "the next start looks at the brokers before any job runs"
    key = next(key for key in kept.keys("") if "/fills" in key)
    kept.put_stream(key, [b"damaged"], content_type="application/gzip")
    assert run(state) == 1
    cluster.start()
    with psycopg.connect(cluster.superuser_url()) as connection:
        names = [
            name for (name,) in connection.execute("select datname from pg_database where not datistemplate")
        ]
    with psycopg.connect(cluster.urls().backup) as connection:
        assert connection.execute("select count(*) from paper_trades").fetchone() == (4,)
    kept_name = next(name for name in names if name.startswith("papertape_before_"))
    with psycopg.connect(cluster.urls(kept_name).owner) as connection:
        assert connection.execute("select count(*) from precious").fetchone() == (0,)
    cluster.stop()
    assert len(names) == 3


def test_a_running_stack_is_left_alone(
    state: StateDirectory, kept: ObjectStore, capsys: pytest.CaptureFixture[str]
) -> None:
    running = StateDirectory(state.path)
    running.lock()

    assert run(state) == 2
    assert "already runs" in capsys.readouterr().err
    running.unlock()


def test_backups_outlive_the_stack_and_the_oldest_go(state: StateDirectory, parts: BackupParts) -> None:
    """moto forgets its buckets; the state directory keeps the newest of them."""
    bucket = MemoryObjects()
    keeper = KeptBackups(state, bucket, backups_kept=2)
    made = [
        back_up(
            BackupParts(snapshot=parts.snapshot, objects=bucket),
            taken_at=datetime(2026, 2, 1 + day, 7, tzinfo=UTC),
            number=NUMBER,
        ).name
        for day in range(3)
    ]
    bucket.put_stream(
        "backups/20260301T070000Z-killed/fills.copy.gz", [b"x"], content_type="application/gzip"
    )
    keeper.keep()

    assert backup_names(kept_backups(state)) == backup_names(bucket) == made[1:]
    emptied = MemoryObjects()
    KeptBackups(state, emptied).bring_back()
    assert backup_names(emptied) == made[1:]


@pytest.mark.parametrize("harm", ["missing", "cut"])
def test_a_damaged_backup_is_left_out_and_named(state: StateDirectory, kept: ObjectStore, harm: str) -> None:
    """One object of an old backup must not keep the stack from starting (A-16)."""
    (name,) = backup_names(kept)
    key = f"backups/{name}/orders.copy.gz"
    kept.delete(key)
    if harm == "cut":
        kept.put_stream(key, [b"x"], content_type="application/gzip")
    bucket = MemoryObjects()

    (damage,) = KeptBackups(state, bucket).bring_back()

    assert name in damage
    assert "orders.copy.gz" in damage
    assert backup_names(bucket) == []


def test_where_no_backup_is_the_place_that_was_looked_in_is_named(
    state: StateDirectory, capsys: pytest.CaptureFixture[str]
) -> None:
    """Another stack's directory may have eight."""
    assert main(["--verify", "--state-dir", str(state.path)]) == 2
    assert str(state.path) in capsys.readouterr().err


@pytest.mark.slow
def test_a_running_stacks_backups_are_found_at_its_s3(state: StateDirectory, parts: BackupParts) -> None:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    client("s3", endpoint).create_bucket(Bucket=BACKUP_BUCKET)
    name = take(BackupParts(snapshot=parts.snapshot, objects=objects(endpoint, BACKUP_BUCKET))).name
    running = StateDirectory(state.path)
    running.lock()
    write_private(state.path / "state.json", {"aws_endpoint_url": endpoint})
    found_while_it_runs = backup_names(kept_backups(state))
    running.unlock()
    server.stop()

    assert found_while_it_runs == [name]
    assert backup_names(kept_backups(state)) == []
