"""GET /api/ai/performance: what traders amount to (C-09)."""

from datetime import timedelta
from decimal import Decimal

import pytest

from chalicelib.domain.instruments.sides import LegSide
from tests.api.ai_records import SUNDAY, Records
from tests.api.ai_support import made
from tests.api.support import Api, User

PATH = "/api/ai/performance"
DAY = timedelta(days=1)


@pytest.fixture
def records(api: Api, alice: User) -> Records:
    """A trader of alice's, two days after its trades of SUNDAY."""
    api.clock.at = SUNDAY + 2 * DAY
    return Records(api, made(alice))


def test_days_are_utcs_and_thirty_by_default(records: Records, alice: User) -> None:
    """C-09: the last 30 days, a day for each; what ended before does not count, weekends do."""
    records.trade("40", closed_at=SUNDAY - 40 * DAY)
    records.trade("-10", closed_at=SUNDAY.replace(hour=23))  # Sunday in UTC and in New York
    records.trade("30", closed_at=SUNDAY + DAY - timedelta(hours=9))  # Monday in UTC, Sunday in New York
    body = alice.get(PATH).json

    assert (body["from"], body["to"], body["trades"]) == ("2026-02-02", "2026-03-03", 2)
    assert len(body["daily"]) == 30
    assert [(day["date"], day["pnl"], day["equity"]) for day in body["daily"][-3:]] == [
        ("2026-03-01", -10, 9990),
        ("2026-03-02", 30, 10020),
        ("2026-03-03", 0, 10020),
    ]
    assert (body["total_pnl"], body["total_pnl_pct"], body["recovery_days"]) == (20, 0.2, 1)
    assert [one["key"] for one in body["by"]["weekday"]] == ["Monday", "Sunday"]


def test_long_short_paper_live_and_traders_stand_side_by_side(
    records: Records, api: Api, alice: User
) -> None:
    """C-13: `long, short, by_trader, paper, live` beside the fields of every performance."""
    other = Records(api, made(alice, name="breaks"))
    records.trade("50")
    records.trade("-20", side=LegSide.SHORT, confidence="0.9")
    other.trade("10", broker_mode="TRADIER_LIVE")
    body = alice.get(PATH).json

    assert [body[name]["total_pnl"] for name in ("long", "short", "paper", "live")] == [60, -20, 30, 10]
    assert [(one["name"], one["trades"], one["total_pnl"]) for one in body["by_trader"]] == [
        ("breaks", 1, 10),
        ("dips", 2, 30),
    ]
    assert (body["best_trade"]["symbol"], body["best_trade"]["pnl"]) == ("BTCUSDT", 50)
    assert body["worst_trade"]["pnl"] == -20
    assert body["kelly"] == 0.25  # two of three won, 30 against 20: 0.44, and a quarter at most
    assert alice.get(f"{PATH}?mode=live").json["trades"] == 1
    assert alice.get(f"{PATH}?trader={other.trader['id']}").json["total_pnl"] == 10


def test_every_set_of_trades_tells_its_r(records: Records, alice: User) -> None:
    """A-15, C-09: P&L over what the first stop would have lost, ten coins at 100 with a stop at 90."""
    records.trade("50", initial_sl=Decimal(90))
    records.trade("-100", initial_sl=Decimal(90))
    body = alice.get(PATH).json

    told = (body["long"], body["paper"], body["by_trader"][0], body["ai_against_rules"]["rules"])
    assert [one["expectancy_r"] for one in told] == [-0.25] * 4
    assert (body["short"]["expectancy_r"], body["live"]["expectancy_r"]) == (None, None)


def test_confidence_is_told_by_tenths_and_as_what_it_proved_worth(records: Records, alice: User) -> None:
    """C-13: win rate per bucket of 0.1; C-09: the isotonic regression with its counts, of all trades ever."""
    records.trade("50", confidence="0.72")
    records.trade("-50", confidence="0.79")
    records.trade("50", confidence="1")
    records.trade("50", confidence="0.65", closed_at=SUNDAY - 50 * DAY)
    records.trade("50", confidence=None)
    body = alice.get(PATH).json
    (trader,) = body["by_trader"]

    assert [
        (round(one["from"], 1), round(one["to"], 1), one["trades"], one["win_rate"])
        for one in body["calibration"]
    ] == [(0.7, 0.8, 2, 0.5), (0.9, 1, 1, 1)]
    assert trader["calibrated"]["trades"] == 4
    assert trader["calibrated"]["is_enough"] is False
    assert [(one["from"], one["to"], one["trades"]) for one in trader["calibrated"]["steps"]] == [
        (0.65, 0.79, 3),
        (1, 1, 1),
    ]


def test_the_model_is_set_against_the_rules(records: Records, alice: User) -> None:
    """C-09: AI against rules, changes toward profit: a short's stop moves there by falling."""
    records.trade("10", left_by_model=True)
    records.trade("-30")
    records.trade("5", close_reason="MANUAL_CLOSE")
    long, short = records.trade("1"), records.trade("2", side=LegSide.SHORT)
    records.stop_moved(long, "90", "95")
    records.stop_moved(short, "110", "105")
    records.stop_moved(short, "105", "120", by="USER_MANUAL")
    records.stop_moved(long, "95", "99", state="VETOED")
    body = alice.get(PATH).json

    assert {who: one["total_pnl"] for who, one in body["ai_against_rules"].items()} == {
        "model": 10,
        "rules": -27,
        "person": 5,
    }
    assert (body["stop_moves"]["moves"], body["stop_moves"]["toward_profit"]) == (3, 2)
    assert body["stop_moves"]["by"] == [
        {"triggered_by": "AI_ANALYSIS", "moves": 2, "toward_profit": 2},
        {"triggered_by": "USER_MANUAL", "moves": 1, "toward_profit": 0},
    ]


def test_cost_is_told_by_decision_day_and_trader(records: Records, alice: User) -> None:
    """C-13: cost per decision, per day and per trader."""
    records.decision("NO_TRADE", outcome="NO_TRADE", cost_usd="0.003")
    records.decision("NO_TRADE", outcome="NO_TRADE", cost_usd="0.001")
    records.cost(SUNDAY, "0.004", 3)
    records.cost(SUNDAY + DAY, "0.001", 1)
    records.cost(SUNDAY - 60 * DAY, "9", 1)
    body = alice.get(PATH).json

    assert body["cost"] == {
        "usd": 0.005,
        "calls": 4,
        "decisions": 2,
        "per_decision_usd": 0.002,
        "by_day": [
            {"date": "2026-03-01", "usd": 0.004, "calls": 3},
            {"date": "2026-03-02", "usd": 0.001, "calls": 1},
        ],
    }
    assert [(one["cost_usd"], one["calls"], one["trades"]) for one in body["by_trader"]] == [(0.005, 4, 0)]


def test_without_trades_and_for_others_there_is_nothing(records: Records, alice: User, bob: User) -> None:
    """I-21: nobody else's; api.md: not defined is null, an unchanged answer is 304."""
    records.trade("50")
    body = bob.get(PATH).json
    tag = alice.get(PATH).headers["etag"]

    assert (body["trades"], body["by_trader"], body["kelly"], body["best_trade"]) == (0, [], None, None)
    assert body["cost"]["per_decision_usd"] is None
    assert alice.get(PATH, **{"If-None-Match": tag}).status == 304


def test_lots_are_first_in_first_out_over_the_account(records: Records, api: Api, alice: User) -> None:
    """C-09: per-lot rows with dates, cost, proceeds, fees, as CSV and JSON, by when they were closed."""
    records.trade("18")
    Records(api, made(alice, name="breaks")).trade("-22", closed_at=SUNDAY + DAY)
    found = alice.get(PATH).json["lots"]
    csv = alice.get(f"{PATH}?format=csv&from=2026-03-02").text.splitlines()

    assert [(one["cost"], one["proceeds"], one["fees"], one["gain"]) for one in found] == [
        (1001, 1019, 2, 18),
        (1001, 979, 2, -22),
    ]
    assert found[0]["acquired_at"] == "2026-03-01T11:00:00Z"
    assert csv[0].split(",")[-5:] == ["cost", "proceeds", "fees", "gain", "term"]
    assert len(csv) == 2
    assert csv[1].startswith("PAPER,BTCUSDT,LONG,10,2026-03-02T11:00:00Z,2026-03-02T12:00:00Z,100,98,1001")
