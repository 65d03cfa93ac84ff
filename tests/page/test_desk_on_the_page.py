"""B-14 on the page: the desk is begun, a strategy built and explained, its risk told, all of it stopped."""

import re

import pytest
from playwright.sync_api import Page, expect

from infra.local.seed.demo_desk import PUT_SPREAD
from tests.page.axe import find_accessibility_faults
from tests.page.screen import Screen
from tests.page.stack import Stack
from tests.page.steps import FILL_MS_MAX, sign_in, wake
from tests.page.test_accessibility import faults_in_both_themes

pytestmark = pytest.mark.slow

NAME = "SPY condor"


def begin_the_desk(page: Page) -> None:
    """Switch the desk on, as whoever has nothing of it yet."""
    expect(page.get_by_role("navigation", name="Main").get_by_role("link", name="Desk")).to_have_count(
        0, timeout=FILL_MS_MAX
    )
    page.get_by_role("link", name="Settings").first.click()
    page.get_by_role("switch", name=re.compile("^Options desk")).click()
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Desk").click()


def build(page: Page) -> None:
    """Build a condor, told what the desk would do by it; what is not taken stands at its field."""
    page.get_by_role("button", name="Build the first one").click()
    now = page.get_by_role("region", name="Right now")
    expect(now.locator(".builder-verdict")).to_contain_text(
        "Would enter: every gate passes.", timeout=FILL_MS_MAX
    )
    expect(now).to_contain_text("Not scanned as it is: the bot is off", timeout=FILL_MS_MAX)
    expect(now.locator(".trace-steps > li[data-state=passed]")).to_have_count(9, timeout=FILL_MS_MAX)
    expect(now.get_by_role("region", name="Legs").get_by_role("row")).to_have_count(5, timeout=FILL_MS_MAX)
    expect(now.get_by_role("table", name="Book with it")).to_contain_text("no cap", timeout=FILL_MS_MAX)
    chart = now.locator(".payoff svg")
    expect(chart.locator(".payoff-now")).to_have_count(1, timeout=FILL_MS_MAX)
    chart.focus()
    page.keyboard.press("ArrowRight")
    expect(now.locator(".payoff figcaption")).to_contain_text("at expiry, ", timeout=FILL_MS_MAX)
    page.get_by_text("More conditions").click()
    page.get_by_label("Spread of a leg, at most").fill("0.1")
    expect(now.locator(".builder-verdict")).to_contain_text(
        "stopped by spread of each leg: spread too wide (widest ", timeout=FILL_MS_MAX
    )
    expect(now.locator(".trace-steps > li[data-state=failed]")).to_have_count(1, timeout=FILL_MS_MAX)
    page.get_by_label("Spread of a leg, at most").fill("")
    page.get_by_label("Name", exact=True).fill(NAME)
    page.get_by_label("Days to expiry, from").fill("70")
    expect(now).to_contain_text("Cannot be judged yet: dte min must not be above", timeout=FILL_MS_MAX)
    expect(page.locator(".desk-words")).to_contain_text(
        "Iron condor on SPY, 70 to 60 days out", timeout=FILL_MS_MAX
    )
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".field-error").first).to_contain_text("must not be above", timeout=FILL_MS_MAX)
    page.evaluate("scrollTo(0, 0)")  # what lies under the bar at the top would count as covered
    assert faults_in_both_themes(page) == []
    page.get_by_label("Days to expiry, from").fill("30")
    page.get_by_role("button", name="Save").click()


def look_at_the_chain(page: Page, stack: Stack) -> None:
    """Walk over strikes by key, see Greeks, one side, and what the strategy would choose."""
    stack.advance(60)  # the calls of a minute come back with the clock
    page.get_by_role("navigation", name="Desk").get_by_role("link", name="Chain").click()
    strikes = page.get_by_role("region", name="Strikes")
    expect(strikes.locator("tbody tr").first).to_be_visible(timeout=FILL_MS_MAX)
    expect(page.get_by_role("region", name="Chain", exact=True)).to_contain_text("SPY 6", timeout=FILL_MS_MAX)
    strikes.focus()
    page.keyboard.press("ArrowDown")
    expect(strikes.locator("tr:focus")).to_have_attribute("data-at-money", "", timeout=FILL_MS_MAX)
    page.get_by_label("Mark the choice of").select_option(label=f"{NAME} · SPY")
    expect(page.locator(".desk-chain .notice")).to_contain_text("It would ", timeout=FILL_MS_MAX)
    show = page.get_by_role("button", name="Show that expiry")
    if show.count():
        show.click()
    expect(strikes.locator(".chain-mark")).to_have_count(4, timeout=FILL_MS_MAX)
    assert faults_in_both_themes(page) == []
    page.get_by_text("Greeks", exact=True).click()
    expect(strikes.get_by_role("columnheader", name="Theta")).to_have_count(2, timeout=FILL_MS_MAX)
    page.get_by_role("group", name="Side").get_by_text("Puts").click()
    expect(strikes.get_by_role("columnheader", name="Theta")).to_have_count(1, timeout=FILL_MS_MAX)
    assert "part=chain&symbol=SPY&expiry=2026" in page.url


def recover(page: Page) -> None:
    """What a look at the brokers would take up stands there before it does."""
    place = page.get_by_role("region", name="Recovery")
    expect(place).to_contain_text("books and broker agreed at the last look", timeout=FILL_MS_MAX)
    place.get_by_role("button", name="Reconcile now").click()
    expect(place).to_contain_text("Books and broker agree.", timeout=FILL_MS_MAX)
    expect(page.get_by_role("region", name="Brokers")).to_contain_text(
        "Tradier sandbox Connected", timeout=FILL_MS_MAX
    )


def look_why(page: Page) -> None:
    """Read the nine steps of what was decided last, and the counts of thirty days."""
    page.get_by_role("navigation", name="Desk").get_by_role("link", name="Evaluations").click()
    expect(page.locator(".evaluation")).to_have_count(3, timeout=FILL_MS_MAX)  # the last by another cap
    first = page.locator(".evaluation").first
    first.get_by_role("button").first.click()
    expect(first.locator(".trace-steps > li")).to_have_count(9, timeout=FILL_MS_MAX)
    expect(first.locator(".trace-steps > li[data-state=failed]")).to_contain_text(
        "most positions", timeout=FILL_MS_MAX
    )
    page.get_by_label("Decision").select_option("ENTER")
    expect(page.locator(".evaluation")).to_have_count(1, timeout=FILL_MS_MAX)
    assert "decision=ENTER" in page.url
    first.get_by_role("button").first.click()
    expect(first.locator(".trace-steps > li[data-state=passed]")).to_have_count(9, timeout=FILL_MS_MAX)
    expect(first).to_contain_text("days, 30 to 60 wanted", timeout=FILL_MS_MAX)
    expect(first.locator(".trace-order")).to_contain_text("sell SPY", timeout=FILL_MS_MAX)
    gates = page.locator(".desk-gates tbody tr").filter(has_text="Expected value")
    expect(gates.locator("td").first).not_to_have_text("0", timeout=FILL_MS_MAX)
    assert faults_in_both_themes(page) == []


def set_safe_mode(page: Page) -> None:
    """Stop all entries by hand, which wants a reason and is told on every view; then let them in again."""
    page.get_by_role("navigation", name="Desk").get_by_role("link", name="Controls").click()
    page.get_by_role("button", name="Safe mode…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Set safe mode").click()
    expect(dialog.get_by_role("alert")).to_contain_text("Say why", timeout=FILL_MS_MAX)
    dialog.get_by_label("Reason").fill("FOMC tonight")
    dialog.get_by_role("button", name="Set safe mode").click()
    expect(page.locator(".switch-rows")).to_contain_text("FOMC tonight", timeout=FILL_MS_MAX)
    expect(page.get_by_role("region", name="Kill switch")).to_contain_text("Lifts:", timeout=FILL_MS_MAX)
    assert faults_in_both_themes(page) == []
    page.get_by_role("link", name="Portfolio").click()
    expect(page.locator(".ribbon").filter(has_text="FOMC tonight")).to_contain_text(
        "Nothing can be entered", timeout=FILL_MS_MAX
    )
    page.get_by_role("link", name="Kill switch").click()
    expect(page.get_by_role("row", name=re.compile(NAME))).to_contain_text("Stopped", timeout=FILL_MS_MAX)
    page.get_by_role("navigation", name="Desk").get_by_role("link", name="Controls").click()
    page.get_by_role("button", name="Hard stop…").click()
    dialog.get_by_label("Reason").fill("no")
    dialog.get_by_role("button", name="Close everything").click()
    expect(dialog.get_by_role("alert")).to_contain_text(
        "FLATTEN", timeout=FILL_MS_MAX
    )  # nothing leaves without the word
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Reset…").click()
    dialog.get_by_label("Reason").fill("over")
    dialog.get_by_role("button", name="Reset").click()
    expect(page.get_by_role("region", name="Kill switch")).to_contain_text(
        "Nothing stops entries.", timeout=FILL_MS_MAX
    )


def look_at_risk(page: Page, stack: Stack) -> None:
    """See the book of what the desk holds: against its limits, under moves, over a day, and how it went."""
    book = stack.call("GET", "/risk")
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Risk").click()
    expect(page.locator(".gauge")).to_have_count(6, timeout=FILL_MS_MAX)
    fall = page.get_by_role("region", name="If everything moves by").get_by_role("row", name="−5%")
    expect(fall).to_contain_text(f"−${abs(float(str(book['pnl_5pct_down']))):,.2f}", timeout=FILL_MS_MAX)
    value = page.get_by_role("region", name="Value at risk, one day").get_by_role("row", name="99%")
    for name in ("var_99_1d_approximate", "var_99_1d_full"):
        expect(value).to_contain_text(f"${float(str(book[name])):,.2f}", timeout=FILL_MS_MAX)
    surface = page.get_by_role("region", name="Price and volatility together")
    still = surface.get_by_role("row", name="as now").get_by_role("cell").nth(1)
    expect(still).to_have_text("$0", timeout=FILL_MS_MAX)
    page.get_by_text("In 21 days").click()
    expect(still).to_contain_text("+$", timeout=FILL_MS_MAX)  # it sold time
    most = page.get_by_role("region", name="Where most may be lost")
    expect(most.get_by_role("table", name="Positions")).to_contain_text("SPY", timeout=FILL_MS_MAX)
    page.get_by_text("VaR 99%").click()
    expect(page.locator(".time-chart canvas").first).to_be_visible(timeout=FILL_MS_MAX)
    page.get_by_text("30 days", exact=True).click()
    expect(page.locator(".time-chart .chart-reading")).to_contain_text("$", timeout=FILL_MS_MAX)
    assert faults_in_both_themes(page) == []
    page.get_by_role("link", name="Set caps").click()
    page.get_by_label("Cap of vega").fill("100")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".toasts")).to_contain_text("Limits saved", timeout=FILL_MS_MAX)
    stack.advance(60)
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Risk").click()
    expect(page.locator(".gauge").filter(has_text="Vega")).to_contain_text(
        "cap 100 $ a point", timeout=FILL_MS_MAX
    )
    wake(page)
    expect(page.locator(".gauge").filter(has_text="Vega").locator(".gauge-share")).to_contain_text(
        "%", timeout=FILL_MS_MAX
    )
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Desk").click()


def test_a_strategy_is_built_scanned_explained_and_stopped(
    stack: Stack, desktop: Screen, phone: Screen
) -> None:
    """From nothing to a condor that the desk holds, by the page alone; then what a phone shows of it."""
    page = desktop.page
    sign_in(page, stack)
    begin_the_desk(page)
    build(page)
    row = page.get_by_role("row", name=re.compile(NAME))
    expect(row).to_contain_text("Bot off", timeout=FILL_MS_MAX)
    page.get_by_role("switch", name="Scan for entries").click()
    expect(row).to_contain_text("Scans", timeout=FILL_MS_MAX)
    stack.advance(120)
    wake(page)
    expect(row).to_contain_text("Size: the strategy has its most positions", timeout=FILL_MS_MAX)
    expect(row).to_contain_text("1 of 1", timeout=FILL_MS_MAX)
    assert faults_in_both_themes(page) == []

    page.get_by_role("link", name="Portfolio").click()
    held = page.locator(".trade-row").first
    expect(held).to_contain_text("opened by the desk", timeout=FILL_MS_MAX)
    held.get_by_role("button", name="Show detail").click()
    page.get_by_role("link", name="Why the desk opened it").click(timeout=FILL_MS_MAX)
    expect(page.locator(".trace-steps > li[data-state=passed]")).to_have_count(9, timeout=FILL_MS_MAX)
    look_at_risk(page, stack)
    look_why(page)
    look_at_the_chain(page, stack)
    set_safe_mode(page)
    recover(page)
    page.get_by_label("Condors an expiry").fill("2")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".toasts")).to_contain_text("Limits saved", timeout=FILL_MS_MAX)
    assert stack.call("GET", "/desk/settings")["max_condors_per_expiry"] == 2

    page.get_by_role("navigation", name="Desk").get_by_role("link", name="Strategies").click()
    row.get_by_role("switch").click()
    expect(row).to_contain_text("Off", timeout=FILL_MS_MAX)
    row.get_by_role("button", name="Edit").click()
    page.get_by_role("button", name="Delete…").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.locator(".toasts")).to_contain_text(
        "open", timeout=FILL_MS_MAX
    )  # what it holds keeps it, switched off
    assert desktop.faults == []

    stack.call("POST", "/strategies", {**PUT_SPREAD, "enabled": False})
    small = phone.page
    sign_in(small, stack)
    bar = small.get_by_role("navigation", name="Main")
    expect(bar.locator("> a:visible, > button:visible, > details:visible")).to_have_count(
        5, timeout=FILL_MS_MAX
    )
    bar.get_by_text("More").click()
    expect(bar.get_by_role("link", name="Settings")).to_be_visible(timeout=FILL_MS_MAX)
    small.goto(f"{stack.site_url}/#/desk?part=why")
    expect(small.locator(".evaluation").first).to_be_visible(timeout=FILL_MS_MAX)
    assert small.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert find_accessibility_faults(small) == []
    small.goto(f"{stack.site_url}/#/risk")
    expect(small.locator(".gauge").first).to_be_visible(timeout=FILL_MS_MAX)
    assert small.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert find_accessibility_faults(small) == []
    small.goto(f"{stack.site_url}/#/desk?part=chain")
    expect(small.get_by_role("region", name="Strikes").get_by_role("columnheader", name="Bid")).to_have_count(
        1, timeout=FILL_MS_MAX
    )
    assert small.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert find_accessibility_faults(small) == []
    small.get_by_label("Mark the choice of").select_option(label="QQQ put spread · QQQ")
    side = small.get_by_role("group", name="Side")
    expect(side.get_by_role("radio", name="Puts")).to_be_checked(timeout=FILL_MS_MAX)  # where its legs are
    small.goto(f"{stack.site_url}/#/desk?build=new")
    expect(small.locator(".builder-brief")).to_contain_text("Right now: would", timeout=FILL_MS_MAX)
    assert small.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert find_accessibility_faults(small) == []
    assert phone.faults == []
