"""Round trips to the database of what runs each minute (performance.md): counted, and not timed."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from chalicelib.domain.accounts import AccountRef, BrokerMode
from chalicelib.services.accounts.at_work import accounts_at_work
from chalicelib.services.analysis.capture_context import is_context_missing
from chalicelib.services.market.take_snapshots import open_legs
from chalicelib.store.pipelined import PipelinedConnection
from tests.services.stage import Stage


@contextmanager
def round_trips(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter[str]]:
    """Count the waits for an answer, and the transactions whose COMMIT is waited for by itself."""
    counted: Counter[str] = Counter()
    answer_of, commit_of = PipelinedConnection.answer, PipelinedConnection.commit

    def answer(connection: PipelinedConnection) -> None:
        counted["answers"] += 1
        answer_of(connection)

    def commit(connection: PipelinedConnection) -> None:
        counted["commits"] += not connection.is_over
        commit_of(connection)

    with monkeypatch.context() as patched:
        patched.setattr(PipelinedConnection, "answer", answer)
        patched.setattr(PipelinedConnection, "commit", commit)
        yield counted


def test_a_look_for_work_takes_one_round_trip(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """performance.md: BEGIN, one read and COMMIT go out together."""
    stage.place_bracketed()
    env = stage.container.jobs_environment()
    for look in (accounts_at_work, open_legs, is_context_missing):
        with round_trips(monkeypatch) as counted:
            look(env)
        assert counted == Counter(answers=1, commits=0), look.__name__


def test_a_quiet_sync_reads_its_account_in_two_round_trips(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """performance.md, sync: what stands by itself, then what belongs to the trades found."""
    stage.place_bracketed()
    stage.sync()
    with round_trips(monkeypatch) as counted:
        assert stage.sync()["failed"] == 0

    # The job's claim and its calendar, the accounts, the settings, the account's two, the look for contexts.
    assert counted == Counter(answers=7, commits=1), counted


def test_a_paper_account_is_locked_and_read_in_one_round_trip(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A-12, performance.md: the lock goes out first, what it keeps right behind it."""
    broker = stage.container.jobs_environment().brokers.broker_for(
        AccountRef(username="alice", mode=BrokerMode.PAPER, account_id="alice")
    )
    assert broker.positions() == ()  # opens the account
    with round_trips(monkeypatch) as counted:
        broker.positions()

    # Twice: what has expired is looked for first, and its closes are read outside of any lock.
    assert counted == Counter(answers=2, commits=2), counted
