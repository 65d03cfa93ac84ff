"""A-16: tools over the user's own trades; answers over few of them say that they prove little."""

import json
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import text

from chalicelib.api.knowledge.tool import CLOSED_TRADES_MIN, AnyTool
from chalicelib.api.knowledge.tools import TOOLS
from tests.api.ended_trades import MONDAY, EndedTrades
from tests.api.support import Api
from tests.knowledge.conftest import Knowledge

NAMES = [
    *("list_trades", "get_trade", "performance", "find_similar_entries", "explain_loss"),
    *("list_strategies", "explain_evaluation", "why_nothing_traded"),
    *("explain_decision", "list_rejected_decisions"),
]


@pytest.fixture
def alices_trades(api: Api) -> EndedTrades:
    return EndedTrades(api, "alice")


@pytest.fixture
def bobs_trades(api: Api) -> EndedTrades:
    return EndedTrades(api, "bob")


def test_the_tools_are_named_described_and_read_only(alices: Knowledge) -> None:
    listed = alices.post({"jsonrpc": "2.0", "id": 1, "method": "tools/list"}).json["result"]["tools"]

    assert [tool["name"] for tool in listed] == NAMES == [tool.name for tool in TOOLS]
    assert all(tool["annotations"]["readOnlyHint"] for tool in listed)
    assert all(tool["inputSchema"]["additionalProperties"] is False for tool in listed)
    assert all(len(tool["description"]) > 20 for tool in listed)


def test_trades_are_listed_newest_first_and_by_page(alices: Knowledge, alices_trades: EndedTrades) -> None:
    ids = [alices_trades.add(entered_at=MONDAY + timedelta(hours=hour)) for hour in range(5)]
    first = alices.ask("list_trades", limit=3)
    rest = alices.ask("list_trades", limit=3, cursor=first["next_cursor"])

    assert [item["id"] for item in first["items"] + rest["items"]] == ids[::-1]
    assert rest["next_cursor"] is None


def test_ended_trades_are_found_by_outcome_time_ticker_and_strategy(
    alices: Knowledge, alices_trades: EndedTrades
) -> None:
    won = alices_trades.add(gain="0.50", ticker="QQQ")
    lost = alices_trades.add(gain="-0.50", entered_at=MONDAY + timedelta(days=1), strategy="gap")

    assert [item["id"] for item in alices.ask("list_trades", result="losses")["items"]] == [lost]
    assert [item["id"] for item in alices.ask("list_trades", result="wins")["items"]] == [won]
    assert [item["id"] for item in alices.ask("list_trades", to="2026-03-02")["items"]] == [won]
    assert [item["id"] for item in alices.ask("list_trades", **{"from": "2026-03-03"})["items"]] == [lost]
    assert [item["id"] for item in alices.ask("list_trades", ticker="QQQ")["items"]] == [won]
    assert [item["id"] for item in alices.ask("list_trades", strategy="gap", status="CLOSED")["items"]] == [
        lost
    ]
    assert alices.ask("list_trades", status="OPEN")["items"] == []


def test_tags_choose_trades_and_figures(alices: Knowledge, alices_trades: EndedTrades) -> None:
    """A-15: one tag whole, of open and ended trades alike."""
    tagged = alices_trades.add(trade_context={"tags": ["plan"]}, initial_sl=Decimal("1.50"))
    alices_trades.add(trade_context={"tags": ["planless"]})

    for asked in ({"tag": "plan"}, {"tag": "plan", "result": "wins"}):
        (item,) = alices.ask("list_trades", **asked)["items"]
        assert (item["id"], item["r_achieved"]) == (tagged, 0.986)
    assert alices.ask("performance", tag="plan")["r"]["mean"] == 0.986


def test_one_trade_is_shown_whole_and_long_reasoning_shortened(
    api: Api, alices: Knowledge, alices_trades: EndedTrades
) -> None:
    trade_id = alices_trades.add()
    _set(api, trade_id, ai_reasoning_log=json.dumps({"prompt": "x" * 60_000}))
    shown = alices.ask("get_trade", trade_id=trade_id)

    assert shown["trade"]["id"] == trade_id
    assert len(shown["trade"]["orders"]) == 2
    assert len(shown["trade"]["ai_reasoning_log"]) < 5000
    assert shown["transitions"] == []


def test_performance_is_the_apis_own(api: Api, alices: Knowledge, alices_trades: EndedTrades) -> None:
    for gain in ("0.50", "-0.25", "1.00"):
        alices_trades.add(gain=gain)
    told = alices.ask("performance")
    from_api = api.user("alice").get("/api/performance").json

    assert told["trades"] == 3
    assert {
        name: told[name] for name in ("win_rate", "expectancy", "profit_factor", "total_pnl", "sharpe")
    } == {name: from_api[name] for name in ("win_rate", "expectancy", "profit_factor", "total_pnl", "sharpe")}
    assert "daily" not in told
    assert "excursions" not in told


def test_few_closed_trades_carry_a_warning_and_enough_do_not(
    alices: Knowledge, alices_trades: EndedTrades
) -> None:
    """A-16: under 50 closed trades prove little."""
    for number in range(CLOSED_TRADES_MIN - 1):
        alices_trades.add(entered_at=MONDAY + timedelta(minutes=number))
    few = [
        alices.ask("list_trades"),
        alices.ask("performance"),
        alices.ask("find_similar_entries", ticker="SPY"),
    ]
    last = alices_trades.add(gain="-0.50")
    enough = [
        alices.ask("list_trades"),
        alices.ask("performance"),
        alices.ask("find_similar_entries", ticker="SPY", limit=50),
        alices.ask("get_trade", trade_id=last),
        alices.ask("explain_loss", trade_id=last),
    ]

    assert all("prove little" in answer["warning"] for answer in few)
    assert [answer["warning"] for answer in enough] == [None] * len(enough)
    assert "prove little" in alices.ask("find_similar_entries", ticker="SPY", limit=10)["warning"]


def test_similar_entries_are_the_nearest_by_what_is_known(
    alices: Knowledge, alices_trades: EndedTrades
) -> None:
    near = alices_trades.add(gain="-0.50", delta=Decimal("0.52"), card_score=80)
    far = alices_trades.add(gain="0.50", delta=Decimal("0.20"), card_score=20)
    other = alices_trades.add(gain="1.00", delta=Decimal("0.51"), card_score=79, ticker="QQQ", strategy="gap")
    model = alices_trades.add(gain="0.10", delta=Decimal("0.50"), card_score=81)
    found = alices.ask("find_similar_entries", trade_id=model)

    assert found["items"][0]["trade_id"] == near
    assert model not in [item["trade_id"] for item in found["items"]]
    assert {item["trade_id"] for item in found["items"]} == {near, far, other}
    assert found["items"][0]["distance"] < found["items"][1]["distance"] <= 1
    assert {"delta", "score", "strategy", "ticker"} <= set(found["items"][0]["compared"])
    assert found["together"] == {
        "trades": 3,
        "wins": 2,
        "losses": 1,
        "win_rate": pytest.approx(2 / 3),
        "total_pnl": pytest.approx(97.9),
        "expectancy": pytest.approx(97.9 / 3),
    }
    by_features = alices.ask("find_similar_entries", delta=0.2, score=20, limit=1)
    assert [item["trade_id"] for item in by_features["items"]] == [far]
    assert by_features["items"][0]["distance"] == 0


def test_the_rsi_of_the_capsule_counts_and_the_callers_own_stands_in(
    api: Api, alices: Knowledge, alices_trades: EndedTrades
) -> None:
    ours, given = alices_trades.add(), alices_trades.add()
    _set(api, ours, signals_snapshot=json.dumps({"5m": {"rsi": 71.5}, "daily": {"trend": "bullish"}}))
    _set(api, given, signals_given=json.dumps({"5m": {"rsi": 30, "macd_hist": "n/a"}}))
    found = alices.ask("find_similar_entries", rsi=70, regime_trend="bullish")["items"]

    assert [(item["trade_id"], item["entry"]["rsi"]) for item in found] == [(ours, 71.5), (given, 30)]
    assert found[1]["compared"] == ["rsi"]


def test_a_loss_is_explained_by_its_facts(api: Api, alices: Knowledge, alices_trades: EndedTrades) -> None:
    """Plan, slippage, excursion, market move and other exits; sums that can be checked by hand."""
    book = {"greeks": {"delta": 0.5, "theta": -0.10, "vega": 0.08, "gamma": 0.01, "iv": 0.2}}
    trade_id = alices_trades.add(gain="-0.60", order_book_state=book, max_gain=30, max_drawdown=-62)
    _set(api, trade_id, sl_price=Decimal("1.50"), tp_price=Decimal("3.00"), target_pnl_15m=Decimal("12.5"))
    _stop_order(api, trade_id)
    for minutes, mark, underlying, iv in (
        (0, "2.00", "580", "0.20"),
        (20, "2.30", "581", "0.21"),
        (60, "1.40", "578", "0.19"),
    ):
        _snapshot(api, trade_id, minutes, mark, underlying, iv)
    told = alices.ask("explain_loss", trade_id=trade_id)

    assert told["trade"]["realized_pnl"] == pytest.approx(-60.7)
    assert told["plan"] == {
        "stop_price": 1.5,
        "target_price": 3,
        "at_stop": -50,
        "at_target": 100,
        "beyond_the_stop": -10,
    }
    stop = next(order for order in told["exit"]["orders"] if order["role"] == "STOP_LOSS")
    assert stop["slippage"] == 10
    assert told["excursion"]["best"] == 30
    assert told["excursion"]["best_at"] == "2026-03-02T15:20:00Z"
    assert told["excursion"]["given_back"] == 90
    market = told["market"]
    assert (market["underlying_at_entry"], market["underlying_at_exit"]) == (580, 578)
    assert market["first_order_parts"]["from_underlying"] == -100
    assert market["first_order_parts"]["from_volatility"] == -8
    assert market["first_order_parts"]["from_time"] == pytest.approx(-0.42)
    assert market["first_order_parts"]["rest"] == pytest.approx(-60 + 100 + 8 + 0.42)
    assert told["what_could_have_been"]["at_the_best_mark"] == 30
    assert told["what_could_have_been"]["after_15_minutes"] == 12.5
    assert told["marks"] == {"snapshots": 3, "without_mark": 0, "delayed": 0}


def test_a_loss_without_context_is_explained_by_what_is_known(
    alices: Knowledge, alices_trades: EndedTrades
) -> None:
    """Unknown is null, never 0."""
    told = alices.ask("explain_loss", trade_id=alices_trades.add(gain="-0.60"))

    assert told["plan"]["at_stop"] is None
    assert told["market"]["first_order_parts"] == {
        "from_underlying": None,
        "from_volatility": None,
        "from_time": None,
        "rest": None,
    }
    assert told["excursion"]["best_at"] is None


def test_a_win_is_no_loss(alices: Knowledge, alices_trades: EndedTrades) -> None:
    assert "not ended with a loss" in alices.refusal("explain_loss", trade_id=alices_trades.add(gain="0.5"))


def test_nobody_learns_of_anothers_trades(
    alices: Knowledge, bobs: Knowledge, alices_trades: EndedTrades, bobs_trades: EndedTrades
) -> None:
    """I-21: not by id, not in lists, counts, performance or comparisons."""
    hers = alices_trades.add(gain="-0.50", strategy="secret")
    his = bobs_trades.add(gain="-0.40")

    assert [item["id"] for item in bobs.ask("list_trades")["items"]] == [his]
    assert bobs.ask("list_trades")["closed_trades"] == 1
    assert bobs.ask("performance")["trades"] == 1
    assert bobs.ask("find_similar_entries", strategy="secret", ticker="SPY")["searched"] == 1
    for tool in ("get_trade", "explain_loss", "find_similar_entries"):
        assert bobs.refusal(tool, trade_id=hers) == bobs.refusal(tool, trade_id=str(uuid4()))
    everything = json.dumps([bobs.ask("list_trades"), bobs.ask("performance")])
    assert "secret" not in everything


@pytest.mark.parametrize(
    ("tool", "arguments", "named"),
    [
        ("list_trades", {"limit": 51}, "limit"),
        ("list_trades", {"limit": "5"}, "limit"),
        ("list_trades", {"status": "GONE"}, "status"),
        ("list_trades", {"ticker": "spy'; drop table"}, "ticker"),
        ("list_trades", {"cursor": "bm90aGluZw"}, "cursor"),
        ("list_trades", {"username": "bob"}, "username"),
        ("list_trades", {"from": "yesterday"}, "from"),
        ("get_trade", {}, "trade_id"),
        ("get_trade", {"trade_id": "1 or 1=1"}, "trade_id"),
        ("find_similar_entries", {}, "trade_id"),
        ("find_similar_entries", {"delta": 1e300}, "delta"),
        ("find_similar_entries", {"delta": True}, "delta"),
        ("performance", {"mode": "ALL"}, "mode"),
    ],
)
def test_arguments_out_of_bounds_are_refused_by_name(
    alices: Knowledge, tool: str, arguments: dict[str, object], named: str
) -> None:
    assert named in alices.refusal(tool, **arguments)


def _set(api: Api, trade_id: str, **values: object) -> None:
    """Write facts of an ended trade, which do not change, as if they had been there before."""
    assigned = ", ".join(f"{name} = %({name})s" for name in values)
    with psycopg.connect(api.urls.owner) as connection:
        connection.execute("select set_config('app.migration', 'on', true)")
        connection.execute("alter table paper_trades disable trigger check_trade_change")
        connection.execute(
            f"update paper_trades set {assigned} where id = %(id)s",  # noqa: S608  # our own names
            {**values, "id": trade_id},
        )
        connection.execute("alter table paper_trades enable trigger check_trade_change")


def _stop_order(api: Api, trade_id: str) -> None:
    statement = """
        insert into orders (id, username, trade_id, role, tag, status, type, side, symbol, quantity,
            filled_quantity, stop_price, avg_fill_price, duration)
        values (gen_random_uuid(), 'alice', :id, 'STOP_LOSS', gen_random_uuid()::text, 'FILLED', 'stop',
            'sell_to_close', 'SPY260320C00580000', 1, 1, 1.50, 1.40, 'gtc')
    """
    with api.environment.database.transaction("alice") as connection:
        connection.execute(text(statement), {"id": trade_id})


def _snapshot(api: Api, trade_id: str, minutes: int, mark: str, underlying: str, iv: str) -> None:
    statement = """
        insert into price_snapshots (username, trade_id, "timestamp", kind, mark_price, underlying, iv)
        values ('alice', :id, :at, 'INTRADAY', :mark, :underlying, :iv)
    """
    at = MONDAY - timedelta(hours=1) + timedelta(minutes=minutes)
    values = {"id": trade_id, "at": at, "mark": mark, "underlying": underlying, "iv": iv}
    with api.jobs_database() as connection:
        connection.execute(text("select ensure_snapshot_partition(:at)"), {"at": at})
    with api.environment.database.transaction("alice") as connection:
        connection.execute(text(statement), values)


def _shapes(schema: dict[str, Any]) -> Sequence[object]:
    """Return values that a property's published schema allows and clients really send."""
    kinds = [schema, *schema.get("anyOf", [])]
    types = {kind.get("type") for kind in kinds}
    return [None] * ("null" in types) + [5.0] * ("integer" in types) + [5] * ("number" in types)


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_a_tool_takes_what_its_published_schema_allows(alices: Knowledge, tool: AnyTool) -> None:
    """A-16: optional arguments may be null, whole numbers may be written 5.0."""
    schema: Any = tool.input_schema()
    needed = {name: str(uuid4()) for name in schema.get("required", ())}
    for name, described in schema["properties"].items():
        for value in _shapes(described):
            result = alices.call(tool.name, **(needed | {name: value}))
            words = str(result["content"][0]["text"])
            assert "Input should be" not in words, (name, value, words)
