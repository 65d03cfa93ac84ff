"""Earnings and dividends as Tradier's calendars have them (wire notes, 13; local.md, Systems B and C)."""

from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from infra.local.emulators.keeping import restore_world, save_world
from infra.local.emulators.market.calendars import Dividend
from infra.local.emulators.market.instruments import INSTRUMENTS, Kind
from infra.local.emulators.market.sessions import is_trading_day
from tests.emulators.support import Outside, fixture

TODAY = date(2026, 2, 19)
FUNDS = [symbol for symbol, one in INSTRUMENTS.items() if one.kind is Kind.ETF]


@pytest.fixture
def outside() -> Outside:
    """Ten in the morning of the default day."""
    return Outside(seed=1)


def asked(outside: Outside, table: str, symbols: str) -> Any:
    """Read a table of fundamentals."""
    return outside.sandbox.get(f"/beta/markets/fundamentals/{table}", params={"symbols": symbols}).json()


def rows(outside: Outside, table: str, symbol: str) -> list[dict[str, Any]]:
    """Return the one table of a symbol that is known."""
    (element,) = asked(outside, table, symbol)
    (result,) = element["results"]
    (found,) = result["tables"].values()
    listed: list[dict[str, Any]] = found
    return listed


def dates(outside: Outside, table: str, symbol: str, name: str) -> list[date]:
    """Return the dates of a symbol's table."""
    return [date.fromisoformat(row[name]) for row in rows(outside, table, symbol)]


@pytest.mark.parametrize(
    ("table", "recorded"),
    [
        ("calendars", "fundamentals_calendars.json"),
        ("dividends", "fundamentals_dividends.json"),
    ],
)
def test_the_tables_have_the_shape_that_was_recorded(outside: Outside, table: str, recorded: str) -> None:
    recordings: Any = fixture("tradier", recorded)  # a list, unlike every other answer
    (theirs,), (ours,) = recordings, asked(outside, table, "AAPL")
    (one,), (other,) = theirs["results"], ours["results"]

    assert set(ours) == set(theirs)
    assert list(other) == list(one)
    assert set(other["tables"]) == set(one["tables"])
    for name, recorded_rows in one["tables"].items():
        shown = other["tables"][name][0]
        assert list(shown) == list(recorded_rows[0])
        assert {key: type(value) for key, value in shown.items()} == {
            key: type(value) for key, value in recorded_rows[0].items()
        }


def test_shares_tell_their_earnings_once_a_quarter(outside: Outside) -> None:
    """The usual cycle, past and announced."""
    for symbol, instrument in INSTRUMENTS.items():
        if instrument.kind is not Kind.STOCK:
            continue
        days = dates(outside, "calendars", symbol, "begin_date_time")
        apart = [(later - earlier).days for earlier, later in pairwise(days)]

        assert days[0] < TODAY < days[-1]
        assert all(70 < span < 120 for span in apart)
        assert all(is_trading_day(day) for day in days)
    assert date(2026, 2, 25) in dates(outside, "calendars", "NVDA", "begin_date_time")


def test_no_fund_has_an_ex_date_within_sixty_days(outside: Outside) -> None:
    """Nor has any earnings; each pays once a quarter all the same."""
    assert len(FUNDS) > 10
    for symbol in FUNDS:
        days = dates(outside, "dividends", symbol, "ex_date")

        assert [day for day in days if TODAY <= day <= TODAY + timedelta(days=60)] == []
        assert any(day > TODAY for day in days)
        assert len([day for day in days if day < TODAY]) == 4
        assert asked(outside, "calendars", symbol)[0]["results"] == [{"type": "Company", "tables": {}}]


def test_none_and_not_known_are_different_answers(outside: Outside) -> None:
    """`unknown`: the vendor has no answer; the same as for a symbol that it does not know."""
    calendars = outside.world.calendars
    calendars.tell_earnings("AAPL", [])
    calendars.tell_dividends("AAPL", [])
    none = (rows(outside, "calendars", "AAPL"), rows(outside, "dividends", "AAPL"))
    calendars.tell_earnings("AAPL", None)
    calendars.tell_dividends("AAPL", None)

    assert none == ([], [])
    for table in ("calendars", "dividends"):
        assert [one["results"] for one in asked(outside, table, "AAPL,NOPE")] == [[], []]


def test_what_is_told_is_what_the_vendor_says(outside: Outside) -> None:
    """And a fund's can be told as well as a share's."""
    calendars = outside.world.calendars
    calendars.tell_earnings("SPY", [date(2026, 3, 2)])
    calendars.tell_dividends("SPY", [Dividend(ex_date=date(2026, 2, 20), amount=1.9)])

    assert dates(outside, "calendars", "SPY", "begin_date_time") == [date(2026, 3, 2)]
    (dividend,) = rows(outside, "dividends", "SPY")
    assert (dividend["ex_date"], dividend["cash_amount"]) == ("2026-02-20", 1.9)


def test_what_was_told_outlives_a_run(outside: Outside, tmp_path: Path) -> None:
    outside.world.calendars.tell_earnings("MSFT", None)
    outside.world.calendars.tell_dividends("QQQ", [Dividend(ex_date=date(2026, 2, 20), amount=0.5)])
    save_world(outside.world, tmp_path / "world.json")
    again = Outside(seed=1)
    restore_world(again.world, tmp_path / "world.json")

    for table in ("calendars", "dividends"):
        assert asked(again, table, "MSFT,QQQ") == asked(outside, table, "MSFT,QQQ")


def test_both_hosts_tell_them_and_nothing_else_is_there(outside: Outside) -> None:
    live = outside.live.get("/beta/markets/fundamentals/calendars", params={"symbols": "AAPL"})
    other = outside.live.get("/beta/markets/fundamentals/ratios", params={"symbols": "AAPL"})

    assert live.json() == asked(outside, "calendars", "AAPL")
    assert asked(outside, "corporate_actions", "AAPL")[0]["results"][0]["tables"] == {"stock_splits": []}
    assert other.status_code == 404
    assert asked(outside, "calendars", "") == []
