"""Deep health (A-17): a job that did not run is noticed, one that did not have to is not."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text

from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.domain.clocks.jobs import JOBS, SCHEDULES
from chalicelib.domain.clocks.schedules import Schedule
from chalicelib.services.operations import health
from chalicelib.services.operations.health import job_checks, quote_check
from chalicelib.store.database import Database
from chalicelib.store.engine import open_engine
from chalicelib.store.operations.health import JobRun, latest_runs
from chalicelib.vendors.errors import VendorUnreachable
from tests.services.stage import Stage, eastern

CALENDAR = MarketCalendar()
THURSDAY = date(2026, 2, 19)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def run_of(job: str, due_at: datetime, *, ok: bool | None = True) -> JobRun:
    """Return a run that ended a second after it was due, or has not (ok None)."""
    ended = None if ok is None else due_at + timedelta(seconds=1)
    return JobRun(job=job, due_at=due_at, started_at=due_at, finished_at=ended, ok=ok, late_seconds=0.5)


def all_runs(at: datetime) -> list[JobRun]:
    """Return the runs of a deployment where everything ran when it had to."""
    return [
        run_of(job, due_at)
        for job, terms in JOBS.items()
        if (due_at := terms.last_due(at, CALENDAR)) is not None
    ]


@pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda schedule: schedule.name)
@pytest.mark.parametrize("day", [THURSDAY, date(2026, 2, 21), date(2026, 3, 8), date(2026, 11, 1)])
def test_what_health_expects_is_what_is_scheduled(schedule: Schedule, day: date) -> None:
    """What a schedule fires forwards and what health looks for backwards agree."""
    clocks = [one for one in SCHEDULES if one.job == schedule.job]
    at = eastern(day, 0) - timedelta(seconds=1)
    end, due = at + timedelta(days=1), []
    for clock in clocks:
        instant = at
        while (instant := clock.next_after(instant)) <= end:
            due.append(instant)
    expected = max(due, default=None)
    found = JOBS[schedule.job].last_due(end, CALENDAR)

    assert found is not None
    assert found == expected or (expected is None and found <= at)


def test_every_job_of_the_table_is_looked_at() -> None:
    """architecture.md, Clocks; what runs when it is asked for is not expected, but for `alert`."""
    asked_for = {"context", "decide", "ai_change", "ai_replay", "backtest"}
    assert {terms.name for terms in JOBS.values() if not terms.is_watched} == asked_for


@pytest.mark.parametrize(
    "at",
    [
        eastern(THURSDAY, 12, 0, 20),
        eastern(THURSDAY, 23, 0),
        eastern(date(2026, 2, 21), 12),  # a Saturday
        eastern(date(2026, 11, 26), 15),  # Thanksgiving
        eastern(date(2026, 11, 27), 17),  # an early close
        eastern(date(2026, 3, 8), 12),  # the clocks go forward
    ],
    ids=str,
)
def test_nothing_is_late_where_all_ran_when_they_had_to(at: datetime) -> None:
    """On weekends and holidays too: what is not due is not late."""
    checks = job_checks(all_runs(at), CALENDAR, at, known_since=LONG_AGO)

    assert [name for name, check in checks.items() if not check.ok] == []


@pytest.mark.parametrize("job", [job for job, terms in JOBS.items() if terms.clock is not None])
def test_a_job_that_stopped_running_is_noticed(job: str) -> None:
    """Ten days without a run, or none ever."""
    at = eastern(THURSDAY, 21)
    others = [run for run in all_runs(at) if run.job != job]
    stale = run_of(job, at - timedelta(days=10))

    for runs in (others, [*others, stale]):
        checks = job_checks(runs, CALENDAR, at, known_since=LONG_AGO)
        assert [name for name, check in checks.items() if not check.ok] == [f"job:{job}"]


def test_a_tick_is_missed_within_minutes() -> None:
    at = eastern(THURSDAY, 12)
    runs = [run for run in all_runs(at) if run.job != "sync"]
    present = job_checks(
        [*runs, run_of("sync", at - timedelta(minutes=4))], CALENDAR, at, known_since=LONG_AGO
    )
    missing = job_checks(
        [*runs, run_of("sync", at - timedelta(minutes=6))], CALENDAR, at, known_since=LONG_AGO
    )

    assert present["job:sync"].ok
    assert not missing["job:sync"].ok
    assert "2026-02-19T16:55:00Z" in missing["job:sync"].detail


def test_what_was_due_before_the_deployment_is_not_missed() -> None:
    at = eastern(THURSDAY, 12)
    checks = job_checks([], CALENDAR, at, known_since=at - timedelta(minutes=2))

    assert {(check.ok, check.detail) for check in checks.values()} == {(True, "has not had to run yet")}


def test_a_failed_a_running_and_a_hung_run_differ() -> None:
    at = eastern(THURSDAY, 20, 10)
    due = eastern(THURSDAY, 20)

    def check(run: JobRun, now: datetime) -> tuple[bool, str]:
        found = job_checks([run], CALENDAR, now, known_since=due)["job:forensics"]
        return found.ok, found.detail

    assert check(run_of("forensics", due, ok=False), at) == (False, "failed, 0.5 s late")
    assert check(run_of("forensics", due, ok=None), at) == (True, "is running")
    assert check(run_of("forensics", due, ok=None), at + timedelta(hours=1)) == (False, "did not end")


@pytest.mark.parametrize(
    ("hour", "age", "delayed", "ok"),
    [
        (12, 60, False, True),
        (12, 121, False, False),
        (12, 960, True, True),
        (12, 1021, True, False),
        (18, 7200, False, True),  # after the close the last quote stays
        (9, 63000, False, True),  # before the open
    ],
)
def test_a_quote_may_be_old_only_while_the_market_is_closed(
    hour: int, age: int, delayed: bool, ok: bool
) -> None:
    """A-02: 120 s beyond the source's own delay."""
    now = eastern(THURSDAY, hour)
    check = quote_check(CALENDAR, now, now - timedelta(seconds=age), delayed=delayed)

    assert (check.ok, check.age_seconds) == (ok, age)


def test_the_whole_is_ok_on_the_stage(stage: Stage) -> None:
    """Database and role, broker, quote, vendor, every job."""
    deep = health.deep(stage.env, "alice")

    assert deep.status == "ok"


@pytest.mark.parametrize(("worst", "detail"), [(False, "failed, 0.0 s late"), (None, "is running")])
def test_a_tick_that_went_out_in_parts_is_as_good_as_its_worst_part(
    stage: Stage, worst: bool | None, detail: str
) -> None:
    """ADR 0013: one failing account among many is noticed, whichever part began last."""
    with stage.container.jobs_environment().database.transaction(None) as connection:
        for scope, ok in (("", True), ("a", worst), ("b", True)):
            connection.execute(
                text(
                    "insert into job_runs (job, due_at, scope, finished_at, ok) "
                    "values ('sync', papertape_now(), :scope, :finished_at, :ok)"
                ),
                {"scope": scope, "finished_at": None if ok is None else stage.clock.now(), "ok": ok},
            )
        runs = latest_runs(connection, ["sync", "thin"])

    assert [run.job for run in runs] == ["sync"]
    check = job_checks(runs, CALENDAR, stage.clock.now(), known_since=LONG_AGO)["job:sync"]
    assert check.detail == detail
    assert check.ok is (worst is None)


def test_as_the_owner_nothing_is_asked(stage: Stage) -> None:
    """A-10: deep health refuses to go on as a role that is superuser, owner or has BYPASSRLS."""
    engine = open_engine(stage.urls.owner)
    deep = health.deep(stage.env.with_database(Database(engine, stage.clock)), "alice")
    engine.dispose()

    assert (deep.status, list(deep.checks)) == ("down", ["database"])
    assert "owns tables" in deep.checks["database"].detail


def test_vendors_that_do_not_answer_degrade_and_do_not_fail(stage: Stage) -> None:
    for vendor in ("tradier", "orats"):
        stage.fault("drop_connection", vendor=vendor, method="GET", path="", times=9)
    deep = health.deep(stage.env, "alice")
    failing = {name for name, check in deep.checks.items() if not check.ok}

    assert deep.status == "degraded"
    assert failing == {"broker", "quote", "market_data"}
    assert VendorUnreachable.__name__ not in str(deep)
