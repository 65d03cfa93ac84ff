"""B-06: what the desk holds is judged each minute and left when its strategy says so, once."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, text

from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.domain.desk.strategies.strategy_types import StrategyType
from chalicelib.domain.json_value import JsonValue
from chalicelib.domain.spelling import as_price, as_result
from chalicelib.domain.trading.trades import Trade
from chalicelib.jobs.runner import run_job
from chalicelib.services.desk.leaving import begin_apart, begin_exits
from chalicelib.services.desk.leaving.begin_exits import Exit
from chalicelib.services.desk.leaving.leave import leave, read_open, watch_vix
from chalicelib.services.environment import Environment, FanOut
from chalicelib.store.desk import strategies
from infra.local.database.postgres import DatabaseUrls
from infra.local.emulators.market.quotes import Held
from tests.services.desk.desk_trades import add_strategy, alerts, condor, open_for_desk
from tests.services.stage import Stage, eastern
from tests.services.structures import PUT, SHORT, TODAY, legs_of, structure

Json = dict[str, Any]  # Any: JSON
GRACE = 900


def scan(stage: Stage, *, after: float = 60) -> dict[str, JsonValue]:
    """Let time pass, then scan."""
    stage.advance(after)
    return stage.run("desk_exits")


def carry_on(stage: Stage) -> None:
    """Run what was sent to accounts, as far as it is due."""
    while due := [
        one
        for one in stage.bus.sent
        if one[0] == "sync" and (one[2] or stage.clock.now()) <= stage.clock.now()
    ]:
        stage.bus.sent = [one for one in stage.bus.sent if one not in due]
        stage.run("sync", **due[0][1])


def walk_out(stage: Stage, *, seconds: int = 130) -> None:
    """Let walks take their steps."""
    for _ in range(seconds // 10):
        carry_on(stage)
        stage.advance(10)
    carry_on(stage)


def decisions(stage: Stage, trade: Json) -> list[tuple[str, str, int]]:
    """Return what scans decided of a trade: decision, cause, scans held."""
    rows = stage.query(
        "select decision, ended_by, scans from strategy_evaluations where trade_id = :id order by first_at",
        id=trade["id"],
    )
    return [(row.decision, row.ended_by, row.scans) for row in rows]


def kept(stage: Stage, trade: Json) -> Json:
    """Return what is counted of a trade."""
    (row,) = stage.query("select state from exit_states where trade_id = :id", id=trade["id"])
    found: Json = row.state
    return found


def orats_calls(stage: Stage) -> int:
    """Return how many calls ORATS has answered."""
    return int(str(stage.world.orats.calls()["total"]))


def sent_exits(stage: Stage, trade: Json) -> list[Json]:
    return [one for one in stage.trade(trade)["orders"] if one["role"] == "EXIT"]


def test_a_stop_holds_on_three_scans_and_then_walks_out(stage: Stage) -> None:
    """B-06, I-42: wait, wait, exit; closed by one combined limit, with the evaluation that says why."""
    strategy = add_strategy(stage, stop_usd=20)
    trade = open_for_desk(stage, strategy)
    stage.advance(GRACE)
    stage.jump("SPY", 0.97)
    assert scan(stage)["waiting"] == 1
    assert scan(stage)["waiting"] == 1
    assert decisions(stage, trade) == [("WAIT", "stop_usd", 2)]
    assert stage.trade(trade)["status"] == "OPEN"

    ran = scan(stage)
    assert (ran["exits"], ran["begun"]) == (1, 1)
    assert decisions(stage, trade) == [("EXIT", "stop_usd", 3)]
    walk_out(stage)

    closed = stage.trade(trade)
    assert (closed["status"], closed["close_reason"]) == ("CLOSED", "STRATEGY_EXIT")
    assert (closed["pnl_status"], closed["close_status"], closed["needs_reconcile"]) == (
        "FILL",
        "CLOSED",
        False,
    )
    assert {one["type"] for one in sent_exits(stage, trade)} == {"limit"}
    assert closed["realized_pnl"] < -20
    assert scan(stage) == {"skipped": "the desk holds nothing"}


def test_an_owner_hears_of_each_trade_that_opens_and_ends(stage: Stage) -> None:
    """B-13: info, with trade, strategy, cause and P&L; once each."""
    strategy = add_strategy(stage, stop_usd=20)
    trade = open_for_desk(stage, strategy)
    (told,) = alerts(stage, "trade_opened")
    assert (told.severity, told.trade_id) == ("info", UUID(trade["id"]))
    assert (
        f"SPY iron condor of {strategy.name} opened: 1 at {as_price(Decimal(str(trade['entry_price'])))}."
        in told.text
    )
    stage.advance(GRACE)
    stage.jump("SPY", 0.97)
    for _ in range(3):
        scan(stage)
    walk_out(stage)
    stage.sync()

    (told,) = alerts(stage, "trade_closed")
    result = as_result(Decimal(str(stage.trade(trade)["realized_pnl"])))
    assert told.text == f"SPY iron condor of {strategy.name} closed: P&L {result} (stop_usd)."


def test_a_close_says_how_far_it_has_come(stage: Stage) -> None:
    """B-07: none, submitted, partly filled, refused; a lost answer has to be reconciled."""
    trade = open_for_desk(stage, add_strategy(stage), condor(stage, qty=4))
    assert group_of(stage, trade) == ("MARK", "NONE", False)
    stage.fault("partial_fill", fraction=0.5)
    stage.close_trade(stage.trade(trade))
    assert group_of(stage, trade) == ("MARK", "PARTIAL", False)
    stage.advance(70)
    stage.fault("reject_after_200")
    stage.run("sync")
    stage.close_trade(stage.trade(trade))
    assert group_of(stage, trade) == ("MARK", "REJECTED", False)
    stage.fault("timeout_after")
    stage.close_trade(stage.trade(trade))

    assert group_of(stage, trade) == ("MARK", "SUBMITTED", True)


def group_of(stage: Stage, trade: Json) -> tuple[str, str, bool]:
    """Return what a group carries of its P&L and its close."""
    now = stage.trade(trade)
    return now["pnl_status"], now["close_status"], now["needs_reconcile"]


def test_a_stop_does_not_fire_on_one_bad_print(stage: Stage) -> None:
    """B-06, complaint: a stop fires on one bad print: a mark that jumped neither counts nor clears."""
    trade = open_for_desk(stage, add_strategy(stage, stop_usd=20))
    stage.advance(GRACE)
    scan(stage)
    short = trade["legs"][2]["symbol"]
    stage.world.simulated.hold_quote(short, Held(bid=90.0, ask=91.0))
    assert scan(stage)["waiting"] == 0
    assert "counts" not in kept(stage, trade)
    stage.world.simulated.release_quotes(short)
    for _ in range(3):
        scan(stage)

    assert decisions(stage, trade) == []
    assert stage.trade(trade)["status"] == "OPEN"


def test_a_scan_delivered_twice_counts_once(stage: Stage) -> None:
    """I-42, I-20: the same instant again moves no count, whoever delivers it."""
    trade = open_for_desk(stage, add_strategy(stage, stop_usd=20))
    stage.advance(GRACE)
    stage.jump("SPY", 0.97)
    stage.advance(60)
    due_at = stage.clock.now()
    for _ in range(4):
        run_job(stage.container, "desk_exits", due_at=due_at, payload={}, forced=True)

    assert decisions(stage, trade) == [("WAIT", "stop_usd", 1)]
    assert kept(stage, trade)["counts"] == [["stop_usd", 1]]


def test_no_exit_sells_twice_after_a_restart(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """I-42, complaint: an exit loop that sells twice after a restart; killed after each thing it stored."""
    trade = open_for_desk(stage, add_strategy(stage, stop_usd=20))
    stage.advance(GRACE)
    stage.jump("SPY", 0.97)
    scan(stage)
    scan(stage)
    with monkeypatch.context() as killed:
        killed.setattr("chalicelib.services.desk.leaving.leave.begin_exits", _die)
        with pytest.raises(Killed):
            scan(stage)
    assert kept(stage, trade)["leaving"] == "stop_usd"
    assert stage.trade(trade)["status"] == "OPEN"

    with monkeypatch.context() as killed:
        killed.setattr(begin_apart, "hand_over_each", lambda _env, begun: begun and _die())
        with pytest.raises(Killed):
            scan(stage)
    assert stage.trade(trade)["status"] == "CLOSING"
    assert scan(stage)["begun"] == 0
    stage.run("sync")
    walk_out(stage)
    scan(stage)
    stage.run("sync")

    assert stage.trade(trade)["close_reason"] == "STRATEGY_EXIT"
    assert sum(one["filled_quantity"] for one in sent_exits(stage, trade)) == 1
    assert all(stage.held(leg["symbol"]) == 0 for leg in trade["legs"])


class Killed(BaseException):
    """A function that ends between two lines."""


def _die(*_: object) -> int:
    raise Killed


def test_an_exit_that_was_decided_is_asked_until_it_is_done(stage: Stage) -> None:
    """B-06: again each scan until closed, though the mark came back meanwhile."""
    trade = open_for_desk(stage, add_strategy(stage, stop_usd=20))
    stage.advance(GRACE)
    stage.jump("SPY", 0.97)
    for _ in range(2):
        scan(stage)
    stage.fault("reject_after_200", times=1)
    scan(stage)
    walk_out(stage)
    assert stage.trade(trade)["status"] == "OPEN"
    stage.jump("SPY", 1 / 0.97)
    assert scan(stage)["begun"] == 1
    walk_out(stage)

    assert stage.trade(trade)["close_reason"] == "STRATEGY_EXIT"


def test_a_last_day_is_left_before_its_buffer_ends(stage: Stage) -> None:
    """B-06: no grace and no three scans hold back the zero-DTE buffer."""
    strategy = add_strategy(stage, stop_usd=10_000)
    trade = open_for_desk(stage, strategy, condor(stage, expiry_index=0))
    stage.go_to(eastern(TODAY, 15, 28))
    assert scan(stage)["exits"] == 0

    assert scan(stage)["exits"] == 1
    assert decisions(stage, trade) == [("EXIT", "zero_dte_buffer", 0)]
    walk_out(stage)
    assert stage.trade(trade)["close_reason"] == "STRATEGY_EXIT"


def test_a_time_stop_on_a_holiday_comes_on_the_session_before(database_urls: DatabaseUrls) -> None:
    """B-06, complaint: a time stop on a holiday: of Good Friday on Thursday, not on Monday."""
    stage = Stage(database_urls, start=eastern(date(2026, 4, 2), 10))
    try:
        expiry = date(2026, 4, 10)
        index = stage.env.market_data.for_user("alice").expirations("SPY").index(expiry)
        strategy = add_strategy(stage, time_stop_dte=7)
        trade = open_for_desk(stage, strategy, condor(stage, expiry_index=index))
        stage.advance(GRACE)
        for _ in range(3):
            scan(stage)
        assert decisions(stage, trade) == [("EXIT", "time_stop_dte", 3)]
    finally:
        stage.close()


def test_what_is_missing_blocks_no_time_stop(stage: Stage) -> None:
    """B-01, B-06: without one quote the clock still counts, and the run says whose quotes failed."""
    trade = open_for_desk(stage, add_strategy(stage, time_stop_at="10:00"))
    stage.advance(GRACE + 600)
    stage.world.faults.arm_from({"vendor": "orats", "match": {}, "kind": "status", "code": 500, "times": 50})
    for _ in range(3):
        ran = scan(stage)
        assert ran["unmarked"] == 1
    assert isinstance(ran["errors"], dict)
    assert list(ran["errors"]) == ["SPY"]
    assert decisions(stage, trade) == [("EXIT", "time_stop_at", 3)]


def test_every_cause_that_counts_is_told_from_its_first_scan(stage: Stage) -> None:
    """B-02, I-42: what leaves a trade after its third scan was told of on the first, whatever else waits.

    A stop keeps its count where no mark can be made; the clock goes on counting and decides.
    """
    trade = open_for_desk(stage, add_strategy(stage, stop_usd=20, time_stop_at="10:00"))
    stage.advance(GRACE + 600)
    stage.jump("SPY", 0.97)
    scan(stage)
    assert set(decisions(stage, trade)) == {("WAIT", "stop_usd", 1), ("WAIT", "time_stop_at", 1)}
    stage.world.faults.arm_from({"vendor": "orats", "match": {}, "kind": "status", "code": 500, "times": 50})
    for _ in range(2):
        scan(stage)

    assert set(decisions(stage, trade)) == {("WAIT", "stop_usd", 1), ("EXIT", "time_stop_at", 3)}
    (row,) = stage.query(
        "select at - first_at as took from strategy_evaluations where trade_id = :id and decision = 'EXIT'",
        id=trade["id"],
    )
    assert row.took == timedelta(minutes=2)


def test_a_vix_spike_leaves_at_once_and_is_told_at_once(stage: Stage) -> None:
    """B-06, B-13: by the scan that sees 10 per cent within a minute, inside the grace; critical."""
    strategy = add_strategy(stage, stop_usd=10_000)
    trade = open_for_desk(stage, strategy)
    scan(stage)
    stage.jump("VIX", 1.12)
    stage.bus.sent.clear()
    ran = scan(stage)

    assert (ran["exits"], ran["begun"]) == (1, 1)
    assert decisions(stage, trade) == [("EXIT", "vix_spike", 0)]
    (told,) = alerts(stage, "vix_exit")
    assert (told.severity, told.trade_id) == ("critical", UUID(trade["id"]))
    assert strategy.name in told.text
    assert "$" in told.text
    walk_out(stage)
    assert stage.trade(trade)["close_reason"] == "STRATEGY_EXIT"


@pytest.mark.parametrize(("is_taken", "kinds"), [(True, {"limit"}), (False, {"limit", "market"})])
def test_a_vix_exit_unfilled_for_30_seconds_takes_the_market_step(
    stage: Stage, is_taken: bool, kinds: set[str]
) -> None:
    """B-06, B-05: limits for 30 s, each cancel confirmed, then the one order at market, kept for good."""
    trade = open_for_desk(stage, add_strategy(stage, stop_usd=10_000), condor(stage, qty=4))
    scan(stage)
    stage.jump("VIX", 1.12)
    if not is_taken:
        stage.fault("partial_fill", fraction=0.25, times=3)
    begun_at = stage.clock.now() + timedelta(seconds=60)
    scan(stage)
    walk_out(stage, seconds=50)

    closed = stage.trade(trade)
    assert (closed["status"], closed["close_reason"]) == ("CLOSED", "STRATEGY_EXIT")
    exits = sent_exits(stage, trade)
    assert {one["type"] for one in exits} == kinds
    assert sum(one["filled_quantity"] for one in exits) == 4
    overrides = stage.query("select at from state_transitions where reason = 'MARKET_OVERRIDE'")
    assert len(overrides) == (0 if is_taken else 1)
    assert all((row.at - begun_at).total_seconds() >= 30 for row in overrides)


def test_an_exit_that_walks_already_is_hurried_by_a_vix_spike(stage: Stage) -> None:
    """B-06: the close under way goes on as the VIX path; a person's own close is theirs."""
    by_hand, trade = (
        open_for_desk(stage, add_strategy(stage, stop_usd=stop), condor(stage, qty=4))
        for stop in (10_000, 20)
    )
    stage.advance(GRACE)
    stage.jump("SPY", 0.97)
    for _ in range(3):
        scan(stage)
    stage.fault("partial_fill", fraction=0.25)
    carry_on(stage)
    assert stage.trade(trade)["status"] == "CLOSING"
    stage.fault("partial_fill", fraction=0.25)
    stage.close_trade(stage.trade(by_hand), limit_price=Decimal("-2.99"))
    stage.jump("VIX", 1.12)

    assert scan(stage)["begun"] == 1
    rows = stage.query("select id, closing_hurried_at from paper_trades where status = 'CLOSING'")
    assert {str(row.id): row.closing_hurried_at is not None for row in rows} == {
        trade["id"]: True,
        by_hand["id"]: False,
    }
    assert scan(stage)["begun"] == 0
    assert len(alerts(stage, "vix_exit")) == 1


def test_what_the_broker_refuses_is_asked_ever_less_often_and_told_once(stage: Stage) -> None:
    """I-35, B-13: refused exits keep the pace of A-04, and one alert counts for all of them."""
    trade = open_for_desk(stage, add_strategy(stage, stop_usd=20))
    stage.advance(GRACE)
    stage.jump("SPY", 0.97)
    for _ in range(2):
        scan(stage)
    stage.fault("reject_after_200", times=100)
    for _ in range(30):
        scan(stage)
        carry_on(stage)
        stage.advance(5)
        carry_on(stage)

    assert 4 <= len(sent_exits(stage, trade)) <= 8
    (told,) = alerts(stage, "close_failed")
    assert told.severity == "critical"
    assert "tried again by the next scan" in told.text


def test_a_vix_that_rises_slowly_is_no_spike(stage: Stage) -> None:
    """B-06: against one minute before, and never against what was read long ago."""
    open_for_desk(stage, add_strategy(stage, stop_usd=10_000))
    scan(stage)
    for _ in range(2):
        stage.jump("VIX", 1.06)
        assert scan(stage)["exits"] == 0
    stage.advance(300)
    stage.jump("VIX", 1.2)
    assert scan(stage)["exits"] == 0


def test_a_suspect_mark_delays_the_vix_path_by_one_read(stage: Stage) -> None:
    """B-06: quotes are read once more, at once; not a scan is lost."""
    trade = open_for_desk(stage, add_strategy(stage, stop_usd=10_000))
    scan(stage)
    stage.jump("VIX", 1.12)
    stage.world.simulated.hold_quote(trade["legs"][2]["symbol"], Held(bid=90.0, ask=91.0))
    before = orats_calls(stage)

    assert scan(stage)["exits"] == 1
    assert orats_calls(stage) - before == 2
    assert decisions(stage, trade) == [("EXIT", "vix_spike", 0)]


def test_three_scans_without_vix_are_told_of(stage: Stage) -> None:
    """B-06: with positions that leave by it open; over once it is back."""
    open_for_desk(stage, add_strategy(stage, stop_usd=10_000))
    stage.world.simulated.hold_quote("VIX", Held(age_seconds=2000))
    for _ in range(2):
        scan(stage)
    assert alerts(stage, "vix_blind") == []
    scan(stage)
    scan(stage)
    (told,) = alerts(stage, "vix_blind")
    assert told.resolved_at is None

    stage.world.simulated.release_quotes("VIX")
    scan(stage)
    (told,) = alerts(stage, "vix_blind")
    assert told.resolved_at is not None


def test_nothing_is_sent_while_the_broker_does_not_show_the_legs(stage: Stage) -> None:
    """B-06: critical, asked again each minute, and closed once the legs are there."""
    trade = open_for_desk(stage, add_strategy(stage, stop_usd=20))
    leg = {"symbol": "SPY", "option_symbol": trade["legs"][0]["symbol"], "quantity": 1}
    stage.by_hand(**leg, side="sell_to_close")
    stage.advance(GRACE)
    stage.jump("SPY", 0.97)
    for _ in range(3):
        scan(stage)
    carry_on(stage)

    assert stage.trade(trade)["status"] == "CLOSING"
    assert sent_exits(stage, trade) == []
    (told,) = alerts(stage, "legs_not_shown")
    assert told.severity == "critical"
    assert leg["option_symbol"] in told.text
    stage.by_hand(**leg, side="buy_to_open")
    stage.sync()
    walk_out(stage)
    assert stage.trade(trade)["close_reason"] == "STRATEGY_EXIT"
    (told,) = alerts(stage, "legs_not_shown")
    assert told.resolved_at is not None


def test_a_persons_close_of_a_desk_trade_waits_for_nothing(stage: Stage) -> None:
    """B-06: neither grace nor scans; the broker is asked for the legs all the same."""
    trade = open_for_desk(stage, add_strategy(stage, stop_usd=20))

    closed = stage.close_trade(stage.trade(trade)).trade

    assert (closed["status"], closed["close_reason"]) == ("CLOSED", "MANUAL_CLOSE")


@pytest.mark.parametrize("change", [strategies.disable, strategies.remove])
def test_a_strategy_that_is_gone_still_watches_its_trades(
    stage: Stage, change: Callable[[Connection, str, UUID], object]
) -> None:
    """B-01, complaint: a strategy deleted that trades on: it enters nothing, and leaves what it holds."""
    strategy = add_strategy(stage, stop_usd=20)
    trade = open_for_desk(stage, strategy)
    with stage.env.database.transaction("alice") as connection:
        change(connection, "alice", strategy.id)
    stage.advance(GRACE)
    stage.jump("SPY", 0.97)
    for _ in range(3):
        scan(stage)

    assert decisions(stage, trade) == [("EXIT", "stop_usd", 3)]


def test_a_short_put_is_left_as_one_leg(stage: Stage) -> None:
    """B-01, B-06: a cash-secured put's result counts the other way; it is bought back."""
    stage.set(heat_limit_pct=100)
    strategy = add_strategy(stage, StrategyType.CASH_SECURED_PUT, stop_usd=20)
    expiry = stage.env.market_data.for_user("alice").expirations("SPY")[8]
    legs = legs_of(stage, (SHORT, PUT, -3), expiry=expiry)
    trade = open_for_desk(stage, strategy, structure(legs, "0.05"))
    stage.advance(GRACE)
    stage.jump("SPY", 0.97)
    for _ in range(3):
        scan(stage)
    walk_out(stage)

    closed = stage.trade(trade)
    assert (closed["status"], closed["close_reason"]) == ("CLOSED", "STRATEGY_EXIT")
    assert closed["realized_pnl"] < -20


def test_many_underlyings_go_on_in_parts(stage: Stage) -> None:
    """architecture.md, Clocks: one VIX for all, one part for each underlying, each counted once."""
    trade = open_for_desk(stage, add_strategy(stage, stop_usd=20))
    jobs = replace(stage.container.jobs_environment(), fan_out=FanOut(underlyings_inline_max=0))
    watched = read_open(jobs)
    watch_vix(jobs, watched, MarketCalendar(), stage.clock.now())
    part = leave(jobs, read_open(jobs, ticker="SPY"), MarketCalendar(), stage.clock.now(), reads_vix=False)

    assert part.trades == 1
    assert read_open(jobs, ticker="QQQ").trades == []
    (row,) = stage.query("select vix_watch, last_exits_at from desk_watches")
    assert row.vix_watch["vix"] == pytest.approx(16, rel=0.1)
    assert row.last_exits_at == stage.clock.now()
    assert kept(stage, trade)["mark"] is not None


def test_one_owners_trouble_holds_up_nobody_elses_exit(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """issue 11: one user's failing strategy never holds up another's."""
    for username in ("alice", "bob"):
        strategy = add_strategy(stage, stop_usd=20, username=username)
        open_for_desk(stage, strategy, username=username)
    stage.advance(GRACE)
    stage.jump("SPY", 0.97)
    scan(stage)
    scan(stage)
    begin = begin_exits._begin

    def fails_for_alice(env: Environment, exits: Iterable[Exit], connection: Connection) -> list[Trade]:
        if any(one.trade.row.username == "alice" for one in exits):
            connection.execute(text("select 1 / 0"))
        return begin(env, exits, connection)

    monkeypatch.setattr(begin_exits, "_begin", fails_for_alice)
    assert scan(stage)["begun"] == 1
    rows = stage.query("select username from paper_trades where status = 'CLOSING'")
    assert [row.username for row in rows] == ["bob"]
