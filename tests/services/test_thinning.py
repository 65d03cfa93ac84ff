"""Old snapshots are thinned without losing what forensics and charts live by (A-01, A-09)."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

import pytest
from sqlalchemy import text

from infra.local.database.postgres import DatabaseUrls
from tests.services.stage import MORNING, Stage

Row = tuple[datetime, Decimal | None]

HELD_HOURS = 3

_INSERT = text(
    """
    insert into price_snapshots (username, trade_id, leg_no, "timestamp", kind, mark_price)
    select 'alice', :trade_id, 1, *
    from unnest(cast(:times as timestamptz[]), cast(:kinds as text[]), cast(:marks as numeric[]))
    """
)
_ROWS = """select "timestamp", mark_price from price_snapshots
           where trade_id = :trade_id and kind = 'INTRADAY' order by "timestamp" """


class Archive:
    """A stage with one ended trade whose snapshots are made up, so that the day was a wild one."""

    def __init__(self, stage: Stage, *, analysed: bool) -> None:
        self.stage = stage
        placed = stage.place()
        stage.advance(HELD_HOURS * 3600)
        self.trade_id = UUID(stage.close_trade(stage.trade(placed)).trade["id"])
        self._write("delete from price_snapshots where trade_id = :trade_id")
        if analysed:
            self._write("update paper_trades set analysed_at = papertape_now() where id = :trade_id")

    def fill(self, rows: Sequence[Row], kind: str = "INTRADAY") -> None:
        """Store these marks as snapshots of the trade."""
        values = {
            "times": [at for at, _ in rows],
            "kinds": [kind] * len(rows),
            "marks": [mark for _, mark in rows],
        }
        with self.stage.container.jobs_environment().database.transaction(None) as connection:
            for month in sorted({at.replace(day=1, hour=0, minute=0) for at, _ in rows}):
                connection.execute(text("select ensure_snapshot_partition(:at)"), {"at": month})
            connection.execute(_INSERT, values | {"trade_id": self.trade_id})

    def rows(self) -> list[Row]:
        """Return what is stored of the trade's session."""
        found = self.stage.query(_ROWS, trade_id=self.trade_id)
        return [(row.timestamp.astimezone(UTC), row.mark_price) for row in found]

    def thin_after(self, days: float) -> dict[str, object]:
        """Let days pass and run the job."""
        self.stage.clock.move(MORNING + timedelta(days=days))
        return dict(self.stage.run("thin"))

    def _write(self, sql: str) -> None:
        with self.stage.container.jobs_environment().database.transaction(None) as connection:
            connection.execute(text(sql), {"trade_id": self.trade_id})


@pytest.fixture
def stage(database_urls: DatabaseUrls) -> Iterator[Stage]:
    stage = Stage(database_urls)
    yield stage
    stage.close()


def wild(seconds: int, every: int = 10, seed: int = 1) -> list[Row]:
    """Return marks from the entry on, some missing, some alike."""
    random = Random(seed)
    return [
        (
            MORNING + timedelta(seconds=at),
            None if random.random() < 0.2 else Decimal(random.randrange(100, 130)) / 10,
        )
        for at in range(0, seconds, every)
    ]


def kept_by_definition(rows: list[Row], width: timedelta) -> list[Row]:
    """Do in Python what A-01 says of buckets: first, last, lowest and highest mark of each."""
    buckets: dict[int, list[Row]] = {}
    for row in rows:
        buckets.setdefault(int(row[0].timestamp() // width.total_seconds()), []).append(row)
    kept: list[Row] = []
    for bucket in buckets.values():
        marked = [row for row in bucket if row[1] is not None]
        if not marked:
            kept.append(bucket[0])
            continue
        edges = {marked[0], marked[-1]}
        marks = [mark for _, mark in marked if mark is not None]
        for extreme in (min(marks), max(marks)):
            if extreme not in {mark for _, mark in edges}:
                edges.add(next(row for row in marked if row[1] == extreme))
        kept += sorted(edges)
    return kept


@pytest.mark.parametrize(("days", "width"), [(8, timedelta(minutes=1)), (91, timedelta(minutes=5))])
def test_each_bucket_keeps_first_last_lowest_and_highest(stage: Stage, days: int, width: timedelta) -> None:
    """A-01: older than 7 days to one a minute, older than 90 days to one in five."""
    archive = Archive(stage, analysed=True)
    made = wild(3 * 3600)
    archive.fill(made)
    result = archive.thin_after(days)

    assert archive.rows() == kept_by_definition(made, width)
    assert result["snapshots"] == len(made) - len(archive.rows())


def test_a_second_night_finds_nothing_and_a_later_one_goes_on(stage: Stage) -> None:
    """I-20: idempotent; buckets of five minutes hold whole ones of one."""
    archive = Archive(stage, analysed=True)
    made = wild(3600)
    archive.fill(made)
    archive.thin_after(8)
    once = archive.rows()
    archive.thin_after(8.01)

    assert archive.rows() == once
    archive.thin_after(91)
    assert archive.rows() == kept_by_definition(once, timedelta(minutes=5))
    extremes = [mark for _, mark in made if mark is not None]
    left = [mark for _, mark in archive.rows() if mark is not None]
    assert (min(left), max(left)) == (min(extremes), max(extremes))


def test_nothing_is_thinned_that_forensics_has_not_read(stage: Stage) -> None:
    """A-01: never before forensics has run; nor of a trade that is still held."""
    archive = Archive(stage, analysed=False)
    made = wild(3600)
    archive.fill(made)
    archive.thin_after(400)

    assert archive.rows() == made


def test_what_is_young_and_what_is_not_of_the_session_stays(stage: Stage) -> None:
    archive = Archive(stage, analysed=True)
    edges = [(MORNING + timedelta(seconds=at), Decimal(1)) for at in range(5)]
    archive.fill(edges, "POST_MARKET")
    made = wild(3600)
    archive.fill(made)
    archive.thin_after(6)

    assert archive.rows() == made
    archive.thin_after(100)
    kinds = stage.query(
        "select count(*) from price_snapshots where trade_id = :trade_id and kind = 'POST_MARKET'",
        trade_id=archive.trade_id,
    )
    assert kinds[0][0] == len(edges)


def test_a_night_prunes_keys_runs_and_windows_that_nobody_asks_for(stage: Stage) -> None:
    """api.md: an idempotent answer is kept for 24 hours; a key of today stays."""
    stage.run("plan")
    keep_key(stage, "yesterday's")
    stage.clock.move(MORNING + timedelta(hours=26))
    keep_key(stage, "today's")
    stage.run("thin")

    assert [row.key for row in stage.query("select key from idempotency_keys")] == ["today's"]
    assert {row.job for row in stage.query("select job from job_runs")} == {"thin"}


def keep_key(stage: Stage, key: str) -> None:
    """Store an idempotency key whose request has long ended."""
    with stage.env.database.transaction("alice") as connection:
        connection.execute(
            text(
                "insert into idempotency_keys (username, key, fingerprint, state, running_until)"
                " values ('alice', :key, 'f', 'RUNNING', '2026-01-01')"
            ),
            {"key": key},
        )
