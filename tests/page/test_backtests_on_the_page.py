"""B-11, B-12 on the page: a strategy tested, read, swept and compared; paper beside live; a phone."""

import json
import re
from pathlib import Path
from typing import Any, Final, cast

import pytest
from playwright.sync_api import Page, Route, expect

from infra.history.chains import LoadTerms, load_chains
from infra.history.command import histories_of
from infra.local.seed.demo_desk import CONDOR
from infra.local.state import StateDirectory
from tests.history.support import row, table
from tests.page.axe import find_accessibility_faults
from tests.page.past_measures import write_shadow_pairs
from tests.page.screen import Screen
from tests.page.stack import Stack
from tests.page.steps import FILL_MS_MAX, sign_in
from tests.page.test_accessibility import faults_in_both_themes

pytestmark = pytest.mark.slow

#: Eight weeks in which this seed's market lets the condor in, so that the test stays short.
DAYS: Final = {"from": "2025-01-21", "to": "2025-03-14", "seed": 7}
RUN_MS_MAX: Final = 120_000


def money(value: float) -> str:
    """Spell a profit as the page does."""
    sign = "+" if value > 0 else "−" if value < 0 else ""
    return f"{sign}${abs(value):,.2f}"


def ask(page: Page) -> None:
    """Fill the form; what the server does not take stands at its field."""
    page.get_by_role("button", name="Test a strategy").click()
    page.get_by_label("From", exact=True).fill(str(DAYS["from"]))
    page.get_by_label("To", exact=True).fill(str(DAYS["to"]))
    page.get_by_label("Seed", exact=True).fill("seven")
    page.get_by_label("Down").select_option("short_delta")
    page.get_by_label("Its values").first.fill("0.16, 0.25")
    page.get_by_label("Across").select_option("stop_pct")
    page.get_by_label("Its values").last.fill("100, 200")
    expect(page.locator(".backtest-form strong")).to_have_text("4 sets.", timeout=FILL_MS_MAX)
    page.get_by_text("Capital, costs, and what to take for granted").click()
    page.get_by_text("Earnings dates").click()
    page.get_by_role("button", name="Run the test").click()
    expect(page.locator(".field-error")).to_contain_text("must be", timeout=FILL_MS_MAX)
    page.evaluate("scrollTo(0, 0)")  # what lies under the bar at the top would count as covered
    assert faults_in_both_themes(page) == []
    page.get_by_label("Seed", exact=True).fill(str(DAYS["seed"]))
    page.get_by_role("button", name="Run the test").click()
    expect(page.get_by_role("progressbar")).to_be_visible(timeout=FILL_MS_MAX)


def test_a_loaded_set_is_chosen_from_a_list(
    bob: Stack, desktop: Screen, state_file: Path, tmp_path: Path
) -> None:
    """B-12: sets are named with their days by underlying; those days are taken over by one press."""
    page = desktop.page
    store = histories_of(StateDirectory(state_file.parent))
    days = [row(quote_date=f"2024-01-0{day}") for day in (3, 4, 8)]
    for name in ("january", "first_days"):
        terms = LoadTerms(loader="optopsy", name=name)
        load_chains([table(tmp_path / f"{name}.csv", *days)], terms, store, lambda _: None)
    strategy = bob.call("POST", "/strategies", {**CONDOR, "name": "Over what was loaded"})
    sign_in(page, bob)
    page.goto(f"{bob.site_url}/#/backtests?test={strategy['id']}")
    market = page.get_by_label("Market")
    expect(market.locator("option")).to_have_count(
        4, timeout=FILL_MS_MAX
    )  # two made up, loaded, and its loader
    market.select_option("optopsy")
    page.get_by_role("combobox", name="Set", exact=True).select_option("january")
    expect(page.locator(".backtest-form")).to_contain_text("SPY Jan 3, 2024 to Jan 8, 2024, 3 days.")
    page.get_by_role("button", name="Test over all of them").click()
    expect(page.get_by_label("From", exact=True)).to_have_value("2024-01-03")
    expect(page.get_by_label("To", exact=True)).to_have_value("2024-01-08")
    assert faults_in_both_themes(page) == []
    page.get_by_role("button", name="Run the test").click()
    expect(page.locator(".backtest-head")).to_contain_text("january", timeout=FILL_MS_MAX)

    page.route("**/api/backtests/sets", lambda route: route.abort())
    page.goto(f"{bob.site_url}/#/backtests?test=new")
    page.get_by_label("Market").select_option("optopsy")
    typed = page.get_by_role("textbox", name="Set", exact=True)
    expect(typed).to_have_attribute("placeholder", "The only one", timeout=FILL_MS_MAX)
    assert desktop.faults == []


def read_result(page: Page, result: dict[str, Any]) -> None:
    """See what it made and, at equal size, what may be wrong with that; every figure is the API's."""
    made, bias = page.get_by_role("region", name="Is it any good?"), page.locator(".bias > li")
    expect(made).to_contain_text(money(result["total_pnl"]), timeout=RUN_MS_MAX)
    expect(made).to_contain_text(f"{result['wins']} won, {result['losses']} lost")
    few = made.get_by_role("button", name=re.compile("A year's ratio needs 10 trades"))
    expect(few).to_have_count(3 if result["trades"] < 10 else 0)
    expect(bias).to_have_count(6)
    assert [one["check"] for one in result["bias"] if one["passed"] is False]
    expect(bias.first).to_contain_text("not passed")
    for check in result["bias"]:
        expect(page.locator(".bias")).to_contain_text(check["words"])
    sizes = [
        page.get_by_role("region", name=name).bounding_box()
        for name in ("Is it any good?", "What may make it look better than it is")
    ]
    assert sizes[0] is not None
    assert sizes[1] is not None
    assert (sizes[0]["width"], sizes[0]["height"]) == (sizes[1]["width"], sizes[1]["height"])
    expect(page.locator(".backtest-assumed")).to_contain_text("The market is made up")
    expect(page.locator(".time-chart canvas").first).to_be_visible(timeout=FILL_MS_MAX)
    for note in result["notes"]:
        expect(page.locator(".rests-notes")).to_contain_text(note)
    expect(page.locator(".plain-facts")).to_contain_text(result["manifest"]["data"])
    expect(page.locator(".months")).to_contain_text("2025")
    assert page.locator(".desk-gates tbody tr").count() > 10


def read_a_trade(page: Page, result: dict[str, Any]) -> None:
    """Open the first trade: its payoff, where its result came from to the cent, why it was entered."""
    trade = result["trade_log"][0]
    line = page.locator(".tested-trade").first
    line.get_by_role("button").first.click()
    expect(line.locator(".payoff svg")).to_be_visible(timeout=FILL_MS_MAX)
    expect(line.locator(".facts")).to_contain_text(f"${trade['max_loss']:,.2f}")
    expect(line.locator(".trace-steps > li[data-state=passed]")).to_have_count(9)
    split = line.locator(".split-figure").all_inner_texts()
    cents = [round(float(text.replace("−", "-").translate({36: "", 43: "", 44: ""})) * 100) for text in split]
    assert sum(cents[:-1]) == cents[-1] == round(trade["realized_pnl"] * 100)
    assert f"trade={trade['number']}" in page.url
    page.evaluate("scrollTo(0, 0)")
    assert faults_in_both_themes(page) == []


def walk_the_map(page: Page, cells: list[dict[str, Any]]) -> None:
    """Read the sweep by keys, and as a table."""
    grid = page.get_by_role("grid")
    expect(grid.locator("td")).to_have_count(4, timeout=FILL_MS_MAX)
    expect(grid.locator("td[data-marked]")).to_have_count(1)
    reading = page.locator(".heat .chart-reading")
    grid.locator("td[tabindex='0']").focus()
    for key in ("ArrowDown", "ArrowRight", "ArrowUp", "ArrowLeft"):
        page.keyboard.press(key)
    first = cells[0]
    expect(reading).to_contain_text(money(first["total_pnl"]))
    expect(reading).to_contain_text(f"{first['trades']} trade")
    page.get_by_text("Every set as a table").click()
    expect(page.get_by_role("region", name="Every set").locator("tbody tr")).to_have_count(4)


def take_along(page: Page, trades: int, into: Path) -> None:
    """Export the trades, and all of it."""
    for button, check in (("Trades as CSV", "csv"), ("All of it as JSON", "json")):
        page.locator("summary", has_text="Export").click()
        with page.expect_download() as download:
            page.get_by_role("button", name=button).click()
        path = into / check
        download.value.save_as(path)
        text = path.read_text()
        if check == "csv":
            assert len(text.splitlines()) == trades + 1
        else:
            assert len(json.loads(text)["result"]["trade_log"]) == trades


def test_a_strategy_is_tested_read_swept_and_compared(
    stack: Stack, desktop: Screen, phone: Screen, tmp_path: Path
) -> None:
    """From the desk's row to a result and back, by the page alone; then what a phone shows of it."""
    stack.call("POST", "/strategies", CONDOR)
    page = desktop.page
    sign_in(page, stack)
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Backtests").click()
    ask(page)
    run = re.search(r"run=([0-9a-f-]+)", page.url)
    assert run is not None
    made = page.get_by_role("region", name="Is it any good?")
    expect(made).to_be_visible(timeout=RUN_MS_MAX)
    result = cast("dict[str, Any]", stack.call("GET", f"/backtests/{run[1]}")["result"])
    assert result["trades"] > 0
    read_result(page, result)
    read_a_trade(page, result)
    walk_the_map(page, result["sweep"])
    take_along(page, len(result["trade_log"]), tmp_path)
    page.reload()
    expect(page.locator(".tested-detail")).to_be_visible(timeout=FILL_MS_MAX)  # the address says which
    compare(page, run[1], result)
    begin_and_cancel(page)
    assert desktop.faults == []
    look_by_phone(phone, stack)


def compare(page: Page, run: str, result: dict[str, Any]) -> None:
    """Test the same again on another market, and hold both against each other."""
    page.get_by_role("button", name="Test again…").click()
    expect(page.get_by_label("Seed", exact=True)).to_have_value("7", timeout=FILL_MS_MAX)
    page.get_by_label("Seed", exact=True).fill("8")
    page.get_by_label("Down").select_option("")
    page.get_by_label("Across").select_option("")
    page.get_by_role("button", name="Run the test").click()
    expect(page.get_by_role("region", name="Beside what it made outside the test")).to_contain_text(
        "No trade of it has ended outside the test", timeout=RUN_MS_MAX
    )
    page.get_by_label("Compare with").select_option(run)
    compared = page.get_by_role("region", name="Compared", exact=True)
    expect(compared).to_contain_text(money(result["total_pnl"]), timeout=FILL_MS_MAX)
    expect(page.get_by_role("region", name="Asked for differently")).to_contain_text("seed 8")
    assert f"with={run}" in page.url
    page.evaluate("scrollTo(0, 0)")
    assert faults_in_both_themes(page) == []


def begin_and_cancel(page: Page) -> None:
    """Begin sixteen years from the strategy's row on the desk, and end it under way."""
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Desk").click()
    page.get_by_role("link", name="Backtest SPY condor").click()
    page.get_by_label("From", exact=True).fill("2010-01-04")
    page.get_by_role("button", name="Run the test").click()
    page.get_by_role("button", name="Cancel the backtest of SPY condor").click(timeout=FILL_MS_MAX)
    expect(page.locator(".backtest")).to_contain_text("Canceled: it has no result", timeout=FILL_MS_MAX)
    page.get_by_role("link", name="All backtests").click()
    expect(page.locator(".run")).to_have_count(3, timeout=FILL_MS_MAX)
    expect(page.locator(".run").first).to_contain_text("Canceled")
    assert faults_in_both_themes(page) == []


def look_by_phone(phone: Screen, stack: Stack) -> None:
    """The oldest run and its first trade, without a sideways scroll; offline it stays."""
    small = phone.page
    sign_in(small, stack)
    small.goto(f"{stack.site_url}/#/backtests")
    small.locator(".run a").last.click(timeout=FILL_MS_MAX)
    small.locator(".tested-trade button").first.click(timeout=FILL_MS_MAX)
    expect(small.locator(".tested-detail")).to_be_visible(timeout=FILL_MS_MAX)
    assert small.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert find_accessibility_faults(small) == []
    small.context.set_offline(True)
    expect(small.locator(".ribbon").first).to_contain_text("ffline", timeout=FILL_MS_MAX)
    expect(small.locator(".tested-detail")).to_be_visible()  # what was read stays
    assert phone.faults == []


def test_paper_stands_beside_live_by_strategy(stack: Stack, desktop: Screen) -> None:
    """B-11: each side with what it filled, missed, waited and made, the errors of the model, each pair."""
    page = desktop.page
    sign_in(page, stack)
    page.goto(f"{stack.site_url}/#/backtests?part=shadow")
    expect(page.get_by_text("No live trade has had a shadow")).to_be_visible(timeout=FILL_MS_MAX)
    write_shadow_pairs(stack.database_url, stack.username, 10)
    page.reload()
    report = cast("dict[str, Any]", stack.call("GET", "/reports/shadow"))
    for one in report["by_strategy"]:
        shown = page.locator(f"[data-strategy='{one['strategy']}']")
        for name in ("live", "paper"):
            side = shown.get_by_role("row", name=re.compile(name, re.IGNORECASE))
            expect(side).to_contain_text(money(one[name]["pnl"]), timeout=FILL_MS_MAX)
            expect(side.locator("td").nth(1)).to_have_text(str(one[name]["missed"]))
            expect(side).to_contain_text(f"+{one[name]['slippage_pct']:.1f}%")
        expect(shown.locator(".shadow-errors")).to_contain_text(f"P&L {money(one['pnl_error']['mean'])}")
    expect(page.locator(".shadow-pairs tbody tr")).to_have_count(report["pairs"])
    assert faults_in_both_themes(page) == []
    page.locator(".shadow-pairs button").nth(1).click()
    expect(page.locator(".detail .facts").first).to_be_visible(timeout=FILL_MS_MAX)

    page.get_by_text("7 d", exact=True).click()
    expect(page.get_by_text("No live trade has had a shadow since Feb 13, 2026")).to_be_visible(
        timeout=FILL_MS_MAX
    )
    assert "days=7" in page.url
    assert desktop.faults == []


def test_what_cannot_be_read_says_so_and_is_tried_again(stack: Stack, desktop: Screen) -> None:
    """The list, and a run that is none of theirs."""
    page = desktop.page
    fails = [True]

    def answer(route: Route) -> None:
        route.abort() if fails[0] else route.continue_()

    page.route("**/api/backtests?*", answer)
    sign_in(page, stack)
    page.goto(f"{stack.site_url}/#/backtests")
    expect(page.get_by_text("Backtests could not be read")).to_be_visible(timeout=FILL_MS_MAX)
    fails[0] = False
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".runs, .empty h2").first).to_be_visible(timeout=FILL_MS_MAX)
    expect(page.get_by_text("Backtests could not be read")).to_have_count(0)
    page.goto(f"{stack.site_url}/#/backtests?run=01900000-0000-7000-8000-000000000000")
    expect(page.get_by_text("The backtest could not be read")).to_be_visible(timeout=FILL_MS_MAX)
    assert desktop.faults == []
