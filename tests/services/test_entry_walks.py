"""B-05, I-39: an entry walks from its first price to its worst, one working order at a time."""

from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest

from chalicelib.domain.accounts import BrokerMode
from chalicelib.domain.trading.commands import PlaceTrade
from chalicelib.domain.trading.trades import Originator
from chalicelib.domain.trading.walk import EntryWalk
from chalicelib.services.accounts.at_work import accounts_at_work
from chalicelib.services.commands.originate import enter
from chalicelib.services.errors import Invalid
from chalicelib.services.sync.sync_account import sync_account
from chalicelib.store.database import DatabaseUnavailable
from chalicelib.store.engine import open_engine
from tests.services.stage import Stage
from tests.services.test_closing_in_part import MODES, Dying, deliver, lapse, nobody_trades
from tests.services.test_structures import vertical

STRATEGY = "5a9e8e5c-0000-7000-8000-000000000001"
LIVE = {"OPEN", "PENDING", "PARTIALLY_FILLED"}
Seen = dict[str, Any]  # Any: JSON


def walking(stage: Stage, start: str = "-0.60", worst: str = "-0.10", **changes: Any) -> PlaceTrade:
    """Return a credit spread that walks; nobody pays its first price."""
    walk = EntryWalk(worst=Decimal(worst))
    return vertical(stage, limit_price=Decimal(start), walk=walk, **changes)


def entered(stage: Stage, command: PlaceTrade, key: str = "desk-1") -> Seen:
    """Enter it for the desk and return the trade."""
    jobs = stage.container.jobs_environment()
    trade_id = enter(jobs, "alice", Originator.DESK, STRATEGY, command, key)
    return stage.trade({"id": str(trade_id)})


def entries(stage: Stage, trade: Seen) -> list[Seen]:
    """Return the orders that entered, or were to."""
    return [order for order in stage.trade(trade)["orders"] if order["role"] == "ENTRY"]


def prices(stage: Stage, trade: Seen) -> list[Decimal]:
    """Return the limits of its steps."""
    return [Decimal(str(one["limit_price"])) for one in entries(stage, trade)]


def steps(stage: Stage, count: int) -> None:
    """Let so many steps of ten seconds pass, each by its delayed message."""
    for _ in range(count):
        stage.advance(10)
        deliver(stage)


def natural(stage: Stage, command: PlaceTrade) -> Decimal:
    """Return what entering it costs at once, below 0 for a credit."""
    assert command.legs[0].expiry is not None
    chain = stage.env.market_data.for_user("alice").chain("SPY", [command.legs[0].expiry])
    by_strike = {
        Decimal(symbol[-8:]) / 1000: quote for symbol, quote in chain.quotes.items() if symbol[-9] == "P"
    }
    sold, bought = (by_strike[leg.strike] for leg in command.legs if leg.strike is not None)
    assert sold.bid is not None
    assert bought.ask is not None
    return bought.ask - sold.bid


@pytest.mark.parametrize("mode", MODES)
def test_it_walks_until_somebody_takes_it(stage: Stage, mode: BrokerMode) -> None:
    """B-05: down by 0.05 for a credit every 10 s, each cancel confirmed; filled where the market stands."""
    stage.set(broker_mode=mode.value)
    at_once = natural(stage, vertical(stage))
    command = walking(stage, str(at_once - Decimal("0.12")), str(at_once + Decimal("0.10")), qty=2)
    trade = entered(stage, command)

    assert (trade["status"], trade["filled_qty"]) == ("PENDING", 0)
    for _ in range(3):
        assert len([one for one in entries(stage, trade) if one["status"] in LIVE]) == 1
        steps(stage, 1)

    now = stage.trade(trade)
    assert (now["status"], now["filled_qty"], now["open_qty"]) == ("OPEN", 2, 2)
    assert [high - low for low, high in pairwise(prices(stage, trade))] == [Decimal("0.05")] * 3
    assert [one["status"] for one in now["orders"]] == ["CANCELED"] * 3 + ["FILLED"]
    assert Decimal(str(now["entry_price"])) <= prices(stage, trade)[-1], "never worse than its limit"


def test_it_never_passes_its_worst_price(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """B-16: the last step is the worst price itself and rests there to the 120 s."""
    nobody_trades(stage, monkeypatch)
    trade = entered(stage, walking(stage, "-0.60", "-0.48"))
    steps(stage, 11)

    assert prices(stage, trade) == [Decimal(one) for one in ("-0.60", "-0.55", "-0.50", "-0.48")]
    assert [one["status"] for one in entries(stage, trade)] == ["CANCELED"] * 3 + ["OPEN"]


def test_its_time_is_up_without_a_fill(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """B-05: the last cancel confirmed, nothing is held: CANCELED, UNFILLED; nothing works at the broker."""
    nobody_trades(stage, monkeypatch)
    trade = entered(stage, walking(stage, "-1.60"))
    steps(stage, 14)

    now = stage.trade(trade)
    assert (now["status"], now["close_reason"]) == ("CANCELED", "UNFILLED")
    assert len(entries(stage, trade)) == 12
    assert {one["status"] for one in entries(stage, trade)} == {"CANCELED"}
    assert not [one for one in stage.truth() if one["status"] in {"open", "pending"}]


def test_what_filled_in_part_is_kept_and_the_rest_walks_on(stage: Stage) -> None:
    """B-05: whole structures; each step asks for what is left, at the end the trade has what was filled."""
    at_once = natural(stage, vertical(stage))
    stage.fault("partial_fill", fraction=0.5, times=50)
    trade = entered(stage, walking(stage, str(at_once), str(at_once + Decimal("0.30")), qty=5))
    assert trade["status"] == "PARTIALLY_FILLED"
    steps(stage, 13)

    now = stage.trade(trade)
    left = Decimal(5)
    for one in entries(stage, trade):
        assert one["quantity"] == left
        left -= Decimal(str(one["filled_quantity"]))
    assert now["status"] == "OPEN"
    assert now["filled_qty"] == now["open_qty"] == 5 - left
    assert [stage.held(leg["symbol"]) for leg in now["legs"]] == [left - 5, 5 - left]
    costs = [
        Decimal(str(one["avg_fill_price"])) * Decimal(str(one["filled_quantity"]))
        for one in entries(stage, trade)
        if one["filled_quantity"]
    ]
    assert Decimal(str(now["entry_price"])) == pytest.approx(sum(costs) / (5 - left))


def test_the_rest_is_cancelled_when_the_time_is_up(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """B-05: what filled stays a trade, watched like any other."""
    stage.fault("partial_fill", fraction=0.5, times=1)
    at_once = natural(stage, vertical(stage))
    trade = entered(stage, walking(stage, str(at_once), str(at_once + Decimal("0.30")), qty=4))
    nobody_trades(stage, monkeypatch)
    steps(stage, 14)

    now = stage.trade(trade)
    assert (now["status"], now["filled_qty"], now["open_qty"], now["qty"]) == ("OPEN", 2, 2, 4)
    assert not [one for one in now["orders"] if one["status"] in LIVE]


def test_a_refusal_ends_it(stage: Stage) -> None:
    """B-05: rejected ends it, at any step."""
    trade = entered(stage, walking(stage, "-1.60"))
    stage.fault("status", code=400, body='{"errors": {"error": ["Backoffice rejected", "InitialMargin"]}}')
    steps(stage, 3)

    now = stage.trade(trade)
    assert (now["status"], now["close_reason"]) == ("CANCELED", "REJECTED")
    assert [one["status"] for one in entries(stage, trade)] == ["CANCELED", "REJECTED"]


def test_an_order_that_somebody_cancelled_ends_it(stage: Stage) -> None:
    """B-05: we did not ask for it, so nobody wants the next step."""
    trade = entered(stage, walking(stage, "-1.60"))
    (working,) = [one for one in stage.truth() if one["status"] in {"open", "pending"}]
    stage.cancel_by_hand(working["id"])
    steps(stage, 3)

    now = stage.trade(trade)
    assert (now["status"], now["close_reason"]) == ("CANCELED", "CANCELED")
    assert len(entries(stage, trade)) == 1


def test_the_bell_ends_it(stage: Stage) -> None:
    """I-18: what the session leaves of a walk is over with it."""
    stage.go_to(stage.clock.now().replace(hour=20, minute=59, second=30))
    trade = entered(stage, walking(stage, "-1.60"))
    steps(stage, 6)
    for _ in range(3):
        stage.sync()

    now = stage.trade(trade)
    assert (now["status"], now["close_reason"]) == ("CANCELED", "UNFILLED")
    assert not [one for one in stage.truth() if one["status"] in {"open", "pending"}]


def test_a_lost_answer_is_settled_before_the_next_step(stage: Stage) -> None:
    """I-05, I-39: nobody sends another order while the fate of one is open."""
    trade = entered(stage, walking(stage, "-1.60"))
    stage.fault("timeout_after")
    steps(stage, 1)
    unknown, live = entries(stage, trade)[1], [one for one in stage.truth() if one["status"] == "open"]
    assert (unknown["status"], len(live)) == ("UNKNOWN", 1)
    stage.sync(after=1)

    assert [one["status"] for one in entries(stage, trade)] == ["CANCELED", "OPEN"]
    steps(stage, 1)
    assert len([one for one in stage.truth() if one["status"] == "open"]) <= 1


def test_a_step_that_could_not_be_sent_goes_again(stage: Stage) -> None:
    """A-12: surely not taken, so the walk goes on at the same price, ten seconds later."""
    trade = entered(stage, walking(stage, "-1.60"))
    stage.fault("rate_limited", path="/orders")
    steps(stage, 1)
    assert [one["status"] for one in entries(stage, trade)] == ["CANCELED", "CANCELED"]
    steps(stage, 1)

    now = prices(stage, trade)
    assert now == [Decimal("-1.60"), Decimal("-1.55"), Decimal("-1.55")]
    assert entries(stage, trade)[-1]["status"] == "OPEN"


def test_one_entry_of_an_account_walks_at_a_time(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """B-05: the others wait with their intent unsent; their time counts from the first send."""
    nobody_trades(stage, monkeypatch)
    first = entered(stage, walking(stage, "-1.60", "-1.55"))
    second = entered(stage, walking(stage, "-1.60", "-1.50"), "desk-2")

    assert [one["status"] for one in entries(stage, second)] == ["INTENT"]
    for _ in range(11):
        steps(stage, 1)
        assert [one["status"] for one in entries(stage, second)] == ["INTENT"]
    steps(stage, 1)
    assert stage.trade(first)["close_reason"] == "UNFILLED"
    steps(stage, 10)

    assert stage.trade(second)["status"] == "PENDING", "its 120 s began after the others"
    assert prices(stage, second) == [Decimal("-1.60"), Decimal("-1.55"), Decimal("-1.50")]
    assert len([one for one in stage.truth() if one["status"] == "open"]) == 1


def test_an_entry_whose_turn_does_not_come_is_not_sent(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """B-10: nothing is sent on a chain of five minutes ago."""
    nobody_trades(stage, monkeypatch)
    trades = [entered(stage, walking(stage, "-1.60"), f"desk-{number}") for number in range(4)]
    for _ in range(7):
        stage.sync()
        deliver(stage)

    last = stage.trade(trades[-1])
    assert (last["status"], last["close_reason"]) == ("CANCELED", "NOT_PLACED")
    assert [one["status"] for one in last["orders"]] == ["CANCELED"]


def test_another_account_does_not_wait(stage: Stage) -> None:
    """B-05: the turn is an account's own."""
    entered(stage, walking(stage, "-1.60"))
    stage.set(broker_mode=BrokerMode.PAPER.value)
    second = entered(stage, walking(stage, "-1.60"), "desk-2")

    assert [one["status"] for one in entries(stage, second)] == ["OPEN"]


def test_it_is_withdrawn_while_it_walks(stage: Stage) -> None:
    """B-08: what works is cancelled and confirmed, and no step follows."""
    trade = entered(stage, walking(stage, "-1.60"))
    steps(stage, 1)
    stage.cancel(stage.trade(trade))
    steps(stage, 3)

    now = stage.trade(trade)
    assert (now["status"], now["close_reason"]) == ("CANCELED", "CANCELED")
    assert len(entries(stage, trade)) == 2
    assert not [one for one in stage.truth() if one["status"] in {"open", "pending"}]


def test_it_is_withdrawn_between_two_steps(stage: Stage) -> None:
    """B-08: nothing works then, and nothing is sent."""
    trade = entered(stage, walking(stage, "-1.60"))
    stage.fault("rate_limited", path="/orders")
    steps(stage, 1)
    stage.cancel(stage.trade(trade))

    assert stage.trade(trade)["close_reason"] == "CANCELED"
    steps(stage, 2)
    assert len(entries(stage, trade)) == 2


@pytest.mark.parametrize(
    ("start", "worst"), [("-0.40", "-0.60"), ("-0.60", "-0.505")], ids=["better than its first", "off tick"]
)
def test_a_walk_that_leads_nowhere_is_refused(stage: Stage, start: str, worst: str) -> None:
    with pytest.raises(Invalid) as refused:
        entered(stage, walking(stage, start, worst))

    assert [error.field for error in refused.value.errors] == ["walk"]


@pytest.mark.parametrize("calls", range(0, 30, 2))
def test_killed_between_any_two_lines(stage: Stage, calls: int) -> None:
    """I-01, I-28, I-39: whoever takes over sends no step twice; what is held is what the trade says."""
    at_once = natural(stage, vertical(stage))
    command = walking(stage, str(at_once - Decimal("0.07")), str(at_once + Decimal("0.10")), qty=2)
    jobs = stage.container.jobs_environment()
    database = Dying(open_engine(stage.urls.app), stage.clock)
    database.left = calls
    with suppress(DatabaseUnavailable):
        enter(replace(stage.env, database=database), "alice", Originator.DESK, STRATEGY, command, "desk-1")
    database.dispose()
    lapse(stage)
    trade_id: UUID = enter(jobs, "alice", Originator.DESK, STRATEGY, command, "desk-1")
    for _ in range(16):
        live = [one for one in stage.truth() if one["status"] in {"open", "pending", "partially_filled"}]
        assert len(live) <= 1
        stage.sync(after=10)

    now = stage.trade({"id": str(trade_id)})
    assert now["status"] in {"OPEN", "CANCELED"}
    assert [stage.held(leg["symbol"]) for leg in now["legs"]] == [-now["open_qty"], now["open_qty"]]
    rows = stage.query("select id from paper_trades")
    assert len(rows) == 1


@pytest.mark.parametrize("calls", range(0, 40, 3))
def test_a_step_killed_between_any_two_lines(stage: Stage, calls: int) -> None:
    """I-39: the worker of a step dies anywhere; the walk goes on from the broker's word."""
    at_once = natural(stage, vertical(stage))
    command = walking(stage, str(at_once - Decimal("0.07")), str(at_once + Decimal("0.10")), qty=2)
    trade = entered(stage, command)
    stage.advance(10)
    jobs = stage.container.jobs_environment()
    database = Dying(open_engine(stage.urls.jobs), stage.clock)
    database.left = calls
    (account,) = accounts_at_work(jobs, "alice")
    with suppress(DatabaseUnavailable):
        sync_account(replace(jobs, database=database), account)
    database.dispose()
    lapse(stage)
    for _ in range(16):
        live = [one for one in stage.truth() if one["status"] in {"open", "pending", "partially_filled"}]
        assert len(live) <= 1
        stage.sync(after=10)

    now = stage.trade(trade)
    assert (now["status"], now["filled_qty"]) == ("OPEN", 2)
    assert [stage.held(leg["symbol"]) for leg in now["legs"]] == [-2, 2]
    tried = prices(stage, trade)
    assert tried == sorted(tried)
    assert tried[-1] <= command.walk.worst if command.walk else False
