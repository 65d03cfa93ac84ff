"""A contract falls until nobody bids for it: what it is worth, and how it is sold (A-02, A-04)."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from chalicelib.services.reading.read_trades import TradeFilter, list_trades
from tests.services.stage import Stage, eastern


def fall(stage: Stage) -> None:
    """Let the underlying fall so far that its calls are worth nothing, and the delayed quotes with it."""
    stage.jump("AAPL", 0.60)
    stage.advance(16 * 60)


def marks(stage: Stage, trade: dict[str, Any]) -> list[Any]:  # Any: JSON, rows
    """Return the trade's snapshots of the cycle, oldest first."""
    return stage.query(
        "select mark_price, bid, ask, one_sided, stale, reason from price_snapshots "
        "where trade_id = cast(:id as uuid) and kind = 'INTRADAY' order by timestamp",
        id=trade["id"],
    )


def test_a_call_that_nobody_bids_for_is_marked_at_half_its_ask(stage: Stage) -> None:
    """A-02: 0 × 0.01 is 0.005, flagged one-sided; the last mark of better days is not kept."""
    trade = stage.place(stage.command(qty=1))
    stage.advance(40)
    stage.run("snapshot")
    fall(stage)
    stage.run("snapshot")
    last = marks(stage, trade)[-1]
    shown = stage.trade(trade)

    assert (last.bid, last.ask) == (0, Decimal("0.01"))
    assert last.mark_price == Decimal("0.005")
    assert last.one_sided
    assert not last.stale
    assert shown["current_price"] == 0.005
    assert shown["unrealized_pnl"] == round((0.005 - shown["entry_price"]) * 100, 2)


def exits(stage: Stage, trade: dict[str, Any]) -> list[dict[str, Any]]:  # Any: JSON
    """Return what was sent to close the trade, oldest first."""
    return [order for order in stage.trade(trade)["orders"] if order["role"] == "EXIT"]


def open_alerts(stage: Stage) -> list[str]:
    """Return the kinds of the alerts that are not over, as often as they were raised."""
    return [row.kind for row in stage.query("select kind from alerts where resolved_at is null order by at")]


@pytest.fixture(params=["sandbox", "paper"])
def stage_of_money(request: pytest.FixtureRequest, stage: Stage) -> Stage:
    """Give a stage whose trades go to the sandbox, and one where they go to paper."""
    if request.param == "paper":
        stage.set(broker_mode="PAPER")
    return stage


def test_a_close_rests_where_nobody_bids(stage_of_money: Stage) -> None:
    """A-04: a day limit at the least tick, told once, however many syncs pass; then somebody bids."""
    stage = stage_of_money
    trade = stage.place(stage.command(qty=1))
    fall(stage)
    stage.run("sync")
    outcome = stage.close_trade(stage.trade(trade))
    for _ in range(10):
        stage.sync()
    (resting,) = exits(stage, trade)

    assert (outcome.status, outcome.trade["status"]) == (202, "CLOSING")
    assert (resting["type"], resting["limit_price"], resting["duration"]) == ("limit", 0.01, "day")
    assert resting["status"] == "OPEN"
    assert open_alerts(stage) == ["nobody_bids"]
    stage.jump("AAPL", 1 / 0.60)
    stage.advance(16 * 60)
    stage.run("sync")
    assert stage.trade(trade)["status"] == "CLOSED"
    assert stage.trade(trade)["close_reason"] == "MANUAL_CLOSE"
    assert open_alerts(stage) == []


def test_a_stop_that_the_market_is_through_rests_and_is_sent_no_more(stage_of_money: Stage) -> None:
    """A-04: the reported case; a stop above the market is never sent again, orders stay few, one alert."""
    stage = stage_of_money
    trade = stage.place(stage.command(qty=1))
    fall(stage)
    with stage.env.database.transaction("alice") as connection:
        connection.execute(text("update paper_trades set sl_price = 0.20"))
    for _ in range(30):
        stage.sync()
    sent = [order for order in stage.trade(trade)["orders"] if order["role"] != "ENTRY"]

    assert [(order["role"], order["status"]) for order in sent] == [("EXIT", "OPEN")]
    assert open_alerts(stage) == ["nobody_bids"]
    assert stage.trade(trade)["status"] == "CLOSING"


def test_a_resting_sale_goes_again_each_morning(stage_of_money: Stage) -> None:
    """A-04: the day order ends with its session; told once in all, and one order a day."""
    stage = stage_of_money
    trade = stage.place(stage.command(stage.contract(expiry_index=4), qty=1))
    fall(stage)
    stage.close_trade(stage.trade(trade))
    for day in (19, 20):
        for hour, minute in ((15, 59), (16, 5), (16, 20)):
            stage.go_to(eastern(date(2026, 2, day), hour, minute))
            stage.run("sync")
        evening = stage.trade(trade)
        stage.go_to(eastern(date(2026, 2, day + (1 if day == 19 else 3)), 9, 40))
        for _ in range(3):
            stage.sync()
        assert (evening["status"], evening["close_requested_at"] is not None) == ("OPEN", True)
    sent = exits(stage, trade)

    assert [order["status"] for order in sent] == ["EXPIRED", "EXPIRED", "OPEN"]
    assert {order["limit_price"] for order in sent} == {0.01}
    assert [kind for kind in open_alerts(stage) if kind != "broker_unreadable"] == ["nobody_bids"]
    assert stage.query("select count(*) from alerts where kind = 'close_failed'")[0][0] == 0


def test_its_owner_withdraws_a_resting_sale(stage_of_money: Stage) -> None:
    """A-04: back to OPEN; a stop above the market neither goes out nor sells by itself again."""
    stage = stage_of_money
    trade = stage.place(stage.command(qty=1))
    fall(stage)
    with stage.env.database.transaction("alice") as connection:
        connection.execute(text("update paper_trades set sl_price = 0.20"))
    stage.sync()
    withdrawn = stage.cancel(stage.trade(trade))
    for _ in range(5):
        stage.sync()
    now = stage.trade(trade)

    assert (withdrawn.status, withdrawn.trade["status"]) == (200, "OPEN")
    assert (now["status"], now["close_requested_at"]) == ("OPEN", None)
    assert [order["status"] for order in exits(stage, trade)] == ["CANCELED"]
    assert "STOP_LOSS" not in {order["role"] for order in now["orders"]}
    assert "nobody_bids" not in open_alerts(stage)
    assert "unprotected" in open_alerts(stage)
    again = stage.close_trade(now)
    assert again.trade["status"] == "CLOSING"


def test_a_bracket_refused_each_time_is_sent_ever_less(stage: Stage) -> None:
    """A-04, I-35: 14 POSTs in seven minutes become six in twenty; one alert carries the count and ends."""
    trade = stage.place()
    with stage.env.database.transaction("alice") as connection:
        connection.execute(text("update paper_trades set sl_price = 1, tp_price = 50"))
    stage.fault("status", code=400, body="LongPositionCrossZero", times=1000)
    for _ in range(20):
        stage.sync()
    tags = stage.query(
        "select distinct tag from orders where role <> 'ENTRY' and trade_id = cast(:id as uuid)",
        id=trade["id"],
    )
    ((told,),) = stage.query("select text from alerts where kind = 'protection_refused'")

    assert len(tags) == 6
    assert "Refused 6 times since" in told
    assert sorted(open_alerts(stage)) == ["protection_refused", "unprotected"]
    stage.world.faults.clear()
    for _ in range(16):
        stage.sync()
    assert stage.working_sells() == 1


def test_a_sale_at_its_stop_refused_each_time_is_told_once(stage: Stage) -> None:
    """A-04, I-35: eleven critical messages become one, which says how often."""
    trade = stage.place_bracketed(qty=1)
    with stage.env.database.transaction("alice") as connection:
        connection.execute(text("update paper_trades set sl_price = tp_price - 1, tp_price = tp_price + 50"))
    stage.fault("status", code=400, body="account restricted", times=1000)
    for _ in range(30):
        stage.sync()
    told = stage.query("select severity, text from alerts where kind = 'close_failed'")
    sent = exits(stage, trade)

    assert {order["status"] for order in sent} == {"REJECTED"}
    assert len(sent) <= 7
    assert len(told) == 1
    assert f"Failed {len(sent)} times since" in told[0].text
    stage.world.faults.clear()
    for _ in range(16):
        stage.sync()
    assert stage.trade(trade)["status"] == "CLOSED"
    assert open_alerts(stage) == []


def test_a_list_shows_a_trades_last_ten_orders(stage: Stage) -> None:
    """A-04: a list stays small whatever a trade went through; the trade itself shows everything."""
    trade = stage.place_bracketed(qty=1)
    for step in range(6):
        trade = stage.adjust(trade, new_sl=Decimal("0.5") + step * Decimal("0.01")).trade
    listed = list_trades(stage.env, "alice", TradeFilter())["items"]

    assert len(trade["orders"]) == 15
    assert isinstance(listed, list)
    assert [one["orders"] for one in listed if isinstance(one, dict)] == [trade["orders"][-10:]]
