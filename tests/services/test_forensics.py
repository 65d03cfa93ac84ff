"""Forensics (A-09): each ended trade once, by the vendor's minutes or by our own, the same result twice."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.services.analysis.examine_trades import examine_ended
from tests.services.stage import Stage, eastern

DAY = date(2026, 2, 19)
FIGURES = ("target_pnl_15m", "target_pnl_1h", "target_mfe_pct", "target_mae_pct")


def figures(trade: dict[str, Any]) -> list[float | None]:  # Any: JSON
    return [trade[name] for name in FIGURES]


def sources(stage: Stage) -> list[str | None]:
    return [row.forensics_source for row in stage.query("select forensics_source from paper_trades")]


def held_and_closed(stage: Stage, *, minutes: int = 64) -> dict[str, Any]:  # Any: JSON
    """Hold a trade for so many minutes with a snapshot each, then close it; returns it as it ended."""
    placed = stage.place_bracketed()
    for _ in range(minutes):
        stage.advance(60)
        stage.run("snapshot")
    stage.close_trade(stage.trade(placed))
    return stage.trade(placed)


def test_an_ended_trade_gets_its_figures_at_night(stage: Stage) -> None:
    ended = held_and_closed(stage)
    stage.go_to(eastern(DAY, 20))
    result = stage.run("forensics")
    found = stage.trade(ended)

    assert result == {"by_history": 1, "by_snapshots": 0, "waiting": 0, "errors": {}}
    assert sources(stage) == ["HISTORY"]
    assert None not in figures(found)
    exit_pct = 100 * (found["close_price"] / found["entry_price"] - 1)
    assert found["target_mfe_pct"] >= max(0, round(exit_pct, 4))
    assert found["target_mae_pct"] <= min(0, round(exit_pct, 4))
    assert found["target_mfe_pct"] * found["entry_price"] * 2 >= ended["max_gain"] - 0.01
    assert found["version"] == ended["version"]
    assert found["last_updated"] > ended["last_updated"]


def test_both_sources_agree_within_what_a_minute_moves(stage: Stage) -> None:
    ended = held_and_closed(stage)
    stage.run("forensics")
    by_history = stage.trade(ended)
    with stage.container.jobs_environment().database.transaction("alice") as connection:
        connection.exec_driver_sql("update paper_trades set forensics_source = null, analysed_at = null")
    stage.fault("status", method="GET", path="/timesales", times=99, code=500)
    assert examine_ended(stage.container.jobs_environment(), may_wait=False).by_snapshots == 1
    by_snapshots = stage.trade(ended)

    assert sources(stage) == ["SNAPSHOTS"]
    for name in FIGURES[2:]:
        assert by_history[name] == pytest.approx(by_snapshots[name], abs=6)
    assert by_snapshots["target_mfe_pct"] <= by_history["target_mfe_pct"] + 2.0


def test_the_same_result_twice(stage: Stage) -> None:
    """A-09, I-20: run again, or run anew for one trade, the figures stay."""
    ended = held_and_closed(stage, minutes=20)
    stage.run("forensics")
    once = stage.trade(ended)
    stage.advance(3600)

    assert stage.run("forensics") == {"skipped": "every ended trade has been examined"}
    assert stage.run("forensics", trade_id=ended["id"])["by_history"] == 1
    assert figures(stage.trade(ended)) == figures(once)


def test_ended_before_the_instant_counts_as_realised(stage: Stage) -> None:
    ended = held_and_closed(stage, minutes=20)
    stage.run("forensics")
    found = stage.trade(ended)

    assert found["target_pnl_15m"] is not None
    assert found["target_pnl_15m"] != found["realized_pnl"]
    assert found["target_pnl_1h"] == found["realized_pnl"]


def test_open_and_cancelled_trades_are_left_alone(stage: Stage) -> None:
    stage.place_bracketed()
    stage.fault("reject_after_200", path="/orders")
    with pytest.raises(Exception, match=r"."):
        stage.place_bracketed()

    assert stage.run("forensics") == {"skipped": "every ended trade has been examined"}


def test_a_vendor_that_fails_is_asked_again_and_in_the_end_snapshots_do(stage: Stage) -> None:
    ended = held_and_closed(stage, minutes=20)
    stage.fault("status", method="GET", path="/timesales", times=99, code=500)
    payload: dict[str, Any] = {}  # Any: JSON
    for rounds in range(3):
        assert stage.run("forensics", **payload)["waiting"] == 1
        job, payload, due_at = stage.bus.sent[-1]
        assert (job, payload) == ("forensics", {"empty_rounds": rounds + 1})
        assert due_at is not None
        assert due_at > stage.clock.now()
        stage.go_to(due_at)
    result = stage.run("forensics", **payload)

    assert (result["by_snapshots"], result["waiting"]) == (1, 0)
    assert sources(stage) == ["SNAPSHOTS"]
    assert None not in figures(stage.trade(ended))[2:]


def test_what_is_older_than_the_vendors_minutes_is_done_by_snapshots(stage: Stage) -> None:
    ended = held_and_closed(stage, minutes=20)
    stage.go_to(stage.clock.now() + timedelta(days=30))

    assert stage.run("forensics")["by_snapshots"] == 1
    assert figures(stage.trade(ended))[1] == ended["realized_pnl"]


def test_an_expired_trade_counts_its_settlement_as_a_mark(stage: Stage) -> None:
    """A-09: the fills count as marks, and an option that expires worthless lost all of it."""
    contract = stage.contract("SPY", expiry_index=0)
    placed = stage.place(stage.command(contract))
    stage.jump("SPY", 0.97)
    stage.go_to(eastern(contract.expiry, 16, 45))
    stage.run("expire")
    stage.go_to(eastern(contract.expiry, 20))
    stage.run("forensics")
    found = stage.trade(placed)

    assert found["status"] == "EXPIRED"
    assert found["target_mae_pct"] == -100
    assert found["target_mfe_pct"] >= 0


def test_bookends_outside_the_session_are_no_marks(stage: Stage) -> None:
    """A mark from before the open or after the close was nobody's to trade on."""
    ended = held_and_closed(stage, minutes=20)
    with stage.container.jobs_environment().database.transaction("alice") as connection:
        connection.exec_driver_sql(
            "update price_snapshots set mark_price = 9999, kind = 'PRE_MARKET' "
            "where kind = 'INTRADAY' and timestamp = "
            "(select max(timestamp) from price_snapshots where kind = 'INTRADAY')"
        )
    stage.fault("status", method="GET", path="/timesales", times=99, code=500)
    examine_ended(stage.container.jobs_environment(), may_wait=False)

    assert Decimal(str(stage.trade(ended)["target_mfe_pct"])) < 1000
