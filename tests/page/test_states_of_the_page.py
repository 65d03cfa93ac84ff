"""What the page says and does when something is away, slow, old, refused or unclear (issue 4, 1 and 5)."""

import re
from typing import Final

import pytest
from playwright.sync_api import Page, Route, expect

from tests.page.axe import find_accessibility_faults
from tests.page.screen import Screen
from tests.page.stack import Stack
from tests.page.steps import (
    FILL_MS_MAX,
    MINUTE_SECONDS,
    close,
    fill_ticket,
    open_menu,
    place_elsewhere,
    sign_in,
    wake,
)

pytestmark = pytest.mark.slow

OPEN_LIST: Final = "**/api/trades?status=OPEN*"
SLOW_MS: Final = 1_500
#: The broker takes the order and answers what nobody can read.
LOST_ANSWER: Final = {
    "vendor": "tradier",
    "match": {"method": "POST", "path": "/orders"},
    "kind": "malformed",
    "times": 1,
}
NO_QUOTES: Final = {
    "vendor": "orats",
    "match": {},
    "kind": "status",
    "code": 500,
    "body": "",
    "times": 10_000,
}


@pytest.fixture(scope="module")
def trade_id(stack: Stack) -> str:
    """One open position for all of these tests; closed by the last."""
    return place_elsewhere(stack, ticker="SPY")


def row_of(page: Page, trade_id: str) -> str:
    """The selector of a trade's row, once it is there."""
    selector = f'.trade-row[data-trade="{trade_id}"]'
    expect(page.locator(selector)).to_be_visible(timeout=FILL_MS_MAX)
    return selector


def test_offline_says_since_when_keeps_what_was_read_and_goes_on_by_itself(
    stack: Stack, desktop: Screen, trade_id: str
) -> None:
    """The positions stay; nothing pretends to be new; back online the list is read without being asked."""
    page = desktop.page
    sign_in(page, stack)
    row = row_of(page, trade_id)
    page.context.set_offline(True)
    expect(page.locator(".ribbons")).to_contain_text("You are offline. Showing what was read at")
    expect(page.locator(row)).to_be_visible()
    assert find_accessibility_faults(page) == []

    expect(page.locator(".market-state")).to_contain_text("Offline since")
    expect(page.locator(row).get_by_role("button", name=re.compile("^Close"))).to_be_disabled()
    expect(page.get_by_role("button", name="Refresh all")).to_be_disabled()

    page.context.set_offline(False)
    expect(page.locator(".ribbons")).not_to_contain_text("offline", timeout=FILL_MS_MAX)
    expect(page.locator(row)).to_be_visible()


def test_a_stretched_cadence_is_said_quietly_beside_the_market(stack: Stack, desktop: Screen) -> None:
    """A-02: when the data budget stretches the cadence, the page says so; else nothing is there."""
    page = desktop.page
    sign_in(page, stack)
    expect(page.locator(".market-state")).to_be_visible()
    expect(page.locator(".market-state-cadence")).to_have_count(0)

    def stretch(route: Route) -> None:
        me = route.fetch().json()
        route.fulfill(json={**me, "market": {**me["market"], "open": True, "cadence_s": 120}})

    page.route("**/api/me", stretch)
    page.reload()
    expect(page.locator(".market-state-cadence")).to_have_text(re.compile("prices every 120 s"))
    assert find_accessibility_faults(page) == []
    page.unroute("**/api/me")


def test_a_server_that_does_not_answer_is_said_and_tried_again(
    stack: Stack, desktop: Screen, trade_id: str
) -> None:
    """Not the device's network but ours."""
    page = desktop.page
    sign_in(page, stack)
    row = row_of(page, trade_id)
    page.route(OPEN_LIST, lambda route: route.abort())
    wake(page)
    expect(page.locator(".ribbons")).to_contain_text("The server does not answer", timeout=FILL_MS_MAX)
    expect(page.locator(row)).to_be_visible()

    page.unroute(OPEN_LIST)
    wake(page)
    expect(page.locator(".ribbons")).not_to_contain_text("does not answer", timeout=FILL_MS_MAX)


def test_a_slow_server_shows_that_it_is_waited_for_and_is_asked_once(
    stack: Stack, desktop: Screen, trade_id: str
) -> None:
    """The first reading is announced; an action under way shows on its row and cannot be sent twice."""
    page = desktop.page
    sent: list[str] = []

    def answer_late(route: Route) -> None:
        sent.append(f"{route.request.method} {route.request.url.rsplit('/', 1)[-1]}")
        page.wait_for_timeout(SLOW_MS)
        route.continue_()

    page.route(OPEN_LIST, answer_late)
    sign_in(page, stack)
    expect(page.get_by_text("Reading open positions…")).to_be_visible()
    row = page.locator(row_of(page, trade_id))

    page.unroute(OPEN_LIST)
    page.route("**/api/trades/*/adjust", answer_late)
    row.get_by_role("button", name=re.compile("^Adjust")).click()
    form = page.get_by_role("form", name=re.compile("^Adjust"))
    stop = float(form.get_by_role("textbox", name="Stop").input_value())
    form.get_by_role("textbox", name="Stop").fill(f"{stop - 0.1:.2f}")
    form.get_by_role("button", name="Adjust", exact=True).click()
    expect(row.locator(".spinner")).to_be_visible()
    expect(row.get_by_role("button", name=re.compile("^Close"))).to_be_disabled()
    expect(form.get_by_role("button", name="Adjusting…")).to_be_disabled()
    expect(row.locator(".cell-stop > span:first-child")).to_have_text(
        f"{stop - 0.1:.2f}", timeout=FILL_MS_MAX
    )
    assert sent.count("POST adjust") == 1


def test_an_ended_session_asks_for_sign_in_over_the_page_and_keeps_what_was_typed(
    stack: Stack, desktop: Screen
) -> None:
    """Token and cookie are both refused; the ticket behind the dialog keeps its order."""
    page = desktop.page
    sign_in(page, stack)
    strike = fill_ticket(page)
    refused = {"type": "https://papertape/problems/unauthenticated", "title": "Sign in", "status": 401}
    page.route(
        re.compile(r"/api/(trades|me|alerts|account|session/refresh)"),
        lambda route: route.fulfill(status=401, json=refused),
    )
    wake(page)
    dialog = page.get_by_role("dialog", name="Sign in again")
    expect(dialog).to_be_visible(timeout=FILL_MS_MAX)
    assert find_accessibility_faults(page) == []

    page.unroute_all()
    dialog.get_by_label("Password").fill(stack.password)
    dialog.get_by_role("button", name="Sign in", exact=True).click()
    expect(dialog).to_have_count(0, timeout=FILL_MS_MAX)
    expect(page.get_by_role("button", name=re.compile(f"^Buy 1 AAPL {strike} Call"))).to_be_visible()
    assert desktop.faults == []


#: A further view, the call that it hangs on, what it says without an answer, and what stands there with one.
FURTHER: Final = (
    ("desk", "**/api/strategies?*", "The desk could not be read", "Build the first one"),
    ("risk", "**/api/risk?*", "The risk book could not be read", "Against its limits"),
    ("trading", "**/api/traders?*", "Traders could not be read", "Make the first trader"),
)


def test_further_views_say_what_is_away_and_go_on_by_themselves(
    stack: Stack, desktop: Screen, trade_id: str
) -> None:
    """B-14, C-11: no answer, no network, an ended session; what was read stays, and no act can be begun."""
    page = desktop.page
    sign_in(page, stack)
    row_of(page, trade_id)
    for view, call, away, there in FURTHER:
        page.route(call, lambda route: route.abort())
        page.evaluate("address => { location.hash = address }", f"#/{view}")
        expect(page.get_by_text(away)).to_be_visible(timeout=FILL_MS_MAX)
        page.unroute(call)
        again = page.get_by_role("button", name="Try again")
        again.evaluate_all("found => found[0]?.click()")  # the page's own poll may have been quicker
        expect(page.get_by_text(there).or_(page.get_by_text("No risk book yet")).first).to_be_visible(
            timeout=FILL_MS_MAX
        )
        expect(page.get_by_text(away)).to_have_count(0)

    page.evaluate("location.hash = '#/desk'")
    scans = page.get_by_role("switch", name="Scan for entries")
    expect(scans).to_be_enabled(timeout=FILL_MS_MAX)
    page.context.set_offline(True)
    expect(page.locator(".ribbons")).to_contain_text("You are offline. Showing what was read at")
    expect(scans).to_be_disabled()
    expect(page.get_by_text("Build the first one")).to_be_visible()
    page.context.set_offline(False)
    expect(scans).to_be_enabled(timeout=FILL_MS_MAX)

    refused = {"type": "https://papertape/problems/unauthenticated", "title": "Sign in", "status": 401}
    page.route(re.compile(r"/api/"), lambda route: route.fulfill(status=401, json=refused))
    wake(page)
    dialog = page.get_by_role("dialog", name="Sign in again")
    expect(dialog).to_be_visible(timeout=FILL_MS_MAX)
    expect(page.get_by_text("Build the first one")).to_be_attached()
    page.unroute_all()
    dialog.get_by_label("Password").fill(stack.password)
    dialog.get_by_role("button", name="Sign in", exact=True).click()
    expect(dialog).to_have_count(0, timeout=FILL_MS_MAX)
    expect(page.get_by_text("Build the first one")).to_be_visible(timeout=FILL_MS_MAX)
    assert desktop.faults == []


def test_data_that_grows_old_is_said_when_auto_refresh_is_off(
    stack: Stack, desktop: Screen, trade_id: str
) -> None:
    """A-03: the toggle, the time of the last update, the warning; refresh-all, told when too soon."""
    page = desktop.page
    page.clock.install()
    sign_in(page, stack)
    row_of(page, trade_id)
    page.wait_for_load_state("networkidle")  # the page's clock also times its calls out
    with page.expect_response("**/api/settings") as answered:
        open_menu(page).get_by_label("Auto-refresh").uncheck()
    answered.value.finished()
    page.evaluate("new Promise(requestIdleCallback)")  # the page has read it, too: its clock runs on now
    page.clock.run_for(90_000)
    expect(page.locator(".ribbons")).to_contain_text("Auto-refresh is off")
    expect(page.locator(".ribbons")).to_contain_text(re.compile(r"Data is \d+ (s|min) old"))

    page.get_by_role("button", name="Refresh all").click()
    expect(page.locator(".ribbons")).not_to_contain_text("old", timeout=FILL_MS_MAX)
    page.get_by_role("button", name="Refresh all").click()
    expect(page.locator(".toasts")).to_contain_text("Just refreshed", timeout=FILL_MS_MAX)
    menu = open_menu(page)
    menu.get_by_label("Auto-refresh").check()
    expect(menu.get_by_label("Auto-refresh")).to_be_checked()


def test_a_mark_that_stopped_is_no_profit(stack: Stack, desktop: Screen, trade_id: str) -> None:
    """I-15: too old for the market, it is grey, says since when, and the account's sums leave it out; the
    night does not hide that.
    """
    page = desktop.page
    sign_in(page, stack)
    row = row_of(page, trade_id)
    stack.advance(MINUTE_SECONDS)
    wake(page)
    expect(page.locator(f"{row} .cell-mark:not([data-stale])")).to_be_visible(timeout=FILL_MS_MAX)
    with stack.faulty(NO_QUOTES):
        stack.advance(4 * MINUTE_SECONDS)
        wake(page)

        stale = page.locator(f"{row} .cell-mark[data-stale]")
        expect(stale).to_contain_text("no price since", timeout=FILL_MS_MAX)
        expect(page.locator(f"{row} .cell-pnl[data-stale]")).to_be_visible()
        expect(page.locator(".account-strip")).to_contain_text("not priced", timeout=FILL_MS_MAX)
        assert find_accessibility_faults(page) == []
    stack.advance(MINUTE_SECONDS)


def test_a_market_order_on_a_wide_spread_asks_again(stack: Stack, desktop: Screen) -> None:
    """A-03: over 10 % of the mid; nothing is sent before the second yes."""
    page = desktop.page
    sent: list[str] = []
    page.on("request", lambda request: sent.append(f"{request.method} {request.url.rsplit('/', 1)[-1]}"))
    page.route("**/api/market/chain*", widen_spreads)
    sign_in(page, stack)
    fill_ticket(page)
    page.locator(".ticket").get_by_text("Market", exact=True).click()
    expect(page.locator(".quote-line")).to_contain_text("wide")
    page.get_by_role("button", name=re.compile("^Buy 1 ")).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("of the mid")

    dialog.get_by_role("button", name="Back").click()
    assert "POST trades" not in sent


def widen_spreads(route: Route) -> None:
    """Answer a chain whose asks are half as high again."""
    answer = route.fetch()
    chain = answer.json()
    for each in chain["items"]:
        if each["ask"] is not None and each["bid"] is not None:
            each["ask"] = round(each["bid"] * 1.5 + 0.1, 1)
            each["mid"] = round((each["ask"] + each["bid"]) / 2, 4)
    route.fulfill(response=answer, json=chain)


def test_an_order_beyond_a_limit_says_which_and_cannot_be_sent(stack: Stack, desktop: Screen) -> None:
    """A-07: limits are shown before sending, with what the order would make of them."""
    page = desktop.page
    sign_in(page, stack)
    fill_ticket(page)
    page.get_by_label("Contracts").fill("1000")
    expect(page.locator(".preview")).to_contain_text(re.compile(r"Heat would be .*; your limit is"))
    expect(page.get_by_role("button", name=re.compile("^Buy 1000 "))).to_be_disabled()


def test_an_order_whose_answer_was_lost_settles_before_the_eyes(stack: Stack, desktop: Screen) -> None:
    """A-12: it is shown as settling, never as an error that would invite a second order."""
    page = desktop.page
    sign_in(page, stack)
    fill_ticket(page)
    row = page.locator(".trade-row[data-ticker=AAPL]").first
    with stack.faulty(LOST_ANSWER):
        page.get_by_role("button", name=re.compile("^Buy 1 ")).click()
        expect(row.locator(".cell-state")).to_contain_text("Settling", timeout=FILL_MS_MAX)
        expect(page.locator(".toasts")).to_contain_text("its outcome is being looked for")

    stack.advance(3 * MINUTE_SECONDS)
    wake(page)
    expect(row.locator(".cell-state")).to_have_text("Open", timeout=FILL_MS_MAX)
    page.get_by_role("button", name="Close the ticket").click()
    close(page, row)
    expect(page.locator(".toasts")).to_contain_text("Closed AAPL", timeout=FILL_MS_MAX)


def test_context_and_notes_stand_in_the_detail_and_notes_are_kept(
    stack: Stack, desktop: Screen, trade_id: str
) -> None:
    """A-08, A-01: what the market looked like at entry; notes by PATCH, seen by every device."""
    page = desktop.page
    sign_in(page, stack)
    row = page.locator(row_of(page, trade_id))
    row.get_by_role("button", name="Show detail").press("Enter")
    detail = page.locator(".detail")
    expect(detail).to_contain_text("Signals at entry", timeout=FILL_MS_MAX)
    expect(detail).to_contain_text(re.compile(r"Why \d figures are missing"))
    expect(detail.locator(".time-chart")).to_contain_text("P&L over time")
    chart = detail.get_by_role("img")
    chart.focus()
    chart.press("ArrowLeft")
    expect(detail.locator(".chart-reading")).to_contain_text("entry")

    detail.get_by_role("textbox", name="Notes").fill("Held <b>through</b> the news")
    detail.get_by_role("textbox", name="Tags").fill("news, patience")
    detail.get_by_role("button", name="Save notes").click()
    expect(page.locator(".toasts")).to_contain_text("Notes of SPY kept", timeout=FILL_MS_MAX)
    kept = stack.call("GET", f"/trades/{trade_id}")["trade_context"]
    assert kept == {"notes": "Held <b>through</b> the news", "tags": ["news", "patience"]}

    close(page, row, ticker="SPY")
    expect(page.locator(".toasts")).to_contain_text("Closed SPY", timeout=FILL_MS_MAX)
    assert desktop.faults == []
