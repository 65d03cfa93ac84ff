"""Alerts on the page: counted in the header, seen, answered; a wiped sandbox from the question to the end."""

import re

import pytest
from playwright.sync_api import expect

from tests.page.axe import find_accessibility_faults
from tests.page.past_trades import write_alert
from tests.page.screen import Screen
from tests.page.stack import Stack
from tests.page.steps import FILL_MS_MAX, MINUTE_SECONDS, place_elsewhere, sign_in

pytestmark = pytest.mark.slow

UNPROTECTED = "AAPL has no stop at the broker: it is being put back."


def test_an_alert_is_counted_shows_its_trade_and_is_seen(bob: Stack, desktop: Screen) -> None:
    """A-17: the badge counts what is open; what was seen stays among all."""
    trade_id = write_alert(bob.database_url, bob.username, UNPROTECTED)
    page = desktop.page
    sign_in(page, bob)
    link = page.get_by_role("link", name=re.compile("Activity"))
    expect(link.locator(".count")).to_have_text("1", timeout=FILL_MS_MAX)
    link.click()
    alert = page.locator(".alert", has_text=UNPROTECTED)
    alert.get_by_role("button", name="Show the trade").click()
    expect(alert.locator(".detail")).to_contain_text("Orders", timeout=FILL_MS_MAX)
    assert bob.call("GET", f"/trades/{trade_id}")["id"] == trade_id
    assert find_accessibility_faults(page) == []

    alert.get_by_role("button", name="Mark as seen").click()
    expect(page.get_by_text("Nothing needs you")).to_be_visible(timeout=FILL_MS_MAX)
    expect(link.locator(".count")).to_have_count(0)
    page.get_by_text("All", exact=True).click()
    expect(page.locator(".alert", has_text=UNPROTECTED)).to_contain_text("Seen", timeout=FILL_MS_MAX)
    assert desktop.faults == []


def test_a_yes_to_the_reset_ends_the_trades_after_asking_twice(bob: Stack, phone: Screen) -> None:
    """A-12, sandbox reset: nothing is closed by itself; the owner's yes ends them as BROKER_RESET."""
    trade_id = place_elsewhere(bob, ticker="MSFT")
    page = phone.page
    with bob.sandbox_wiped():
        bob.advance(4 * MINUTE_SECONDS)
        sign_in(page, bob)
        page.get_by_role("link", name=re.compile("Activity")).click()
        alert = page.locator('.alert[data-severity="critical"]', has_text="may have been reset")
        expect(alert).to_contain_text("End these trades as BROKER_RESET", timeout=FILL_MS_MAX)
        assert find_accessibility_faults(page) == []

        alert.get_by_role("button", name="Yes").click()
        page.get_by_role("dialog").get_by_role("button", name="Back").click()
        assert bob.call("GET", f"/trades/{trade_id}")["status"] == "OPEN"

        alert.get_by_role("button", name="Yes").click()
        page.get_by_role("dialog").get_by_role("button", name="Yes, do it").click()
        expect(alert).to_have_count(0, timeout=FILL_MS_MAX)
        ended = bob.call("GET", f"/trades/{trade_id}")
        assert (ended["status"], ended["close_reason"]) == ("CLOSED", "BROKER_RESET")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert phone.faults == []
