"""The views of trading for everybody: axe-core finds nothing, keys suffice, any width will do."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.page.axe import find_accessibility_faults
from tests.page.screen import Screen
from tests.page.stack import Stack
from tests.page.steps import FILL_MS_MAX, close, fill_ticket, place, sign_in, wake

pytestmark = pytest.mark.slow


def faults_in_both_themes(page: Page) -> list[str]:
    """What axe finds in light and in dark."""
    page.emulate_media(color_scheme="dark")
    dark = find_accessibility_faults(page)
    page.emulate_media(color_scheme="light")
    return [f"dark: {fault}" for fault in dark] + find_accessibility_faults(page)


def test_signing_in_has_no_faults(stack: Stack, desktop: Screen) -> None:
    """The first thing that anybody meets."""
    desktop.page.goto(stack.site_url)
    expect(desktop.page.get_by_role("heading", name="Sign in")).to_be_visible()

    assert faults_in_both_themes(desktop.page) == []


def test_positions_detail_adjustment_ticket_and_question_have_no_faults(
    stack: Stack, desktop: Screen
) -> None:
    """Each state of the first tab, one upon another."""
    page = desktop.page
    sign_in(page, stack)
    assert faults_in_both_themes(page) == []

    row = place(page, stack)
    page.get_by_role("button", name="Close the ticket").click()
    stack.advance(120)
    wake(page)
    row.get_by_role("button", name="Show detail").click()
    expect(page.locator(".time-chart canvas").first).to_be_visible(timeout=FILL_MS_MAX)
    row.get_by_role("button", name=re.compile("^Adjust")).click()
    assert faults_in_both_themes(page) == []

    page.get_by_role("button", name="Cancel", exact=True).click()
    row.get_by_role("button", name=re.compile("^Close")).click()
    assert faults_in_both_themes(page) == []

    page.get_by_role("button", name="Keep it open").click()
    fill_ticket(page)
    assert faults_in_both_themes(page) == []

    page.get_by_role("button", name="Close the ticket").click()
    close(page, row)
    expect(page.locator(".toasts")).to_contain_text("Closed", timeout=FILL_MS_MAX)
    assert find_accessibility_faults(page) == []


def test_a_phone_has_no_faults(stack: Stack, phone: Screen) -> None:
    """Cards, and the ticket over the whole screen."""
    page = phone.page
    sign_in(page, stack)
    row = place(page, stack)
    row.get_by_role("button", name="Show detail").click()
    expect(page.locator(".detail")).to_contain_text("Orders", timeout=FILL_MS_MAX)
    assert find_accessibility_faults(page) == []

    fill_ticket(page)
    assert find_accessibility_faults(page) == []

    page.get_by_role("button", name="Close the ticket").click()
    close(page, row)
    expect(page.locator(".toasts")).to_contain_text("Closed", timeout=FILL_MS_MAX)


@pytest.mark.parametrize("width", [320, 768, 1024, 2560])
def test_nothing_is_wider_than_the_page(stack: Stack, desktop: Screen, width: int) -> None:
    """Readable from 320 to 2,560 pixels: the page itself never scrolls sideways."""
    page = desktop.page
    page.set_viewport_size({"width": width, "height": 900})
    sign_in(page, stack)
    fill_ticket(page)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")

    page.get_by_role("button", name="Close the ticket").click()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_trade_is_placed_and_closed_with_keys_alone(stack: Stack, desktop: Screen) -> None:
    """No pointer: the focus goes into what opens, stays in a dialog, and comes back to where it was."""
    page = desktop.page
    sign_in(page, stack)
    opener = page.get_by_role("button", name="New trade").first
    opener.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Symbol")).to_be_focused()
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()

    row = place(page, stack)
    page.get_by_role("button", name="Close the ticket").press("Enter")
    row.get_by_role("button", name=re.compile("^Close")).press("Enter")
    dialog = page.get_by_role("dialog")
    for _ in range(5):
        page.keyboard.press("Tab")
        assert dialog.evaluate(
            "dialog => document.activeElement === document.body || dialog.contains(document.activeElement)"
        )
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(row.get_by_role("button", name=re.compile("^Close"))).to_be_focused()

    row.get_by_role("button", name=re.compile("^Close")).press("Enter")
    page.get_by_role("button", name="Close at market").press("Enter")
    expect(page.locator(".toasts")).to_contain_text("Closed", timeout=FILL_MS_MAX)
