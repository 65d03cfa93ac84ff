"""The kill switch over real trades at the emulated broker: set, flattened, flat, reset (B-08, I-24, I-25)."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

import pytest

from chalicelib.brokers.interface import Position
from chalicelib.brokers.tradier.broker import TradierBroker
from chalicelib.domain.desk.kill_switch.rows import SwitchMode
from chalicelib.domain.trading.orders import OrderType
from chalicelib.services.desk.switch import enforce_switch, kill_switch
from chalicelib.services.desk.switch.kill_switch import Switching
from chalicelib.services.errors import RiskLimitReached
from chalicelib.services.lifecycle import begin_close
from chalicelib.services.market.kept_answers import KeptAnswers
from tests.services.desk.desk_trades import add_strategy, condor, give_to, open_for_desk
from tests.services.stage import MORNING, Stage

SAFE, HARD = SwitchMode.SAFE_MODE, SwitchMode.HARD_STOP
EVENING: Final = MORNING.replace(hour=23)


def switch(stage: Stage, mode: SwitchMode, *, username: str = "alice", everywhere: bool = False) -> None:
    asked = Switching(username=username, reason="told to", everywhere=everywhere)
    kill_switch.set_switch(stage.env, asked, mode)


def reset(stage: Stage, *, username: str = "alice", everywhere: bool = False) -> None:
    kill_switch.reset_switch(
        stage.env, Switching(username=username, reason="all clear", everywhere=everywhere)
    )


def state(stage: Stage, username: str = "alice") -> tuple[str, bool, list[str]]:
    found = kill_switch.read_switch(stage.env, KeptAnswers(stage.clock), username)
    return found.mode.value, found.flatness.flat, [symbol for symbol, _ in found.flatness.left]


def resting(stage: Stage, username: str = "alice") -> dict[str, Any]:
    """Place an entry far under the market, which stays working."""
    contract = stage.contract()
    bid, _ = stage.quote(contract)
    limit = (bid / 2).quantize(Decimal("0.05"))
    asked = stage.command(contract, order_type=OrderType.LIMIT, limit_price=limit)
    return stage.place(asked, username=username)


def working(stage: Stage, username: str = "alice") -> list[str]:
    """Return the sides of the legs that work at the broker."""
    found = [leg for order in stage.truth(username) for leg in order.get("leg") or [order]]
    return [leg["side"] for leg in found if leg["status"] in {"open", "partially_filled", "pending"}]


def told(stage: Stage, kind: str) -> list[Any]:
    return stage.query("select * from alerts where kind = :kind order by username, at, id", kind=kind)


def go_on(stage: Stage, minutes: int = 1) -> None:
    """Let the minute's sync and the switch's round come."""
    for _ in range(minutes):
        stage.sync()
        stage.run("kill_switch")


# Safe mode.


def test_safe_mode_cancels_working_entries_and_leaves_exits_alone(stage: Stage) -> None:
    """B-08: no new entries, working entry orders cancelled; brackets and positions go on."""
    position = stage.place_bracketed(qty=2)
    entry = resting(stage)
    switch(stage, SAFE)
    assert stage.bus.sent[-1][:2] == (
        "sync",
        {
            "username": "alice",
            "broker_mode": "TRADIER_SANDBOX",
            "account_id": stage.account(),
            "handed_over": True,
        },
    )
    stage.sync(after=1)

    assert stage.trade(entry)["status"] == "CANCELED"
    assert working(stage) == ["sell_to_close", "sell_to_close"]
    assert stage.close_trade(stage.trade(position)).trade["status"] == "CLOSED"
    with pytest.raises(RiskLimitReached):
        stage.place()


def test_an_entry_that_waits_for_the_session_is_ended_at_once(stage: Stage) -> None:
    """B-08: it was never sent."""
    stage.go_to(EVENING)
    entry = resting(stage)
    switch(stage, SAFE)

    assert stage.trade(entry)["close_reason"] == "CANCELED"


def test_what_trips_for_the_desk_withdraws_the_desks_entries_alone(stage: Stage) -> None:
    """B-08: safe_mode of the desk covers the desk."""
    strategy = add_strategy(stage)
    of_desk, of_person = resting(stage), resting(stage)
    give_to(stage, strategy, of_desk)
    stage.query(
        "insert into kill_switch_rows (id, username, scope, mode, cause, detail, set_by, set_at) values "
        "(gen_random_uuid(), 'alice', 'desk', 'safe_mode', 'macro_window', 'FOMC', 'papertape', now()) "
        "returning id"
    )
    stage.run("kill_switch")
    stage.sync(after=1)

    assert stage.trade(of_desk)["status"] == "CANCELED"
    assert stage.trade(of_person)["status"] == "PENDING"


def test_the_round_finds_an_entry_that_a_dying_call_left_working(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B-08: killed between the row and the withdrawal, the minute's round does the rest."""
    entry = resting(stage)

    def dies(*_: object) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as dead:
        dead.setattr(kill_switch, "enforce", dies)
        switch(stage, SAFE)
    stage.sync()
    assert stage.trade(entry)["status"] == "PENDING"
    stage.run("kill_switch")
    stage.sync(after=1)

    assert stage.trade(entry)["status"] == "CANCELED"


# Hard stop.


def test_a_hard_stop_closes_everything_and_is_flat_only_then(stage: Stage) -> None:
    """B-08, I-25: cancelled orders over an open position are not flat; the reason is KILL_SWITCH."""
    spread = stage.place(condor(stage))
    position = stage.place_bracketed(qty=2)
    entry = resting(stage)
    switch(stage, HARD)
    mode, flat, left = state(stage)
    assert (mode, flat, len(left)) == ("hard_stop", False, 5)

    go_on(stage, 3)
    assert state(stage) == ("hard_stop", True, [])
    assert {stage.trade(one)["close_reason"] for one in (spread, position)} == {"KILL_SWITCH"}
    assert stage.trade(entry)["status"] == "CANCELED"
    assert working(stage) == []


def test_a_hard_stop_leaves_by_limits(stage: Stage) -> None:
    """B-08: a single leg is sold by a limit under the bid, several by one under what leaving brings."""
    spread, single = stage.place(condor(stage)), stage.place()
    switch(stage, HARD)
    stage.sync(after=1)

    for trade in (spread, single):
        order = stage.order(trade, "EXIT")
        assert (order["type"], order["status"]) == ("limit", "FILLED")


def test_intent_first(stage: Stage) -> None:
    """B-08: the call stores that everything is closed; no order leaves before that."""
    trade = stage.place_bracketed(qty=2)
    orders = len(stage.truth())
    switch(stage, HARD)

    assert len(stage.truth()) == orders
    now = stage.trade(trade)
    assert (now["status"], now["close_requested_at"] is not None) == ("CLOSING", True)


def test_a_close_that_was_refused_is_tried_again_each_minute(stage: Stage) -> None:
    """B-08: until it is flat, and its owner hears what is left after three minutes."""
    trade = stage.place()
    stage.fault("reject_after_200", times=3)
    switch(stage, HARD)
    go_on(stage, 5)

    (alert,) = told(stage, "not_flat")
    assert (alert.severity, trade["legs"][0]["symbol"] in alert.text) == ("critical", True)
    go_on(stage, 6)
    assert stage.trade(trade)["close_reason"] == "KILL_SWITCH"
    assert state(stage)[1]
    (alert,) = told(stage, "not_flat")
    assert alert.resolved_at is not None
    assert [one.severity for one in told(stage, "flat")] == ["info"]


def test_outside_the_session_it_is_armed_for_the_open(stage: Stage) -> None:
    """B-08: nothing leaves at night; the first sync of the next session closes."""
    trade = stage.place()
    stage.go_to(EVENING)
    switch(stage, HARD)
    stage.sync(after=1)
    waiting = stage.trade(trade)
    assert (waiting["status"], waiting["close_requested_at"] is not None) == ("OPEN", True)
    assert not state(stage)[1]
    stage.go_to(MORNING + timedelta(days=1))
    stage.sync(after=1)

    assert stage.trade(trade)["close_reason"] == "KILL_SWITCH"


def test_a_reset_before_the_open_takes_the_close_back(stage: Stage) -> None:
    """B-08: reset is normal operation."""
    trade = stage.place()
    stage.go_to(EVENING)
    switch(stage, HARD)
    reset(stage)
    stage.go_to(MORNING + timedelta(days=1))
    stage.sync(after=1)

    assert stage.trade(trade)["status"] == "OPEN"
    assert stage.place()["status"] == "OPEN"


def test_an_owners_own_close_that_waits_stays_theirs(stage: Stage) -> None:
    """B-08: it closes at the open anyway; the reset takes back nothing that a person asked for."""
    trade = stage.place()
    stage.go_to(EVENING)
    stage.close_trade(trade)
    switch(stage, HARD)
    reset(stage)
    stage.go_to(MORNING + timedelta(days=1))
    stage.sync(after=1)

    assert stage.trade(trade)["close_reason"] == "MANUAL_CLOSE"


def test_set_twice_at_once_sells_once(stage: Stage) -> None:
    """B-08: two calls and a round in between begin one close."""
    trade = stage.place()
    switch(stage, HARD)
    switch(stage, HARD)
    stage.run("kill_switch")
    stage.sync(after=1)
    stage.run("kill_switch")
    stage.sync()

    assert len([one for one in stage.trade(trade)["orders"] if one["role"] == "EXIT"]) == 1
    assert len(told(stage, "kill_switch")) == 1
    assert stage.query("select count(*) from kill_switch_rows")[0].count == 1


def test_killed_between_two_trades_the_round_closes_the_other(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B-08: each trade is decided and stored by itself."""
    first, second = stage.place(), stage.place_bracketed(qty=2)
    begin: Any = begin_close.begin_close
    begun: list[Any] = []

    def dies(*arguments: Any) -> Any:
        if begun:
            raise RuntimeError("killed")
        begun.append(arguments)
        return begin(*arguments)

    with monkeypatch.context() as dead:
        dead.setattr(enforce_switch, "begin_close", dies)
        switch(stage, HARD)
    assert {stage.trade(one)["status"] for one in (first, second)} == {"OPEN", "CLOSING"}
    stage.run("kill_switch")
    go_on(stage, 2)

    assert {stage.trade(one)["close_reason"] for one in (first, second)} == {"KILL_SWITCH"}


def test_the_desks_structures_leave_by_the_kill_switch(stage: Stage) -> None:
    """B-16: close reason KILL_SWITCH, told with strategy and result."""
    strategy = add_strategy(stage)
    trade = open_for_desk(stage, strategy)
    switch(stage, HARD)
    go_on(stage, 2)

    assert stage.trade(trade)["close_reason"] == "KILL_SWITCH"
    (alert,) = told(stage, "flatten")
    assert (alert.severity, strategy.name in alert.text) == ("critical", True)


# What is flat, and what is not.


@pytest.mark.parametrize("path", ["/positions", "/orders"])
def test_a_broker_that_cannot_be_read_is_not_flat(stage: Stage, path: str) -> None:
    """I-06, I-25: neither positions nor orders that fail are none."""
    switch(stage, HARD)
    assert state(stage)[1]
    stage.fault("status", method="GET", path=path, times=20, code=500)

    assert not state(stage)[1]


def test_a_broker_that_cannot_be_read_shows_what_our_books_hold(stage: Stage) -> None:
    """B-08: what is left is said as far as anybody knows it."""
    trade = stage.place()
    stage.fault("status", method="GET", path="/positions", times=20, code=500)
    switch(stage, HARD)

    assert state(stage)[1:] == (False, [trade["legs"][0]["symbol"]])


def test_what_its_owner_holds_at_the_broker_is_left_and_never_sold(stage: Stage) -> None:
    """B-08, I-32: not ours to close; it is named, and flat is not said."""
    contract = stage.contract()
    stage.by_hand(symbol="AAPL", option_symbol=contract.to_occ(), side="buy_to_open", quantity=1)
    stage.advance(5)
    switch(stage, HARD)
    go_on(stage, 4)

    assert state(stage) == ("hard_stop", False, [contract.to_occ()])
    assert [order["side"] for order in stage.truth()] == ["buy_to_open"]
    assert contract.to_occ() in told(stage, "not_flat")[0].text


def test_what_was_flat_before_an_entry_is_not_said_after_it(stage: Stage) -> None:
    """I-25: a page that polls shares the answer of a moment ago, until the next change in our own books."""
    kept = KeptAnswers(stage.clock)

    def is_flat() -> bool:
        return kill_switch.read_switch(stage.env, kept, "alice").flatness.flat

    assert is_flat()
    stage.place()
    assert not is_flat()


def test_orders_by_hand_are_working_orders(stage: Stage) -> None:
    """I-25: flat is no resting order, whoever placed it."""
    symbol = stage.contract().to_occ()
    stage.by_hand(
        symbol="AAPL",
        option_symbol=symbol,
        side="buy_to_open",
        quantity=1,
        type="limit",
        price="0.05",
    )
    switch(stage, HARD)

    assert state(stage)[1:] == (False, [])


# Everybody's.


def test_the_operators_hard_stop_closes_everybodys_and_their_reset_lifts_it(stage: Stage) -> None:
    """B-08: the global one covers everyone; each is told, and told when it is over."""
    trades = {name: stage.place(username=name) for name in ("alice", "bob")}
    switch(stage, SAFE, username="alice")
    switch(stage, HARD, username="bob", everywhere=True)
    assert stage.bus.sent[-1][:2] == ("kill_switch", {"everybody": True})
    stage.run("kill_switch", everybody=True)
    go_on(stage, 2)
    for name, trade in trades.items():
        assert stage.trade(trade, username=name)["close_reason"] == "KILL_SWITCH"
        assert state(stage, name)[:2] == ("hard_stop", True)
    assert [one.username for one in told(stage, "kill_switch")] == ["alice", "alice", "bob"]

    reset(stage, username="alice")
    assert state(stage)[0] == "hard_stop"
    reset(stage, username="bob", everywhere=True)
    stage.run("kill_switch", everybody=True)
    assert state(stage)[0] == state(stage, "bob")[0] == "off"
    assert [one.resolved_at for one in told(stage, "kill_switch") if one.resolved_at is None] == []


def test_a_global_reset_at_night_takes_everybodys_waiting_closes_back(stage: Stage) -> None:
    """B-08: at the open nothing is sold that nobody wants sold any more."""
    trade = stage.place()
    stage.go_to(EVENING)
    switch(stage, HARD, username="bob", everywhere=True)
    stage.run("kill_switch", everybody=True)
    assert stage.trade(trade)["close_requested_at"] is not None
    reset(stage, username="bob", everywhere=True)
    stage.run("kill_switch", everybody=True)

    assert stage.trade(trade)["close_requested_at"] is None


def test_one_users_hard_stop_is_nobody_elses(stage: Stage) -> None:
    """I-21."""
    trade = stage.place(username="bob")
    switch(stage, HARD, username="alice")
    go_on(stage, 2)

    assert stage.trade(trade, username="bob")["status"] == "OPEN"
    assert state(stage, "bob")[0] == "off"


# The day's loss.


def test_the_days_loss_stops_all_entries_until_the_next_trading_day(stage: Stage) -> None:
    """B-16: once reached, be it that a win follows."""
    first, second = stage.place(), stage.place()
    stage.jump("AAPL", 0.97)
    lost = -stage.close_trade(first).trade["realized_pnl"]
    stage.set(daily_loss_limit=Decimal(str(lost)) - 1)
    stage.jump("AAPL", 1.1)
    assert stage.close_trade(second).trade["realized_pnl"] > lost
    stage.run("kill_switch")

    with pytest.raises(RiskLimitReached) as error:
        stage.place()
    assert error.value.limit == "kill_switch"
    assert stage.place(username="bob")["status"] == "OPEN"
    (alert,) = told(stage, "kill_switch")
    assert "the day's loss" in alert.text

    stage.go_to(MORNING + timedelta(days=1))
    stage.run("kill_switch")
    assert state(stage)[0] == "off"
    assert stage.place()["status"] == "OPEN"


def test_a_reset_of_a_loss_that_stands_trips_again(stage: Stage) -> None:
    """B-08: automatic causes that still stand trip again."""
    trade = stage.place()
    stage.jump("AAPL", 0.97)
    lost = -stage.close_trade(trade).trade["realized_pnl"]
    stage.set(daily_loss_limit=Decimal(str(lost)) - 1)
    stage.run("kill_switch")
    reset(stage)
    assert state(stage)[0] == "off"
    stage.run("kill_switch")

    assert state(stage)[0] == "safe_mode"


def test_a_quiet_minute_does_nothing(stage: Stage) -> None:
    """No row, no call to a broker."""
    stage.place()
    calls = stage.calls("/positions"), stage.calls("/orders")

    assert stage.run("kill_switch") == {"skipped": "no kill switch is set"}
    assert (stage.calls("/positions"), stage.calls("/orders")) == calls


def test_an_entry_that_leaves_during_the_look_is_not_flat(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seed 980439; I-25: the broker showed nothing yet, and our own row was not there when it was asked."""
    read = TradierBroker.positions

    def read_before_an_entry(broker: TradierBroker) -> Sequence[Position]:
        found = read(broker)
        monkeypatch.undo()
        stage.place()
        return found

    monkeypatch.setattr(TradierBroker, "positions", read_before_an_entry)

    assert not kill_switch.read_switch(stage.env, KeptAnswers(stage.clock), "alice").flatness.flat
