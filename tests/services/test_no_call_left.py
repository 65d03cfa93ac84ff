"""A send without budget is a 503 at once with nothing stored, never withdrawn later (A-07, A-12)."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import pytest

from chalicelib.domain.accounts import AccountRef, BrokerMode
from chalicelib.services.accounts.lease import account_lease
from chalicelib.services.commands import place_trade
from chalicelib.services.environment import BrokerDirectory
from chalicelib.services.errors import Unavailable
from chalicelib.store.accounts.budget import CallWindows
from chalicelib.vendors.budget import (
    TRADIER_LIMITS,
    Bucket,
    PostgresCallBudget,
    Urgency,
    token_key,
    window_key,
)
from tests.services.stage import Stage

KEY = token_key("token-of-alice")
SANDBOX = BrokerMode.TRADIER_SANDBOX


def spend(stage: Stage, bucket: Bucket, *, left: int = 0) -> None:
    """Use up alice's window in one of the vendor's buckets, as far as orders may."""
    budget, now = PostgresCallBudget(CallWindows(stage.env.database)), stage.clock.now()
    window = window_key(KEY, bucket)
    budget.take(window, Urgency.ORDER, at=now)
    CallWindows(stage.env.database).fill(window, up_to=TRADIER_LIMITS.orders - left, at=now, entered_at=now)


def stored(stage: Stage) -> Counter[str]:
    """Count the trades there are by their status and why they ended."""
    rows = stage.query("select status || coalesce('/' || close_reason, '') as how from paper_trades")
    return Counter(row.how for row in rows)


@pytest.mark.parametrize("bucket", [Bucket.TRADING, Bucket.STANDARD])
def test_without_a_call_for_the_order_or_its_reading_nothing_is_stored(stage: Stage, bucket: Bucket) -> None:
    """Api.md, 503: surely nothing was done; the wait is until the window has room again."""
    command = stage.command()
    spend(stage, bucket)
    with pytest.raises(Unavailable) as refused:
        stage.place(command)

    assert refused.value.retry_after_seconds == 60
    assert (stored(stage), stage.truth()) == (Counter(), [])
    stage.advance(61)
    assert stage.place(command)["status"] == "OPEN"


@dataclass(frozen=True)
class OthersAreFaster:
    """Brokers whose last call is taken by another right after the look."""

    known: BrokerDirectory
    stage: Stage

    def broker_for(self, *arguments: Any, **named: Any) -> Any:  # Any: delegates
        broker = self.known.broker_for(*arguments, **named)
        look = broker.check_room_to_place

        class Raced:
            def check_room_to_place(inner) -> None:  # noqa: N805 - the outer one's `self` is used beside it
                look()
                spend(self.stage, Bucket.TRADING)

            def __getattr__(inner, name: str) -> Any:  # noqa: N805  # Any: whatever the broker has
                return getattr(broker, name)

        return Raced()


def test_a_call_lost_between_intent_and_send_is_told_by_the_same_call(stage: Stage) -> None:
    """The trade ends NOT_PLACED within the call; nothing is left to sync, and the key is free again."""
    command = stage.command()
    raced = replace(stage.env, brokers=OthersAreFaster(stage.env.brokers, stage))
    with pytest.raises(Unavailable) as refused:
        place_trade.place(raced, "alice", command, "a-key")

    assert refused.value.retry_after_seconds == 60
    assert stored(stage) == {"CANCELED/NOT_PLACED": 1}
    assert (stage.truth(), [job for job, _, _ in stage.bus.sent if job == "sync"]) == ([], [])
    stage.advance(61)
    assert stage.place(command, key="a-key")["status"] == "OPEN"


def test_of_four_side_by_side_the_calls_left_decide_and_nothing_is_withdrawn(stage: Stage) -> None:
    """A-12: two calls are left for four orders."""
    command = stage.command()
    spend(stage, Bucket.TRADING, left=2)

    def enter(_: int) -> tuple[int, Any]:
        try:
            answered = place_trade.place(stage.env, "alice", command, None)
        except Unavailable:
            return 503, None
        return answered.status, answered.trade

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(enter, range(4)))
    for _ in range(3):
        stage.sync()

    told = Counter(status for status, _ in answers)
    assert told[201] <= 2
    assert told.keys() <= {201, 202, 503}
    assert {stage.trade(trade)["status"] for status, trade in answers if status == 201} <= {"OPEN"}
    ended = stored(stage)["CANCELED/NOT_PLACED"]
    assert ended <= told[503]
    assert len(stage.truth()) == told[201] + told[202]


def test_a_placement_left_to_sync_is_accepted_not_placed(stage: Stage) -> None:
    """Api.md, Time: what goes on in the background is 202; sync may yet find that it cannot be sent."""
    with account_lease(
        stage.env, AccountRef(username="alice", mode=SANDBOX, account_id=stage.account()), wait_seconds=0
    ) as lease:
        assert lease is not None
        answered = place_trade.place(stage.env, "alice", stage.command(), None)

    assert (answered.status, answered.trade["status"]) == (202, "PENDING")
