"""B-05, B-06, B-08: strategies and the kill switch leave by limits that walk; the VIX path's last step."""

from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection

from chalicelib.domain.accounts import BrokerMode
from chalicelib.domain.trading.orders import OrderType
from chalicelib.domain.trading.trades import CloseReason, Originator, Trade
from chalicelib.services.accounts.at_work import accounts_at_work
from chalicelib.services.accounts.hand_over import hand_over
from chalicelib.services.commands.originate import enter
from chalicelib.services.lifecycle.order_sender import MARKET_OVERRIDE
from chalicelib.services.lifecycle.strategy_exit import begin_strategy_exit
from chalicelib.services.sync.sync_account import sync_account
from chalicelib.store.database import DatabaseUnavailable
from chalicelib.store.engine import open_engine
from chalicelib.store.trades.trades import load_trade
from tests.services.live import LIVE_ACCOUNT, go_live
from tests.services.stage import Stage
from tests.services.test_closing_in_part import MODES, Dying, deliver, lapse, nobody_trades, sales
from tests.services.test_structures import vertical

STRATEGY = "5a9e8e5c-0000-7000-8000-000000000001"
Seen = dict[str, Any]  # Any: JSON


def held_by_desk(stage: Stage, **changes: Any) -> Seen:
    """Return a trade of the desk that is open."""
    jobs = stage.container.jobs_environment()
    command = vertical(stage, **changes)
    trade_id = enter(jobs, "alice", Originator.DESK, STRATEGY, command, f"desk-{stage.clock.now()}")
    trade = stage.trade({"id": str(trade_id)})
    assert trade["status"] == "OPEN"
    return trade


def short_put(stage: Stage, **changes: Any) -> Seen:
    """Return a cash-secured put of the desk."""
    stage.set(account_balance=Decimal(1_000_000))
    legs = vertical(stage).legs[:1]
    return held_by_desk(stage, legs=legs, limit_price=Decimal("0.05"), names_legs=True, **changes)


def leave(
    stage: Stage,
    trade: Seen,
    reason: CloseReason = CloseReason.STRATEGY_EXIT,
    *,
    buffer_pct: int = 5,
    fast: bool = False,
) -> None:
    """Begin to leave it as an exit scan does, and let its account be worked on."""
    env = stage.container.jobs_environment()

    def begin(connection: Connection) -> Trade:
        stored = load_trade(connection, UUID(trade["id"]), lock=True)
        assert stored is not None
        return begin_strategy_exit(env, connection, stored, reason, buffer_pct=Decimal(buffer_pct), fast=fast)

    hand_over(env, env.database.run(begin, username="alice"))
    deliver(stage)


def steps(stage: Stage, count: int) -> None:
    """Let so many steps of ten seconds pass."""
    for _ in range(count):
        stage.advance(10)
        deliver(stage)


def prices(stage: Stage, trade: Seen) -> list[Decimal]:
    """Return the limits at which it was offered."""
    return [Decimal(str(one["limit_price"])) for one in sales(stage, trade)]


def worst(stage: Stage, trade: Seen) -> Decimal:
    """Return how far its exit may go, as stored."""
    (row,) = stage.query("select closing_limit_price from paper_trades where id = :id", id=trade["id"])
    found: Decimal = row.closing_limit_price
    return found


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("reason", [CloseReason.STRATEGY_EXIT, CloseReason.KILL_SWITCH])
def test_a_structure_walks_from_the_middle_to_the_market(
    stage: Stage, mode: BrokerMode, reason: CloseReason
) -> None:
    """B-06: a combo limit, each step stored, to what leaving brings at once; the reason is kept."""
    stage.set(broker_mode=mode.value)
    trade = held_by_desk(stage, qty=2)
    leave(stage, trade, reason)
    assert stage.trade(trade)["status"] == "CLOSING"
    steps(stage, 12)

    now = stage.trade(trade)
    assert (now["status"], now["close_reason"]) == ("CLOSED", reason.value)
    assert {one["type"] for one in sales(stage, trade)} == {"limit"}
    tried = prices(stage, trade)
    assert tried == sorted(tried, reverse=True), "less is brought with each step"
    assert [high - low for high, low in pairwise(tried[:-1])] == [Decimal("0.05")] * (len(tried) - 2)


def test_what_nobody_takes_is_open_again_and_walks_anew(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B-06: again each scan until closed, each time from the market as it then stands; one alert, counted."""
    trade = held_by_desk(stage)
    nobody_trades(stage, monkeypatch, times=200)
    leave(stage, trade)
    first = worst(stage, trade)
    steps(stage, 14)
    now = stage.trade(trade)

    assert (now["status"], now["close_requested_at"]) == ("OPEN", None)
    assert min(prices(stage, trade)) >= first
    stage.jump("SPY", 0.995)
    leave(stage, trade)
    assert worst(stage, trade) < first
    steps(stage, 14)
    assert len(stage.query("select id from alerts where kind = 'close_failed' and resolved_at is null")) == 1
    assert stage.trade(trade)["status"] == "OPEN"


def test_the_buffer_is_the_settings(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """B-01: how far past what leaving brings an exit may go; never past it (I-39)."""
    trade = held_by_desk(stage)
    nobody_trades(stage, monkeypatch)
    leave(stage, trade, buffer_pct=0)
    plain = worst(stage, trade)
    steps(stage, 14)
    leave(stage, trade, buffer_pct=20)

    assert plain < 0
    wide = worst(stage, trade)
    assert wide == pytest.approx(plain * Decimal("1.2"), abs=Decimal("0.03"))
    steps(stage, 14)
    assert min(prices(stage, trade)) >= wide


def test_one_leg_leaves_by_a_limit_too(stage: Stage) -> None:
    """B-05: no market order of the desk: a short put is bought back from the middle up."""
    trade = short_put(stage, qty=2)
    leave(stage, trade)
    steps(stage, 12)

    now = stage.trade(trade)
    assert (now["status"], now["close_reason"]) == ("CLOSED", "STRATEGY_EXIT")
    assert {(one["type"], one["side"]) for one in sales(stage, trade)} == {("limit", "buy_to_close")}
    assert prices(stage, trade) == sorted(prices(stage, trade))
    assert stage.held(trade["legs"][0]["symbol"]) == 0


def test_a_person_closes_what_the_desk_holds_by_a_limit(stage: Stage) -> None:
    """B-05: whoever asks, the desk's trade leaves at what that costs at once plus the buffer."""
    trade = short_put(stage)
    closed = stage.close_trade(trade)

    assert (closed.status, closed.trade["status"]) == (200, "CLOSED")
    (order,) = sales(stage, trade)
    assert (order["type"], order["side"]) == ("limit", "buy_to_close")


def test_the_kill_switch_leaves_a_persons_trade_by_a_limit(stage: Stage) -> None:
    """B-08: flattened by aggressive limits, its bracket gone first."""
    trade = stage.place_bracketed(qty=2)
    leave(stage, trade, CloseReason.KILL_SWITCH)
    steps(stage, 12)

    now = stage.trade(trade)
    assert (now["status"], now["close_reason"]) == ("CLOSED", "KILL_SWITCH")
    assert {one["type"] for one in sales(stage, trade)} == {"limit"}
    assert stage.held(trade["legs"][0]["symbol"]) == 0
    assert stage.working_sells() == 0


def overrides(stage: Stage, trade: Seen) -> int:
    """Return how often an order of it was let go at market, as its history tells."""
    rows = stage.query(
        "select from_status, to_status from state_transitions where trade_id = :id and reason = :reason",
        id=trade["id"],
        reason=MARKET_OVERRIDE,
    )
    assert all(row.from_status == row.to_status == "CLOSING" for row in rows)
    return len(rows)


def test_the_vix_path_ends_at_market(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """B-06: a limit unfilled for 30 s, its cancel confirmed, then the market step; the override is kept."""
    trade = held_by_desk(stage, qty=2)
    nobody_trades(stage, monkeypatch, times=3)
    leave(stage, trade, fast=True)
    steps(stage, 2)
    assert len(sales(stage, trade)) == 3
    assert prices(stage, trade)[-1] == worst(stage, trade), "all of the way within the 30 s"
    steps(stage, 1)

    now = stage.trade(trade)
    assert (now["status"], now["close_reason"]) == ("CLOSED", "STRATEGY_EXIT")
    assert [(one["type"], one["status"]) for one in sales(stage, trade)] == [
        ("limit", "CANCELED"),
        ("limit", "CANCELED"),
        ("limit", "CANCELED"),
        ("market", "FILLED"),
    ]
    assert overrides(stage, trade) == 1


def test_a_walk_that_is_hurried_late_takes_the_market_step_at_once(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B-06: its limits were unfilled for longer than 30 s when VIX jumped."""
    trade = held_by_desk(stage)
    nobody_trades(stage, monkeypatch, times=6)
    leave(stage, trade, buffer_pct=50)
    steps(stage, 5)
    assert {one["type"] for one in sales(stage, trade)} == {"limit"}
    leave(stage, trade, fast=True)
    steps(stage, 1)

    assert stage.trade(trade)["status"] == "CLOSED"
    assert [one["type"] for one in sales(stage, trade)][-1] == "market"
    assert overrides(stage, trade) == 1


def test_one_leg_of_the_vix_path_ends_at_market(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """B-06: a short put as well."""
    trade = short_put(stage)
    nobody_trades(stage, monkeypatch, times=3)
    leave(stage, trade, fast=True)
    steps(stage, 4)

    assert stage.trade(trade)["status"] == "CLOSED"
    assert [one["type"] for one in sales(stage, trade)][-1] == "market"
    assert overrides(stage, trade) == 1


@pytest.mark.parametrize("allowed", [False, True])
def test_live_the_last_step_wants_its_owners_leave(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, allowed: bool
) -> None:
    """B-05, A-12: without it that step is a limit at the natural price plus the buffer."""
    go_live(stage, allow_market=allowed)
    trade = stage.place(vertical(stage))
    assert trade["broker_mode"] == "TRADIER_LIVE"
    nobody_trades(stage, monkeypatch, times=3)
    leave(stage, trade, CloseReason.KILL_SWITCH, fast=True)
    steps(stage, 4)

    now = stage.trade(trade)
    assert (now["status"], now["close_reason"]) == ("CLOSED", "KILL_SWITCH")
    last = sales(stage, trade)[-1]
    assert last["type"] == ("market" if allowed else "limit")
    assert overrides(stage, trade) == int(allowed)
    assert len(stage.world.live.truth_orders(LIVE_ACCOUNT)) == 5


def test_a_market_step_that_does_not_fill_is_given_up(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """B-06: after a minute its trade is open, its owner told; the next scan asks again."""
    trade = held_by_desk(stage)
    nobody_trades(stage, monkeypatch)
    leave(stage, trade, fast=True)
    steps(stage, 4)
    assert [one["type"] for one in sales(stage, trade)] == ["limit"] * 3 + ["market"]
    stage.sync()
    stage.sync()

    now = stage.trade(trade)
    assert (now["status"], now["close_requested_at"]) == ("OPEN", None)
    assert len(sales(stage, trade)) == 4
    assert not [one for one in stage.truth() if one["status"] in {"open", "pending"}]


def test_quotes_that_are_missing_block_no_exit(stage: Stage) -> None:
    """B: missing data never blocks an exit: the last mark less the buffer is how far it goes."""
    trade = held_by_desk(stage)
    stage.advance(40)
    stage.run("snapshot")
    mark = Decimal(str(stage.trade(trade)["current_price"]))
    stage.fault("status", vendor="orats", method="GET", path="", times=60)
    stage.fault("status", method="GET", path="/markets", times=60)
    leave(stage, trade)

    assert worst(stage, trade) == pytest.approx(mark * Decimal("1.05"), abs=Decimal("0.01"))
    assert prices(stage, trade)[0] == pytest.approx(mark, abs=Decimal("0.01"))


def test_a_refused_exit_does_not_go_each_scan(stage: Stage) -> None:
    """A-04, I-35: the same refusal is not asked for again and again."""
    trade = held_by_desk(stage)
    stage.fault("status", code=400, body='{"errors": {"error": ["no", "no"]}}', times=9)
    for _ in range(6):
        leave(stage, trade)
        steps(stage, 6)

    assert {one["status"] for one in sales(stage, trade)} == {"REJECTED"}
    assert len(sales(stage, trade)) == 4
    assert stage.trade(trade)["status"] == "OPEN"


@pytest.mark.parametrize("calls", range(0, 40, 3))
@pytest.mark.parametrize("fast", [False, True])
def test_killed_between_any_two_lines(stage: Stage, calls: int, fast: bool) -> None:
    """I-01, I-28, I-39: whoever takes over leaves once; the worst price is the one stored."""
    trade = held_by_desk(stage, qty=2)
    env = stage.container.jobs_environment()

    def begin(connection: Connection) -> Trade:
        stored = load_trade(connection, UUID(trade["id"]), lock=True)
        assert stored is not None
        return begin_strategy_exit(env, connection, stored, CloseReason.STRATEGY_EXIT, fast=fast)

    env.database.run(begin, username="alice")
    database = Dying(open_engine(stage.urls.jobs), stage.clock)
    database.left = calls
    (account,) = accounts_at_work(env, "alice")
    with suppress(DatabaseUnavailable):
        sync_account(replace(env, database=database), account)
    database.dispose()
    lapse(stage)
    for _ in range(16):
        live = [one for one in stage.truth() if one["status"] in {"open", "pending", "partially_filled"}]
        assert len(live) <= 1
        stage.sync(after=10)

    assert stage.trade(trade)["status"] == "CLOSED"
    assert [stage.held(leg["symbol"]) for leg in trade["legs"]] == [0, 0]


def test_a_market_entry_of_the_desk_is_stopped_where_orders_leave(stage: Stage) -> None:
    """B-05: the adapter refuses it: nothing was sent, nothing is held."""
    env = stage.container.jobs_environment()
    command = stage.command(order_type=OrderType.MARKET)
    trade_id = enter(env, "alice", Originator.DESK, STRATEGY, command, "desk-1")

    now = stage.trade({"id": str(trade_id)})
    assert (now["status"], now["close_reason"]) == ("CANCELED", "NOT_PLACED")
    assert stage.truth() == []
