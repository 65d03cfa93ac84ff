"""The scheduler's law: everything due runs, in order, exactly when due; a failure stops nothing."""

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.domain.clocks.jobs import EASTERN_SCHEDULES
from chalicelib.domain.clocks.schedules import EASTERN
from chalicelib.domain.json_value import JsonValue
from infra.local.clockwork.clock import ProductClock
from infra.local.clockwork.messages import Message, MessageQueue
from infra.local.clockwork.scheduler import Ran, Scheduler, message_list, restore_messages

DAY_START = datetime(2026, 2, 19, 9, 0, tzinfo=EASTERN)
Work = Callable[[str, datetime], None]


class Bench:
    """A scheduler whose jobs write down what the clock showed."""

    def __init__(
        self,
        start: datetime = DAY_START,
        *,
        speed: float = 0,
        work: Work | None = None,
        give_up: Callable[[Message], None] = lambda _message: None,
    ) -> None:
        self.clock = ProductClock(start, speed=speed)
        self.queue = MessageQueue(self.clock)
        self.seen: list[tuple[str, datetime, datetime]] = []
        self.work = work
        self.scheduler = Scheduler(
            self.clock, self.queue, self.run, EASTERN_SCHEDULES, after=start, give_up=give_up
        )

    def run(
        self, job: str, due_at: datetime, payload: Mapping[str, JsonValue], forced: bool
    ) -> Mapping[str, JsonValue]:
        self.seen.append((job, due_at, self.clock.now()))
        if self.work is not None:
            self.work(job, due_at)
        return {"ran": True} if forced or payload else {"skipped": "nothing to do"}

    def at(self, clock_time: str) -> datetime:
        hour, minute, second = map(int, clock_time.split(":"))
        return DAY_START.replace(hour=hour, minute=minute, second=second).astimezone(UTC)

    def advance(self, clock_time: str) -> list[str]:
        return [
            f"{one.job} {one.at.astimezone(EASTERN):%H:%M:%S}"
            for one in self.scheduler.advance(self.at(clock_time))
        ]


def test_every_instant_runs_exactly_when_due_up_to_and_including_the_last() -> None:
    bench = Bench()
    ran = bench.advance("09:22:00")

    assert ran == ["premarket 09:15:00", "plan 09:20:00", "plan 09:21:00", "plan 09:22:00"]
    assert all(due_at == shown for _, due_at, shown in bench.seen)
    assert bench.clock.now() == bench.at("09:22:00")


def test_the_same_instant_never_runs_twice() -> None:
    bench = Bench()
    bench.advance("09:22:00")

    assert bench.advance("09:22:00") == []
    assert bench.advance("09:23:30") == ["plan 09:23:00"]


def test_schedules_come_before_messages_and_messages_in_the_order_sent() -> None:
    bench = Bench()
    for job in ("sync", "snapshot", "bookend"):
        bench.queue.send(job, {"n": 1}, due_at=bench.at("09:25:00"))
    bench.queue.send("alert", {"n": 1}, due_at=bench.at("09:24:30"))

    assert bench.advance("09:25:00")[-5:] == [
        *("alert 09:24:30", "plan 09:25:00", "sync 09:25:00", "snapshot 09:25:00", "bookend 09:25:00")
    ]


def test_what_a_job_arms_runs_within_the_same_advance() -> None:
    """architecture.md, Clocks: `plan` of a minute arms the instants of the next one."""
    bench = Bench()

    def arm(job: str, due_at: datetime) -> None:
        if job == "plan" and due_at == bench.at("09:29:00"):
            bench.queue.send("snapshot", {}, due_at=bench.at("09:30:40"))
            bench.queue.send("snapshot", {}, due_at=bench.at("09:30:00"))
            bench.queue.send("alert", {})

    bench.work = arm
    ran = bench.advance("09:31:00")

    assert ran[-6:] == [
        *("plan 09:29:00", "alert 09:29:00", "plan 09:30:00"),
        *("snapshot 09:30:00", "snapshot 09:30:40", "plan 09:31:00"),
    ]


def test_a_whole_day_is_complete() -> None:
    bench = Bench()
    ran = bench.advance("23:59:00")

    counted = Counter(one.split()[0] for one in ran)
    assert counted == {
        "plan": 491,
        "premarket": 1,
        "unwind": 4,
        "expire": 6,
        "summary": 2,
        "forensics": 1,
        "iv_history": 4,
        "desk_summary": 2,
    }
    assert [shown for _, _, shown in bench.seen] == sorted(shown for _, _, shown in bench.seen)


def test_a_job_with_nothing_to_do_is_listed_and_says_why() -> None:
    bench = Bench()
    bench.advance("09:14:59")
    ran = bench.scheduler.advance(bench.at("09:15:00"))

    assert [one.as_json() for one in ran] == [
        {
            "job": "premarket",
            "at": "2026-02-19T14:15:00Z",
            "ok": True,
            "result": {"skipped": "nothing to do"},
        }
    ]


def test_a_failing_minute_job_stops_nothing_and_is_not_retried(caplog: pytest.LogCaptureFixture) -> None:
    """architecture.md, Retries: per-minute schedules none."""

    def fail(job: str, due_at: datetime) -> None:
        raise RuntimeError("a token: hush")

    bench = Bench(work=fail)
    bench.advance("09:19:00")
    ran = bench.scheduler.advance(bench.at("09:21:00"))

    assert [one.at for one in ran if one.job == "plan"] == [bench.at("09:20:00"), bench.at("09:21:00")]
    assert all(not one.ok and one.result == {"error": "RuntimeError"} for one in ran)


def test_a_failing_daily_job_is_retried_three_times_within_an_hour() -> None:
    def fail(job: str, due_at: datetime) -> None:
        if job == "premarket":
            raise RuntimeError

    bench = Bench(work=fail)
    ran = [one for one in bench.scheduler.advance(bench.at("11:00:00")) if one.job == "premarket"]

    assert [one.at for one in ran] == [
        bench.at(at) for at in ("09:15:00", "09:20:00", "09:30:00", "09:50:00")
    ]
    assert {due_at for job, due_at, _ in bench.seen if job == "premarket"} == {bench.at("09:15:00")}


def test_a_message_that_is_due_runs_while_the_clock_stands() -> None:
    """A queue delivers at once; only schedules and armed instants wait for the clock."""
    delivered = threading.Event()
    bench = Bench(work=lambda _job, _due_at: delivered.set())
    bench.scheduler.start()
    bench.queue.send("sync", {"account": "VA1"})

    assert delivered.wait(5)
    assert bench.scheduler.stop(wait_seconds=5)
    assert bench.clock.now() == DAY_START


def test_a_running_clock_is_followed() -> None:
    followed = threading.Event()
    start = DAY_START.replace(hour=9, minute=19, second=59)
    bench = Bench(start, speed=20, work=lambda _job, _due_at: followed.set())
    bench.scheduler.start()

    assert followed.wait(5)
    assert bench.scheduler.stop(wait_seconds=5)
    assert bench.seen[0][:2] == ("plan", bench.at("09:20:00"))


def test_a_minute_run_older_than_its_event_age_is_dropped() -> None:
    """architecture.md, Retries: event age 60 s, counted in real seconds."""
    planned = threading.Event()
    bench = Bench(speed=1, work=lambda job, _due_at: planned.set() if job == "plan" else None)
    bench.clock.move(DAY_START + timedelta(minutes=25))
    bench.scheduler.start()

    assert planned.wait(5)
    assert bench.scheduler.stop(wait_seconds=5)
    assert [(job, due_at) for job, due_at, _ in bench.seen] == [
        ("premarket", bench.at("09:15:00")),
        ("plan", bench.at("09:25:00")),
    ]


def test_a_run_by_hand_is_forced() -> None:
    ran = Bench().scheduler.run_now("bookend", {"kind": "PRE_MARKET"})

    assert ran == Ran(job="bookend", at=DAY_START.astimezone(UTC), ok=True, result={"ran": True})


def test_waiting_messages_outlive_the_stack() -> None:
    bench, later = Bench(), Bench()
    bench.queue.send("sync", {"account": "VA1"}, due_at=bench.at("09:30:00"))
    restore_messages(later.queue, [one for one in message_list(bench.queue) if isinstance(one, dict)])

    assert later.queue.waiting() == (
        Message(job="sync", payload={"account": "VA1"}, due_at=bench.at("09:30:00")),
    )


def test_a_message_that_fails_comes_again_and_then_lies_among_the_dead_letters() -> None:
    """architecture.md, Retries: what fails goes to the dead-letter queue; here after three deliveries."""
    given_up: list[Message] = []
    failing = True

    def fail(job: str, due_at: datetime) -> None:
        if job == "sync" and failing:
            raise RuntimeError

    bench = Bench(work=fail, give_up=given_up.append)
    bench.queue.send("sync", {"account_id": "VA1"}, due_at=bench.at("09:10:00"))
    ran = [one for one in bench.scheduler.advance(bench.at("10:00:00")) if one.job == "sync"]

    assert [(one.ok, one.at) for one in ran] == [(False, bench.at("09:10:00"))] * 3
    assert [one.payload for one in given_up] == [{"account_id": "VA1"}]
    assert len(bench.scheduler.dead_letters()) == 1
    failing = False
    assert bench.scheduler.redrive() == 1
    ran = bench.scheduler.advance(bench.at("10:00:01"))
    assert [(one.job, one.at, one.ok) for one in ran] == [("sync", bench.at("09:10:00"), True)]
    assert bench.scheduler.dead_letters() == []


def test_a_tick_that_failed_is_not_run_again_for_an_instant_that_is_over() -> None:
    """architecture.md, Clocks: more than 30 s late it is dropped; the next one does its work."""

    def fail(job: str, due_at: datetime) -> None:
        raise RuntimeError

    bench = Bench(work=fail)
    for job in ("snapshot", "bookend"):
        bench.queue.send(job, {}, due_at=bench.at("09:10:00"))
    ran = bench.scheduler.advance(bench.at("09:14:00"))

    assert [one.job for one in ran if not one.ok] == ["snapshot", "bookend", "bookend"]
    assert [one.result.get("dropped") for one in ran if one.ok] == [True]


def test_dead_letters_outlive_the_stack() -> None:
    bench, later = Bench(), Bench()
    bench.queue.send("sync", {"account_id": "VA1"})
    message = bench.queue.take()
    while message is not None and bench.queue.give_back(message):
        message = bench.queue.take()
    restore_messages(later.queue, [one for one in message_list(bench.queue) if isinstance(one, dict)])

    assert later.queue.waiting() == ()
    assert [one.payload for one in later.queue.dead()] == [{"account_id": "VA1"}]


def test_decisions_do_not_wait_for_one_another() -> None:
    """C-02: those in sight at one instant run side by side, as functions do; all else one by one."""
    together = threading.Barrier(3, timeout=10)

    def work(job: str, _: datetime) -> None:
        if job == "decide":
            together.wait()

    bench = Bench(work=work)
    for number in range(3):
        bench.queue.send("decide", {"signal": str(number)})
    bench.queue.send("decide", {"signal": "later"}, due_at=bench.at("09:02:00"))
    bench.queue.send("sync", {"username": "alice"})
    ran = bench.scheduler.advance(bench.at("09:01:00"))

    assert [one.job for one in ran] == ["decide", "decide", "decide", "sync"]
    assert all(one.ok for one in ran)
    assert [one.payload for one in bench.queue.waiting()] == [{"signal": "later"}]
