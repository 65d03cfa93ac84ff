"""I-34: an answer never says that nothing was done when the broker may have been told."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

import pytest
from sqlalchemy import Connection, text

from chalicelib.api.problems import outcome_unknown, problem_of
from chalicelib.brokers.interface import Broker
from chalicelib.domain.accounts import AccountRef, BrokerMode
from chalicelib.domain.instruments.ticks import floor_to_tick
from chalicelib.domain.people import UserState
from chalicelib.domain.trading.commands import AdjustTrade
from chalicelib.domain.trading.orders import OrderType
from chalicelib.marketdata.interface import Purpose
from chalicelib.services.accounts.at_work import accounts_at_work
from chalicelib.services.accounts.lease import CALL_LENGTH, is_kept_by_call
from chalicelib.services.commands import adjust_trade, cancel_trade, close_trade, place_trade
from chalicelib.services.commands.carry_on import Outcome
from chalicelib.services.environment import BrokerDirectory, Environment
from chalicelib.services.errors import OutcomeUnknown
from chalicelib.services.requests import idempotency
from chalicelib.services.sign_in import offboarding, people
from chalicelib.services.sync import refresh
from chalicelib.store.accounts.leases import account_resource
from chalicelib.store.database import Database, DatabaseUnavailable, Isolation
from chalicelib.store.engine import open_engine
from chalicelib.store.users.settings import UserSettings
from chalicelib.vendors.deadline import Deadline
from infra.local.database.postgres import DatabaseUrls
from tests.services.stage import Stage

T = TypeVar("T")
BROKER_CALLS = frozenset({"place", "place_oco", "cancel"})


class Falling(Database):
    """A database that is away from the broker's first call on."""

    gone = False

    def run(
        self,
        work: Callable[[Connection], T],
        *,
        username: str | None,
        isolation: Isolation = Isolation.REPEATABLE_READ,
    ) -> T:
        if self.gone:
            raise DatabaseUnavailable("the database cannot be reached")
        return super().run(work, username=username, isolation=isolation)

    def by_itself(self, work: Callable[[Connection], T]) -> T:
        if self.gone:
            raise DatabaseUnavailable("the database cannot be reached")
        return super().by_itself(work)


class LastCall:
    """A broker after whose answer to an order the database is away."""

    def __init__(self, broker: Broker, database: Falling) -> None:
        self._broker, self._database = broker, database

    def __getattr__(self, name: str) -> Any:  # Any: whatever the broker has
        known = getattr(self._broker, name)
        if name not in BROKER_CALLS:
            return known

        def call(*arguments: Any, **named: Any) -> Any:  # Any: as the broker's
            answer = known(*arguments, **named)
            self._database.gone = True
            return answer

        return call


@dataclass(frozen=True)
class Directory:
    """Hands out such brokers."""

    known: BrokerDirectory
    database: Falling

    def broker_for(
        self,
        account: AccountRef,
        *,
        deadline: Deadline | None = None,
        purpose: Purpose = Purpose.CHANGE,
        stored: UserSettings | None = None,
    ) -> Any:  # Any: delegates
        known = self.known.broker_for(account, deadline=deadline, purpose=purpose, stored=stored)
        return LastCall(known, self.database)


@pytest.fixture
def falling(stage: Stage) -> Iterator[Environment]:
    """The stage's environment, whose database goes away once the broker was told."""
    database = Falling(open_engine(stage.urls.app), stage.clock)
    yield replace(stage.env, database=database, brokers=Directory(stage.env.brokers, database))
    database.dispose()


def lapse(stage: Stage) -> None:
    """Let the dead call's lease run out."""
    with stage.container.jobs_environment().database.transaction(None) as connection:
        connection.execute(text("update leases set until = '-infinity'"))


def test_a_placement_whose_outcome_cannot_be_stored_is_accepted(stage: Stage, falling: Environment) -> None:
    """Api.md, 503: once the intent is committed a caller who repeats would hold two."""
    outcome = place_trade.place(falling, "alice", stage.command(), None)

    assert (outcome.status, outcome.trade["status"]) == (202, "PENDING")
    lapse(stage)
    (message,) = [payload for job, payload, _ in stage.bus.sent if job == "sync"]
    stage.run("sync", **message)
    assert stage.query("select status from paper_trades")[0].status == "OPEN"


def change(stage: Stage, env: Environment, what: str, trade: dict[str, Any], key: str | None) -> Outcome:
    """Ask for a change of a trade."""
    trade_id, version = UUID(trade["id"]), trade["version"]
    match what:
        case "close":
            return close_trade.close(env, "alice", trade_id, version, key)
        case "cancel":
            return cancel_trade.cancel(env, "alice", trade_id, version, key)
        case _:
            moved = AdjustTrade(changes_stop=False, new_sl=None, changes_target=True, new_tp=None)
            return adjust_trade.adjust(env, "alice", trade_id, version, moved, key)


def begun(stage: Stage, what: str) -> dict[str, Any]:  # Any: JSON
    """Return a trade that this change can be asked of."""
    if what != "cancel":
        return stage.trade(stage.place_bracketed())
    contract = stage.contract()
    return stage.trade(
        stage.place(stage.command(contract, order_type=OrderType.LIMIT, limit_price=Decimal("0.05")))
    )


@pytest.mark.parametrize("what", ["close", "adjust", "cancel"])
def test_a_change_whose_outcome_cannot_be_stored_is_accepted(
    stage: Stage, falling: Environment, what: str
) -> None:
    """The same for what is asked of a held trade; sync carries it on."""
    trade = begun(stage, what)
    outcome = change(stage, falling, what, trade, None)

    assert outcome.status == 202
    lapse(stage)
    for _ in range(2):
        stage.sync()
    after = stage.trade(trade)
    expected = {"close": "CLOSED", "adjust": "OPEN", "cancel": "CANCELED"}
    assert (after["status"], after["settling"]) == (expected[what], False)
    assert stage.working_sells() == (2 if what == "adjust" else 0)


@pytest.mark.parametrize("what", ["close", "adjust", "cancel"])
def test_a_change_repeated_with_its_key_after_a_kill_is_answered_as_the_first(
    stage: Stage, falling: Environment, what: str
) -> None:
    """I-02: the version has moved by the call's own doing; that is no conflict."""
    trade, now = begun(stage, what), stage.clock.now()
    idempotency.begin(stage.env, "alice", "a-key", "same", machine_now=now)
    with suppress(DatabaseUnavailable):
        change(stage, falling, what, trade, "a-key")
    repeated = change(stage, stage.env, what, trade, "a-key")

    assert (repeated.status in {200, 202}, repeated.replayed) == (True, True)
    assert repeated.trade["id"] == trade["id"]


def test_a_dead_calls_lease_is_over_when_the_next_sync_comes(stage: Stage, falling: Environment) -> None:
    """A filled position stands bare no longer than the next sync but one: a call's lease is short."""
    place_trade.place(falling, "alice", stage.command(), None)
    resource = account_resource(
        AccountRef(username="alice", mode=BrokerMode.TRADIER_SANDBOX, account_id=stage.account())
    )
    (row,) = stage.query(
        "select until - clock_timestamp() as left from leases where resource = :resource", resource=resource
    )

    assert row.left <= CALL_LENGTH
    assert CALL_LENGTH.total_seconds() < 30


def test_a_refresh_whose_outcome_cannot_be_stored_does_not_say_that_nothing_was_done(
    stage: Stage, falling: Environment
) -> None:
    """Seed 810057; I-34: it sends what waits as a sync does, here the bracket of an entry that has filled."""
    stage.bus.trouble = RuntimeError("nobody is told of the work that is left")
    contract = stage.contract()
    stop = floor_to_tick(contract.underlying, stage.quote(contract)[0] / 4)
    place_trade.place(falling, "alice", stage.command(contract, sl_price=stop), None)
    lapse(stage)
    assert isinstance(falling.database, Falling)
    falling.database.gone = False
    with pytest.raises(OutcomeUnknown) as caught:
        refresh.refresh(falling, "alice")

    assert stage.working_sells() == 1
    problem = problem_of(caught.value)
    assert problem is not None
    assert (problem.status, problem.kind) == (504, "outcome-unknown")


def test_who_was_barred_is_not_said_to_be_served_when_the_database_goes_away(
    stage: Stage, falling: Environment
) -> None:
    """I-34: entries are withdrawn once the person is barred; what came of it is not known, nor undone."""
    begun(stage, "cancel")
    holder = people.find(stage.env, "alice")
    assert holder is not None
    with pytest.raises(OutcomeUnknown):
        offboarding.bar(falling, holder, UserState.DISABLED, stage.clock.now())

    assert [one["status"] for one in stage.truth()] == ["canceled"]


class Rounds:
    """Tasks in turn, and how many there were each time."""

    def __init__(self) -> None:
        self.tasks: list[int] = []

    def each(self, tasks: Sequence[Callable[[], T]]) -> list[T]:
        """Carry them out in order."""
        self.tasks.append(len(tasks))
        return [task() for task in tasks]


@pytest.fixture
def rounds() -> Rounds:
    """What the ticks of this test's stage do."""
    return Rounds()


@pytest.fixture
def stage(database_urls: DatabaseUrls, rounds: Rounds) -> Iterator[Stage]:
    """A stage whose ticks are watched."""
    made = Stage(database_urls, side_by_side=rounds)
    yield made
    made.close()


def leave_leased(stage: Stage, seconds: float) -> None:
    """Let alice's lease end in so many of the server's seconds."""
    with stage.container.jobs_environment().database.transaction(None) as connection:
        wanted = {"left": timedelta(seconds=seconds)}
        sql = "update leases set until = clock_timestamp() + :left where username = 'alice'"
        connection.execute(text(sql), wanted)


def test_the_tick_after_a_dead_call_waits_for_its_lease_and_protects_what_it_bought(
    stage: Stage, falling: Environment, rounds: Rounds
) -> None:
    """A-04: bare no longer than one tick and a call's length, without a message; no other account waits."""
    theirs = stage.place(username="bob")
    stage.bus.trouble = RuntimeError("the call died before it could hand anything over")
    contract = stage.contract()
    bid, _ = stage.quote(contract)
    stop = floor_to_tick(contract.underlying, bid / 4)
    place_trade.place(falling, "alice", stage.command(contract, sl_price=stop), None)
    assert stage.held(contract.to_occ()) == 1
    assert stage.working_sells() == 0
    stage.bus.trouble = None

    leave_leased(stage, 10)
    stage.meanwhile = lambda: leave_leased(stage, -1)
    result = stage.run("sync")

    assert (result["accounts"], result["busy"]) == (2, 0)
    assert rounds.tasks == [2, 1], "the others were done before anybody waited"
    assert stage.working_sells() == 1
    assert stage.trade(theirs, username="bob")["status"] == "OPEN"


def test_a_dead_calls_lease_that_ended_before_it_was_looked_at_is_not_passed_over(stage: Stage) -> None:
    """A-04: between finding the account kept and asking for how long, the lease may run out."""
    stage.place()
    env = stage.container.jobs_environment()
    account = accounts_at_work(env, "alice")[0]
    leave_leased(stage, -1)

    assert is_kept_by_call(env, account)
    assert stage.run("sync")["busy"] == 0
    assert not is_kept_by_call(env, account), "it was let go"


def test_a_tick_does_not_wait_for_another_sync(stage: Stage, rounds: Rounds) -> None:
    """A-02: whoever keeps the account for longer than a call is at the same work."""
    stage.place()
    leave_leased(stage, 80)

    assert stage.run("sync")["busy"] == 1
    assert rounds.tasks[0] == 1
    assert sum(rounds.tasks) == 1


def test_a_commit_that_is_not_answered_is_not_called_undone() -> None:
    """Api.md, Errors: 503 says that surely nothing was done; this is another word."""
    problem = outcome_unknown()

    assert (problem.status, problem.kind) == (504, "outcome-unknown")
    assert "look before you repeat" in problem.detail
