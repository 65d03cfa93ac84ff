"""Ticks with more work than one function can do go out in parts, and each part runs once."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pytest

from chalicelib.brokers.interface import Broker
from chalicelib.domain.accounts import AccountRef
from chalicelib.domain.json_value import JsonValue
from chalicelib.jobs.events import handle_event
from chalicelib.jobs.runner import run_job
from chalicelib.marketdata.interface import Purpose
from chalicelib.services.environment import BrokerDirectory, Environment, FanOut
from chalicelib.store.users.settings import UserSettings
from chalicelib.vendors.deadline import Deadline
from tests.services.stage import Stage


@dataclass(frozen=True)
class Crowded:
    """A container whose functions can serve one account or underlying each."""

    env: Environment

    def jobs_environment(self) -> Environment:
        """Return the jobs' environment with room for one."""
        return replace(self.env, fan_out=FanOut(accounts_inline_max=1, underlyings_inline_max=1))


@dataclass(frozen=True)
class Call:
    """What Lambda says of a call."""

    milliseconds_left: int = 120_000

    def get_remaining_time_in_millis(self) -> int:
        """Return the time that is left."""
        return self.milliseconds_left


@pytest.fixture
def crowded(stage: Stage) -> Crowded:
    """Place trades of two users on two underlyings."""
    stage.place_bracketed()
    stage.place_bracketed(username="bob")
    stage.place(stage.command(stage.contract("SPY")))
    return Crowded(stage.container.jobs_environment())


def tick(stage: Stage, crowded: Crowded, job: str) -> tuple[datetime, dict[str, JsonValue]]:
    """Run a job for the present instant and return that instant with its answer."""
    due_at = stage.clock.now()
    return due_at, run_job(crowded, job, due_at=due_at, payload={})


def records(messages: list[tuple[str, dict[str, JsonValue], datetime | None]]) -> dict[str, Any]:
    """Return the event in which SQS' messages reach a function."""
    bodies = [
        {"job": job, "due_at": None if due_at is None else due_at.isoformat(), "payload": payload}
        for job, payload, due_at in messages
    ]
    return {
        "Records": [
            {
                "messageId": str(index),
                "body": json.dumps(body),
                "attributes": {"ApproximateReceiveCount": "1"},
            }
            for index, body in enumerate(bodies)
        ]
    }


def sent(stage: Stage, job: str) -> list[tuple[str, dict[str, JsonValue], datetime | None]]:
    """Return the messages to one job, and forget them all."""
    found = [message for message in stage.bus.sent if message[0] == job]
    stage.bus.sent.clear()
    return found


def runs(stage: Stage, job: str) -> Mapping[str, int]:
    """Return how often each part of a job was begun."""
    rows = stage.query("select scope, attempts from job_runs where job = :job", job=job)
    return {row.scope: row.attempts for row in rows}


def test_a_sync_of_many_accounts_goes_out_by_account(stage: Stage, crowded: Crowded) -> None:
    """One message each, and one list call each (A-02)."""
    _, result = tick(stage, crowded, "sync")
    parts = sent(stage, "sync")

    assert result == {"sent": 2}
    assert [payload for _, payload, _ in parts] == [
        {"username": "alice", "broker_mode": "TRADIER_SANDBOX", "account_id": "VA00000001"},
        {"username": "bob", "broker_mode": "TRADIER_SANDBOX", "account_id": "VA00000002"},
    ]
    before = listings(stage)
    answered = handle_event(lambda: crowded, "sync", records(parts), Call())

    assert answered == {"batchItemFailures": []}
    assert listings(stage) - before == 2


def listings(stage: Stage) -> int:
    """Return how many order lists the broker was asked for."""
    calls = stage.world.sandbox.calls()["by_endpoint"]
    assert isinstance(calls, dict)
    return sum(count for name, count in calls.items() if str(name).endswith("/orders") and "GET" in str(name))


def test_snapshots_of_many_underlyings_go_out_by_underlying(stage: Stage, crowded: Crowded) -> None:
    due_at, result = tick(stage, crowded, "snapshot")
    parts = sent(stage, "snapshot")

    assert result == {"sent": 2}
    assert [payload for _, payload, _ in parts] == [{"ticker": "AAPL"}, {"ticker": "SPY"}]
    handle_event(lambda: crowded, "snapshot", records(parts), Call())
    rows = stage.query(
        "select count(*) as rows from price_snapshots where kind = 'INTRADAY' and \"timestamp\" = :at",
        at=due_at,
    )
    assert rows[0].rows == 3
    marks = stage.query("select count(*) as trades from paper_trades where mark_at = :at", at=due_at)
    assert marks[0].trades == 3


def test_a_bookend_goes_out_with_its_kind(stage: Stage, crowded: Crowded) -> None:
    """I-18: each session has its bookends, however many functions take them."""
    run_job(crowded, "bookend", due_at=stage.clock.now(), payload={"kind": "POST_MARKET"}, forced=True)
    parts = sent(stage, "bookend")
    handle_event(lambda: crowded, "bookend", records(parts), Call())

    rows = stage.query("select distinct trade_id from price_snapshots where kind = 'POST_MARKET'")
    assert len(rows) == 3


def test_a_part_delivered_twice_runs_once(stage: Stage, crowded: Crowded) -> None:
    """I-20: SQS delivers at least once."""
    tick(stage, crowded, "sync")
    parts = sent(stage, "sync")
    handle_event(lambda: crowded, "sync", records([*parts, *parts]), Call())
    handle_event(lambda: crowded, "sync", records(parts), Call())

    by_scope = runs(stage, "sync")
    assert len(by_scope) == 3
    assert set(by_scope.values()) == {1}


def test_a_tick_sent_twice_sends_its_parts_once(stage: Stage, crowded: Crowded) -> None:
    due_at, _ = tick(stage, crowded, "sync")
    assert len(sent(stage, "sync")) == 2
    again = run_job(crowded, "sync", due_at=due_at, payload={})

    assert again == {"skipped": "this instant was run before"}
    assert sent(stage, "sync") == []


def test_a_small_deployment_does_it_all_in_one_run(stage: Stage) -> None:
    stage.place_bracketed()
    stage.place_bracketed(username="bob")
    result = stage.run("sync")

    assert result["accounts"] == 2
    assert stage.bus.sent == [message for message in stage.bus.sent if message[0] != "sync"]


def test_a_failing_part_of_a_batch_fails_alone(stage: Stage, crowded: Crowded) -> None:
    """architecture.md: partial batch failures; unreadable bodies are failures like any other."""
    tick(stage, crowded, "sync")
    event = records(sent(stage, "sync"))
    event["Records"].insert(1, {"messageId": "bad", "body": "{", "attributes": {}})
    stranger = {"job": "no job", "due_at": "2026-01-01T00:00:00Z", "payload": {}}
    event["Records"].insert(2, {"messageId": "none", "body": json.dumps(stranger), "attributes": {}})
    answered = handle_event(lambda: crowded, "sync", event, Call())

    assert answered == {"batchItemFailures": [{"itemIdentifier": "bad"}, {"itemIdentifier": "none"}]}
    assert {scope for scope in runs(stage, "sync") if scope} == {
        "account_id=VA00000001,broker_mode=TRADIER_SANDBOX,username=alice",
        "account_id=VA00000002,broker_mode=TRADIER_SANDBOX,username=bob",
    }


def test_a_defect_met_in_one_account_leaves_no_other_unsynced(stage: Stage) -> None:
    """I-06, where one run serves all accounts: the run fails in the end, and says so."""
    stage.place_bracketed()
    stage.place_bracketed(username="bob")
    stage.run("sync")
    env = stage.container.jobs_environment()
    broken = Inline(replace(env, brokers=_BrokenFor(env.brokers, "alice")))
    before = listings(stage)
    with pytest.raises(ZeroDivisionError):
        run_job(broken, "sync", due_at=stage.clock.now(), payload={})

    assert listings(stage) - before == 1
    runs_of_tick = stage.query("select ok from job_runs where job = 'sync' and scope = ''")
    assert [row.ok for row in runs_of_tick] == [False]


@dataclass(frozen=True)
class Inline:
    """A container with an environment of one's own."""

    env: Environment

    def jobs_environment(self) -> Environment:
        """Return it."""
        return self.env


@dataclass(frozen=True)
class _BrokenFor:
    """A directory with a defect that one user meets."""

    inner: BrokerDirectory
    username: str

    def broker_for(
        self,
        account: AccountRef,
        *,
        deadline: Deadline | None = None,
        purpose: Purpose = Purpose.MARKS,
        stored: UserSettings | None = None,
    ) -> Broker:
        """Return the broker, or fail as a defect does."""
        if account.username == self.username:
            raise ZeroDivisionError
        return self.inner.broker_for(account, deadline=deadline, purpose=purpose, stored=stored)


def test_what_cannot_be_begun_in_time_is_left_to_another_call(stage: Stage, crowded: Crowded) -> None:
    tick(stage, crowded, "sync")
    event = records(sent(stage, "sync"))
    answered = handle_event(lambda: crowded, "sync", event, Call(milliseconds_left=5_000))

    assert answered == {"batchItemFailures": [{"itemIdentifier": "0"}, {"itemIdentifier": "1"}]}


def test_an_instant_that_another_worker_has_comes_again(stage: Stage, crowded: Crowded) -> None:
    """The other one may die: a message is done only when its work is (I-28)."""
    due_at, _ = tick(stage, crowded, "sync")
    parts = sent(stage, "sync")[:1]
    payload = parts[0][1]
    scope = ",".join(f"{key}={payload[key]}" for key in sorted(payload))
    with crowded.env.database.transaction(None) as connection:
        connection.exec_driver_sql(
            "insert into job_runs (job, due_at, scope) values ('sync', %s, %s)", (due_at, scope)
        )
    waiting = handle_event(lambda: crowded, "sync", records(parts), Call())
    with crowded.env.database.transaction(None) as connection:
        connection.exec_driver_sql("update job_runs set claimed_at = claimed_at - interval '121 seconds'")
    taken_over = handle_event(lambda: crowded, "sync", records(parts), Call())

    assert waiting == {"batchItemFailures": [{"itemIdentifier": "0"}]}
    assert taken_over == {"batchItemFailures": []}


def test_work_given_up_is_told_to_whom_it_was_for(stage: Stage, crowded: Crowded) -> None:
    """A-17: an alert, once while it lasts, when the last delivery fails."""
    tick(stage, crowded, "sync")
    event = records(sent(stage, "sync")[:1])
    event["Records"][0]["attributes"]["ApproximateReceiveCount"] = "3"
    broken = Crowded(replace(crowded.env, brokers=_NoBrokers()))
    for _ in range(2):
        assert handle_event(lambda: broken, "sync", event, Call()) == {
            "batchItemFailures": [{"itemIdentifier": "0"}]
        }

    alerts = stage.query("select username, severity from alerts where kind = 'given_up:sync'")
    assert [(row.username, row.severity) for row in alerts] == [("alice", "critical")]


class _NoBrokers:
    """A directory with a defect."""

    def broker_for(self, *_asked: object, **_options: object) -> Any:  # Any: it never returns
        """Fail as a defect does."""
        raise ZeroDivisionError


def test_a_failed_daily_run_comes_back_by_message_and_counts_as_an_error(stage: Stage) -> None:
    """architecture.md, Retries: daily schedules three within an hour, functions' own retries 0."""
    due_at = stage.clock.now()
    broken = Crowded(replace(stage.container.jobs_environment(), closures=_no_closures))
    event = {"due_at": due_at.isoformat(), "retries": 3}
    with pytest.raises(ZeroDivisionError):
        handle_event(lambda: broken, "premarket", event, Call())

    assert stage.bus.sent == [("premarket", {}, due_at)]
    stage.bus.sent.clear()
    with pytest.raises(ZeroDivisionError):
        handle_event(lambda: broken, "plan", event | {"retries": 0}, Call())
    assert stage.bus.sent == []


def _no_closures(_connection: object) -> Any:  # Any: it never returns
    raise ZeroDivisionError
