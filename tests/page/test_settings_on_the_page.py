"""Settings (A-01, A-12): what is refused says so at its field, secrets go in and never come out."""

import re
from typing import Any, Final, cast

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.page.axe import find_accessibility_faults
from tests.page.screen import Screen
from tests.page.stack import Stack
from tests.page.steps import FILL_MS_MAX, sign_in
from tests.page.test_accessibility import faults_in_both_themes

pytestmark = pytest.mark.slow

HOOK: Final = "https://discord.com/api/webhooks/123456789012345678/abcdefghijklmnopqrstuvwxyzABCDEFwxyz"


def open_settings(page: Page, stack: Stack) -> None:
    """Sign in and go to the settings, read."""
    sign_in(page, stack)
    page.get_by_role("link", name="Settings").click()
    expect(page.get_by_role("heading", name="Limits")).to_be_visible(timeout=FILL_MS_MAX)


def panel(page: Page, heading: str) -> Locator:
    """One section, by its heading."""
    return page.get_by_role("region", name=heading)


def test_limits_are_saved_and_refused_at_their_field(bob: Stack, desktop: Screen) -> None:
    """422 `errors` stand where they belong; an emptied field goes back to its default."""
    page = desktop.page
    open_settings(page, bob)
    limits = panel(page, "Limits")
    heat, positions = (
        limits.get_by_label("Max portfolio risk (heat)"),
        limits.get_by_label("Max open positions"),
    )
    heat.fill("400")
    positions.fill("2.5")
    limits.get_by_role("button", name="Save").click()
    expect(limits.locator(".field-error")).to_have_count(2, timeout=FILL_MS_MAX)
    expect(heat).to_have_attribute("aria-invalid", "true")

    heat.fill("12.5")
    positions.fill("7")
    limits.get_by_role("button", name="Save").click()
    expect(page.locator(".toasts")).to_contain_text("Settings saved", timeout=FILL_MS_MAX)
    stored = bob.call("GET", "/settings")
    assert (stored["heat_limit_pct"], stored["max_positions"]) == (12.5, 7)

    positions.fill("")
    limits.get_by_role("button", name="Save").click()
    expect(positions).to_have_value("5", timeout=FILL_MS_MAX)
    bob.call("PUT", "/settings", {"heat_limit_pct": 50, "max_positions": 50})
    assert desktop.faults == []


def test_a_change_on_another_device_is_told_quietly_and_what_was_typed_stays(
    bob: Stack, desktop: Screen
) -> None:
    """A-11: no error; the newest version is read, and saving again works."""
    page = desktop.page
    open_settings(page, bob)
    balance = panel(page, "Limits").get_by_label("Account balance")
    balance.fill("90000")
    bob.call("PUT", "/settings", {"daily_loss_limit": 19_000})
    panel(page, "Limits").get_by_role("button", name="Save").click()
    expect(page.locator(".toasts")).to_contain_text("changed on another device", timeout=FILL_MS_MAX)
    expect(panel(page, "Limits").get_by_label("Max daily loss")).to_have_value("19000")
    expect(balance).to_have_value("90000")
    expect(page.locator(".toast[data-tone=bad]")).to_have_count(0)

    panel(page, "Limits").get_by_role("button", name="Save").click()
    expect(page.locator(".toasts")).to_contain_text("Settings saved", timeout=FILL_MS_MAX)
    assert bob.call("GET", "/settings")["account_balance"] == 90_000
    bob.call("PUT", "/settings", {"account_balance": 100_000, "daily_loss_limit": 20_000})
    assert desktop.faults == []


def test_a_broker_token_is_tried_then_shown_by_its_end_alone(bob: Stack, desktop: Screen) -> None:
    """A-12: refused by its broker it is not stored; accepted it never comes back to the page."""
    page = desktop.page
    open_settings(page, bob)
    broker = panel(page, "Broker")
    token = broker.get_by_label("Tradier sandbox token")
    token.fill("not-a-token-of-anybody")
    broker.get_by_role("button", name="Save").click()
    expect(broker.locator(".notice")).to_contain_text("The broker refused", timeout=FILL_MS_MAX)

    token.fill(bob.broker_token)
    broker.get_by_role("button", name="Save").click()
    expect(page.locator(".toasts")).to_contain_text("Settings saved", timeout=FILL_MS_MAX)
    expect(token).to_have_value("")
    expect(token).to_have_attribute("placeholder", f"Stored, ends in {bob.broker_token[-4:]}")
    assert bob.broker_token not in page.content()

    broker.get_by_role("button", name="Test connection").click()
    expect(broker.locator(".notice")).to_contain_text("Connected: account", timeout=FILL_MS_MAX)
    connect_another(page, bob)
    assert desktop.faults == []


def connect_another(page: Page, bob: Stack) -> None:
    """A row of `GET /api/connections` asks for what its broker wants, and is chosen once connected."""
    theirs = bob.brokers["tastytrade"]
    row = panel(page, "More brokers").locator(".connection[data-mode=TASTYTRADE_CERT]")
    row.get_by_role("button", name="Connect…").click()
    row.get_by_role("button", name="Save").click()
    expect(row.get_by_role("status")).to_contain_text("Still missing: Refresh token, Client secret.")
    row.get_by_label("Refresh token").fill(theirs["credentials"]["refresh_token"])
    row.get_by_label("Client secret").fill("not-a-secret-of-anybody")
    row.get_by_role("button", name="Save").click()
    expect(row.get_by_role("alert")).to_contain_text("The broker refused", timeout=FILL_MS_MAX)
    row.get_by_label("Client secret").fill(theirs["credentials"]["client_secret"])
    row.get_by_label("Account number").fill(theirs["account_id"])
    row.get_by_role("button", name="Save").click()
    expect(row).to_contain_text(f"account {theirs['account_id']}", timeout=FILL_MS_MAX)
    expect(row.get_by_label("Client secret")).to_have_count(0)
    modes = panel(page, "Broker").get_by_label("Orders go to")
    expect(modes.get_by_role("option", name="Paper, tastytrade certification")).to_have_count(1)
    assert not any(secret in page.content() for secret in theirs["credentials"].values())

    row.get_by_role("button", name="Disconnect").click()
    expect(row).to_contain_text("Not connected", timeout=FILL_MS_MAX)


def test_a_broker_of_many_keys_takes_them_as_they_are(bob: Stack, desktop: Screen) -> None:
    """B-10, W-03: Interactive Brokers' key files keep their lines; once it is connected, options go there."""
    page = desktop.page
    theirs = bob.brokers["ibkr"]
    open_settings(page, bob)
    row = panel(page, "More brokers").locator(".connection[data-mode=IBKR_PAPER]")
    row.get_by_role("button", name="Connect…").click()
    for label, name in (
        ("Access token", "access_token"),
        ("Access token secret", "access_token_secret"),
        ("Consumer key", "consumer_key"),
        ("Private signature key", "signature_key"),
        ("Private encryption key", "encryption_key"),
        ("Diffie-Hellman prime", "dh_prime"),
    ):
        row.get_by_label(label, exact=True).fill(theirs["credentials"][name])
    assert find_accessibility_faults(page) == []
    row.get_by_role("button", name="Save").click()
    expect(row).to_contain_text(f"account {theirs['account_id']}", timeout=FILL_MS_MAX)
    expect(row.locator(".connection-live")).to_have_count(0)  # no real money there
    broker = panel(page, "Broker")
    broker.get_by_label("Orders go to").select_option("IBKR_PAPER")
    broker.get_by_role("button", name="Save").click()
    expect(page.locator(".mode-badge")).to_contain_text("interactive brokers", timeout=FILL_MS_MAX)
    bob.call("PUT", "/settings", {"broker_mode": "TRADIER_SANDBOX"})
    row.get_by_role("button", name="Disconnect").click()
    expect(row).to_contain_text("Not connected", timeout=FILL_MS_MAX)
    assert desktop.faults == []


def test_live_asks_for_the_account_number_and_a_second_factor(bob: Stack, desktop: Screen) -> None:
    """A-12: a wrong number is a fault at its field; without a second factor the refusal says what to do."""
    page = desktop.page

    def with_live_credentials(route: Route) -> None:
        settings = route.fetch().json() if route.request.method == "GET" else None
        if settings is None:
            route.continue_()
            return
        live = {"tradier_live_token": {"set": True, "last4": "1234"}, "tradier_live_account_id": "6YA00001"}
        route.fulfill(json=settings | live)

    page.route("**/api/settings", with_live_credentials)
    open_settings(page, bob)
    panel(page, "Live trading").get_by_role("button", name="Switch live on").click()
    dialog = page.get_by_role("dialog", name="Trade with real money?")
    dialog.get_by_label("Type the account number to confirm").fill("6YA00002")
    dialog.get_by_role("button", name="Switch live on").click()
    expect(dialog.locator(".field-error")).to_contain_text("must equal", timeout=FILL_MS_MAX)
    assert find_accessibility_faults(page) == []

    dialog.get_by_label("Type the account number to confirm").fill("6YA00001")
    dialog.get_by_role("button", name="Switch live on").click()
    expect(dialog.get_by_role("alert")).to_contain_text("A second factor is missing", timeout=FILL_MS_MAX)
    dialog.get_by_role("button", name="Stay on paper").click()
    assert bob.call("GET", "/settings")["broker_mode"] == "TRADIER_SANDBOX"
    assert desktop.faults == []


def test_alert_channels_keep_their_secret_targets(bob: Stack, desktop: Screen) -> None:
    """A-01: a bad target is refused at its own channel; a stored one stays when only its severity changes."""
    page = desktop.page
    open_settings(page, bob)
    alerts = panel(page, "Notifications")
    for kind, label, target in (("discord", "Web hook's address", HOOK), ("mail", "Address", "bob")):
        alerts.get_by_role("button", name="Add a channel").click()
        alerts.get_by_label("Channel", exact=True).last.select_option(kind)
        alerts.get_by_label(label, exact=True).fill(target)
    alerts.locator("form").evaluate("form => form.noValidate = true")
    alerts.get_by_role("button", name="Save").click()
    expect(alerts.locator(".channel").nth(1).locator(".field-error")).to_have_text(
        "must be a mail address", timeout=FILL_MS_MAX
    )
    alerts.get_by_label("Address", exact=True).fill("bob@example.com")
    alerts.get_by_role("button", name="Save").click()
    expect(page.locator(".toasts")).to_contain_text("Settings saved", timeout=FILL_MS_MAX)
    assert HOOK not in page.content()

    page.reload()
    expect(alerts.get_by_label("Web hook's address")).to_have_attribute("placeholder", "Stored, ends in wxyz")
    alerts.get_by_label("Sends").first.select_option("critical")
    alerts.get_by_role("button", name="Save").click()
    expect(page.locator(".toasts")).to_contain_text("Settings saved", timeout=FILL_MS_MAX)
    stored = cast("list[dict[str, Any]]", bob.call("GET", "/settings")["alert_channels"])
    assert [(one["kind"], one["target"], one["min_severity"]) for one in stored] == [
        ("discord", {"set": True, "last4": "wxyz"}, "critical"),
        ("mail", "bob@example.com", "warning"),
    ]

    alerts.get_by_role("button", name=re.compile("^Remove the Discord")).click()
    alerts.get_by_role("button", name=re.compile("^Remove the Mail")).click()
    alerts.get_by_role("button", name="Save").click()
    expect(alerts).to_contain_text("Nothing is sent anywhere yet.", timeout=FILL_MS_MAX)
    assert desktop.faults == []


def test_muting_is_of_the_device_and_sounds_are_of_the_account(bob: Stack, desktop: Screen) -> None:
    """A-01: muting leaves the account's own setting alone, and outlives a reload."""
    page = desktop.page
    open_settings(page, bob)
    mute = page.get_by_role("switch", name=re.compile("^Mute this device"))
    mute.click()
    page.get_by_role("switch", name=re.compile("^Sounds")).click()
    expect(page.locator(".toasts")).to_contain_text("Settings saved", timeout=FILL_MS_MAX)
    assert bob.call("GET", "/settings")["sounds"] is False

    page.reload()
    expect(mute).to_be_checked(timeout=FILL_MS_MAX)
    bob.call("PUT", "/settings", {"sounds": None})
    assert desktop.faults == []


def test_the_settings_have_no_accessibility_faults(bob: Stack, desktop: Screen, phone: Screen) -> None:
    """In either theme on a laptop, and on a phone, where nothing is cut off."""
    open_settings(desktop.page, bob)
    assert faults_in_both_themes(desktop.page) == []

    open_settings(phone.page, bob)
    panel(phone.page, "Notifications").get_by_role("button", name="Add a channel").click()
    assert phone.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert find_accessibility_faults(phone.page) == []
