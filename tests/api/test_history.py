"""GET /api/trades/history: filters, orders, totals, and the export of what it shows (A-03, A-16)."""

import csv
import io
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import pytest

from tests.api.ended_trades import MONDAY, EndedTrades
from tests.api.support import Api, User

ORDERS = {
    "newest": (60, 20, 50),
    "oldest": (50, 20, 60),
    "best": (60, 50, 20),
    "worst": (20, 50, 60),
    "longest": (60, 20, 50),
    "shortest": (50, 20, 60),
}


@pytest.fixture
def past(api: Api) -> dict[str, str]:
    """Three trades of which each filter picks others, written in this order."""
    trades = EndedTrades(api)
    first, second = (MONDAY - timedelta(hours=hours) for hours in (3, 2))
    other = {"tags": ["planless"]}
    desk: dict[str, Any] = {"originator": "DESK", "originator_id": str(UUID(int=7))}  # Any: facts of a row
    noted = {"notes": "Broke 50% of its range", "tags": ["plan", "morning"]}
    return {
        trades.add(gain="0.50", entered_at=first, trade_context=noted, broker_mode="IMPORTED"): "50",
        trades.add(gain="-0.20", entered_at=second, option_type="PUT", trade_context=other, **desk): "20",
        trades.add(gain="0.60", ticker="QQQ", strategy="breakout"): "60",
    }


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"tag": "plan"}, {"50"}),
        ({"mode": "IMPORTED"}, {"50"}),
        ({"option_type": "PUT"}, {"20"}),
        ({"originator": "DESK"}, {"20"}),
        ({"originator": "PERSON"}, {"50", "60"}),
        ({"q": "BROKE"}, {"50"}),
        ({"q": "50%"}, {"50"}),
        ({"q": "plan"}, {"50", "20"}),
        ({"q": "breakout", "result": "wins"}, {"60"}),
        ({"q": "_"}, set()),
    ],
)
def test_a_filter_picks_the_same_trades_on_the_page_and_in_the_file(
    past: dict[str, str], alice: User, asked: dict[str, str], expected: set[str]
) -> None:
    """A tag is whole, words stand anywhere in either case, no sign of a pattern means anything."""
    query = urlencode(asked)
    page = alice.get(f"/api/trades/history?{query}&totals=true").json
    file = csv.DictReader(io.StringIO(alice.get(f"/api/trades/export?{urlencode({'history': query})}").text))

    assert {past[item["id"]] for item in page["items"]} == expected
    assert {past[row["id"]] for row in file} == expected
    assert page["totals"]["trades"] == len(expected)


@pytest.mark.parametrize(("sort", "expected"), ORDERS.items())
def test_an_order_goes_on_over_pages(
    past: dict[str, str], alice: User, sort: str, expected: tuple[int, ...]
) -> None:
    """By time, result or time held; trades of one value stand by their ids."""
    found, cursor = [], ""
    for _ in expected:
        page = alice.get(f"/api/trades/history?sort={sort}&limit=1{cursor}").json
        found += [past[item["id"]] for item in page["items"]]
        cursor = f"&cursor={page['next_cursor']}"

    assert page["next_cursor"] is None
    assert found == [str(cents) for cents in expected]


def test_totals_are_of_all_pages(past: dict[str, str], alice: User) -> None:
    """The server's sum, net of fees; absent unless asked for."""
    page = alice.get("/api/trades/history?limit=1&totals=true").json

    assert page["totals"] == {"trades": 3, "wins": 2, "losses": 1, "realized_pnl": 87.9}
    assert "totals" not in alice.get("/api/trades/history").json


@pytest.mark.parametrize("query", ["ticker=a b", "sort=best", "ticker", "result=wins&result=draws"])
def test_a_file_is_of_a_history_that_could_be_shown(anyone: User, query: str) -> None:
    """What the history refuses is refused in the question of a file, too; so is what is no filter."""
    answer = anyone.get(f"/api/trades/export?{urlencode({'history': query})}")

    assert (answer.status, answer.fields) == (422, {"history"})


def test_a_place_of_another_order_is_refused(past: dict[str, str], alice: User) -> None:
    """A cursor belongs to its list."""
    cursor = alice.get("/api/trades/history?sort=newest&limit=1").json["next_cursor"]

    assert alice.get(f"/api/trades/history?sort=best&cursor={cursor}").fields == {"cursor"}
