"""Small untruths of the core, each as the law that it broke."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from chalicelib.jobs import run_job
from chalicelib.services.commands import place_trade
from chalicelib.services.errors import BrokerRefused
from chalicelib.services.users import account
from tests.services.stage import Stage

Json = dict[str, Any]  # Any: JSON


def test_a_mark_after_the_exit_counts_for_nothing(stage: Stage) -> None:
    """I-14: the stop fills, the market runs on and is looked at before the sync that learns of it."""
    trade = stage.place_bracketed(qty=2)
    stage.advance(40)
    stage.run("snapshot")
    stage.advance(5)
    stage.jump("AAPL", 0.9)  # far through the stop
    stage.advance(10)
    filled = next(leg for order in stage.truth() for leg in order.get("leg", ()) if leg["status"] == "filled")
    stage.jump("AAPL", 1.3)
    stage.advance(30)
    stage.run("snapshot")
    assert stage.trade(trade)["max_gain"] > 1000
    stage.sync(after=10)

    now = stage.trade(trade)
    assert (now["status"], now["close_price"]) == ("CLOSED", filled["avg_fill_price"])
    marks = stage.query(
        "select max(mark_price) as best from price_snapshots where trade_id = cast(:id as uuid) "
        "and kind = 'INTRADAY' and timestamp < cast(:at as timestamptz)",
        id=trade["id"],
        at=now["close_date"],
    )
    held_best = max(float(marks[0].best) - now["entry_price"], 0) * 200
    assert now["max_gain"] == pytest.approx(held_best)
    assert now["max_drawdown"] <= now["realized_pnl"] + now["fees"] + 0.005


def test_a_snapshot_that_comes_late_counts_for_best_and_worst(stage: Stage) -> None:
    """I-14: its instant lies before the last mark, which stays; found by the simulation's seed 525."""
    trade = stage.place_bracketed(qty=2)
    due_at = stage.clock.now() + timedelta(seconds=20)
    stage.advance(40)
    stage.run("snapshot")
    marked = stage.trade(trade)
    stage.jump("AAPL", 1.02)
    stage.advance(5)
    run_job(stage.container, "snapshot", due_at=due_at, payload={}, forced=True)
    now = stage.trade(trade)
    (late,) = stage.query(
        "select mark_price from price_snapshots where trade_id = cast(:id as uuid) "
        "and kind = 'INTRADAY' and timestamp = :at",
        id=trade["id"],
        at=due_at,
    )

    assert (now["current_price"], now["mark_at"]) == (marked["current_price"], marked["mark_at"])
    assert now["max_gain"] == pytest.approx((float(late.mark_price) - now["entry_price"]) * 200)
    assert now["max_gain"] > marked["max_gain"]


def test_a_refused_entry_is_refused_again_by_the_same_key(stage: Stage) -> None:
    """I-02, A-12: a call that died after the broker's no is answered as it would have been: 422."""
    command = stage.command()
    stage.fault("status", code=400, body="no such luck")
    with pytest.raises(BrokerRefused, match="no such luck"):
        place_trade.place(stage.env, "alice", command, "the-key")
    with pytest.raises(BrokerRefused, match="no such luck"):
        place_trade.place(stage.env, "alice", command, "the-key")

    assert stage.query("select count(*) from paper_trades")[0][0] == 1


def test_cancelling_what_was_never_sent_is_one_change(stage: Stage) -> None:
    """I-22: the entry waits for the session; its withdrawal raises the version by one."""
    stage.go_to(stage.clock.now() + timedelta(hours=8))
    trade = stage.place()
    assert trade["status"] == "PENDING"
    answered = stage.cancel(trade)

    assert (answered.status, answered.trade["status"]) == (200, "CANCELED")
    assert answered.trade["close_reason"] == "CANCELED"
    assert answered.trade["version"] == trade["version"] + 1
    assert [order["status"] for order in answered.trade["orders"]] == ["CANCELED"]


def test_a_paper_account_has_one_name(stage: Stage) -> None:
    """The account that is shown is the one that trades are kept under."""
    stage.set(broker_mode="PAPER")
    trade = stage.place()
    (kept,) = stage.query("select account_id from paper_trades where id = :id", id=UUID(trade["id"]))

    assert account.read_account(stage.env, "alice").account_id == kept.account_id == "alice"
