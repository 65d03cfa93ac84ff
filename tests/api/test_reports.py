"""GET /api/reports/*: performance of a day and of a strategy, and what they add (B-14, B-15)."""

from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest

from infra.local.seed.demo_desk import CONDOR
from tests.api.ended_trades import MONDAY, EndedTrades
from tests.api.support import Api, User

DAY = timedelta(days=1)


@pytest.fixture
def trades(api: Api) -> EndedTrades:
    """Alice's ended trades; the clock stands on the Wednesday of their second week."""
    api.clock.at = MONDAY + 9 * DAY
    return EndedTrades(api)


def test_a_day_is_reported_with_its_week_month_and_year(trades: EndedTrades, alice: User) -> None:
    """B-14: the figures are the day's own; P&L by day, week, month leads up to it, not beyond."""
    trades.add(gain="0.107", entered_at=MONDAY - 20 * DAY)
    trades.add(gain="0.207", entered_at=MONDAY + 6 * DAY)
    trades.add(gain="1.007", entered_at=MONDAY + 7 * DAY, order_book_state={"bid": 1.9, "ask": 2.0})
    trades.add(gain="-0.493", entered_at=MONDAY + 8 * DAY, strategy="other", trade_context={"tags": ["plan"]})
    trades.add(gain="0.507", entered_at=MONDAY + 8 * DAY, order_book_state={"bid": 1.9, "ask": 2.1})
    trades.add(gain="2.007", entered_at=MONDAY + 9 * DAY)
    body = alice.get("/api/reports/daily?date=2026-03-10").json

    assert (body["date"], body["entered"], body["trades"], body["total_pnl"]) == ("2026-03-10", 2, 2, 0)
    assert (body["from"], body["to"], body["win_rate"], body["profit_factor"]) == (
        "2026-03-10", "2026-03-10", 0.5, 1
    )  # fmt: skip
    assert [(one["date"], one["pnl"]) for one in body["daily"]] == [("2026-03-09", 100), ("2026-03-10", 0)]
    assert body["weekly"] == [
        {"from": "2026-02-23", "pnl": 0},
        {"from": "2026-03-02", "pnl": 20},
        {"from": "2026-03-09", "pnl": 100},
    ]
    assert body["monthly"] == [
        {"month": "2026-01", "pnl": 0}, {"month": "2026-02", "pnl": 10}, {"month": "2026-03", "pnl": 120}
    ]  # fmt: skip
    assert (body["slippage_pct"], body["credit_captured_pct"], body["credit_trades"]) == (0, None, 0)
    assert [one["key"] for one in body["by"]["tag"]] == ["plan", None]


def test_without_a_date_today_is_reported(trades: EndedTrades, alice: User) -> None:
    """A quiet day has no figures, and its week."""
    body = alice.get("/api/reports/daily").json

    assert (body["date"], body["trades"], body["expectancy"]) == ("2026-03-11", 0, None)
    assert [one["date"] for one in body["daily"]] == ["2026-03-09", "2026-03-10", "2026-03-11"]


def test_a_strategy_is_reported_over_the_last_days(trades: EndedTrades, alice: User) -> None:
    """B-14: its own trades alone; credit kept in per cent of the most, as an independent mean has it."""
    strategy = alice.post("/api/strategies", CONDOR).json
    own = {"originator": "DESK", "originator_id": strategy["id"]}
    for number, (gain, credit) in enumerate((("1.007", "150"), ("-0.493", "80"), ("0.107", "22.5"))):
        trades.add(gain=gain, entered_at=MONDAY + number * DAY, entry_credit_usd=Decimal(credit), **own)
    trades.add(gain="0.207", entered_at=MONDAY + 3 * DAY, entry_credit_usd=Decimal(-90), **own)
    trades.add(gain="3.00", entry_credit_usd=Decimal(300))
    path = f"/api/reports/strategy/{strategy['id']}"
    body = alice.get(path).json

    kept = np.array([100.7, -49.3, 10.7]) / np.array([150, 80, 22.5])
    assert body["strategy"] == {
        "id": strategy["id"], "name": "SPY condor", "type": "iron_condor", "underlying": "SPY"
    }  # fmt: skip
    assert (body["days"], body["trades"], body["total_pnl"]) == (30, 4, 80)
    assert (body["from"], body["to"]) == ("2026-02-10", "2026-03-11")
    assert body["credit_captured_pct"] == pytest.approx(float(kept.mean() * 100), abs=1e-9)
    assert body["credit_trades"] == 3
    assert alice.get(f"{path}?days=8").json["trades"] == 2


@pytest.mark.parametrize("path", ["daily?date=2026-02-30", "daily?day=2026-02-03"])
def test_what_is_no_day_is_named(alice: User, path: str) -> None:
    """Bad input: an unknown name, a day that there is not."""
    assert alice.get(f"/api/reports/{path}").status == 422


def test_anothers_strategy_is_nobodys(trades: EndedTrades, alice: User, bob: User) -> None:
    """I-21."""
    strategy = alice.post("/api/strategies", CONDOR).json

    assert bob.get(f"/api/reports/strategy/{strategy['id']}").status == 404
    trades.add(entered_at=MONDAY + 9 * DAY)
    assert bob.get("/api/reports/daily").json["trades"] == 0


def test_live_is_held_against_its_shadow(trades: EndedTrades, alice: User, bob: User) -> None:
    """B-11: a pair with both sides, and figures of each; a shadow is no result, and stands in no history."""
    at, book = MONDAY + 8 * DAY, {"bid": 1.9, "ask": 2.1}
    live = trades.add(gain="0.507", entered_at=at, broker_mode="TRADIER_LIVE", order_book_state=book)
    shadow = trades.add(gain="0.557", entered_at=at, entry_price=Decimal("1.98"), shadow_of=live)
    body = alice.get("/api/reports/shadow?days=5").json

    assert (body["days"], body["from"], body["pairs"]) == (5, "2026-03-07", 1)
    (item,) = body["items"]
    assert (item["live"]["trade_id"], item["paper"]["trade_id"], item["mid"]) == (live, shadow, 2)
    assert body["entry_error"] == {"count": 1, "mean": 0.02, "worst": 0.02}
    assert body["exit_error"] == {"count": 1, "mean": 0.05, "worst": 0.05}
    assert body["pnl_error"] == {"count": 1, "mean": 5, "worst": 5}
    assert (body["live"]["slippage_pct"], body["paper"]["slippage_pct"]) == (0, -1)
    assert (body["live"]["pnl"], body["paper"]["pnl"], body["paper"]["missed"]) == (50, 55, 0)
    (ours,) = body["by_strategy"]
    assert ours["pairs"] == 1
    assert {name: ours[name] for name in ("live", "paper", "pnl_error")} == {
        name: body[name] for name in ("live", "paper", "pnl_error")
    }
    assert alice.get("/api/performance").json["total_pnl"] == 50
    history = alice.get("/api/trades/history?totals=true").json
    assert [one["id"] for one in history["items"]] == [live]
    assert history["totals"]["trades"] == 1
    assert alice.get(f"/api/trades/{shadow}").json["shadow_of"] == live
    assert bob.get("/api/reports/shadow").json["pairs"] == 0
