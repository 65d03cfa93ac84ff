"""The page against the whole stack: a trade from the ticket to the history, on a laptop and on a phone."""

import re

import pytest
from playwright.sync_api import expect

from tests.page.screen import Screen
from tests.page.stack import Stack
from tests.page.steps import FILL_MS_MAX, STOP, TARGET, TICKER, close, open_menu, place, sign_in

pytestmark = pytest.mark.slow


def test_a_trade_is_placed_filled_adjusted_closed_and_found_in_the_history(
    stack: Stack, desktop: Screen
) -> None:
    """A-03: sign-in, ticket, fill, adjustment, close with its question and its toast, history."""
    page = desktop.page
    sign_in(page, stack)
    row = place(page, stack)
    expect(row.locator(".cell-stop > span:first-child")).to_have_text(STOP)
    expect(row.locator(".cell-target > span:first-child")).to_have_text(TARGET)

    row.get_by_role("button", name=re.compile("^Adjust")).click()
    form = page.get_by_role("form", name=re.compile("^Adjust"))
    form.get_by_role("textbox", name="Stop").fill("0.60")
    form.get_by_role("button", name="Adjust", exact=True).click()
    expect(row.locator(".cell-stop > span:first-child")).to_have_text("0.60", timeout=FILL_MS_MAX)
    expect(row.locator(".cell-target > span:first-child")).to_have_text(TARGET)

    row.get_by_role("button", name="Show detail").click()
    expect(page.locator(".detail")).to_contain_text("stop 0.50 → 0.60", timeout=FILL_MS_MAX)
    expect(page.locator(".detail")).to_contain_text("Filled")
    trade_id = row.get_attribute("data-trade")
    close(page, row)
    expect(page.locator(".toasts")).to_contain_text(f"Closed {TICKER}", timeout=FILL_MS_MAX)
    expect(page.locator(f'[data-trade="{trade_id}"]')).to_have_count(0, timeout=FILL_MS_MAX)

    page.get_by_role("link", name="Trade history").click()
    ended = page.locator(f'[data-trade="{trade_id}"]')
    expect(ended).to_contain_text("Closed by you", timeout=FILL_MS_MAX)
    expect(ended.locator(".cell-pnl")).to_contain_text("$")
    assert desktop.faults == []


def test_a_change_on_another_device_is_told_quietly_and_the_list_read_again(
    stack: Stack, desktop: Screen
) -> None:
    """A-11: spinner gone, toast, list read again; no error shown."""
    page = desktop.page
    sign_in(page, stack)
    row = place(page, stack)
    trade_id = row.get_attribute("data-trade")
    row.get_by_role("button", name=re.compile("^Adjust")).click()
    form = page.get_by_role("form", name=re.compile("^Adjust"))
    form.get_by_role("textbox", name="Target").fill("80.00")
    seen = stack.call("GET", f"/trades/{trade_id}")
    stack.call("POST", f"/trades/{trade_id}/adjust", {"version": seen["version"], "new_sl": 0.7})

    form.get_by_role("button", name="Adjust", exact=True).click()
    expect(page.get_by_text("This trade was updated on another device")).to_be_visible(timeout=FILL_MS_MAX)
    expect(page.locator(".spinner")).to_have_count(0)
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(row.locator(".cell-stop > span:first-child")).to_have_text("0.70", timeout=FILL_MS_MAX)
    expect(row.locator(".cell-target > span:first-child")).to_have_text(TARGET)

    close(page, row)
    expect(page.locator(".toasts")).to_contain_text(f"Closed {TICKER}", timeout=FILL_MS_MAX)
    assert desktop.faults == []


def test_a_phone_does_all_that_a_laptop_does(stack: Stack, phone: Screen) -> None:
    """A-03: cards instead of a table, nothing wider than the screen, paper always in sight."""
    page = phone.page
    sign_in(page, stack)
    expect(page.locator(".mode-badge")).to_contain_text("Paper")
    row = place(page, stack)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    row.get_by_role("button", name="Show detail").click()
    expect(page.locator(".detail")).to_contain_text("Orders", timeout=FILL_MS_MAX)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")

    close(page, row)
    expect(page.locator(".toasts")).to_contain_text(f"Closed {TICKER}", timeout=FILL_MS_MAX)
    page.get_by_role("link", name="Trade history").click()
    expect(page.locator(".trade-row").first).to_contain_text(TICKER, timeout=FILL_MS_MAX)
    assert phone.faults == []


def test_the_session_outlives_a_reload_and_ends_with_sign_out(stack: Stack, desktop: Screen) -> None:
    """api.md, session: the cookie alone brings it back; nothing is stored where a script can read it."""
    page = desktop.page
    sign_in(page, stack)
    page.reload()
    expect(page.get_by_role("link", name="Open positions")).to_be_visible(timeout=FILL_MS_MAX)
    stored = page.evaluate("[Object.keys(localStorage), sessionStorage.length, document.cookie]")
    assert stored in ([[], 0, ""], [["papertape.device"], 0, ""])
    assert "ey" not in page.evaluate("localStorage.getItem('papertape.device') ?? ''")

    second_tab = page.context.new_page()
    second_tab.goto(stack.site_url)
    expect(second_tab.get_by_role("link", name="Open positions")).to_be_visible(timeout=FILL_MS_MAX)
    open_menu(page).get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible(timeout=FILL_MS_MAX)
    expect(second_tab.get_by_role("heading", name="Sign in")).to_be_visible(timeout=FILL_MS_MAX)
    page.reload()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible(timeout=FILL_MS_MAX)
    assert desktop.faults == []
