"""What a call leaves to sync is done by the message it sends, not by the next tick (api.md, Time)."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import text

from chalicelib.domain.accounts import AccountRef, BrokerMode
from chalicelib.domain.clocks.job_messages import (
    AllAccounts,
    OneAccount,
    UnreadableWork,
    parse_sync_work,
    parse_user,
)
from chalicelib.domain.json_value import JsonValue
from chalicelib.jobs import run_job
from chalicelib.services.accounts.lease import account_lease
from tests.services.stage import Stage

ALICES = AccountRef(username="alice", mode=BrokerMode.TRADIER_SANDBOX, account_id="VA00000001")


@contextmanager
def kept_by_another(stage: Stage) -> Iterator[None]:
    """Keep alice's account, as a slow sync does."""
    with account_lease(stage.env, ALICES, wait_seconds=0) as lease:
        assert lease is not None
        yield


def deliver(stage: Stage) -> list[dict[str, JsonValue]]:
    """Run what was sent to `sync`, as the queue's worker does; returns the results."""
    messages = [(payload, due_at) for job, payload, due_at in stage.bus.sent if job == "sync"]
    stage.bus.sent.clear()
    return [
        run_job(stage.container, "sync", due_at=due_at or stage.clock.now(), payload=payload)
        for payload, due_at in messages
    ]


def end_leases(stage: Stage) -> None:
    """Have whoever keeps an account be dead for long enough."""
    with stage.container.jobs_environment().database.transaction(None) as connection:
        connection.execute(text("update leases set until = clock_timestamp()"))


def test_a_close_left_to_sync_is_carried_out_by_the_message(stage: Stage) -> None:
    """Architecture.md, Leases: the call leaves the work to sync; the message alone must do it."""
    trade = stage.place_bracketed()
    with kept_by_another(stage):
        stage.close_trade(trade)
    (result,) = deliver(stage)

    assert result["accounts"] == 1
    assert stage.trade(trade)["status"] == "CLOSED"


def test_a_placement_left_to_sync_is_sent_by_the_message(stage: Stage) -> None:
    """The same for an entry that is still an intent."""
    with kept_by_another(stage):
        trade = stage.place()
    assert stage.order(trade, "ENTRY")["status"] == "INTENT"
    deliver(stage)

    assert stage.trade(trade)["status"] == "OPEN"


def test_a_message_touches_the_account_it_names_and_no_other(stage: Stage) -> None:
    """A-13: one message, one account, one list call."""
    stage.place()
    stage.place(username="bob")
    result = stage.run("sync", **OneAccount(account=ALICES, handed_over=True).payload())

    assert result["accounts"] == 1


def test_work_handed_over_waits_for_whoever_keeps_the_account(stage: Stage) -> None:
    """The call gave up after 5 s: a message that found the account busy and ended would have done nothing."""
    trade = stage.place_bracketed()
    with kept_by_another(stage):
        stage.close_trade(trade)
        result = stage.run("sync", **OneAccount(account=ALICES, handed_over=True).payload())
        assert result["busy"] == 1
        stage.meanwhile = lambda: end_leases(stage)
        (result,) = deliver(stage)

    assert (result["busy"], stage.trade(trade)["status"]) == (0, "CLOSED")


@pytest.mark.parametrize(
    "work",
    [
        AllAccounts(),
        AllAccounts(username="alice"),
        OneAccount(account=ALICES),
        OneAccount(account=ALICES, handed_over=True),
    ],
)
def test_what_is_written_is_what_is_read(work: AllAccounts | OneAccount) -> None:
    """One value, one place that writes it and one that reads it."""
    assert parse_sync_work(work.payload()) == work


@pytest.mark.parametrize(
    "payload",
    [
        {"username": "alice", "account_id": "VA00000001"},
        {"username": "alice", "account_id": "VA00000001", "broker_mode": "SOMEWHERE"},
        {"account_id": "VA00000001", "broker_mode": "PAPER"},
        {**OneAccount(account=ALICES).payload(), "also": 1},
        {"username": 7},
    ],
)
def test_a_message_that_names_no_work_fails(payload: dict[str, JsonValue]) -> None:
    """A message that nothing matches goes to the dead letters; it never passes for work done."""
    with pytest.raises(UnreadableWork):
        parse_sync_work(payload)


def test_a_user_is_read_as_written() -> None:
    """The other messages of the kind: alerts and context name a user or nobody."""
    assert parse_user(AllAccounts(username="alice").payload()) == "alice"
    assert parse_user(AllAccounts().payload()) is None
