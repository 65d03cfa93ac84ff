"""The end of a desk scan on the real database: rows tripped and lifted, told once, each user's own (B-08)."""

from datetime import timedelta
from typing import Any, Final

from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.domain.desk.kill_switch.rows import SwitchCause, SwitchMode, SwitchRow, set_by_person
from chalicelib.domain.desk.kill_switch.tripping import ScanFacts, SwitchUpdate
from chalicelib.services.desk.switch.scan_switch import apply_scan
from chalicelib.store.database import Isolation
from chalicelib.store.desk import kill_switch
from tests.services.stage import MORNING, Stage

CALENDAR: Final = MarketCalendar()


def scan(stage: Stage, minute: int, username: str = "alice", **facts: Any) -> SwitchUpdate:
    """End a scan of a user's desk as the job does."""
    seen = ScanFacts(
        scan_at=MORNING + timedelta(minutes=minute), **({"in_contango": True, "cap_share": 0.1} | facts)
    )
    env = stage.container.jobs_environment()
    return env.database.run(
        lambda connection: apply_scan(env, connection, username, seen, CALENDAR),
        username=username,
        isolation=Isolation.READ_COMMITTED,
    )


def rows_of(stage: Stage, username: str = "alice") -> tuple[SwitchRow, ...]:
    return stage.env.database.read(
        lambda connection: kill_switch.read_rows_of(connection, username), username=username
    )


def told(stage: Stage, username: str = "alice") -> list[tuple[str, str]]:
    found = "select severity, kind from alerts where username = :username order by at, id"
    return [(row.severity, row.kind) for row in stage.query(found, username=username)]


def test_a_cause_trips_is_told_once_and_lifts(stage: Stage) -> None:
    """B-08, B-13: critical when it trips, naming the cause, and once; info when it lifts."""
    for minute in range(3):
        scan(stage, minute, in_contango=False)
    assert [row.cause for row in rows_of(stage)] == [SwitchCause.VIX_BACKWARDATION]
    assert told(stage) == [("critical", "kill_switch")]
    ((said,),) = stage.query("select text from alerts")
    assert "VIX is not below VIX3M" in said

    for minute in range(3, 14):
        scan(stage, minute)
    assert rows_of(stage) == ()
    assert told(stage) == [("critical", "kill_switch"), ("info", "kill_switch_lifted")]


def test_the_same_scan_twice_counts_once(stage: Stage) -> None:
    """B-08: a message delivered twice neither trips nor tells again."""
    for _ in range(3):
        scan(stage, 0, unreadable=("VIX",))
    assert rows_of(stage) == ()

    scan(stage, 1, unreadable=("VIX",))
    scan(stage, 1, unreadable=("VIX",))
    assert [row.cause for row in rows_of(stage)] == [SwitchCause.MISSING_DATA]
    assert told(stage) == [("critical", "kill_switch")]


def test_one_users_scan_leaves_the_others_switch_alone(stage: Stage) -> None:
    """I-21: and everybody's row is nobody's to lift."""
    row = set_by_person(SwitchMode.SAFE_MODE, "maintenance", "olga", MORNING, everywhere=True)
    with stage.env.database.transaction("olga") as connection:
        kill_switch.insert_everywhere(connection, row, stage.env.randomness.uuid7(MORNING))
    scan(stage, 0, failure="strategy 7")
    for minute in range(1, 6):
        scan(stage, minute, username="bob")

    assert {one.cause for one in rows_of(stage)} == {SwitchCause.PERSON, SwitchCause.EVALUATION_FAILED}
    assert rows_of(stage, "bob") == (row,)
    assert told(stage, "bob") == []


def test_counts_towards_lifting_are_kept_between_scans(stage: Stage) -> None:
    """B-08: three clean scans, running."""
    scan(stage, 0, failure="strategy 7")
    scan(stage, 1)
    scan(stage, 2)
    assert [row.clean_scans for row in rows_of(stage)] == [2]
    scan(stage, 3, failure="strategy 7")
    assert [row.clean_scans for row in rows_of(stage)] == [0]
    for minute in range(4, 7):
        scan(stage, minute)
    assert rows_of(stage) == ()
