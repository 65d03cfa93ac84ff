"""The performance tab (A-03, A-15): what the API counts stands there, and what is undefined says why."""

import re
from typing import Any, Final, cast

import pytest
from playwright.sync_api import Page, expect

from tests.page.axe import find_accessibility_faults
from tests.page.past_measures import write_marks, write_splits
from tests.page.screen import Screen
from tests.page.stack import Stack
from tests.page.steps import FILL_MS_MAX, sign_in

pytestmark = pytest.mark.slow

#: Before any trade: the API's own answer when nothing ended.
NO_DAYS: Final = "from=2001-01-01&to=2001-01-31"


def open_performance(page: Page, stack: Stack) -> None:
    """Sign in and go to the tab."""
    sign_in(page, stack)
    page.get_by_role("link", name="Performance").click()


def figure(page: Page, label: str) -> str:
    """What stands under a figure's name."""
    dt = page.locator(".kpi dt", has_text=re.compile(f"^{label}$"))
    return dt.locator("xpath=following-sibling::dd[1]").inner_text()


def test_figures_curve_calendar_and_breakdowns_are_the_apis(bob: Stack, desktop: Screen) -> None:
    """The page shows numbers and computes none of them."""
    page = desktop.page
    open_performance(page, bob)
    expect(page.locator(".time-chart canvas").first).to_be_visible(timeout=FILL_MS_MAX)
    known = cast("dict[str, Any]", bob.call("GET", "/performance"))

    assert figure(page, "Trades") == str(known["trades"])
    assert figure(page, "Total P&L") == f"+${known['total_pnl']:,.2f}"
    assert figure(page, "Win rate") == f"{known['win_rate'] * 100:.1f}%"
    assert figure(page, "Profit factor") == f"{known['profit_factor']:.2f}"
    assert figure(page, "Sharpe") == f"{known['sharpe']:.2f}"
    assert figure(page, "Best strategy") == known["best_strategy"]["key"]
    assert page.locator(".month").count() == len(known["monthly"])
    for name, caption in (("ticker", "By ticker"), ("close_reason", "By close reason")):
        rows = page.locator(".group", has=page.locator(f"caption:text-is('{caption}')")).locator("tbody tr")
        assert rows.count() == len(known["by"][name])

    reading = page.locator(".time-chart .chart-reading")
    page.locator(".time-chart-canvas").focus()
    page.keyboard.press("ArrowLeft")
    day = known["daily"][-2]
    expect(reading).to_contain_text(f"${day['equity']:,.2f}")
    page.get_by_text("Months", exact=True).click()
    expect(reading).to_have_text(f"January 2026 · −${-known['monthly'][-1]['pnl']:,.2f}")
    assert desktop.faults == []


def test_an_undefined_figure_tells_its_reason_to_pointer_and_key(bob: Stack, desktop: Screen) -> None:
    """api.md: not defined is null, never 0; whoever asks hears why."""
    page = desktop.page
    open_performance(page, bob)
    page.get_by_text("Period").wait_for(timeout=FILL_MS_MAX)
    page.get_by_label("From", exact=True).fill("2025-11-05")
    page.get_by_label("To", exact=True).fill("2025-11-05")
    expect(page.locator(".performance .notice")).to_contain_text("prove little", timeout=FILL_MS_MAX)

    why = page.get_by_role("button", name=re.compile("Not defined. A year's ratio needs 10")).first
    expect(why.locator(".why-text")).to_be_hidden()
    why.focus()
    expect(why.locator(".why-text")).to_be_visible()
    expect(page.locator(".group tr[data-few]").first).to_be_visible()
    expect(page.get_by_text("The equity curve begins with the second trading day.")).to_be_visible()
    assert desktop.faults == []


def test_filters_choose_the_trades_that_count(bob: Stack, desktop: Screen) -> None:
    """Ticker, strategy, mode, dates; none left is said, with a way back."""
    page = desktop.page
    open_performance(page, bob)
    page.get_by_label("Strategy").fill("breakout")
    known = cast("dict[str, Any]", bob.call("GET", "/performance?strategy=breakout"))
    shown = page.locator(".group", has=page.locator("caption:text-is('By strategy')")).locator("tbody tr")
    expect(shown).to_have_count(1, timeout=FILL_MS_MAX)
    assert figure(page, "Trades") == str(known["trades"])

    page.get_by_label("Mode").select_option("TRADIER_LIVE")
    expect(page.get_by_text("No ended trade matches these filters")).to_be_visible(timeout=FILL_MS_MAX)
    page.get_by_role("button", name="Clear the filters").click()
    expect(shown).not_to_have_count(1, timeout=FILL_MS_MAX)
    assert desktop.faults == []


def test_before_the_first_ended_trade_the_tab_says_what_will_be_there(bob: Stack, desktop: Screen) -> None:
    """An empty state that helps, in place of a wall of dashes."""
    page = desktop.page
    nothing = bob.call("GET", f"/performance?{NO_DAYS}")
    page.route("**/api/performance*", lambda route: route.fulfill(json=nothing))
    open_performance(page, bob)

    expect(page.get_by_text("Performance begins with your first ended trade")).to_be_visible(
        timeout=FILL_MS_MAX
    )
    expect(page.locator(".empty").get_by_role("button", name="New trade")).to_be_visible()
    assert desktop.faults == []


def test_any_trade_of_the_scatter_can_be_read_and_opened_by_key(bob: Stack, desktop: Screen) -> None:
    """What the stop cost: each point is a trade, from the worst mark to the best."""
    page = desktop.page
    open_performance(page, bob)
    scatter = page.get_by_role("application")
    expect(scatter).to_be_visible(timeout=FILL_MS_MAX)
    scatter.focus()
    page.keyboard.press("ArrowRight")
    reading = page.locator(".scatter .chart-reading")
    expect(reading).to_have_text(re.compile(r"^Ended [+−]?\d.* · worst −\d.* · best \+?\d"))

    page.keyboard.press("Enter")
    expect(page.locator(".excursion-detail .detail")).to_contain_text("Orders", timeout=FILL_MS_MAX)
    page.get_by_text("Best mark", exact=True).click()
    expect(page.locator("#performance-excursions + fieldset, .panel-note").first).to_be_visible()
    expect(page.get_by_text(re.compile("losing trades had been 20% up"))).to_be_visible()
    assert desktop.faults == []


def test_the_tab_has_no_accessibility_faults_in_either_theme(bob: Stack, desktop: Screen) -> None:
    """Colour is never the only sign, and every figure can be reached."""
    page = desktop.page
    open_performance(page, bob)
    expect(page.locator(".time-chart canvas").first).to_be_visible(timeout=FILL_MS_MAX)

    assert find_accessibility_faults(page) == []
    page.emulate_media(color_scheme="dark")
    assert find_accessibility_faults(page) == []


def test_a_phone_shows_the_whole_tab_without_scrolling_aside(bob: Stack, phone: Screen) -> None:
    """390 pixels are enough for every table and chart."""
    page = phone.page
    open_performance(page, bob)
    expect(page.locator(".time-chart canvas").first).to_be_visible(timeout=FILL_MS_MAX)

    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    panels = page.locator(".group-panel")
    assert panels.evaluate_all("all => all.filter(one => one.scrollWidth > one.clientWidth).length") == 0
    assert find_accessibility_faults(page) == []
    assert phone.faults == []


def test_figures_of_other_filters_are_said_to_be_old_until_read_anew(bob: Stack, desktop: Screen) -> None:
    """Offline, a new filter must not look as if the figures below were its own."""
    page = desktop.page
    open_performance(page, bob)
    expect(page.locator(".time-chart canvas").first).to_be_visible(timeout=FILL_MS_MAX)
    others = page.get_by_role("region", name="What other brackets would have made")
    expect(others.get_by_role("grid")).to_be_visible(timeout=FILL_MS_MAX)
    page.context.set_offline(True)
    page.get_by_label("Strategy").fill("breakout")
    notices = page.locator(".performance .notice")
    figures, brackets = notices.first, others.locator(".notice")
    expect(figures).to_contain_text("Below is what was read before.", timeout=FILL_MS_MAX)
    expect(brackets).to_be_visible(timeout=FILL_MS_MAX)

    page.context.set_offline(False)
    brackets.get_by_role("button", name="Try again").click()
    expect(brackets).to_have_count(0, timeout=FILL_MS_MAX)
    figures.get_by_role("button", name="Try again").click()
    expect(notices).to_have_count(0, timeout=FILL_MS_MAX)
    assert figure(page, "Trades") == str(bob.call("GET", "/performance?strategy=breakout")["trades"])
    assert desktop.faults == []


def test_brackets_are_explored_and_marked(bob: Stack, desktop: Screen) -> None:
    """A-15: P&L by stop and target of what the filters leave; a point is marked by levels or key."""
    write_marks(bob.database_url, bob.username, 60)
    page = desktop.page
    open_performance(page, bob)
    grid = page.get_by_role("grid")
    expect(grid).to_be_visible(timeout=FILL_MS_MAX)
    page.get_by_label("Stop", exact=True).fill("0")
    expect(page.locator(".bracket-levels .field-error")).to_have_text("A per cent above 0")
    page.get_by_label("Stop", exact=True).fill("22.5")
    page.get_by_label("Target", exact=True).fill("50")
    page.get_by_role("button", name="Mark").click()
    known = cast("dict[str, Any]", bob.call("GET", "/performance/brackets?sl=22.5&tp=50"))
    chosen = known["chosen"]
    points = page.locator(".bracket-points")
    expect(points).to_contain_text("Marked: stop −22.5%, target +50%", timeout=FILL_MS_MAX)
    expect(points).to_contain_text(f"{chosen['stopped']} stopped, {chosen['reached']} reached")
    expect(points).to_contain_text(f"+${known['actual_pnl']:,.2f}")
    expect(grid.locator("td")).to_have_count(len(known["sl"]) * len(known["tp"]))
    expect(page.get_by_text("60 of 120 trades have no marks")).to_be_visible()
    assert "sl=22.5" in page.url

    grid.locator("td[data-marked]").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".heat .chart-reading")).to_contain_text("Stop −25%, target +40%")
    page.keyboard.press("Enter")
    expect(points).to_contain_text("Marked: stop −25%, target +40%", timeout=FILL_MS_MAX)
    page.get_by_label("Strategy").fill("breakout")
    expect(points).to_contain_text("40 trades", timeout=FILL_MS_MAX)
    assert "sl=25" in page.url  # what is marked stays when the trades are narrowed
    page.evaluate("scrollTo(0, 0)")
    assert find_accessibility_faults(page) == []
    assert desktop.faults == []


def test_where_the_pnl_came_from_adds_up(bob: Stack, desktop: Screen) -> None:
    """A-09: by strategy and in a trade's detail, to the cent; how many are analysed is said."""
    write_splits(bob.database_url, bob.username, 70)
    page = desktop.page
    open_performance(page, bob)
    panel = page.get_by_role("region", name="Where the P&L came from", exact=True)
    expect(panel).to_contain_text("70 of 120 trades are analysed", timeout=FILL_MS_MAX)
    for row in panel.locator(".split-table tbody tr").all():
        assert_adds_up(row.locator("td").all_inner_texts()[1:])
    page.get_by_role("link", name="Trade history").click()
    page.locator(".trade-row .unfold").first.click()
    split = page.locator(".detail-split")
    expect(split.locator(".split-figure").first).to_be_visible(timeout=FILL_MS_MAX)
    assert_adds_up(split.locator(".split-figure").all_inner_texts())
    split.get_by_text("1 interval without Greeks").click()
    expect(split).to_contain_text("no Greeks at its start")
    assert desktop.faults == []


def assert_adds_up(amounts: list[str]) -> None:
    """Hold the last amount against the sum of those before it, in cents."""
    cents = [round(float(re.sub(r"[$+,]", "", text).replace("−", "-")) * 100) for text in amounts]
    assert len(cents) == 8
    assert sum(cents[:-1]) == cents[-1]
