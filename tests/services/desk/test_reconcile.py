"""B-07: books against brokers every two minutes; what differs is listed, told, and blocks its underlying."""

from dataclasses import replace
from uuid import UUID

import pytest

from chalicelib.domain.desk.strategies.strategy_types import StrategyType
from chalicelib.jobs.runner import run_job
from chalicelib.observability.facts import user_fact
from chalicelib.services.environment import Environment, FanOut
from chalicelib.services.sync.reconcile import outlook, reconcile
from chalicelib.store.desk.drift import drifted_underlyings
from tests.services.desk.desk_trades import add_strategy, alerts, condor, give_to, open_for_desk
from tests.services.stage import Stage


def drifted(stage: Stage, username: str = "alice") -> frozenset[str]:
    """Return what the user may not enter."""
    return stage.env.database.read(
        lambda connection: drifted_underlyings(connection, username), username=username
    )


def buy_shares(stage: Stage, count: int, ticker: str = "SPY") -> None:
    """Buy shares at the broker itself."""
    answer = stage.by_hand(**{"class": "equity"}, symbol=ticker, side="buy", quantity=count)
    assert answer.json()["order"]["status"] == "ok", answer.text


def test_books_that_agree_block_nothing(stage: Stage) -> None:
    """B-07: each tick is kept with its run, and says that nothing differed."""
    open_for_desk(stage, add_strategy(stage))

    ran = stage.run("desk_reconcile")

    assert (ran["accounts"], ran["drift"], ran["unsettled"], ran["failed"]) == (1, 0, 0, 0)
    assert ran["found"] == []
    assert drifted(stage) == frozenset()
    (kept,) = stage.query("select ok, result from job_runs where job = 'desk_reconcile'")
    assert kept.ok
    assert kept.result["accounts"] == 1


def test_shares_that_nobody_explains_are_told_of_and_block_their_underlying(stage: Stage) -> None:
    """B-01, B-07, B-14: blocked and listed from the first look, told once two looks agree, over with them."""
    add_strategy(stage, StrategyType.WHEEL)
    add_strategy(stage, underlying="QQQ")
    buy_shares(stage, 100)
    before = outlook(stage.env, "alice")
    stage.run("desk_reconcile")

    assert [(one.underlyings, one.drift, one.unsettled) for one in before] == [(("QQQ", "SPY"), (), ())]
    assert drifted(stage) == {"SPY"}
    assert [drift.symbol for one in outlook(stage.env, "alice") for drift in one.drift] == ["SPY"]
    assert alerts(stage, "books_drift") == []
    stage.advance(120)
    ran = stage.run("desk_reconcile")
    assert ran["drift"] == 1
    (told,) = alerts(stage, "books_drift")
    assert told.severity == "critical"
    assert "100 of SPY held, 0 in the books" in told.text

    stage.by_hand(**{"class": "equity"}, symbol="SPY", side="sell", quantity=100)
    stage.advance(120)
    stage.run("desk_reconcile")
    assert drifted(stage) == frozenset()
    (told,) = alerts(stage, "books_drift")
    assert told.resolved_at is not None


def test_an_owner_who_accepts_a_difference_goes_on_beside_it(stage: Stage) -> None:
    """B-16: `accept: true` ends it as it stands; another difference is another question."""
    add_strategy(stage, StrategyType.WHEEL)
    buy_shares(stage, 100)
    for _ in range(2):
        stage.run("desk_reconcile")
        stage.advance(120)
    (told,) = alerts(stage, "books_drift")
    assert told.question is not None
    stage.answer(told.id, accept=True)

    assert drifted(stage) == frozenset()
    stage.run("desk_reconcile")
    assert drifted(stage) == frozenset()
    buy_shares(stage, 50)
    stage.run("desk_reconcile")
    assert drifted(stage) == {"SPY"}


def test_a_leg_that_went_untold_blocks_until_it_is_explained(stage: Stage) -> None:
    """B-07: either way; a leg sold by hand is drift until the account's own list has told its price."""
    held = open_for_desk(stage, add_strategy(stage))
    symbol = held["legs"][0]["symbol"]
    stage.by_hand(**{"class": "option"}, symbol="SPY", option_symbol=symbol, side="sell_to_close", quantity=1)
    ran = stage.run("desk_reconcile")

    assert ran["found"] == [
        {
            "user": user_fact("alice"),
            "broker_mode": "TRADIER_SANDBOX",
            "settled": [],
            "unsettled": [],
            "drift": [f"{symbol} 1 0"],
            "trouble": None,
        }
    ]
    assert drifted(stage) == {"SPY"}
    for _ in range(4):
        stage.sync()
    stage.run("desk_reconcile")
    assert stage.trade(held)["legs"][0]["quantity"] == 0
    assert drifted(stage) == frozenset()


@pytest.mark.parametrize("fault", ["timeout_before", "malformed"])
def test_positions_that_cannot_be_read_conclude_nothing(stage: Stage, fault: str) -> None:
    """I-06: what was known stands, and the run says why."""
    add_strategy(stage, StrategyType.WHEEL)
    buy_shares(stage, 100)
    stage.run("desk_reconcile")
    stage.fault(fault, method="GET", path="/positions", times=5)
    stage.advance(120)

    ran = stage.run("desk_reconcile")

    assert ran["failed"] == 1
    assert drifted(stage) == {"SPY"}


def test_an_entry_whose_answer_was_lost_is_settled_within_five_minutes(stage: Stage) -> None:
    """B-07: what no sync has settled is looked for here."""
    strategy = add_strategy(stage)
    stage.fault("timeout_after")
    trade = stage.place(condor(stage))
    give_to(stage, strategy, trade)
    stage.advance(299)
    assert stage.run("desk_reconcile")["settled"] == 0
    assert stage.trade(trade)["status"] == "PENDING"

    stage.advance(2)
    ran = stage.run("desk_reconcile")

    assert (ran["settled"], ran["unsettled"]) == (1, 0)
    assert stage.trade(trade)["status"] == "OPEN"


def test_what_cannot_be_settled_is_told_of_until_it_is(stage: Stage) -> None:
    """B-07, B-13: critical, once, and over with the trouble."""
    strategy = add_strategy(stage)
    stage.fault("timeout_after")
    trade = stage.place(condor(stage))
    give_to(stage, strategy, trade)
    stage.advance(301)
    stage.fault("status", method="GET", path="/orders", code=500, body="", times=20)
    for _ in range(2):
        ran = stage.run("desk_reconcile")
        assert (ran["settled"], ran["unsettled"]) == (0, 1)
        stage.advance(120)
    (told,) = alerts(stage, "not_settled")
    assert (told.severity, told.trade_id, told.resolved_at) == ("critical", UUID(trade["id"]), None)

    stage.world.faults.clear()
    stage.sync()
    stage.run("desk_reconcile")

    (told,) = alerts(stage, "not_settled")
    assert told.resolved_at is not None


def test_many_accounts_go_on_in_parts(stage: Stage) -> None:
    """architecture.md, Clocks: one message an account; a part looks at its own alone."""
    for username in ("alice", "bob"):
        add_strategy(stage, StrategyType.WHEEL, username=username)
    jobs = replace(stage.container.jobs_environment(), fan_out=FanOut(accounts_inline_max=1))

    class Crowded:
        """Jobs with room for one account."""

        def jobs_environment(self) -> Environment:
            """Return them."""
            return jobs

    due_at = stage.clock.now()
    assert run_job(Crowded(), "desk_reconcile", due_at=due_at, payload={}) == {"sent": 2}
    parts = [payload for job, payload, _ in stage.bus.sent if job == "desk_reconcile"]
    ran = [run_job(Crowded(), "desk_reconcile", due_at=due_at, payload=payload) for payload in parts]

    assert [one["accounts"] for one in ran] == [1, 1]


def test_a_caller_reconciles_their_own_accounts_now(stage: Stage) -> None:
    """B-15: `{results}` of the caller alone."""
    add_strategy(stage, StrategyType.WHEEL, username="bob")
    add_strategy(stage, StrategyType.WHEEL)
    buy_shares(stage, 100)

    (mine,) = reconcile(stage.env, "alice")

    assert (mine.account.username, mine.underlyings, mine.trouble) == ("alice", ("SPY",), None)
    assert [(one.symbol, int(one.books), int(one.broker)) for one in mine.drift] == [("SPY", 0, 100)]
    assert reconcile(stage.env, "bob")[0].drift == ()
