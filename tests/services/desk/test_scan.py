"""B-02, B-15: strategies are scanned each minute, decisions stored, entries made through the one door."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.domain.accounts import BrokerMode
from chalicelib.domain.desk.pipeline.evaluate import Evaluation, evaluate
from chalicelib.domain.desk.pipeline.facts import MacroWindow
from chalicelib.domain.desk.strategies.strategy_types import StrategyType
from chalicelib.jobs import run_job
from chalicelib.services.desk.market.gather import gather
from chalicelib.services.desk.market.gathered import Gathered
from chalicelib.services.desk.scanning import entering, judging
from chalicelib.services.desk.scanning import scan as scanning
from chalicelib.services.desk.scanning.entering import enter_all
from chalicelib.services.environment import Environment, FanOut
from chalicelib.store.desk import settings, strategies
from chalicelib.store.desk.index_closes import write_close
from chalicelib.store.desk.settings import BotSwitch
from infra.bench.statements import noted
from infra.local.database.postgres import DatabaseUrls
from infra.local.emulators.market.quotes import Held
from tests.services.desk.desk_stage import (
    TEN,
    add_strategy,
    desk_trades,
    evaluations,
    scan,
    switch_on,
    told_by_the_operator,
)
from tests.services.stage import Stage, eastern

CSP = StrategyType.CASH_SECURED_PUT
PUT_SPREAD = StrategyType.CREDIT_PUT_SPREAD


@pytest.fixture
def desk(stage: Stage) -> Stage:
    """Ten o'clock on a quiet morning, the month's releases told, alice's bot on."""
    stage.go_to(TEN)
    told_by_the_operator(stage)
    switch_on(stage)
    return stage


@dataclass(frozen=True)
class Crowded:
    """A container whose functions have less room."""

    env: Environment

    def jobs_environment(self) -> Environment:
        """Return the jobs' environment."""
        return self.env


def next_minute(stage: Stage, minutes: int = 1) -> dict[str, Any]:  # Any: JSON
    """Scan a minute later."""
    stage.advance(60 * minutes)
    return dict(scan(stage))


def decided(stage: Stage, **of: Any) -> list[tuple[str, str | None, int]]:  # Any: whose
    """Return what is stored: decision, what ended it, how often."""
    return [(row.decision, row.ended_by, row.count) for row in evaluations(stage, **of)]


def test_a_condor_on_a_quiet_morning_is_decided_stored_and_entered(desk: Stage) -> None:
    """B-02, I-40: the evaluation passed every gate, and the trade at the broker is the one that it made."""
    strategy = add_strategy(desk)
    result = scan(desk)

    (row,) = evaluations(desk)
    assert (row.event, row.decision, row.reason) == ("ENTRY_SCAN", "ENTER", "every stage passed"), row.gates
    assert all(one["passed"] for one in row.gates)
    (trade,) = desk_trades(desk)
    assert row.trade_id == trade.id
    assert (trade.originator_id, trade.structure) == (str(strategy.id), "IRON_CONDOR")
    assert (trade.limit_price, trade.walk_worst) == tuple(
        Decimal(str(row.proposed_order[name])) for name in ("limit_price", "worst")
    )
    assert result == {
        "users": 1, "strategies": 1, "entered": 1, "rejected": 0, "blocked": 0, "failed": 0
    }  # fmt: skip
    (order,) = desk.truth()
    assert (order["class"], order["type"]) == ("multileg", "credit")


def test_the_risk_book_is_kept_before_each_order_of_the_desk(desk: Stage) -> None:
    """B-09: one snapshot before each order, as the book stands then: of nothing before the first."""
    add_strategy(desk)
    scan(desk)
    (before,) = desk.query("select at, broker_mode, figures from risk_snapshots")
    assert (before.broker_mode, before.figures["legs"], before.figures["var_99_1d"]) == (
        "TRADIER_SANDBOX",
        0,
        0,
    )
    (sent,) = desk.query("select submitted_at from orders")
    assert before.at <= sent.submitted_at


def test_what_was_entered_walks_until_it_is_open(desk: Stage) -> None:
    """B-05, I-40: from the middle towards the worst price, and held at the broker leg by leg."""
    add_strategy(desk)
    scan(desk)
    for _ in range(13):
        desk.sync(after=10)
        (trade,) = desk_trades(desk)
        if trade.status == "OPEN":
            break

    assert (trade.status, trade.open_qty, trade.originator) == ("OPEN", 1, "DESK")
    assert trade.limit_price <= trade.entry_price <= trade.walk_worst
    (row,) = evaluations(desk)
    held = {leg["symbol"]: desk.held(leg["symbol"]) for leg in row.proposed_order["legs"]}
    assert sorted(held.values()) == [-1, -1, 1, 1]


def test_a_scan_that_is_delivered_twice_decides_and_enters_once(desk: Stage) -> None:
    """B-15, I-20: the same instant is the same scan."""
    add_strategy(desk, max_positions=5)
    scan(desk)
    before = decided(desk)
    scan(desk)

    assert decided(desk) == before == [("ENTER", None, 1)]
    assert len(desk_trades(desk)) == 1


def test_a_kill_between_decision_and_entry_enters_nothing_and_the_next_minute_judges_anew(
    desk: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """I-34, I-40: a decision that nobody acted on is no trade, and no second trade comes of it."""
    add_strategy(desk)
    with monkeypatch.context() as patched:
        patched.setattr(entering, "enter_all", _dies)
        with pytest.raises(RuntimeError):
            scan(desk)
    scan(desk)
    assert decided(desk) == [("ENTER", None, 1)]
    assert desk_trades(desk) == []

    next_minute(desk)
    first, second = evaluations(desk)
    (trade,) = desk_trades(desk)
    assert (first.trade_id, second.trade_id) == (None, trade.id)


def _dies(*_: object) -> int:
    raise RuntimeError("killed")


def test_what_is_full_is_not_entered_again(desk: Stage) -> None:
    """B-01, B-02: `max_positions` counts what may still fill."""
    add_strategy(desk)
    scan(desk)
    next_minute(desk)

    assert decided(desk) == [("ENTER", None, 1), ("REJECT", "SIZING", 1)]
    assert len(desk_trades(desk)) == 1


def test_who_is_not_due_is_not_scanned(desk: Stage) -> None:
    """B-02: enabled, inside its own window, its owner's bot on and their account served."""
    add_strategy(desk, enabled=False)
    add_strategy(desk, entry={"entry_from": "10:30"})
    add_strategy(desk, username="bob")
    assert scan(desk)["strategies"] == 0
    assert desk.query("select last_scan_at from desk_watches") == [(TEN,)], "looked at all the same"

    desk.advance(1800)
    assert scan(desk)["strategies"] == 1
    with desk.env.database.transaction("alice") as connection:
        settings.switch_bot(connection, "alice", BotSwitch(on=False))
    assert next_minute(desk) == {"skipped": "no desk is at work"}
    assert {row.entry_conditions["entry_from"] for row in desk.query(
        "select s.* from strategies s join strategy_evaluations e on e.strategy_id = s.id"
    )} == {"10:30"}  # fmt: skip


def test_outside_the_session_nothing_is_scanned(desk: Stage) -> None:
    """B-15: in the session only."""
    add_strategy(desk)
    desk.go_to(TEN + timedelta(hours=6))

    assert scan(desk) == {"skipped": "market closed"}


def test_one_strategys_defect_is_stored_told_and_leaves_the_others_alone(
    desk: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Issue 11, B-08: it trips its owner's safe_mode at once; another user's desk goes on."""
    bad = add_strategy(desk, PUT_SPREAD, "QQQ")
    add_strategy(desk)
    add_strategy(desk, username="bob")
    switch_on(desk, "bob")

    def broken(snapshot: Any, strategy: Any, settings: Any) -> Evaluation:  # Any: passed through
        if strategy.id == bad.id:
            raise ZeroDivisionError
        return evaluate(snapshot, strategy, settings)

    monkeypatch.setattr(judging, "evaluate", broken)
    result = scan(desk)

    assert (result["failed"], result["entered"]) == (1, 1)
    assert ("BLOCKED", "evaluation_failed", 1) in decided(desk, strategy_id=bad.id)
    assert len(desk_trades(desk, "bob")) == 1
    assert desk_trades(desk) == [], "no entry while a cause of safe_mode stands"
    (alert,) = desk.query("select * from alerts where username = 'alice' and kind = 'kill_switch'")
    assert alert.severity == "critical"
    assert "QQQ" in alert.text


def test_a_defect_met_in_one_underlying_fails_its_own_strategies_alone(
    desk: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Issue 11: one poisoned chain stops nobody who does not trade on it."""
    add_strategy(desk, PUT_SPREAD, "QQQ")
    add_strategy(desk, username="bob")
    switch_on(desk, "bob")

    def poisoned(env: Any, wanted: Any, **more: Any) -> Gathered:  # Any: passed through
        if any(one.underlying == "QQQ" for one in wanted):
            raise ZeroDivisionError
        return gather(env, wanted, **more)

    monkeypatch.setattr(scanning, "gather", poisoned)
    result = scan(desk)

    assert (result["failed"], result["entered"]) == (1, 1)
    assert decided(desk) == [("BLOCKED", "evaluation_failed", 1)]


def test_two_strategies_of_one_scan_never_take_the_same_place(desk: Stage) -> None:
    """B-01: a scan counts once for all of them; the door counts again under their owner's turn."""
    switch_on(desk, max_positions=1)
    add_strategy(desk)
    add_strategy(desk, PUT_SPREAD, "QQQ")
    scan(desk)
    assert len(desk_trades(desk)) == 1
    assert decided(desk).count(("BLOCKED", "max_positions", 1)) == 1

    next_minute(desk)
    assert decided(desk).count(("REJECT", "SIZING", 1)) == 2


def test_two_strategies_never_take_the_same_collateral(desk: Stage) -> None:
    """W-01, I-38: cash that the first was promised is not there for the second, and no broker says so."""
    for ticker in ("SPY", "QQQ"):
        add_strategy(desk, CSP, ticker, sizing={"kind": "fixed", "qty": 10})
    desk.set(heat_limit_pct=Decimal(100_000))
    scan(desk)

    assert len(desk_trades(desk)) == 1
    assert ("BLOCKED", "collateral", 1) in decided(desk)


def test_a_cause_that_stands_is_evaluated_once_then_blocks_in_one_row(desk: Stage) -> None:
    """B-16: E1 fails and is stored, the switch trips after that scan, then one row a strategy and cause."""
    add_strategy(desk)
    desk.world.simulated.jump("VIX", 19.0)
    for _ in range(3):
        next_minute(desk)
    assert decided(desk) == [("REJECT", "E1", 1), ("BLOCKED", "vix_backwardation", 2)]

    desk.world.simulated.jump("VIX", 16.0)
    for _ in range(11):
        next_minute(desk)
    assert decided(desk)[:2] == [("REJECT", "E1", 1), ("BLOCKED", "vix_backwardation", 13)]
    assert next_minute(desk)["entered"] == 1


def test_a_macro_window_blocks_until_ten_minutes_after_it(desk: Stage) -> None:
    """B-02, B-08, B-16: B fails and is stored; what waits is one row."""
    told_by_the_operator(desk, MacroWindow(name="FOMC", starts_at=TEN, ends_at=TEN + timedelta(minutes=3)))
    add_strategy(desk)
    results = [dict(scan(desk)), *(next_minute(desk) for _ in range(13))]

    assert decided(desk)[0] == ("REJECT", "B", 1)
    assert [one["entered"] for one in results] == [0] * 14
    assert next_minute(desk)["entered"] == 1


def test_quotes_that_cannot_be_read_twice_running_stop_the_desk(desk: Stage) -> None:
    """B-08: such scans are rejected for what is missing; after the second the switch is set, and lifts."""
    add_strategy(desk, entry={"ivr_min": 99, "ivr_max": 100})
    scan(desk)
    for vendor in ("tradier", "orats"):
        desk.fault("timeout_before", vendor=vendor, method="GET", path="", times=1000)
    for _ in range(3):
        next_minute(desk)
    stood = [("REJECT", "E3", 1), ("REJECT", "A", 2)]
    assert decided(desk) == [*stood, ("BLOCKED", "missing_data", 1)]

    desk.world.faults.clear()
    for _ in range(12):
        next_minute(desk)
    assert decided(desk) == [*stood, ("BLOCKED", "missing_data", 12), ("REJECT", "E3", 1)]


def test_a_broker_that_gives_no_answer_is_missing_data(desk: Stage) -> None:
    """B-08: cash that is not known enters nothing, and twice running stops the desk."""
    add_strategy(desk)
    desk.fault("timeout_before", method="GET", path="/balances", times=1000)
    for _ in range(3):
        next_minute(desk)

    assert decided(desk) == [("REJECT", "SIZING", 2), ("BLOCKED", "missing_data", 1)]


def test_a_desk_has_no_room_beyond_its_condors_of_an_expiry(desk: Stage) -> None:
    """B-01: `max_condors_per_expiry`, at the door too."""
    switch_on(desk, max_condors_per_expiry=1)
    for _ in range(2):
        add_strategy(desk)
    scan(desk)

    assert len(desk_trades(desk)) == 1
    assert ("BLOCKED", "max_condors_per_expiry", 1) in decided(desk)


def test_a_broker_that_is_not_connected_is_said(desk: Stage) -> None:
    """B-16, mode and broker: nothing is guessed, nothing goes elsewhere."""
    add_strategy(desk, preferred_broker="tastytrade")
    paper = add_strategy(desk, preferred_broker="paper")
    scan(desk)

    assert ("BLOCKED", "not_connected", 1) in decided(desk)
    (trade,) = desk_trades(desk)
    assert (trade.originator_id, trade.broker_mode) == (str(paper.id), BrokerMode.PAPER.value)


def test_a_days_loss_stops_every_entry_of_its_owner(desk: Stage) -> None:
    """B-08, B-16: the desk's limit as much as A-07's, until the next trading day."""
    switch_on(desk, max_daily_loss=1)
    lost = desk.place(desk.command(desk.contract("SPY", expiry_index=3), qty=5))
    desk.jump("SPY", 0.98)
    desk.close_trade(lost)
    add_strategy(desk)
    scan(desk)
    next_minute(desk)

    assert desk_trades(desk) == []
    assert decided(desk) == [("ENTER", None, 1), ("BLOCKED", "daily_loss", 2)]


def test_changes_of_regime_are_kept_with_time_and_cause(desk: Stage) -> None:
    """B-02: a row where it turns, none where it stays."""
    add_strategy(desk)
    scan(desk)
    next_minute(desk)
    desk.world.simulated.jump("VIX", 19.0)
    next_minute(desk)

    found = desk.query("select symbol, regime, cause from regime_changes order by at, symbol")
    assert [(row.symbol, row.regime) for row in found] == [
        ("SPY", "none"), ("VIX", "contango"), ("VIX", "backwardation")
    ]  # fmt: skip
    assert "VIX3M" in found[-1].cause


def test_many_strategies_are_sent_on_in_groups_of_users(desk: Stage) -> None:
    """B-15: as sync is; a user is never divided, a part covers its own users alone."""
    for username in ("alice", "bob"):
        add_strategy(desk, username=username)
        switch_on(desk, username)
    env = desk.container.jobs_environment()
    crowded = Crowded(replace(env, fan_out=FanOut(strategies_inline_max=1)))
    assert run_job(crowded, "desk_scan", due_at=TEN, payload={}) == {"sent": 2}
    parts = [payload for job, payload, _ in desk.bus.sent if job == "desk_scan"]

    assert parts == [{"usernames": ["alice"]}, {"usernames": ["bob"]}]
    assert run_job(crowded, "desk_scan", due_at=TEN, payload=parts[1])["entered"] == 1
    assert (len(desk_trades(desk)), len(desk_trades(desk, "bob"))) == (0, 1)


def test_the_last_scan_is_kept_for_whoever_asks(desk: Stage) -> None:
    """B-15: `GET /api/status` tells when the desk last looked, and what came of it."""
    add_strategy(desk)
    scan(desk)
    (row,) = desk.query("select * from desk_watches where username = 'alice'")

    assert row.last_scan_at == TEN
    assert row.last_scan == {"strategies": 1, "entering": 1, "rejected": 0, "blocked": 0, "failed": 0}


def test_one_chain_call_an_underlying_and_expiry_whoever_has_strategies_on_it(desk: Stage) -> None:
    """Issue 11: the market is asked once for all users and strategies of a scan, however many they are."""
    calls = []
    for more in (1, 5):
        for username in ("alice", "bob"):
            switch_on(desk, username, max_positions=50)
            for _ in range(more):
                add_strategy(desk, username=username, entry={"ivr_min": 99, "ivr_max": 100})
        before = asked(desk)
        result = next_minute(desk)
        calls.append(asked(desk) - before)
    assert (result["strategies"], result["rejected"]) == (12, 12)
    expiries = desk.env.market_data.for_user("alice").expirations("SPY")
    eligible = [one for one in expiries if 30 <= (one - TEN.date()).days <= 60]

    assert calls[0] == calls[1] <= len(eligible) + 1


def asked(stage: Stage) -> int:
    """Return how many calls for chains the vendors have answered."""
    by_endpoint = stage.world.orats.calls()["by_endpoint"]
    assert isinstance(by_endpoint, dict)
    return stage.calls("/chains") + sum(int(count) for count in by_endpoint.values())


def test_a_scan_makes_as_many_statements_for_many_strategies_as_for_one(desk: Stage) -> None:
    """Issue 11: one bulk read and one bulk write, whatever there is to scan."""
    counts = []
    for more in (1, 9):
        for _ in range(more):
            add_strategy(desk, entry={"ivr_min": 99, "ivr_max": 100})
        next_minute(desk)
        with noted() as statements:
            next_minute(desk)
        counts.append(len(statements))

    assert counts[0] == counts[1]


def test_a_strategy_that_is_switched_off_after_its_decision_enters_nothing(
    desk: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Issue 11, a strategy deleted that trades on: the door asks again, in the transaction that stores it."""
    strategy = add_strategy(desk)

    def enter_late(*asked: Any) -> int:
        with desk.env.database.transaction("alice") as connection:
            strategies.remove(connection, "alice", strategy.id)
        return enter_all(*asked)

    monkeypatch.setattr(entering, "enter_all", enter_late)
    scan(desk)

    assert desk_trades(desk) == []
    assert decided(desk) == [("ENTER", None, 1), ("BLOCKED", "refused", 1)]


def test_half_an_hour_before_the_end_of_a_half_day_nothing_is_entered(database_urls: DatabaseUrls) -> None:
    """B-02, H, issue 11: early closes count; a minute sooner it is entered."""
    black_friday = date(2026, 11, 27)
    stage = Stage(database_urls, start=eastern(black_friday, 12, 28))
    told_by_the_operator(stage, MacroWindow.around("CPI", eastern(date(2026, 11, 12), 8, 30)))
    add_strategy(stage, max_positions=9)
    switch_on(stage)
    try:
        results = [next_minute(stage) for _ in range(2)]
        last = evaluations(stage)[-1]
    finally:
        stage.close()

    assert [one["entered"] for one in results] == [1, 0]
    assert (last.ended_by, last.reason) == ("H", "the last 30 minutes of the session")


def test_yesterdays_vix_stands_in_for_one_session_and_not_for_two(desk: Stage) -> None:
    """B-02, issue 11: the close of the session before, marked so; older counts as missing."""
    add_strategy(desk, max_positions=9)
    with desk.env.database.transaction("olga") as connection:
        write_close(connection, "VIX", date(2026, 2, 18), Decimal(16), source="test")
    desk.world.simulated.hold_quote("VIX", Held(age_seconds=86_400.0))
    assert next_minute(desk)["entered"] == 1
    (row,) = evaluations(desk)
    assert [one["reason"] for one in row.gates if one["stage"] == "E1"] == ["VIX is yesterday's close"]

    desk.go_to(TEN + timedelta(days=1))
    scan(desk)
    assert decided(desk)[-1] == ("REJECT", "E1", 1)
    assert evaluations(desk)[-1].reason == "VIX not known"
