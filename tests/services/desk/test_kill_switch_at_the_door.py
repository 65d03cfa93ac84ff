"""The kill switch at the one door of entries: whose it stops, and that no exit is asked (B-08)."""

import threading
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

import pytest

from chalicelib.domain.desk.kill_switch.rows import (
    ITSELF,
    SCOPES,
    SwitchCause,
    SwitchMode,
    SwitchRow,
    set_by_person,
)
from chalicelib.domain.trading.orders import OrderType
from chalicelib.domain.trading.trades import Originator
from chalicelib.services.commands import open_trade, preview_trade
from chalicelib.services.commands.check_switch import check_switch
from chalicelib.services.errors import RiskLimitReached
from chalicelib.services.market.kept_answers import KeptAnswers
from chalicelib.store.desk import kill_switch
from chalicelib.store.trades import new_trades
from chalicelib.store.turns import take_turn
from tests.services.stage import MORNING, Stage

STOPPED: Final = set_by_person(SwitchMode.SAFE_MODE, "lunch", "alice", MORNING)
EVERYBODY: Final = set_by_person(SwitchMode.SAFE_MODE, "maintenance", "olga", MORNING, everywhere=True)


def of_itself(cause: SwitchCause) -> SwitchRow:
    return SwitchRow(
        scope=SCOPES[cause],
        mode=SwitchMode.SAFE_MODE,
        cause=cause,
        detail="told",
        set_by=ITSELF,
        set_at=MORNING,
    )


def put(stage: Stage, row: SwitchRow, username: str = "alice") -> None:
    """Set a row in a user's turn, as whoever sets one does."""
    with stage.env.database.transaction(username) as connection:
        take_turn(connection, username)
        kill_switch.insert_row(connection, username, row, stage.env.randomness.uuid7(MORNING))


def refused(stage: Stage, **asked: Any) -> RiskLimitReached:
    with pytest.raises(RiskLimitReached) as error:
        stage.place(stage.command(**asked))
    return error.value


def test_a_persons_entry_is_refused_and_nothing_is_stored(stage: Stage) -> None:
    """B-08, I-24: a person's switch covers every originator; the answer says which row and until when."""
    put(stage, STOPPED)
    error = refused(stage)

    assert (error.limit, error.value, error.allowed) == ("kill_switch", Decimal(1), Decimal(0))
    assert "safe_mode (lunch)" in str(error)
    assert stage.query("select 1 from paper_trades") == []
    assert stage.truth() == []


def test_what_tripped_for_the_desk_stops_no_person(stage: Stage) -> None:
    """B-08: a macro window covers the user's desk; the day's loss covers everything."""
    put(stage, of_itself(SwitchCause.MACRO_WINDOW))
    assert stage.place()["status"] == "OPEN"

    put(stage, of_itself(SwitchCause.DAILY_LOSS))
    assert refused(stage).limit == "kill_switch"
    for originator in Originator:
        with pytest.raises(RiskLimitReached):
            check_switch([of_itself(SwitchCause.DAILY_LOSS)], originator)


def test_everybodys_switch_stops_everybody_and_one_users_nobody_else(stage: Stage) -> None:
    """I-21: alice's row is not bob's; the operator's is."""
    put(stage, STOPPED)
    assert stage.place(username="bob")["status"] == "OPEN"

    with stage.env.database.transaction("olga") as connection:
        kill_switch.insert_everywhere(connection, EVERYBODY, stage.env.randomness.uuid7(MORNING))
    with pytest.raises(RiskLimitReached):
        stage.place(username="bob")


def test_a_row_that_nobody_understands_stops_a_person(stage: Stage) -> None:
    """B-08: unreadable counts as set."""
    stage.query(
        "insert into kill_switch_rows (id, username, scope, mode, cause, detail, set_by, set_at) "
        "values (gen_random_uuid(), 'alice', 'desk', 'safe_mode', 'moonshine', '', 'x', now()) returning id"
    )
    assert refused(stage).limit == "kill_switch"


@pytest.mark.parametrize("mode", [SwitchMode.SAFE_MODE, SwitchMode.HARD_STOP])
def test_exits_go_on(stage: Stage, mode: SwitchMode) -> None:
    """I-24: closing, adjusting and the bracket are never asked."""
    trade = stage.place_bracketed(qty=2)
    put(stage, replace(STOPPED, mode=mode))

    adjusted = stage.adjust(trade, new_sl=Decimal(str(trade["sl_price"])) - Decimal("0.05"))
    assert adjusted.status == 200
    assert stage.close_trade(adjusted.trade).trade["status"] == "CLOSED"


def test_the_preview_says_that_it_would_be_stopped(stage: Stage) -> None:
    """A-03: among the limits that the entry would break."""
    put(stage, STOPPED)
    found = preview_trade.preview(stage.env, KeptAnswers(stage.clock), "alice", stage.command())

    assert [one.limit for one in found.breaks] == ["kill_switch"]


def test_an_entry_that_waited_for_the_session_is_asked_again(stage: Stage) -> None:
    """A-07: it was asked for before the switch was set, and would leave after."""
    stage.go_to(MORNING.replace(hour=23))
    asked = stage.command(order_type=OrderType.LIMIT, limit_price=Decimal(1))
    trade = stage.place(asked)
    assert trade["orders"][0]["status"] == "INTENT"
    put(stage, STOPPED)
    stage.go_to(MORNING + timedelta(days=1))
    stage.sync()

    assert stage.trade(trade)["close_reason"] == "NOT_PLACED"
    assert stage.truth() == []
    (told,) = stage.query("select text from alerts where kind = 'not_placed'")
    assert "lunch" in told.text


def test_an_entry_is_counted_before_or_after_a_switch_never_beside_it(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B-08: whoever sets a row waits for the turn of an entry that is being stored, which then is seen."""
    order: list[str] = []
    store = new_trades.insert_new_trade

    def switch() -> None:
        put(stage, STOPPED)
        order.append("set")

    setting = threading.Thread(target=switch)

    def slow(*arguments: Any) -> None:
        setting.start()
        setting.join(timeout=0.3)
        order.append("stored")
        store(*arguments)

    monkeypatch.setattr(open_trade, "insert_new_trade", slow)
    stage.place()
    setting.join(timeout=10)

    assert order == ["stored", "set"]
    monkeypatch.undo()
    assert refused(stage).limit == "kill_switch"


def test_the_desks_own_limit_on_a_days_loss_counts_at_the_door(stage: Stage) -> None:
    """B-16: A-07's and the desk's, either stops entries."""
    trade = stage.place()
    stage.jump("AAPL", 0.97)
    lost = -stage.close_trade(trade).trade["realized_pnl"]
    assert lost > 20
    assert stage.place()["status"] == "OPEN"

    stage.query(
        "insert into desk_settings (username, max_positions, max_condors_per_expiry, max_daily_loss, "
        "max_bid_ask_spread_percent, fill_price_buffer_pct, zero_dte_close_buffer_minutes) "
        "values ('alice', 10, 3, 20, 10, 5, 30) returning username"
    )
    error = refused(stage)
    assert (error.limit, float(error.allowed)) == ("daily_loss_limit", 20)
