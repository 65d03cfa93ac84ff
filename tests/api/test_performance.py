"""GET /api/performance: which trades count, how they are chosen, and what an empty account is told (A-15)."""

from datetime import timedelta
from decimal import Decimal

import pytest

from tests.api.ended_trades import MONDAY, EndedTrades
from tests.api.support import Api, User

PATH = "/api/performance"
DAY = timedelta(days=1)


@pytest.fixture
def trades(api: Api) -> EndedTrades:
    """Alice's ended trades; the clock stands a week after the first."""
    api.clock.at = MONDAY + 7 * DAY
    return EndedTrades(api)


def test_without_trades_sums_are_nothing_and_rates_are_unknown(trades: EndedTrades, alice: User) -> None:
    """api.md: not defined is null, never 0."""
    body = alice.get(PATH).json
    nulls = {name for name, value in body.items() if value is None}

    assert (body["trades"], body["total_pnl"], body["fees"]) == (0, 0, 0)
    assert {"from", "to", "win_rate", "profit_factor", "sharpe", "max_drawdown", "best_strategy"} <= nulls
    assert (body["daily"], body["weekly"], body["excursions"]) == ([], [], [])
    assert body["ai"] == {"agree": 0, "right": 0, "right_pct": None}
    assert body["by"]["strategy"] == []


def test_an_asked_period_without_trades_has_its_days(trades: EndedTrades, alice: User) -> None:
    """A-15: trading days without trades count as 0, those that have not come do not count."""
    body = alice.get(f"{PATH}?from=2026-03-05&to=2026-03-31").json

    assert (body["from"], body["to"], body["trades"]) == ("2026-03-05", "2026-03-31", 0)
    assert [(day["date"], day["pnl"], day["equity"]) for day in body["daily"]] == [
        ("2026-03-05", 0, 5000),
        ("2026-03-06", 0, 5000),
        ("2026-03-09", 0, 5000),
    ]
    assert (body["max_drawdown"], body["max_drawdown_days"]) == (0, 0)


@pytest.mark.parametrize(
    "query",
    ["from=2026-04-01", "to=2026-03-01", "from=2026-03-05&to=2026-03-03", "from=2026-04-01&to=2026-04-30"],
)
def test_a_period_that_has_no_days_yet_has_no_series(trades: EndedTrades, alice: User, query: str) -> None:
    """Nothing in it, nothing before its first trade, ends crossed, all of it to come."""
    trades.add()
    body = alice.get(f"{PATH}?{query}").json

    assert (body["trades"], body["daily"], body["max_drawdown"]) == (0, [], None)


def test_figures_of_some_trades(trades: EndedTrades, alice: User) -> None:
    """Three trades over three days, worked out by hand."""
    trades.add(gain="1.007", ai_verdict="BUY", card_score=85, delta=Decimal("0.42"))
    trades.add(gain="-0.493", entered_at=MONDAY + DAY, ai_verdict="AVOID", strategy="other", ticker="QQQ")
    trades.add(gain="0.507", entered_at=MONDAY + 2 * DAY, order_book_state={"bid": 1.9, "ask": 2.0})
    body = alice.get(PATH).json

    assert (body["from"], body["to"]) == ("2026-03-02", "2026-03-04")
    assert (body["trades"], body["wins"], body["losses"], body["breakeven"]) == (3, 2, 1, 0)
    assert body["total_pnl"] == 100
    assert body["fees"] == 2.1
    assert body["win_rate"] == pytest.approx(2 / 3, abs=1e-12)
    assert body["profit_factor"] == 3
    assert (body["avg_win"], body["avg_loss"], body["payoff_ratio"]) == (75, -50, 1.5)
    assert (body["best"], body["worst"], body["avg_hold_h"]) == (100, -50, 1)
    assert body["expectancy"] == pytest.approx(100 / 3, abs=1e-9)
    assert [day["equity"] for day in body["daily"]] == [5100, 5050, 5100]
    assert (body["max_drawdown"], body["max_drawdown_days"]) == (-50, 1)
    assert body["max_drawdown_pct"] == pytest.approx(-100 * 50 / 5100, abs=1e-9)
    assert body["slippage_pct"] == pytest.approx(100 * 0.05 / 1.95, abs=1e-9)
    assert body["weekly"] == [{"from": "2026-03-02", "pnl": 100}]
    assert body["monthly"] == [{"month": "2026-03", "pnl": 100}]
    assert body["ai"] == {"agree": 1, "right": 2, "right_pct": 100}
    assert (body["best_strategy"]["key"], body["worst_strategy"]["key"]) == ("scan", "other")
    assert body["best_strategy"]["too_few"]
    assert [group["key"] for group in body["by"]["delta"]] == ["0.4-0.5", None]
    assert [group["key"] for group in body["by"]["hour"]] == ["10", "11"]
    assert body["excursions"][0]["mfe_pct"] == 50


def test_what_is_no_result_is_left_out(trades: EndedTrades, alice: User) -> None:
    """A-15: CANCELED and BROKER_RESET do not count."""
    trades.add()
    trades.add(close_reason="BROKER_RESET")
    trades.add(gain="-2.00", status="EXPIRED", close_reason="EXPIRED_OTM", fees=Decimal(0))

    body = alice.get(PATH).json

    assert body["trades"] == 2
    assert [group["key"] for group in body["by"]["close_reason"]] == ["EXPIRED_OTM", "TP_HIT"]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 3),
        ("from=2026-03-03", 2),
        ("to=2026-03-03", 2),
        ("from=2026-03-03&to=2026-03-03", 1),
        ("from=2026-03-03T20:00:00Z", 1),
        ("ticker=QQQ", 1),
        ("strategy=other", 1),
        ("mode=TRADIER_SANDBOX", 1),
        ("mode=PAPER&ticker=SPY", 1),
        ("strategy=none", 0),
        ("originator=PERSON", 3),
        ("originator=DESK", 0),
    ],
)
def test_trades_are_chosen_by_their_end_and_their_values(
    trades: EndedTrades, alice: User, query: str, count: int
) -> None:
    """api.md: from, to, ticker, strategy, mode; a day is the Eastern one."""
    trades.add()
    trades.add(entered_at=MONDAY + DAY, ticker="QQQ", strategy="other")
    trades.add(entered_at=MONDAY + 2 * DAY, broker_mode="TRADIER_SANDBOX")

    assert alice.get(f"{PATH}?{query}").json["trades"] == count


def test_the_curve_starts_at_the_balance_of_the_settings(trades: EndedTrades, alice: User) -> None:
    """A-15: daily return over `account_balance` plus what was realised since."""
    trades.add()
    alice.put("/api/settings", {"account_balance": 1000})

    assert alice.get(PATH).json["daily"] == [{"date": "2026-03-02", "pnl": 49.3, "equity": 1049.3}]


def test_an_unchanged_performance_is_304(trades: EndedTrades, alice: User) -> None:
    """The tag covers what is shown: a trade, a setting, and nothing else."""
    trades.add()
    tag = alice.get(PATH).headers["etag"]
    same = alice.get(PATH, If_None_Match=tag)
    trades.add()
    changed = alice.get(PATH, If_None_Match=tag)

    assert (same.status, same.text) == (304, "")
    assert (changed.status, changed.json["trades"]) == (200, 2)


def test_one_users_trades_are_not_anothers(trades: EndedTrades, bob: User) -> None:
    """I-21."""
    trades.add()

    assert bob.get(PATH).json["trades"] == 0


@pytest.mark.parametrize(
    ("query", "field"),
    [("from=yesterday", "from"), ("mode=LIVE", "mode"), ("days=3", "days"), ("from=0001-01-01", "from")],
)
def test_unknown_values_are_refused(alice: User, query: str, field: str) -> None:
    """422 with the field."""
    assert alice.get(f"{PATH}?{query}").fields == {field}


def test_a_captured_order_book_without_numbers_tells_nothing(trades: EndedTrades, alice: User) -> None:
    """It is free JSON; missing is not zero."""
    trades.add(order_book_state={"bid": None, "ask": "n/a"})

    assert alice.get(PATH).json["slippage_pct"] is None


def test_r_is_the_result_over_what_was_risked_at_first(trades: EndedTrades, alice: User) -> None:
    """A-15: to the first stop, else the basis, else what it cost; the list tells it of each trade."""
    stopped = trades.add(gain="1.007", initial_sl=Decimal("1.50"))
    based = trades.add(gain="-0.493", risk_basis=Decimal(125))
    bought = trades.add(gain="0.507", qty=2)
    body = alice.get(PATH).json

    expected = {stopped: 100 / 50, based: -50 / 125, bought: 100.7 / 400}
    found = {one["trade_id"]: one["r"] for one in body["excursions"]}
    assert found == pytest.approx(expected, abs=1e-9)
    assert body["r"]["trades"] == 3
    assert body["r"]["mean"] == pytest.approx(sum(expected.values()) / 3, abs=1e-9)
    assert body["r"]["mean"] == pytest.approx(body["r"]["expectancy"], abs=1e-9)
    assert (body["r"]["best"], body["r"]["worst"]) == (2, -0.4)
    assert body["r"]["distribution"][0] == {"from": -0.5, "to": 0, "trades": 1}
    assert body["by"]["ticker"][0]["expectancy_r"] == body["r"]["mean"]
    listed = {one["id"]: one["r_achieved"] for one in alice.get("/api/trades/history").json["items"]}
    assert listed == pytest.approx(expected, abs=5e-5)


def test_tags_choose_and_group_everywhere(trades: EndedTrades, alice: User) -> None:
    """A-15: list, history, performance, export; one tag whole."""
    plan = trades.add(trade_context={"tags": ["plan", "morning"]})
    trades.add(trade_context={"tags": ["planless"]})
    body = alice.get(f"{PATH}?tag=plan").json

    assert (body["trades"], [one["key"] for one in body["by"]["tag"]]) == (1, ["morning", "plan"])
    assert alice.get(f"{PATH}?tag=nothing").json["trades"] == 0
    for path in ("/api/trades?status=CLOSED&tag=plan", "/api/trades/history?tag=plan"):
        assert [one["id"] for one in alice.get(path).json["items"]] == [plan]
    exported = alice.get("/api/trades/export?format=json&tag=plan").json
    assert [one["id"] for one in exported["items"]] == [plan]
